"""Questions as arrays of word ids: for attention over sentences, or read step by step."""

from typing import NamedTuple

import numpy as np

# Marks for networks that read: the end of a sentence, the end of a question, and an answer.
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


class Steps(NamedTuple):
    """Questions for a network that reads step by step: each row a story with all its questions.

    Attributes:
        inputs: int32 `(stories, time)` of words or `(stories, time, words)` of sentences, with each
            question in its place; then 0.
        targets: int32 `(stories, time)`: what to answer where an answer is due, else -1; -2 if it
            is not known.
        asked: int32 `(stories, time)`: index of the question where an answer is due, else -1.
    """

    inputs: np.ndarray
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
    """Returns questions as `Steps` of a word each, the answer a mark for each of its words.

    A question shares the row of the one before it if its story continues that one's.

    Args:
        asked: list of `Question`.
        vocabulary: `Vocabulary` of the words of stories, of answers, and of `MARKS`.
    """

    def encode(sentences, question):
        words = [word for sentence in sentences for word in (*sentence, STOP)]
        answers = [vocabulary.encode([w])[0] if w in vocabulary else -2 for w in question.answer]
        words += [*question.question, ASK, *[ANSWER] * len(answers)]
        return vocabulary.encode(words), answers

    return _encode_steps(asked, encode)


def encode_sentence_steps(asked, vocabulary, sentence_length):
    """Returns questions as `Steps` of a sentence or a question each, answered as it is asked.

    A question ends in a mark, and shares the row of the one before it if its story continues that
    one's.

    Args:
        asked: list of `Question`.
        vocabulary: `Vocabulary` of the words, of whole answers, and of `ASK`.
        sentence_length: number of words to keep of a sentence, or of a question with its mark.
    """

    def pad(words):
        return words + [0] * (sentence_length - len(words))

    shown = _cache(lambda sentence: pad(vocabulary.encode(sentence[:sentence_length])))
    mark = vocabulary.encode([ASK])
    posed = _cache(lambda words: pad(vocabulary.encode(words[: sentence_length - 1]) + mark))

    def encode(sentences, question):
        answer = whole_answer(question)
        target = vocabulary.encode([answer])[0] if answer in vocabulary else -2
        return [*map(shown, sentences), posed(question.question)], [target]

    return _encode_steps(asked, encode)


def _encode_steps(asked, encode):
    """Returns `Steps` of questions, given a function from new sentences and a question.

    The function returns the steps to read, as ids, and the answers that are due at the last ones.
    """
    rows, story = [], None
    for i, question in enumerate(asked):
        if story is None or question.story[: len(story)] != story:
            rows.append(([], [], []))
            story = ()
        steps, answers = encode(question.story[len(story) :], question)
        story = question.story
        silent = [-1] * (len(steps) - len(answers))
        for row, values in zip(
            rows[-1], (steps, silent + answers, silent + [i] * len(answers)), strict=True
        ):
            row += values
    shape = len(rows), max(len(inputs) for inputs, _, _ in rows)
    data = Steps(
        np.zeros(shape + np.shape(rows[0][0][0]), np.int32),
        np.full(shape, -1, np.int32),
        np.full(shape, -1, np.int32),
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
