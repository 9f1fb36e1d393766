"""Prints how well a text was foretold, and a text that the model makes of its own."""

from mann.models.stateful import StatefulModel
from mann.tasks.completing import continued

_PROMPT, _SAMPLE, _TEMPERATURE = 60, 400, 0.8


def report(result, model, task, workdir, config, pictures):
    """Prints the bits per character of each split; returns what to write of them."""
    print("Bits per character, read from the first to the last with the state carried on:")
    for name, measured in result.items():
        print(f"{name:<12}{measured.bits:>6.3f}   of {measured.characters:,} characters")
        if measured.unknown:
            print(f"            {measured.unknown:,} more that training never saw are not counted")
    prompt = task.splits.test[0][:_PROMPT]
    prompt = "".join(c for c in prompt if c not in task.vocabulary.unknown(prompt))
    drawn = continued(StatefulModel(model), task.vocabulary, prompt, _SAMPLE, _TEMPERATURE, seed=0)
    sample = "".join(drawn)
    print(f"The beginning of the test text, gone on with at temperature {_TEMPERATURE}:")
    print(f"{prompt}|{sample}")
    print("More of it with")
    print(f'  python complete.py --workdir={workdir.path} --prompt="..."')
    return {
        "protocol": ["bits per character of each split, read once with the state carried on"],
        **{
            name: {
                "bits_per_character": measured.bits,
                "characters": measured.characters,
                "unknown": measured.unknown,
            }
            for name, measured in result.items()
        },
        "sample": {"prompt": prompt, "text": sample, "temperature": _TEMPERATURE},
    }
