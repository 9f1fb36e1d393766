"""Answers questions about a story, typed in plain sentences, by a network trained on such.

python ask.py --workdir=runs/babi
"""

import sys

from absl import flags

from mann.experiment import command_line
from mann.experiment.questions.asking import Asker
from mann.experiment.questions.conversation import converse

_WORKDIR = flags.DEFINE_string("workdir", "runs/babi", "The folder that train.py wrote.")

_HELP = "Type sentences, then a question ending in '?'. An empty line starts a new story."


def main():
    asker = Asker(_WORKDIR.value)
    if sys.stdin.isatty():
        print(_HELP)
    for line in converse(command_line.typed_lines(), asker.ask):
        print(line)


if __name__ == "__main__":
    command_line.run(main)
