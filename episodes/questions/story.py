"""Question: a question about a story, with its answer."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question about a story.

    Attributes:
        story: tuple of the sentences before the question, each a tuple of words in lower case.
        question: tuple of words.
        answer: tuple of words; a list has several.
        supporting: tuple of indices into `story`, of the sentences that the answer follows from.
        task: number of the bAbI task, 0 for none.
    """

    story: tuple
    question: tuple
    answer: tuple
    supporting: tuple
    task: int
