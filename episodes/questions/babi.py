"""Reads the files of the bAbI tasks (Weston et al. 2015)."""

import pathlib
import re
from typing import NamedTuple

from episodes.cache import DataError
from episodes.questions.story import Question, tokenize


class BabiSplit(NamedTuple):
    """The questions of some tasks.

    Attributes:
        train: dict from the number of a task to a list of `Question`.
        test: likewise.
    """

    train: dict
    test: dict


def load_babi(path, tasks=None):
    """Reads tasks from a folder of the official files, such as `tasks_1-20_v1-2/en`.

    Args:
        path: of the folder, with files such as `qa1_single-supporting-fact_train.txt`.
        tasks: numbers of the tasks to read. Defaults to `None`: all that have
            both files.

    Returns:
        `BabiSplit`.

    Raises:
        DataError: if the folder or a task is missing, or a line is malformed; it is named.
    """
    path = pathlib.Path(path)
    if not path.is_dir():
        raise DataError(f"{path} is no folder: give the one that holds qa1_..._train.txt.")
    found = {}
    for file in sorted(path.glob("qa*_*.txt")):
        if match := re.fullmatch(r"qa(\d+)_.*_(train|test)\.txt", file.name):
            found[int(match[1]), match[2]] = file
    if not found:
        raise DataError(
            f"{path} holds no files such as qa1_single-supporting-fact_train.txt: give a folder "
            "of them, such as tasks_1-20_v1-2/en."
        )
    if tasks is None:
        tasks = sorted(
            task for task, split in found if split == "train" and (task, "test") in found
        )
    splits = {}
    for split in ("train", "test"):
        for task in tasks:
            if (task, split) not in found:
                raise DataError(f"{path} holds no qa{task}_..._{split}.txt.")
        splits[split] = {task: read_babi_file(found[task, split], task) for task in tasks}
    return BabiSplit(**splits)


def read_babi_file(path, task=0):
    """Returns the questions of one file, a list of `Question`.

    Args:
        path: of the file.
        task: number that the questions get. Defaults to `0`.

    Raises:
        DataError: if a line is malformed; the file and the line are named.
    """
    path = pathlib.Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error}).") from error
    asked, reader = [], _StoryReader(task)
    for number, line in enumerate(lines, 1):
        try:
            question = reader.read(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number}: {error} Received: {line!r}.") from error
        if question is not None:
            asked.append(question)
    if not asked:
        raise DataError(f"{path} holds no question.")
    return asked


class _StoryReader:
    """Reads line by line; line numbers count within a story, and questions count too."""

    def __init__(self, task):
        self._task = task
        self._last, self._story, self._sentences = 0, [], {}

    def read(self, line):
        """Returns the `Question` of a line, or `None` if it is a statement."""
        match = re.fullmatch(r"(\d+) (.*)", line.strip())
        if not match:
            raise ValueError("expected a number, a space and a sentence.")
        number, text = int(match[1]), match[2]
        if number == 1:
            self._story, self._sentences = [], {}
        elif number != self._last + 1:
            raise ValueError(f"expected line {self._last + 1} of the story, or a new one from 1.")
        self._last = number
        if "\t" in text:
            return self._question(text.split("\t"))
        if "?" in text:
            raise ValueError("expected a tab and the answer after a question.")
        words = tokenize(text)
        if not words:
            raise ValueError("expected words.")
        self._sentences[number] = len(self._story)
        self._story.append(words)
        return None

    def _question(self, parts):
        question, answer = tokenize(parts[0]), parts[1].strip().lower()
        if not question or not answer:
            raise ValueError("expected a question, a tab and its answer.")
        supporting = []
        for number in parts[2].split() if len(parts) > 2 else ():
            if not number.isdigit() or int(number) not in self._sentences:
                raise ValueError(f"supporting fact {number} is no statement of this story.")
            supporting.append(self._sentences[int(number)])
        return Question(
            tuple(self._story), question, tuple(answer.split(",")), tuple(supporting), self._task
        )
