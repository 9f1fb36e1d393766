"""Draws which sentences of a story a memory network attended to, hop by hop."""

from mann.evaluation.pictures import RIGHT, WRONG, make_axes

_MOST_SENTENCES = 24


def draw_attention(question, answer, attention):
    """Returns a figure of the attention on each sentence in each hop.

    Args:
        question: an `episodes.questions.Question`.
        answer: string, the answer of the network.
        attention: array `(hops, sentences)`, in the order of the story.
    """
    sentences = [" ".join(sentence) for sentence in question.story[-len(attention[0]) :]]
    first = max(0, len(sentences) - _MOST_SENTENCES)
    figure, axes = make_axes(6, 1.5 + 0.25 * len(sentences[first:]))
    image = axes.imshow(attention.T[first:], vmin=0, vmax=1, cmap="Blues", aspect="auto")
    offset = len(question.story) - len(sentences) + first
    axes.set_yticks(range(len(sentences[first:])), sentences[first:])
    for i, label in enumerate(axes.get_yticklabels()):
        if i + offset in question.supporting:
            label.set_fontweight("bold")
    axes.set_xticks(range(len(attention)), [f"hop {hop + 1}" for hop in range(len(attention))])
    expected = ",".join(question.answer)
    axes.set_title(
        f"{' '.join(question.question)}?\n{answer} (expected {expected}; supporting facts bold)",
        color=RIGHT if answer == expected else WRONG,
    )
    figure.colorbar(image, label="attention")
    return figure
