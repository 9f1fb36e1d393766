"""Reads the files of the bAbI tasks (Weston et al. 2015)."""

import pathlib
import re
import warnings
from typing import NamedTuple

from episodes.cache import DataError
from episodes.plain_text import read_text
from episodes.questions.sentences import is_question
from episodes.questions.story import Question
from episodes.questions.words import normalize, tokenize

_FILE = re.compile(r"qa(\d+)_(?:.*_)?(train|valid|test)\.txt", re.IGNORECASE)
# The separator between the words of an answer: a comma, but not one within a number.
_COMMA = re.compile(r"(?<!\d),|,(?!\d{3}(?!\d))")
_EXPECTED = "a folder of files such as qa1_single-supporting-fact_train.txt or qa1_train.txt"


class BabiSplit(NamedTuple):
    """The questions of some tasks.

    Attributes:
        train: dict from the number of a task to a list of `Question`.
        validation: likewise, of the tasks that have a file of them.
        test: likewise.
    """

    train: dict
    validation: dict
    test: dict


def load_babi(path, tasks=None):
    """Reads tasks from a folder of the official files, such as `tasks_1-20_v1-2/en` or `en-valid`.

    Files whose names do not begin like `qa1_` are ignored.

    Args:
        path: path of the folder, with files such as `qa1_single-supporting-fact_train.txt`; or
            `qa1_train.txt`, with `qa1_valid.txt` where a task has validation questions of its own.
        tasks: numbers of the tasks to read. Defaults to `None`: all that have a training and a
            test file; a warning names the others.

    Returns:
        `BabiSplit`.

    Raises:
        DataError: if the folder or a task is missing, a task has two files for one split, or a line
            is malformed. The message names what is wrong.
    """
    path = pathlib.Path(path)
    if not path.is_dir():
        raise DataError(f"{path} is not a folder: give {_EXPECTED}.")
    found = _find(path)
    if not found:
        raise DataError(f"{path} has no such files: give {_EXPECTED}, as tasks_1-20_v1-2/en is.")
    if tasks is None:
        tasks = _select_complete(path, found)
    for task in tasks:
        for split in ("train", "test"):
            if (task, split) not in found:
                raise DataError(
                    f"{path} has no {_format_name(task, split)}: add it, or leave out task {task}."
                )
    return BabiSplit(
        *(
            {
                task: read_babi_file(found[task, split], task)
                for task in tasks
                if (task, split) in found
            }
            for split in ("train", "valid", "test")
        )
    )


def _find(folder):
    """Returns a dict from the numbers of tasks and their splits to files."""
    found = {}
    for file in sorted(folder.iterdir()):
        if match := _FILE.fullmatch(file.name):
            key = int(match[1]), match[2].lower()
            if key in found:
                raise DataError(
                    f"{folder} has two files for the same questions, {found[key].name} and "
                    f"{file.name}: remove one of them."
                )
            found[key] = file
    return found


def _select_complete(folder, found):
    """Returns the tasks that have a training and a test file, in order."""
    missing = {
        task: [
            _format_name(task, split) for split in ("train", "test") if (task, split) not in found
        ]
        for task in sorted({task for task, _ in found})
    }
    tasks = [task for task, names in missing.items() if not names]
    names = ", ".join(name for names in missing.values() for name in names)
    if not tasks:
        raise DataError(f"{folder} has no task with both files: it has no {names}.")
    if names:
        warnings.warn(
            f"{folder} has no {names}: the other files of these tasks are left out.", stacklevel=3
        )
    return tasks


def _format_name(task, split):
    return f"qa{task}_..._{split}.txt"


def read_babi_file(path, task=0):
    """Returns the questions of one file, a list of `Question`.

    Empty lines are ignored.

    Args:
        path: path of the file, in UTF-8, or in UTF-16 with a byte order mark.
        task: number that the questions get. Defaults to `0`.

    Raises:
        DataError: if the file cannot be read or a line is malformed; the message names file and
            line.
    """
    questions, reader = [], _StoryReader(task)
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            question = reader.read(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number}: {error} Received: {line!r}.") from error
        if question is not None:
            questions.append(question)
    if not questions:
        raise DataError(f"{path} has no question: expected lines with a tab and an answer.")
    return questions


class _StoryReader:
    """Reads line by line; line numbers count within a story, and questions count too."""

    def __init__(self, task):
        self._task = task
        self._last, self._story, self._sentences = 0, [], {}

    def read(self, line):
        """Returns the `Question` of a line, or `None` if it is a statement."""
        match = re.fullmatch(r"(\d+)\s+(.*)", line.strip())
        if not match:
            raise ValueError("expected a number, a space and a sentence.")
        number, text = int(match[1]), match[2]
        if number == 1:
            self._story, self._sentences = [], {}
        elif number != self._last + 1:
            raise ValueError(f"expected line {self._last + 1} of the story, or a new one from 1.")
        self._last = number
        if "\t" in text:
            return self._parse_question(text.split("\t"))
        if is_question(text):
            raise ValueError("expected a tab and the answer after a question.")
        words = tokenize(text)
        if not words:
            raise ValueError("expected words after the number.")
        self._sentences[number] = len(self._story)
        self._story.append(words)
        return None

    def _parse_question(self, parts):
        question = tokenize(parts[0])
        answer = tuple(word.strip() for word in _COMMA.split(normalize(parts[1])))
        if not question or not all(answer):
            raise ValueError("expected a question, a tab and its answer.")
        supporting = []
        for number in parts[2].split() if len(parts) > 2 else ():
            if not number.isdecimal() or int(number) not in self._sentences:
                raise ValueError(f"supporting fact {number} is not a statement of this story.")
            supporting.append(self._sentences[int(number)])
        return Question(tuple(self._story), question, answer, tuple(supporting), self._task)
