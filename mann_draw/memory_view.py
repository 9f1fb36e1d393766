"""What the memory of a model does with some examples and a drawing, to show it."""

import base64

import keras
import numpy as np

from mann.layers.memory_layer import MemoryLayer
from mann.models.predictors import SequencePredictor

# A step wrote to the slots whose content it changed by more than this part of the largest change.
_WRITTEN = 0.25


def view_memory(support):
    """Returns the `MemoryView` of a `mann.classifier.support.Support`; `None` without a memory."""
    predictor = support.predictor
    if isinstance(predictor, SequencePredictor) and any(
        isinstance(layer, MemoryLayer) for layer in predictor.model.layers
    ):
        return MemoryView(support)
    return None


class MemoryView:
    """The memory of a model that was shown some examples, and is shown one more drawing.

    The label of an example comes one step after it; that step writes both. So the last example is
    written while the memory is asked about the drawing.

    Args:
        support: a `mann.classifier.support.Support` of a model with a memory.
    """

    def __init__(self, support):
        self._predictor, self._order = support.predictor, support.order
        # The drawing comes after the examples; its own label is never shown.
        images = np.append(support.images[self._order], 0 * support.images[:1], axis=0)
        labels = np.append(support.numbers[self._order], 0)
        sequence, _ = self._predictor.make_sequence(
            images[None] / np.float32(255), labels[None], len(support.classes)
        )
        *steps, self._drawing_step = np.split(sequence, len(labels), axis=1)
        memory, _, self._states = self._run(steps[0], None)
        self._writers = np.full(memory.shape[-1], -1)
        for step, example in zip(steps[1:], self._order, strict=False):
            before = memory
            memory, _, self._states = self._run(step, self._states)
            self._writers[_find_written(before, memory)] = example
        self._memory = memory

    def look(self, image):
        """Returns what the memory holds and reads at the step of a drawing.

        Args:
            image: uint8 `(size, size)`.

        Returns:
            Dict of `slots` and `width`, the shape of the memory; `content`, signed bytes of the
            words, slot after slot, in base64; `reads`, the read weights of each slot, summed over
            the heads; `writers`, the index of the example that each slot was last written for, or
            -1.
        """
        step = self._drawing_step.copy()
        step[0, 0, : image.size] = image.ravel() / np.float32(255)
        memory, reads, _ = self._run(step, self._states)
        writers = self._writers.copy()
        writers[_find_written(self._memory, memory)] = self._order[-1]
        width, slots = memory.shape
        content = np.round(127 * memory.T / np.abs(memory).max()).astype(np.int8)
        return {
            "slots": slots,
            "width": width,
            "content": base64.b64encode(content.tobytes()).decode(),
            "reads": np.round(reads.astype(float), 4).tolist(),
            "writers": writers.tolist(),
        }

    def _run(self, step, states):
        """Returns the memory `(width, slots)`, the read weights `(slots,)` and the states."""
        _, states = self._predictor.run(step, states)
        state = self._predictor.name_memories(states)[0]
        memory, reads = (
            keras.ops.convert_to_numpy(part)[0] for part in (state.memory, state.read_weights)
        )
        return memory, reads.sum(axis=0), states


def _find_written(before, after):
    changes = np.linalg.norm(after - before, axis=0)
    return changes > _WRITTEN * changes.max()
