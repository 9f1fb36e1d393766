"""The controllers: from the input and the last reads to the hidden state."""

from keras import ops

from mann.ops.arrays import tanh
from mann.ops.gradients import custom_gradient


@custom_gradient
def lstm(gates, prev_carry):
    """Returns the hidden state and carry of a long short-term memory.

    `c = f c_{t-1} + i tanh(g)`, `h = o tanh(c)` (Hochreiter and Schmidhuber 1997; forget gate of
    Gers et al. 2000), the gates in the order of `keras.layers.LSTM`: input, forget, cell, output.

    Args:
        gates: tensor of shape `(batch, 4 * units)`, before the nonlinearities.
        prev_carry: tensor of shape `(batch, units)`.

    Returns:
        Tuple of two tensors of shape `(batch, units)`: hidden state, carry.
    """
    i, f, g, o = ops.split(gates, 4, axis=-1)
    i, f, g, o = ops.sigmoid(i), ops.sigmoid(f), tanh(g), ops.sigmoid(o)
    carry = f * prev_carry + i * g
    squashed = tanh(carry)

    # A custom gradient, since a loop would save twice as much for the gradients of each function.
    def gradient(hidden_gradient, carry_gradient):
        carry_gradient = carry_gradient + hidden_gradient * o * (1.0 - squashed * squashed)
        gates_gradient = [
            carry_gradient * g * i * (1.0 - i),
            carry_gradient * prev_carry * f * (1.0 - f),
            carry_gradient * i * (1.0 - g * g),
            hidden_gradient * squashed * o * (1.0 - o),
        ]
        return ops.concatenate(gates_gradient, axis=-1), carry_gradient * f

    return (o * squashed, carry), gradient
