"""Vocabulary: the words that training saw, and their ids."""

NOTHING, UNKNOWN = "", "<unknown>"


class Vocabulary:
    """Ids of words: 0 for none, 1 for one that is not known, then the words in order.

    Args:
        words: known words.

    Attributes:
        words: tuple, the word of each id.

    Example:

    >>> vocabulary = Vocabulary(["went", "mary"])
    >>> vocabulary.encode(["mary", "ran"])
    [2, 1]
    """

    def __init__(self, words):
        self.words = (NOTHING, UNKNOWN, *sorted(set(words) - {NOTHING, UNKNOWN}))
        self._ids = {word: i for i, word in enumerate(self.words)}

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        return word in self._ids

    def encode(self, words):
        """Returns the ids of words, a list."""
        return [self._ids.get(word, 1) for word in words]
