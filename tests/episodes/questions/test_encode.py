"""Questions as arrays."""

import numpy as np

from episodes.questions import (
    Question,
    Vocabulary,
    encode_sentence_steps,
    encode_sentences,
    encode_words,
    longest_sentence,
    tokenize,
    whole_answer,
)

ASKED = [
    Question((("a", "b"), ("c",), ("a", "c")), ("b", "a"), ("c",), (), 1),
    Question((("c", "b", "a"),), ("x",), ("a", "b"), (), 1),
]


def test_words_are_cut_out_of_a_text():
    assert tokenize("Where's the half-eaten Apple, Zoë?") == (
        "where's", "the", "half-eaten", "apple", "zoë",
    )  # fmt: skip


def test_the_last_sentences_are_kept_the_most_recent_first():
    vocabulary = Vocabulary(["c", "b", "a", "c"])
    assert vocabulary.words == ("", "<unknown>", "a", "b", "c") and len(vocabulary) == 5
    data = encode_sentences(ASKED, vocabulary, memory_size=2, sentence_length=3)
    np.testing.assert_array_equal(data.stories, [[[2, 4, 0], [4, 0, 0]], [[4, 3, 2], [0, 0, 0]]])
    np.testing.assert_array_equal(data.questions, [[3, 2, 0], [1, 0, 0]])
    np.testing.assert_array_equal(data.answers, [4, -1])
    assert longest_sentence(ASKED) == 3
    with_lists = Vocabulary(["a", "b", "c", whole_answer(ASKED[1])])
    assert encode_sentences(ASKED, with_lists, 2, 3).answers.tolist() == [5, 3]


def test_a_reader_is_asked_for_each_word_of_the_answer():
    vocabulary = Vocabulary([".", "?", "-", "a", "c"])
    data = encode_words(ASKED, vocabulary)
    text = [" ".join(vocabulary.words[i] for i in row if i) for row in data.inputs]
    unknown = "<unknown>"
    assert text == [
        f"a {unknown} . c . a c . {unknown} a ? -",
        f"c {unknown} a . {unknown} ? - -",
    ]
    marks = data.inputs == vocabulary.encode(["-"])[0]
    np.testing.assert_array_equal(data.targets[0][marks[0]], vocabulary.encode(["c"]))
    np.testing.assert_array_equal(data.targets[1][marks[1]], [*vocabulary.encode(["a"]), -2])
    assert np.all(data.targets[~marks] == -1)


def test_a_reader_is_asked_within_a_story_that_goes_on():
    first, second = (("a",),), (("a",), ("c",))
    asked = [
        Question(first, ("b",), ("a",), (), 1),
        Question(second, ("b",), ("a", "c"), (), 1),
        Question(second, ("c",), ("c",), (), 1),
        Question((("c",),), ("b",), ("c",), (), 1),
    ]
    vocabulary = Vocabulary([".", "?", "-", "a", "b", "c"])
    data = encode_words(asked, vocabulary)
    text = [" ".join(vocabulary.words[i] for i in row if i) for row in data.inputs]
    assert text == ["a . b ? - c . b ? - - c ? -", "c . b ? -"]
    np.testing.assert_array_equal(data.asked[data.asked >= 0], [0, 1, 1, 2, 3])
    answers = [vocabulary.words[i] for i in data.targets[data.asked >= 0]]
    assert answers == ["a", "a", "c", "c", "c"]
    np.testing.assert_array_equal(data.asked >= 0, data.targets != -1)


def test_a_reader_of_sentences_is_asked_in_one_step_within_a_story_that_goes_on():
    first, second = (("a",),), (("a",), ("c", "x", "a", "b"))
    asked = [
        Question(first, ("b",), ("a",), (), 1),
        Question(second, ("b", "c", "b"), ("a", "c"), (), 1),
        Question((("c",),), ("b",), ("b", "b"), (), 1),
    ]
    vocabulary = Vocabulary(["?", "a", "b", "c", "a,c"])
    data = encode_sentence_steps(asked, vocabulary, 3)
    text = [
        [" ".join(vocabulary.words[i] for i in step if i) for step in row] for row in data.inputs
    ]
    # Sentences and questions are cut, but a question keeps its mark.
    assert text == [["a", "b ?", "c <unknown> a", "b c ?"], ["c", "b ?", "", ""]]
    assert data.asked.tolist() == [[-1, 0, -1, 1], [-1, 2, -1, -1]]
    known = [vocabulary.encode([answer])[0] for answer in ("a", "a,c")]
    assert data.targets.tolist() == [[-1, known[0], -1, known[1]], [-1, -2, -1, -1]]
