"""DenselyStackedCells: recurrent cells on top of each other, each of which sees all before it."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mann")
class DenselyStackedCells(keras.layers.StackedRNNCells):
    """`keras.layers.StackedRNNCells` whose cells see the inputs and the outputs of all before them.

    The output is all that a further cell would see: the inputs, then the outputs of each cell. In
    `FeedBack`, memories so stacked go through sequences faster than in `keras.layers.RNN`.

    Args:
        cells: list of recurrent cells that have an `output_size`, such as `mann.FastWeightsCell`.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: array `(batch, features)`.
        states: list of the states of each cell.

    Reference: Huang, Liu, van der Maaten and Weinberger, "Densely Connected Convolutional
    Networks", CVPR 2017.

    Example:

    >>> cells = [keras.layers.LSTMCell(4), keras.layers.LSTMCell(5)]
    >>> layer = keras.layers.RNN(DenselyStackedCells(cells))
    >>> layer(ops.ones((2, 3, 6))).shape[-1], [cell.kernel.shape[0] for cell in cells]
    (15, [6, 10])
    """

    _output_size = None

    def build(self, input_shape):
        batch_size, size = input_shape
        self._output_size = size + sum(cell.output_size for cell in self.cells)
        for cell in self.cells:
            if not cell.built:
                cell.build((batch_size, size))
                cell.built = True
            size += cell.output_size
        self.built = True

    def call(self, inputs, states, training=False):
        after = []
        for cell, before in zip(self.cells, states, strict=True):
            outputs, state = cell(inputs, before, training=training)
            inputs = join(self, inputs, outputs)
            after.append(state)
        return inputs, after

    @property
    def output_size(self):
        """Size of the output, `None` until the inputs are known."""
        return self._output_size


def join(stack, inputs, outputs):
    """Returns the inputs of the next cell of a stack, which may be dense or not.

    Args:
        stack: a recurrent cell.
        inputs: tensor `(..., features)`, the inputs of a cell of the stack.
        outputs: tensor `(..., units)`, its outputs.
    """
    if isinstance(stack, DenselyStackedCells):
        return ops.concatenate([inputs, outputs], axis=-1)
    return outputs
