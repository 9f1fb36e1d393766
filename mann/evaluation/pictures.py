"""Pictures: how they are saved, and the learning curves of a run."""

from matplotlib.figure import Figure

from mann.runs.files import written_aside

RIGHT, WRONG = "#1a7f37", "#cf222e"


def save(figure, path):
    """Writes a figure to `path` as a picture, whole or not at all."""
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=120, bbox_inches="tight")


def axes_of(width, height, **kwargs):
    """Returns a figure of such a size in inches, and its axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(**kwargs)


def learning_curves(metrics, title):
    """Returns a figure of training loss and validation against steps.

    Args:
        metrics: list of dicts, the lines of metrics.jsonl.
        title: what was trained.
    """
    figure, (left, right) = axes_of(11, 4, ncols=2)
    losses = [line for line in metrics if "loss" in line]
    left.plot([line["step"] for line in losses], [line["loss"] for line in losses])
    left.set(title=f"{title}: training loss", xlabel="step", ylabel="cross-entropy (nats)")
    left.set_ylim(bottom=0)
    validations = [line for line in metrics if "validation" in line]
    steps = [line["step"] for line in validations]
    for condition in validations[0]["validation"] if validations else ():
        values = [line["validation"][condition] for line in validations]
        right.plot(steps, values, marker=".", label=condition)
    name = validations[0]["validation_name"] if validations else ""
    right.set(title="validation", xlabel="step", ylabel=name)
    right.set_ylim(bottom=0)
    if validations:
        right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.locator_params(axis="x", nbins=5)
    return figure
