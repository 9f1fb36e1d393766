"""The reader of bAbI's files, on stories and mistakes written by hand."""

import pytest

from episodes import DataError
from episodes.questions import Question, load_babi, read_babi_file

STORIES = """\
1 Mary took the milk.
2 Mary went to the hall.
3 Where is the milk? \thall\t1 2
4 John left the apple there.
5 What does John carry?\tnothing\t4
6 What is here?\tApple,milk\t1 4
1 The hall is north of the den.
2 What is north of the den?\thall
"""
MILK, HALL, APPLE = (
    ("mary", "took", "the", "milk"),
    ("mary", "went", "to", "the", "hall"),
    ("john", "left", "the", "apple", "there"),
)


@pytest.fixture
def write(tmp_path):
    def write(text, name="qa3_x_train.txt", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_stories_of_every_kind(write):
    asked = read_babi_file(write(STORIES), task=3)
    assert asked == [
        Question((MILK, HALL), ("where", "is", "the", "milk"), ("hall",), (0, 1), 3),
        Question((MILK, HALL, APPLE), ("what", "does", "john", "carry"), ("nothing",), (2,), 3),
        Question((MILK, HALL, APPLE), ("what", "is", "here"), ("apple", "milk"), (0, 2), 3),
        Question(
            (("the", "hall", "is", "north", "of", "the", "den"),),
            ("what", "is", "north", "of", "the", "den"),
            ("hall",),
            (),
            3,
        ),
    ]


def test_a_folder_is_read_by_task_and_split(write, tmp_path):
    for task, split in ((3, "train"), (3, "test"), (12, "train"), (12, "test"), (5, "train")):
        write(STORIES, f"qa{task}_two-words_{split}.txt")
    split = load_babi(tmp_path)
    assert list(split.train) == list(split.test) == [3, 12]
    assert {question.task for question in split.test[12]} == {12}
    assert list(load_babi(tmp_path, [12]).train) == [12]
    with pytest.raises(DataError, match="holds no qa5_..._test.txt"):
        load_babi(tmp_path, [5])
    with pytest.raises(DataError, match="is no folder"):
        load_babi(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no files such as qa1_"):
        load_babi(tmp_path / "empty")


@pytest.mark.parametrize(
    "text, message",
    [
        ("1 Mary ran.\nMary sat.\n", "line 2: expected a number.*Received: 'Mary sat.'"),
        ("1 Mary ran.\n3 Mary sat.\n", "line 2: expected line 2 of the story"),
        ("2 Mary ran.\n", "line 1: expected line 1 of the story"),
        ("1 Mary ran.\n2 Where is Mary?\n", "line 2: expected a tab and the answer"),
        ("1 Mary ran.\n2 Where is Mary?\t\t1\n", "line 2: expected a question, a tab"),
        ("1 Mary ran.\n2 Where?\thall\t3\n", "line 2: supporting fact 3 is no statement"),
        ("1 Hm?\thall\n2 Where?\thall\t1\n", "line 2: supporting fact 1 is no statement"),
        ("1 ...\n", "line 1: expected words"),
        ("1 Mary ran.\n", "holds no question"),
    ],
)
def test_malformed_lines_are_named(text, message, write):
    path = write(text)
    with pytest.raises(DataError, match=f"{path}.*{message}"):
        read_babi_file(path)


def test_text_that_is_not_utf_8_is_named(write):
    path = write("1 Zoë ran.\n2 Where?\thall\t1\n", encoding="latin-1")
    with pytest.raises(DataError, match=f"{path} is not UTF-8"):
        read_babi_file(path)
