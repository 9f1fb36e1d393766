"""Sampler: the one protocol of all samplers, examples that are addressed by their index."""


class Sampler:
    """The base of all samplers: examples without an end, each addressed by its index.

    A sampler of your own defines the method `batch`, as below; the adapters (`numpy_batches`,
    `tf_dataset`, `py_dataset`, `torch_dataset`) then feed it to a loop.

    Example:

    >>> import collections
    >>> import numpy as np
    >>> Batch = collections.namedtuple("Batch", ["inputs", "targets"])
    >>> class Squares(Sampler):
    ...     def batch(self, first, batch_size):
    ...         roots = np.arange(first, first + batch_size)
    ...         return Batch(roots, roots**2)
    >>> Squares().batch(3, batch_size=2).targets.tolist(), int(Squares()[9].targets)
    ([9, 16], 81)
    """

    def batch(self, first, batch_size):
        """Returns examples `first` to `first + batch_size - 1`.

        Args:
            first: index of the first example, 0 or more.
            batch_size: number of examples, 1 or more.

        Returns:
            NamedTuple of arrays with a batch axis in front. Its fields are `inputs` and `targets`,
            and `weights` where not all targets count alike, or else those of an `Episode`. An
            example is the same in every batch that holds it.
        """
        raise NotImplementedError

    def __getitem__(self, index):
        """Returns example `index`, counted from 0: a batch of one without the batch axis."""
        return _remove_batch_axis(self.batch(index, 1))

    def __iter__(self):
        # Without this, Python would take the examples one by one for ever.
        raise TypeError(
            f"{type(self).__name__} has no end to iterate to: take one example by its index, or "
            "batches from episodes.numpy_batches(sampler, batch_size, num_batches)."
        )


def _remove_batch_axis(batch):
    if hasattr(batch, "_fields"):
        return type(batch)(*map(_remove_batch_axis, batch))
    return batch[0]
