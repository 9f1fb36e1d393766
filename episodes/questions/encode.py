"""Questions as arrays of word ids: sentence by sentence, or word by word."""

from typing import NamedTuple

import numpy as np

# Marks for networks that shown_words words: the end of a sentence, the end of a question, and an
# answer.
MARKS = STOP, ASK, ANSWER = (".", "?", "-")


class Sentences(NamedTuple):
    """Questions for a network that attends to sentences.

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
    """Questions for a network that reads word by word: each row a story with all its questions.

    Attributes:
        words: int32 `(stories, time)`: the sentences, with each question in its place, followed by
            a mark for each word of its answer; then 0.
        targets: int32 `(stories, time)`: the word to answer with where there is a mark, else -1;
            -2 if it is not known.
        asked: int32 `(stories, time)`: index of the question where there is a mark, else -1.
    """

    words: np.ndarray
    targets: np.ndarray
    asked: np.ndarray


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
        memory_size: number of sentences to keep, the last ones of a story.
        sentence_length: number of words to keep of a sentence.
    """
    ids = _cache(lambda sentence: vocabulary.encode(sentence[:sentence_length]))
    # Most vocabularies fit 16 bits, which halves the memory of the arrays.
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

    A question shares the row of the one before it if its story continues that one's.

    Args:
        asked: list of `Question`.
        vocabulary: `Vocabulary` of the words of stories, of answers, and of `MARKS`.
    """
    rows, story = [], None
    for i, question in enumerate(asked):
        if story is None or question.story[: len(story)] != story:
            rows.append(([], [], []))
            story = ()
        shown_words = [
            word for sentence in question.story[len(story) :] for word in (*sentence, STOP)
        ]
        story = question.story
        shown_words += [*question.question, ASK]
        answers = [vocabulary.encode([w])[0] if w in vocabulary else -2 for w in question.answer]
        words, targets, places = rows[-1]
        words += [*vocabulary.encode(shown_words), *vocabulary.encode([ANSWER] * len(answers))]
        targets += [*[-1] * len(shown_words), *answers]
        places += [*[-1] * len(shown_words), *[i] * len(answers)]
    shape = len(rows), max(len(words) for words, _, _ in rows)
    data = Words(
        np.zeros(shape, np.int32), np.full(shape, -1, np.int32), np.full(shape, -1, np.int32)
    )
    for i, row in enumerate(rows):
        for array, values in zip(data, row, strict=True):
            array[i, : len(values)] = values
    return data


def _sentences(question):
    return (*question.story, question.question)


def _cache(encode):
    seen = {}

    def ids(sentence):
        if sentence not in seen:
            seen[sentence] = encode(sentence)
        return seen[sentence]

    return ids
