"""CharacterVocabulary: the characters that training saw, and their ids."""

import numpy as np


class CharacterVocabulary:
    """Ids of characters: 0 for an unknown one, then the characters in order.

    Args:
        characters: known characters, a string or any other iterable of them.

    Attributes:
        characters: tuple, the character of each id; U+FFFD, the replacement character, for 0.

    Example:

    >>> vocabulary = CharacterVocabulary("to be")
    >>> vocabulary.encode("tax").tolist(), vocabulary.unknown("tax")
    ([5, 0, 0], ['a', 'x'])
    """

    UNKNOWN = 0

    def __init__(self, characters):
        self.characters = ("\ufffd", *sorted(set(characters) - {"\ufffd"}))
        self._ids = {character: i for i, character in enumerate(self.characters)}

    def __len__(self):
        return len(self.characters)

    def encode(self, text):
        """Returns the ids of the characters of a text, an int32 array `(characters,)`."""
        return np.array([self._ids.get(character, 0) for character in text], np.int32)

    def unknown(self, text):
        """Returns the characters of a text that are not known, in order, each once."""
        return [character for character in dict.fromkeys(text) if character not in self._ids]
