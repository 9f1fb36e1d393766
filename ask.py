"""Answers questions about a story, typed in plain sentences, by a network trained on such.

python ask.py --workdir=runs/babi
"""

import re
import sys

from absl import flags

from mann.experiment import UserError, command_line
from mann.experiment.questions.asking import Asker

_WORKDIR = flags.DEFINE_string("workdir", "runs/babi", "The folder that train.py wrote.")

_HELP = "Type sentences, then a question ending in '?'. An empty line starts a new story."


def main():
    asker, story = Asker(_WORKDIR.value), []
    if sys.stdin.isatty():
        print(_HELP)
    for line in sys.stdin:
        if not line.strip():
            story = []
        for sentence in re.findall(r"[^.!?]*\w[^.!?]*\??", line):
            if sentence.endswith("?"):
                _print(story, sentence.strip(), asker)
            else:
                story.append(sentence.strip())


def _print(story, question, asker):
    try:
        answer = asker.ask(story, question)
    except UserError as error:
        print(error)
        return
    if answer.unknown:
        print(f"(Never seen in training: {', '.join(answer.unknown)}.)")
    print(f"{question} {answer.text}  ({100 * answer.probability:.0f} %)")
    if answer.attention is not None:
        kept = story[-answer.attention.shape[1] :]
        width = max(map(len, kept))
        for sentence, weights in zip(kept, answer.attention.T, strict=True):
            percent = "".join(f"{100 * weight:>5.0f} %" for weight in weights)
            print(f"  {sentence:<{width}}{percent}")


if __name__ == "__main__":
    command_line.run(main)
