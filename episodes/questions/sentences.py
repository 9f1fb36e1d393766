"""Sentences of a plain text in any script: where they end, and which are questions."""

import re

# Armenian sets its mark within a word, where the sentence goes on.
_WITHIN = "\u055e"
# Latin, Greek, Arabic, Ethiopic, Limbu, Vai, and those that CJK writes wide.
_ASKING = "?\u037e\u061f\u1367\u1945\u203d\u2047\u2048\u2049\u2e2e\ua60f\ufe56\uff1f"
# Latin, Armenian, Arabic, Syriac, N'Ko, Devanagari and its neighbours, Myanmar, Ethiopic, Khmer,
# Mongolian, Ol Chiki, and those that CJK writes wide.
_TELLING = (
    ".!\u2026\u203c\u0589\u06d4\u0700\u0701\u0702\u07f9\u0964\u0965\u104a\u104b\u1362\u1368\u17d4"
    "\u17d5\u1803\u1809\u1c7e\u1c7f\u3002\ua8ce\ua8cf\uabeb\ufe52\ufe57\uff01\uff0e\uff61"
)
# On a Greek keyboard the question mark is a semicolon.
_GREEK = "(?<=[\u0300-\u03ff\u1f00-\u1fff]);"
_QUESTION = re.compile(rf"[{_ASKING}{_WITHIN}]|{_GREEK}")
_CLOSING = r"[\"'\u2019\u201d\u00bb\u300d\u300f)\]]*"
_END = re.compile(rf"(?:[{_ASKING}{_TELLING}]|{_GREEK})+{_CLOSING}")

# Words whose full stop does not end a sentence: titles; before small letters and numbers; before
# numbers. Those with a full stop within them, such as "p.m.", are like the second.
_TITLES = frozenset(
    "mr mrs ms mx dr prof st rev hon gen col capt lt sgt gov sen sr sra dra mme mlle hr fr".split()
)
_SHORT = frozenset("etc vs approx cf ca".split())
_NUMBERED = frozenset("no nr fig vol p pp ch".split())
_LETTER = r"[^\W\d_]"
# Letters with full stops between, and a letter after nothing but words that are cut short.
_ABBREVIATED = re.compile(rf"(?:{_LETTER}\.)*{_LETTER}")
_INITIALS = re.compile(rf"\W*(?:\w+\.\s*)*{_LETTER}")


def split_sentences(text):
    """Returns the sentences of a text with the marks they end in, a list of strings.

    A full stop does not end a sentence after a title or an initial, in a number, or in a name such
    as "example.com". Parts without a word are left out.

    Example:

    >>> split_sentences("Dr. Mira went home at 3.5 p.m. on foot. Where is Mira? Tom ran")
    ['Dr. Mira went home at 3.5 p.m. on foot.', 'Where is Mira?', 'Tom ran']
    """
    cuts = [0]
    for mark in _END.finditer(text):
        if mark[0] != "." or _ends(text[cuts[-1] : mark.start()], text[mark.end() :]):
            cuts.append(mark.end())
    parts = (text[first:last] for first, last in zip(cuts, [*cuts[1:], len(text)], strict=True))
    return [part.strip() for part in parts if re.search(r"\w", part)]


def is_question(sentence):
    """Returns whether a sentence has a question mark, of whatever script."""
    return bool(_QUESTION.search(sentence))


def is_finished(sentence):
    """Returns whether a sentence ends in a mark."""
    return is_question(sentence) or bool(re.search(rf"{_END.pattern}$", sentence))


def _ends(before, after):
    """Returns whether a full stop between two texts ends a sentence."""
    word = re.search(r"[\w.]*$", before)[0].lower()
    following = after.lstrip()[:1]
    if not following.isalnum():
        return True
    small, number = following.islower(), following.isdigit()
    if word in _TITLES or (word in _NUMBERED and number):
        return False
    if following == after[0]:
        return not (small or number or _ABBREVIATED.fullmatch(word))
    if _INITIALS.fullmatch(before) and before[-1].isupper():
        return False
    shortened = word in _SHORT or ("." in word and _ABBREVIATED.fullmatch(word))
    return not (shortened and (small or number))
