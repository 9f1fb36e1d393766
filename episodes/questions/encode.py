"""Questions as arrays of word ids: sentence by sentence, or word by word."""

from typing import NamedTuple

import numpy as np

# What a reader of words is shown after a sentence and a question, and where it is to answer.
MARKS = STOP, ASK, ANSWER = (".", "?", "-")


class Sentences(NamedTuple):
    """Questions for a network that looks at sentences.

    Attributes:
        stories: int32 `(questions, memory_size, words)`, the most recent sentence first; 0 for no
            word.
        questions: int32 `(questions, words)`.
        answers: int32 `(questions,)`, the id of the whole answer, -1 if it is not known.
    """

    stories: np.ndarray
    questions: np.ndarray
    answers: np.ndarray


class Words(NamedTuple):
    """Questions for a network that reads word by word.

    Attributes:
        words: int32 `(questions, time)`: the story, the question, a mark for each word of the
            answer, then 0.
        targets: int32 `(questions, time)`: the word to answer with where there is a mark, else -1;
            -2 if it is not known.
    """

    words: np.ndarray
    targets: np.ndarray


def whole_answer(question):
    """Returns an answer as one word; the words of a list are joined by commas."""
    return ",".join(question.answer)


def longest_sentence(asked):
    """Returns how many words the longest sentence or question has."""
    return max(len(sentence) for question in asked for sentence in _sentences(question))


def encode_sentences(asked, vocabulary, memory_size, sentence_length):
    """Returns questions as `Sentences`.

    Args:
        asked: list of `Question`.
        vocabulary: `Vocabulary` of the words and of whole answers.
        memory_size: sentences to keep, the last of a story.
        sentence_length: words to keep of a sentence.
    """
    ids = _cached(lambda sentence: vocabulary.encode(sentence[:sentence_length]))
    # Most vocabularies fit 16 bits, half of what the arrays would weigh.
    kind = np.int16 if len(vocabulary) < 2**15 else np.int32
    stories = np.zeros((len(asked), memory_size, sentence_length), kind)
    questions = np.zeros((len(asked), sentence_length), kind)
    answers = np.zeros(len(asked), np.int32)
    for i, question in enumerate(asked):
        for row, sentence in enumerate(question.story[: -memory_size - 1 : -1]):
            stories[i, row, : len(sentence)] = ids(sentence)
        questions[i, : len(question.question)] = ids(question.question)
        answer = whole_answer(question)
        answers[i] = vocabulary.encode([answer])[0] if answer in vocabulary else -1
    return Sentences(stories, questions, answers)


def encode_words(asked, vocabulary):
    """Returns questions as `Words`.

    Args:
        asked: list of `Question`.
        vocabulary: `Vocabulary` of the words of stories, of answers, and of `MARKS`.
    """
    rows = [_read_aloud(question) for question in asked]
    length = max(len(row) + len(q.answer) for row, q in zip(rows, asked, strict=True))
    words = np.zeros((len(asked), length), np.int32)
    targets = np.full((len(asked), length), -1, np.int32)
    for i, (row, question) in enumerate(zip(rows, asked, strict=True)):
        count = len(question.answer)
        words[i, : len(row)] = vocabulary.encode(row)
        words[i, len(row) : len(row) + count] = vocabulary.encode([ANSWER] * count)
        targets[i, len(row) : len(row) + count] = [
            vocabulary.encode([word])[0] if word in vocabulary else -2 for word in question.answer
        ]
    return Words(words, targets)


def _read_aloud(question):
    row = [word for sentence in question.story for word in (*sentence, STOP)]
    return (*row, *question.question, ASK)


def _sentences(question):
    return (*question.story, question.question)


def _cached(encode):
    seen = {}

    def ids(sentence):
        if sentence not in seen:
            seen[sentence] = encode(sentence)
        return seen[sentence]

    return ids
