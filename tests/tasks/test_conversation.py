"""The replies to a person who types stories and questions."""

import numpy as np
import pytest

from mann.tasks.asking import Answer
from mann.tasks.conversation import converse
from mann.training import UserError


def talk(*lines, slots=()):
    """Returns the questions asked, each with its story, and the lines printed."""
    asked = []

    def ask(story, question):
        asked.append((list(story), question))
        if not story:
            raise UserError("No story.")
        return Answer("attic", 0.75, np.full((2, len(story)), 0.5), slots, ("bo",))

    return asked, list(converse(lines, ask))


def test_a_question_is_answered_with_the_attention_on_each_sentence():
    asked, said = talk("\ufeffMary ran. Dr. Bo sat.\n", "Where is Bo?\r\n")
    assert asked == [(["Mary ran.", "Dr. Bo sat."], "Where is Bo?")]
    assert said == [
        "(Never seen in training: bo.)",
        "Where is Bo? attic  (75 %)",
        "  Mary ran.     50 %   50 %",
        "  Dr. Bo sat.   50 %   50 %",
    ]


def test_the_slots_that_a_memory_read_are_named():
    _, said = talk("Mary ran. Where is Mary?", slots=(7, 0))
    assert said[2:] == [
        "  (Share of each sentence in what each head read; most from slot 7, 0.)",
        "  Mary ran.   50 %   50 %",
    ]


@pytest.mark.parametrize(
    ("told", "question"),
    [
        ("मीरा रसोई में गयी।", "मीरा कहाँ है?"),
        ("ذهبت مريم۔", "أين مريم؟"),
        ("玛丽去了厨房。", "玛丽在哪里？"),
        ("Η Άννα έφυγε.", "Πού είναι η Άννα;"),
        ("Մարին գնաց։", "Ո՞ւր է Մարին։"),
    ],
)
def test_questions_of_other_scripts_are_answered(told, question):
    for lines in ((f"{told} {question}\n",), (told, question)):
        asked, said = talk(*lines)
        assert asked == [([told], question)] and any("attic" in line for line in said)


def test_a_line_without_a_mark_is_told_how_to_ask():
    asked, said = talk("Mary ran.\n", "where is mary\n")
    assert not asked and len(said) == 1
    assert (
        "sentence of the story: where is mary" in said[0] and "ends in a question mark" in said[0]
    )


@pytest.mark.parametrize("end", [(), ("\n",), ("\n", "\n")])
def test_a_story_about_which_nothing_was_asked_is_told_so(end):
    asked, said = talk("Mary ran. Where is Mary.\n", *end)
    assert not asked and len(said) == 1 and "Nothing was asked after: Where is Mary." in said[0]


def test_an_empty_line_starts_a_new_story_and_errors_are_lines():
    asked, said = talk("Mary ran. Where?", "", "Who?", "Bo sat. Who?")
    assert asked == [(["Mary ran."], "Where?"), ([], "Who?"), (["Bo sat."], "Who?")]
    assert said[3] == "No story."
