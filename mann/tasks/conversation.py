"""Answers a person who types stories and questions about them, line by line."""

from episodes import questions
from mann_config.errors import UserError

_ASKING = "a question ends in a question mark"


def converse(lines, ask):
    """Yields the lines to print in answer to lines of sentences and questions.

    Args:
        lines: iterable of strings. An empty line starts a new story.
        ask: function from a story, a list of sentences, and a question to an `Answer`.
    """
    story, silent = [], False
    for line in lines:
        line = line.strip("\ufeff \t\r\n")
        if not line:
            if silent:
                yield _explain_silence(story)
            story, silent = [], False
        for sentence in questions.split_sentences(line):
            if questions.is_question(sentence):
                yield from _answer(story, sentence, ask)
                silent = False
                continue
            story.append(sentence)
            silent = questions.is_finished(sentence)
            if not silent:
                yield f"(Taken as a sentence of the story: {sentence} - {_ASKING}.)"
    if silent:
        yield _explain_silence(story)


def _explain_silence(story):
    return f"(Nothing was asked after: {story[-1]} - {_ASKING}.)"


def _answer(story, question, ask):
    try:
        answer = ask(story, question)
    except UserError as error:
        yield str(error)
        return
    if answer.unknown:
        yield f"(Never seen in training: {', '.join(answer.unknown)}.)"
    yield f"{question} {answer.text}  ({100 * answer.probability:.0f} %)"
    if answer.attention is not None:
        kept = story[-answer.attention.shape[1] :]
        width = max(map(len, kept))
        if answer.slots:
            slots = ", ".join(map(str, answer.slots))
            yield f"  (Share of each sentence in what each head read; most from slot {slots}.)"
        for sentence, weights in zip(kept, answer.attention.T, strict=True):
            percent = "".join(f"{100 * weight:>5.0f} %" for weight in weights)
            yield f"  {sentence:<{width}}{percent}"
