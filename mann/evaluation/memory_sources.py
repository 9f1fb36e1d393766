"""Where a memory found what it read: the steps that had written it."""

import numpy as np

from mann.evaluation.memory_pictures import compute_layer_inputs, find_memory_layers


def trace_sources(model, sequence):
    """Returns where the last step of a sequence read, or `None` for a model without a memory.

    Args:
        model: a model.
        sequence: input of the model, `(1, time, ...)`.

    Returns:
        Tuple of the share of each step in what each head read, `(heads, time)`, and the slot that
        each head read most, a tuple of integers, empty for memories without slots. The heads of
        several memories follow each other from the first layer to the last.
    """
    found = [_trace_layer(layer, model, sequence) for layer in find_memory_layers(model)]
    found = [sources for sources in found if sources is not None]
    if not found:
        return None
    shares, slots = zip(*found, strict=True)
    return np.concatenate(shares), sum(slots, ())


def _trace_layer(layer, model, sequence):
    trace = layer.trace(compute_layer_inputs(layer, model, sequence))
    if "sources" in trace:
        return trace["sources"][0, -1], ()
    if not {"read_weights", "write_weights"} <= set(trace):
        return None
    read, written = trace["read_weights"][0, -1], trace["write_weights"][0]
    kept = written[:-1] if layer.cell.reads_before_writing else written
    shares = np.zeros((len(written), read.shape[-1]))
    shares[: len(kept)] = find_writers(kept)
    return read @ shares.T, tuple(read.argmax(axis=-1).tolist())


def find_writers(write_weights):
    """Returns the share of each step in what each slot holds in the end.

    A write takes the place of its weight's share of what the slot held; where erasing is apart
    from writing, this is how it looks rather than how it is.

    Args:
        write_weights: array `(time, num_write_heads, memory_size)` in [0, 1].

    Returns:
        Array `(time, memory_size)`.

    Example: three steps, two slots; the last step writes over half of what the first had written.

    >>> weights = np.array([[[1.0, 0.0]], [[0.0, 1.0]], [[0.5, 0.0]]])
    >>> find_writers(weights).tolist()
    [[0.5, 0.0], [0.0, 1.0], [0.5, 0.0]]
    """
    weights = 1 - np.prod(1 - np.clip(write_weights, 0, 1), axis=1)
    left = np.cumprod(np.concatenate([1 - weights[1:], np.ones_like(weights[:1])])[::-1], axis=0)
    return weights * left[::-1]
