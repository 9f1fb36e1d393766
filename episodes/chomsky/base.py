"""SymbolTask: the base of the tasks that answer a string of symbols with another one."""

import numpy as np

from episodes.algorithmic.base import AlgorithmicTask

# Ends an answer that is shorter than the steps there are for it.
END = "."


class SymbolTask(AlgorithmicTask):
    """A string of symbols comes; the answer is a string too, one symbol at each step after it.

    ```
    step      0    1    2    3    4    5
    symbol    0    0    1    .    .    .
    due       .    .    .    1    1    1
    target                   1    0    0
    ```

    The symbols are one-hot; one more channel says that an answer is due. An answer does not reach
    the model: it gives each symbol without being told those before. Where an answer may be shorter
    than the steps there are for it, it ends with a symbol of its own, and the steps after that do
    not count.

    A subclass defines `symbols`, `answers` and `answer()`; `draw_string()` unless all symbols are
    as likely; `num_answers()` unless one symbol is the answer; and `fit_length()` unless there are
    strings of any length. Its `num_outputs` logits at each step are those of the `answers`, and its
    `targets` are indices of them, int32 `(batch, time)`. The optimal answer is exact.

    Args:
        length: shortest and longest string to train on, in symbols. Defaults to `(1, 40)`.

    Raises:
        ValueError: if the range is not two positive integers, the first not above the second.

    Reference: Delétang et al., "Neural Networks and the Chomsky Hierarchy", arXiv:2207.02098, 2023:
    trained on lengths 1 to 40, measured on 41 to 500.

    Example:

    >>> from episodes.chomsky import ReverseString
    >>> batch = ReverseString().sample(np.random.default_rng(0), 16, difficulty={"length": 40})
    >>> batch.inputs.shape, batch.targets.shape, batch.weights.shape
    ((16, 80, 3), (16, 80), (16, 80))
    """

    symbols = None
    answers = None

    def __init__(self, length=(1, 40)):
        super().__init__(length=length)
        self.num_features = len(self.symbols) + 1
        self.num_outputs = len(self.answers)

    def fit_length(self, length):
        """Returns the length of the strings at a level: the level itself, or one nearby."""
        return length

    def num_answers(self, length):
        """Returns the number of steps for the answer to a string of a length."""
        return 1

    def draw_string(self, rng, length):
        """Returns a random string of a length, which is one that `fit_length` returns."""
        return draw_symbols(rng, self.symbols, length)

    def answer(self, string):
        """Returns the answer to a string, at most `num_answers` symbols of `answers`."""
        raise NotImplementedError

    def num_steps(self, length):
        length = self.fit_length(length)
        return length + self.num_answers(length)

    def draw(self, rng, length):
        string = self.draw_string(rng, self.fit_length(length))
        inputs = np.zeros((self.num_steps(length), self.num_features))
        inputs[np.arange(len(string)), [self.symbols.index(symbol) for symbol in string]] = 1
        inputs[len(string) :, -1] = 1
        answers = self._find_answers(string)
        targets = np.zeros(len(inputs), np.int32)
        weights = np.zeros(len(inputs))
        targets[len(string) : len(string) + len(answers)] = answers
        weights[len(string) : len(string) + len(answers)] = 1
        return inputs, targets, weights

    def solve(self, inputs):
        """Returns the optimal probability of each answer, given the inputs so far.

        Args:
            inputs: array of shape `(time, num_features)`.

        Returns:
            Array of shape `(time, num_outputs)`; where no answer counts, any value.
        """
        string = self.read_string(inputs)
        answers = self._find_answers(string)
        probabilities = np.zeros((len(inputs), self.num_outputs))
        probabilities[len(string) + np.arange(len(answers)), answers] = 1
        return probabilities

    def read_string(self, inputs):
        """Returns the string that inputs of shape `(time, num_features)` show."""
        shown = inputs[inputs[:, :-1].any(axis=1), :-1]
        return "".join(self.symbols[index] for index in shown.argmax(axis=1))

    def _find_answers(self, string):
        return [self.answers.index(symbol) for symbol in self.answer(string)]


def draw_symbols(rng, symbols, length):
    """Returns a string of a length, whose symbols are drawn with equal chance from `symbols`."""
    return "".join(symbols[index] for index in rng.integers(0, len(symbols), length))
