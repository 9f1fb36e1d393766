"""Continues a text with a network that was trained on characters.

python complete.py --workdir=runs/shakespeare --prompt="ROMEO:" --length=200 --temperature=0.8
"""

import sys

from absl import flags

from mann_config import command_line
from mann_config.errors import UserError

_WORKDIR = flags.DEFINE_string("workdir", "runs/shakespeare", "The folder that train.py wrote.")
_PROMPT = flags.DEFINE_string(
    "prompt", None, "Text to go on from. Defaults to the lines typed in the terminal, one by one."
)
_LENGTH = flags.DEFINE_integer("length", 200, "Characters to draw.", lower_bound=1)
_TEMPERATURE = flags.DEFINE_float(
    "temperature", 0.8, "Above 1 more surprising, below 1 less, 0 the likeliest.", lower_bound=0
)
_SEED = flags.DEFINE_integer("seed", 0, "Of what is drawn.", lower_bound=0)


def main():
    command_line.check_run(_WORKDIR.value)
    completing = command_line.import_with_framework("mann.tasks.completing")
    completer = completing.Completer(_WORKDIR.value)
    if _PROMPT.value is not None:
        _print(completer, _PROMPT.value)
        return
    if sys.stdin.isatty():
        print("Type the beginning of a text.")
    for line in command_line.typed_lines():
        try:
            _print(completer, line.rstrip("\n"))
        except UserError as error:
            print(error)


def _print(completer, prompt):
    drawn = completer.complete(prompt, _LENGTH.value, _TEMPERATURE.value, _SEED.value)
    print(prompt, end="", flush=True)
    for character in drawn:
        print(character, end="", flush=True)
    print()


if __name__ == "__main__":
    command_line.run(main)
