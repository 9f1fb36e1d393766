"""Answers questions about a story that you type.

mann ask --workdir=runs/babi
"""

import sys

from absl import flags

from mann_config import command_line

_WORKDIR = flags.DEFINE_string(
    "workdir", "runs/babi", "Folder of a run of mann train on questions, such as babi."
)

_HELP = "Type sentences, then a question ending in '?'. An empty line starts a new story."


def main():
    command_line.check_run(_WORKDIR.value)
    asking = command_line.import_with_framework("mann.tasks.asking")
    conversation = command_line.import_with_framework("mann.tasks.conversation")
    asker = asking.Asker(_WORKDIR.value)
    if sys.stdin.isatty():
        print(_HELP)
    for line in conversation.converse(command_line.read_lines(), asker.ask):
        print(line)
