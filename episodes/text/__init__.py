"""Text by characters: files, tiny Shakespeare, a vocabulary, and streams of contiguous chunks."""

from episodes.text.load import TextSplits, load_text, load_tiny_shakespeare
from episodes.text.stream import TextBatch, TextStream
from episodes.text.vocabulary import CharacterVocabulary

__all__ = [
    "CharacterVocabulary",
    "TextBatch",
    "TextSplits",
    "TextStream",
    "load_text",
    "load_tiny_shakespeare",
]
