"""TextStream: documents cut into chunks that follow each other, row by row of a batch."""

from typing import NamedTuple

import numpy as np

from episodes._checks import check_integer, check_positive, check_seed
from episodes.wording import count


class TextBatch(NamedTuple):
    """One chunk of each row.

    Attributes:
        characters: int32 array `(batch, time)` of ids.
        targets: int32 array `(batch, time)`, the ids that follow.
        weights: float32 array `(batch, time)`, 0 where a chunk ends short of `time`.
        restart: boolean array `(batch,)`, whether a row does not continue the batch before, but
            begins a document or jumps to another place of the text.
    """

    characters: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    restart: np.ndarray


class TextStream:
    """Batches for training by truncated back-propagation, each of which continues the one before.

    The documents, one after the other, are cut into chunks; none reaches over the end of a
    document. Each row of a batch reads a part of its own of the chunks, in order. Chunks that are
    left over, fewer than there are rows, are not read in that epoch.

    Args:
        documents: sequence of int arrays `(characters,)`.
        batch_size: number of rows, which are read side by side.
        chunk_length: number of characters of a chunk.
        seed: seed of the places where the rows begin in each epoch, a non-negative integer or tuple
            of them. Defaults to `None`: in every epoch the first row begins at the beginning.

    Attributes:
        num_steps: number of batches in an epoch.

    Raises:
        ValueError: if a number is not an integer of 1 or more, the seed is not valid, or the
            documents are too short for so many rows.

    Example:

    >>> stream = TextStream([np.arange(7)], batch_size=2, chunk_length=2)
    >>> stream.num_steps, stream[0].characters.tolist(), stream[0].targets.tolist()
    (1, [[0, 1], [2, 3]], [[1, 2], [3, 4]])
    """

    def __init__(self, documents, batch_size, chunk_length, seed=None):
        self.batch_size = check_positive("batch_size", batch_size)
        self.chunk_length = check_positive("chunk_length", chunk_length)
        self._seed = None if seed is None else check_seed(seed)
        starts, ends, begins = [], [], []
        total = 0
        for document in documents:
            # The last character of a document has none that follows.
            cuts = np.arange(0, len(document) - 1, chunk_length)
            starts.append(total + cuts)
            ends.append(total + np.minimum(cuts + chunk_length, len(document) - 1))
            begins.append(cuts == 0)
            total += len(document)
        self._ids = np.concatenate([np.asarray(d, np.int32) for d in documents] or [[]])
        self._starts = np.concatenate(starts or [[]])
        if len(self._starts) < batch_size:
            raise ValueError(
                f"a text of {count(total, 'character')} makes {count(len(self._starts), 'chunk')} "
                f"of {chunk_length}, too few for {count(batch_size, 'row')}: give more text, or "
                "lower `batch_size` or `chunk_length`."
            )
        self._ends, self._begins = np.concatenate(ends), np.concatenate(begins)
        self.num_steps = len(self._starts) // batch_size

    def __getitem__(self, step):
        """Returns the `TextBatch` of a step, counted from 0 over all epochs."""
        epoch, within = divmod(check_integer("step", step, least=0), self.num_steps)
        rows = self._choose_start(epoch) + self.num_steps * np.arange(self.batch_size)
        chunks = (rows + within) % len(self._starts)
        places = self._starts[chunks, None] + np.arange(self.chunk_length + 1)
        ids = self._ids[np.minimum(places, len(self._ids) - 1)]
        return TextBatch(
            ids[:, :-1],
            ids[:, 1:],
            (places[:, :-1] < self._ends[chunks, None]).astype(np.float32),
            self._begins[chunks] | (within == 0),
        )

    def __iter__(self):
        raise TypeError(
            "TextStream has no end to iterate to: take the batches of steps, such as those of an "
            "epoch, range(stream.num_steps)."
        )

    def _choose_start(self, epoch):
        if self._seed is None:
            return 0
        return int(np.random.default_rng((*self._seed, epoch)).integers(len(self._starts)))
