"""Pictures of the activity of a memory over one sequence."""

import keras
import numpy as np

from episodes.wording import count
from mann.evaluation.pictures import make_axes, save
from mann.layers.memory_layer import MemoryLayer

# Panels over time and slots, for the values that a memory has; heads are summed.
_OVER_SLOTS = {
    "write_weights": "write weights",
    "read_weights": "read weights",
    "usage": "usage",
    "ages": "ages: steps since the last access",
    "allocation": "allocation",
}
# Panels over time and heads.
_OVER_HEADS = {
    "strengths": "strengths of the writes: a to b, a to what was before, b to a",
    "gates": "gates: 1 by content, 0 where it was (read heads, then write heads)",
    "write_gates": "write gates",
    "allocation_gates": "allocation gates: 1 a free slot, 0 by content",
    "free_gates": "free gates of the read heads",
}


def find_memory_layers(model):
    """Returns the memory layers of a model."""
    return [layer for layer in model.layers if isinstance(layer, MemoryLayer)]


def compute_layer_inputs(layer, model, sequences):
    """Returns the inputs of a layer when its model is called on `sequences`."""
    return np.asarray(keras.Model(model.input, layer.input)(sequences))


def save_picture(model, sequences, folder, marks=None, caption="time"):
    """Writes memory.png, a picture of a model's memory over the first of some sequences.

    Of further memories it writes memory_1.png, memory_2.png and so on.

    Args:
        model: a model; without a memory nothing is written.
        sequences: inputs of the model, `(batch, time, ...)`.
        folder: `pathlib.Path` to write to.
        marks: labels of the steps, `(time,)`. Defaults to `None`: numbers.
        caption: label of the axis of time.
    """
    for i, layer in enumerate(find_memory_layers(model)):
        inputs = compute_layer_inputs(layer, model, sequences)
        trace = {name: values[0] for name, values in layer.trace(inputs).items()}
        name = f"memory_{i}.png" if i else "memory.png"
        save(draw_memory(trace, marks, caption), folder / name)


def draw_memory(trace, marks, caption):
    """Returns a figure of the activity of a memory over a sequence.

    Args:
        trace: dict of arrays without the batch axis, as the layer's `trace` describes them.
        marks: labels of the steps, of shape `(time,)`, or `None` for numbers.
        caption: label of the horizontal axis.
    """
    panels = []
    if "write_weights" in trace:
        # Slots that were never touched would fill most of the picture with nothing.
        touched = np.flatnonzero(trace["write_weights"].sum(axis=1).max(axis=0) > 0.05)
        panels += [
            (
                title,
                _sum_heads(trace[name])[:, touched],
                f"{count(len(touched), 'slot')} written to",
            )
            for name, title in _OVER_SLOTS.items()
            if name in trace
        ]
    if "sources" in trace:
        panels += [
            (f"read {i + 1}: shares of the steps whose writes it found", shares, "step written to")
            for i, shares in enumerate(np.moveaxis(trace["sources"], 1, 0))
        ]
    panels += [(title, trace[name], "head") for name, title in _OVER_HEADS.items() if name in trace]
    if "shifts" in trace:
        panels.append(
            ("shift of each head, in slots", _compute_mean_shift(trace["shifts"]), "head")
        )
    if "read_modes" in trace:
        panels += [
            (f"read head {head}: backward, by content, forward", trace["read_modes"][:, head], "")
            for head in range(trace["read_modes"].shape[1])
        ]
    heights = [3 if label.endswith("to") else 1 for _, _, label in panels]
    links = trace.get("link")
    height = 0.9 * sum(heights) + (4 if links is not None else 0)
    figure, grid = make_axes(
        10,
        height,
        nrows=len(panels) + (links is not None),
        height_ratios=heights + ([4.5] if links is not None else []),
        squeeze=False,
    )
    for axes, (title, values, label) in zip(grid[:, 0], panels, strict=False):
        image = axes.imshow(
            values.T, aspect="auto", cmap="magma", origin="lower", interpolation="nearest"
        )
        axes.set_title(title, fontsize=9)
        axes.set_ylabel(label, fontsize=8)
        if label == "head" or not label:
            axes.set_yticks(range(values.shape[1]))
        figure.colorbar(image, ax=axes, pad=0.01)
        if marks is not None:
            axes.set_xticks(range(len(marks)), marks, fontsize=7)
    grid[len(panels) - 1, 0].set_xlabel(caption)
    if links is not None:
        _draw_links(figure, grid[-1, 0], links[-1, 0], touched)
    return figure


def _sum_heads(values):
    return values.sum(axis=1) if values.ndim == 3 else values


def _compute_mean_shift(shifts):
    furthest = shifts.shape[-1] // 2
    return shifts @ np.arange(-furthest, furthest + 1)


def _draw_links(figure, axes, link, touched):
    # In the order of the slots, so that a sequence written slot by slot is a diagonal.
    image = axes.imshow(link[np.ix_(touched, touched)], cmap="magma", interpolation="nearest")
    axes.set_title(
        "links at the end: the slot of a row was written after that of a column", fontsize=9
    )
    axes.set(xlabel="slots written to", ylabel="slots written to")
    axes.locator_params(integer=True)
    figure.colorbar(image, ax=axes, pad=0.01)
    # Below the other panels' left end; a colour bar moves its panel to the right.
    axes.set_anchor("W")
