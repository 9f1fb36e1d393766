"""Pictures of a sweep: each row's median over its seeds, in the band from lowest to highest."""

import collections
import itertools

import numpy as np
from matplotlib.figure import Figure

from episodes.files import write_atomically
from mann_sweeps.table import show_row

_MARKERS = "oD^svP*Xd<>"


def save_pictures(comparisons, name, folder):
    """Writes a picture of each `Comparison` into a folder.

    Args:
        comparisons: list of `Comparison`.
        name: name of the config, for the titles.
        folder: `pathlib.Path` of the folder.
    """
    count = collections.Counter()
    for one in comparisons:
        file = f"{one.name} by {one.by}".lower().replace(" ", "_").replace("'", "")
        count[file] += 1
        suffix = "" if count[file] == 1 else f"_{count[file]}"
        with write_atomically(folder / f"{file}{suffix}.png") as aside:
            draw_comparison(one, name).savefig(aside, dpi=120, bbox_inches="tight")


def draw_comparison(comparison, title):
    """Returns a figure of a `Comparison`: curves over conditions that are numbers, else points.

    Args:
        comparison: the `Comparison`.
        title: title of the figure.
    """
    conditions = comparison.conditions
    numbers = all(isinstance(condition, (int, float)) for condition in conditions)
    places = conditions if numbers else range(len(conditions))
    figure = Figure(figsize=(7.5 if numbers else 4 + 1.5 * len(conditions), 4.5))
    figure.set_layout_engine("constrained")
    axes = figure.subplots()
    if numbers and comparison.trained:
        # With an edge, since a range of one level has no width.
        axes.axvspan(*comparison.trained, color="grey", alpha=0.2, lw=2, label="trained on")
    rows = [(result, summary) for result, summary in comparison.rows if summary]
    for index, (result, summary) in enumerate(rows):
        cells = [summary.get(condition) for condition in conditions]
        median, lowest, highest = (
            np.array([np.nan if cell is None else cell[i] for cell in cells]) for i in range(3)
        )
        style = {"color": f"C{index % 10}", "marker": _MARKERS[index % len(_MARKERS)], "zorder": 3}
        seeds = len(result.measured)
        label = f"{show_row(result.fields) or title}, " + (
            f"median of {seeds} seeds" if seeds > 1 else "1 seed"
        )
        if numbers:
            axes.plot(places, median, label=label, **style)
            axes.fill_between(places, lowest, highest, color=style["color"], alpha=0.2, lw=0)
        else:
            # Beside each other.
            shift = (index - (len(rows) - 1) / 2) * 0.6 / len(rows)
            spread = [median - lowest, highest - median]
            axes.errorbar(
                np.add(places, shift), median, spread, ls="", capsize=3, label=label, **style
            )
    for (name, row), line in zip(
        comparison.references.items(), itertools.cycle((":", "--", "-.")), strict=False
    ):
        heights = [row.get(condition, np.nan) for condition in conditions]
        marker = "" if np.isfinite(heights).sum() > 1 and numbers else "_"
        style = {"ls": line if numbers else "", "marker": marker, "color": "grey"}
        axes.plot(places, heights, label=name, **style)
    _scale(axes, comparison)
    if numbers:
        axes.xaxis.get_major_locator().set_params(integer=True)
    else:
        axes.set_xticks(places, map(str, conditions))
    label = f"{comparison.name} ({comparison.unit})"
    axes.set(title=title, ylabel=label, xlabel=comparison.by)
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    return figure


def _scale(axes, comparison):
    lowest = min(cell.lowest for _, summary in comparison.rows for cell in summary.values())
    if comparison.unit == "%":
        axes.set_ylim(0, 101)
    elif lowest >= 0:
        if not comparison.higher_is_better and "optimum" not in comparison.references:
            # Errors differ by orders of magnitude, and zero must show.
            axes.set_yscale("symlog", linthresh=0.1)
        axes.set_ylim(bottom=0)
