"""The controllers: what turns the input and the last reads into the hidden state."""

from keras import ops


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
    input_gate, forget_gate, candidate, output_gate = ops.split(gates, 4, axis=-1)
    carry = ops.sigmoid(forget_gate) * prev_carry + ops.sigmoid(input_gate) * ops.tanh(candidate)
    return ops.sigmoid(output_gate) * ops.tanh(carry), carry
