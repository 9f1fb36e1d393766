"""DenselyStackedCells: recurrent cells on top of each other, each of which sees all before it."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mann")
class DenselyStackedCells(keras.layers.Layer):
    """Recurrent cells, each of which sees the inputs and the outputs of all cells before it.

    In `keras.layers.StackedRNNCells` each sees the outputs of the one before it alone. The output
    is all that a further cell would see: the inputs, then the outputs of each cell. In `FeedBack`,
    memories so stacked go through sequences faster than in `keras.layers.RNN`.

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

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = list(cells)
        self.state_size = [cell.state_size for cell in self.cells]
        # Known once the size of the inputs is.
        self.output_size = None

    def build(self, input_shape):
        batch_size, size = input_shape
        for cell in self.cells:
            if not cell.built:
                cell.build((batch_size, size))
                cell.built = True
            size += cell.output_size
        self.output_size = size

    def get_initial_state(self, batch_size=None):
        return [cell.get_initial_state(batch_size=batch_size) for cell in self.cells]

    def call(self, inputs, states, training=False):
        after = []
        for cell, before in zip(self.cells, states, strict=True):
            outputs, state = cell(inputs, _to_list(before), training=training)
            inputs = join(self, inputs, outputs)
            # As Keras has it for cells of one state.
            after.append(state if isinstance(before, (list, tuple)) else _to_list(state)[0])
        return inputs, after

    def get_config(self):
        cells = [keras.saving.serialize_keras_object(cell) for cell in self.cells]
        return {**super().get_config(), "cells": cells}

    @classmethod
    def from_config(cls, config):
        cells = [keras.saving.deserialize_keras_object(cell) for cell in config.pop("cells")]
        return cls(cells, **config)


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


def _to_list(states):
    return list(states) if isinstance(states, (list, tuple)) else [states]
