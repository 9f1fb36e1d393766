"""Words of a text in any language that puts spaces between them."""

import functools
import re
import sys
import unicodedata

# Other forms of the apostrophe, the hyphen and the minus sign; invisible characters; and
# the marks that Armenian sets within the word that is asked about, called out or stressed.
_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u02bc\uff07", "'"),
        **dict.fromkeys("\u2010\u2011\u2212", "-"),
        **dict.fromkeys("\u00ad\u2060\ufeff\u055b\u055c\u055e"),
    }
)
# Within a word: apostrophe, hyphen, Catalan and Hebrew marks, and the joiners of Indic and Persian.
_INNER = "['\u00b7\u05f3\u05f4\u200c\u200d-]"
_POINTS = "[.,\u066b\u066c]"


def normalize(text):
    """Returns a text in lower case, in Unicode's NFC, with straight apostrophes and hyphens.

    Example:

    >>> normalize("Don\N{RIGHT SINGLE QUOTATION MARK}t")
    "don't"
    """
    text = text.lower()
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_SAME))


def tokenize(text):
    """Returns the words of a text in lower case, without punctuation, as a tuple.

    A word has the marks that combine with its letters, and apostrophes and hyphens within it; a
    number its sign, its point and its commas.

    Example:

    >>> tokenize("Where is Mary's cat?"), tokenize("1,000 kg at -3.5 degrees.")
    (('where', 'is', "mary's", 'cat'), ('1,000', 'kg', 'at', '-3.5', 'degrees'))
    """
    text = normalize(text)
    return tuple(_compile_word(text.isascii()).findall(text))


@functools.cache
def _compile_word(ascii_only):
    """Returns the pattern of a word; combining marks slow it down where there are none."""
    letter = r"\w" if ascii_only else rf"[\w{_list_combining_marks()}]"
    sign = rf"(?:(?<!{letter})-(?=\d))?"
    inner = rf"(?:{_INNER}|(?<=\d){_POINTS}(?=\d))"
    return re.compile(rf"{sign}\w{letter}*(?:{inner}\w{letter}*)*")


def _list_combining_marks():
    # Python's \w leaves them out.
    characters = map(chr, range(sys.maxunicode + 1))
    return "".join(c for c in characters if unicodedata.category(c) in ("Mn", "Mc"))
