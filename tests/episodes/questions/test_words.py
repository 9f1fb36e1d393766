"""Words of many languages, whole and in one form."""

import unicodedata

import pytest

from episodes.questions import tokenize

SENTENCES = {
    "Hindi": ("मीरा रसोई में गयी।", "मीरा रसोई में गयी"),
    "Bengali": ("মীরা কোথায়?", "মীরা কোথায়"),
    "Tamil": ("மீரா எங்கே?", "மீரா எங்கே"),
    "Thai": ("ผู้ชาย อยู่ ที่นี่", "ผู้ชาย อยู่ ที่นี่"),
    "Arabic": ("أَيْنَ مَرْيَمُ؟", "أَيْنَ مَرْيَمُ"),
    "Hebrew": ("שָׁלוֹם, צה״ל!", "שָׁלוֹם צה״ל"),
    "Persian": ("مریم می\u200cرود.", "مریم می\u200cرود"),
    "Sinhala": ("ශ්\u200dරී ලංකා.", "ශ්\u200dරී ලංකා"),
    "Vietnamese": ("Bà ở đâu?", "bà ở đâu"),
    "Turkish": ("İzmir'de kim?", "i\u0307zmir'de kim"),
    "Armenian": ("Ո՞ւր է Մարին։", "ուր է մարին"),
    "Greek": ("Πού είναι η Άννα;", "πού είναι η άννα"),
    "Ukrainian": ("П\u2019ять м\u02bcячів.", "п'ять м'ячів"),
    "French": ("L\u2019été, c'est \u00abl\u2019eau\u00bb.", "l'été c'est l'eau"),
    "Catalan": ("Col·lecció?", "col·lecció"),
    "Spanish": ("¿Dónde está Zoë?", "dónde está zoë"),
    "Chinese": ("玛丽 在 哪里？", "玛丽 在 哪里"),
    "quoted": ("\u2018Mary\u2019 said \u201cI don\u2019t\u201d.", "mary said i don't"),
    "hyphens": ("state\u2011of-the-art - or not", "state-of-the-art or not"),
    "hidden": ("kit\u00adchen \ufeffhall", "kitchen hall"),
    "numbers": ("3.5 of 1,000.50, or -7 (\u22120,5).", "3.5 of 1,000.50 or -7 -0,5"),
    "ranges": ("3-5, v1.2 and 10.", "3-5 v1.2 and 10"),
    "Arabic digits": ("٣٫٥ و ١٬٠٠٠.", "٣٫٥ و ١٬٠٠٠"),
}


@pytest.mark.parametrize("name", SENTENCES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_are_whole_in_either_normal_form(name, form):
    sentence, words = SENTENCES[name]
    expected = tuple(unicodedata.normalize("NFC", words).split(" "))
    assert tokenize(unicodedata.normalize(form, sentence)) == expected


def test_vowel_signs_tell_words_apart():
    assert tokenize("राम") != tokenize("रोमा")
