"""The ends of sentences, and which of them are questions, in many scripts."""

import pytest

from episodes.questions import is_finished, is_question, split_sentences

# A statement and a question, which follow each other with and without a space.
PAIRS = {
    "Latin": ("Mary ran.", "Where is Mary?"),
    "Latin, loud": ("Mary ran!", "Where is Mary?!"),
    "Latin, quoted": ("\u201cMary ran.\u201d", "\u201cWhere?\u201d"),
    "Latin, in small letters": ("mary ran.", "where is mary?"),
    "Arabic": ("ذهبت مريم.", "أين مريم؟"),
    "Urdu": ("مریم گئی۔", "مریم کہاں ہے؟"),
    "Hindi": ("मीरा रसोई में गयी।", "मीरा कहाँ है?"),
    "Chinese": ("玛丽去了厨房。", "玛丽在哪里？"),
    "wide": ("Ｍａｒｙ ｒａｎ．", "Ｗｈｅｒｅ？"),
    "Greek": ("Η Άννα έφυγε.", "Πού είναι;"),
    "Greek, its own mark": ("Η Άννα έφυγε.", "Πού είναι\u037e"),
    "Armenian": ("Մարին գնաց։", "Ո՞ւր է Մարին։"),
    "Amharic": ("ሄደች።", "የት ነች፧"),
    "Burmese": ("သွားသည်။", "ဘယ်မှာလဲ?"),
    "Khmer": ("គាត់ទៅ។", "នៅឯណា?"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_statements_and_questions_of_each_script(name):
    told, asked = PAIRS[name]
    for line in (f"{told} {asked} {told}", f"  {told}   {asked}{told}\n"):
        sentences = split_sentences(line)
        assert sentences == [told, asked, told]
        assert [is_question(sentence) for sentence in sentences] == [False, True, False]
        assert all(map(is_finished, sentences))


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("Dr. Mira went to the attic.", 1),
        ("Where is Dr. Mira? Mrs. Tom and Prof. Bo ran.", 2),
        ("dr. mira ran.", 1),
        ("Dr.Mira ran.", 1),
        ("J. R. R. Smith ran. Dr. J. Bo sat.", 2),
        ("Mary is in room A. Bo is in room B. Where is Bo?", 3),
        ("It is 3.5 km. Bo walked 1,000.5 m. mary ran.", 3),
        ("Bo ate e.g. apples, nuts etc. and left at 5 p.m. by bus.", 1),
        ("Bo left at 5 p.m. Mary stayed.", 2),
        ("Bo lives in the U.S.A. since 1990.", 1),
        ("House no. 5 is red. No. It is blue.", 3),
        ("See example.com. Then go.", 2),
        ("Mary ran.Bo sat.", 2),
        ("Mary ran... Bo sat…", 2),
        ("?! ... -- ।", 0),
        ("", 0),
    ],
)
def test_a_full_stop_does_not_always_end_a_sentence(line, count):
    assert len(split_sentences(line)) == count


def test_a_sentence_without_a_mark():
    assert split_sentences("Mary ran. where is mary") == ["Mary ran.", "where is mary"]
    assert not is_finished("where is mary") and not is_question("where is mary")
    # A semicolon is a question mark in Greek alone.
    assert not is_question("Mary ran; Bo sat.")
