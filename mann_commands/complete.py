"""Continues a text, character by character.

mann complete --workdir=runs/shakespeare --prompt="ROMEO:" --length=200 --temperature=0.8
"""

import sys

from absl import flags

from mann_config import command_line
from mann_config.errors import UserError

_WORKDIR = flags.DEFINE_string(
    "workdir", "runs/shakespeare", "Folder of a run of mann train on a text of characters."
)
_PROMPT = flags.DEFINE_string(
    "prompt",
    None,
    "Text to continue. Defaults to the lines typed in the terminal, one by one.",
)
_LENGTH = flags.DEFINE_integer("length", 200, "Number of characters to generate.", lower_bound=1)
_TEMPERATURE = flags.DEFINE_float(
    "temperature",
    0.8,
    "Randomness of the generated text: more surprising above 1, less below 1; 0 always takes the "
    "likeliest character.",
    lower_bound=0,
)
_SEED = flags.DEFINE_integer("seed", 0, "Seed of the random choices of characters.", lower_bound=0)


def main():
    command_line.check_run(_WORKDIR.value)
    completing = command_line.import_with_framework("mann.tasks.completing")
    completer = completing.Completer(_WORKDIR.value)
    if _PROMPT.value is not None:
        _print(completer, _PROMPT.value)
        return
    if sys.stdin.isatty():
        print("Type the beginning of a text.")
    for line in command_line.read_lines():
        try:
            _print(completer, line.rstrip("\n"))
        except UserError as error:
            print(error)


def _print(completer, prompt):
    continuation = completer.complete(prompt, _LENGTH.value, _TEMPERATURE.value, _SEED.value)
    print(prompt, end="", flush=True)
    for character in continuation:
        print(character, end="", flush=True)
    print()
