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
    with pytest.warns(UserWarning, match="has no qa5_..._test.txt: the other files"):
        split = load_babi(tmp_path)
    assert list(split.train) == list(split.test) == [3, 12] and split.validation == {}
    assert {question.task for question in split.test[12]} == {12}
    assert list(load_babi(tmp_path, [12]).train) == [12]
    with pytest.raises(DataError, match="has no qa5_..._test.txt"):
        load_babi(tmp_path, [5])
    with pytest.raises(DataError, match="is not a folder"):
        load_babi(tmp_path / "nowhere")


def test_a_folder_without_a_whole_task_is_refused(write, tmp_path):
    with pytest.raises(DataError, match="no such files: give a folder of files such as qa1_"):
        load_babi(tmp_path)
    write(STORIES, "qa2_x_test.txt")
    with pytest.raises(DataError, match="no task with both files: it has no qa2_..._train.txt"):
        load_babi(tmp_path)
    # Two files of a split would have one of them left out.
    write(STORIES, "qa2_train.txt")
    write(STORIES, "qa2_own_train.txt")
    with pytest.raises(DataError, match="two files for .*qa2_own_train.txt and qa2_train.txt"):
        load_babi(tmp_path)


@pytest.mark.parametrize("names", ["qa2_{}.txt", "qa2_own-words_{}.txt", "QA2_own_words_{}.TXT"])
def test_a_task_may_have_validation_questions_of_its_own(names, write, tmp_path):
    for split in ("train", "valid", "test"):
        write(f"1 Mary ran.\n2 Where?\t{split}\n", names.format(split))
    # As a copy made on a Mac has them.
    write("\0", "._qa2_x_train.txt")
    answers = [asked[2][0].answer for asked in load_babi(tmp_path)]
    assert answers == [("train",), ("valid",), ("test",)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_marks_and_empty_lines_are_passed_over(encoding, line_end, write):
    spread = "\n" + STORIES.replace("\n1", "\n\n \n1").replace("4 J", "\n4 J") + "\n\t\n\n"
    path = write(spread.replace("\n", line_end), "qa1_own_train.txt", encoding)
    assert read_babi_file(path, 3) == read_babi_file(write(STORIES), 3)


def test_stories_in_another_language(write):
    text = "1 मीरा रसोई में गयी।\n2 राम बाग\u093c में गया।\n3 मीरा कहाँ है?\tरसोई, बाग\u093c\t1\n"
    (question,) = read_babi_file(write(text))
    assert question.story == (
        ("मीरा", "रसोई", "में", "गयी"),
        ("राम", "बाग\u093c", "में", "गया"),
    )
    assert question.answer == ("रसोई", question.story[1][1])


def test_words_of_an_answer_are_those_of_the_story(write):
    text = "1 It costs 1,000 and Zoe\u0308\u2019s 5.\n2 What?\t1,000,zoë's,north,west,2,5\n"
    (question,) = read_babi_file(write(text))
    assert question.answer == ("1,000", "zoë's", "north", "west", "2", "5")
    assert {"1,000", "zoë's", "5"} <= set(question.story[0])


@pytest.mark.parametrize(
    "text, message",
    [
        ("1 Mary ran.\nMary sat.\n", "line 2: expected a number.*Received: 'Mary sat.'"),
        ("1 Mary ran.\n3 Mary sat.\n", "line 2: expected line 2 of the story"),
        ("2 Mary ran.\n", "line 1: expected line 1 of the story"),
        ("1 Mary ran.\n2 Where is Mary?\n", "line 2: expected a tab and the answer"),
        ("1 Mary ran.\n2 Where is Mary?\t\t1\n", "line 2: expected a question, a tab"),
        ("1 Mary ran.\n2 Where?\thall\t3\n", "line 2: supporting fact 3 is not a statement"),
        ("1 Hm?\thall\n2 Where?\thall\t1\n", "line 2: supporting fact 1 is not a statement"),
        ("1 ...\n", "line 1: expected words"),
        ("1 मीरा कहाँ है？\n", "line 1: expected a tab and the answer"),
        ("1 Hm?\ta,,b\n", "line 1: expected a question, a tab"),
        ("\n1 Mary ran.\n\n3 Where?\thall\n", "line 4: expected line 2 of the story"),
        ("1 Mary ran.\n", "has no question"),
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
