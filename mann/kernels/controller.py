"""The controller of a DNC, a step of an LSTM, and its gradient, in compiled loops.

Its kernels do not fit the L1 cache. Several sequences take each step side by side, so that a kernel
is read once for all of them. Letters as in dnc_forward.py.
"""

from typing import Any, NamedTuple

from keras import ops

from mann.kernels.simd import WIDTH, load, repeat, store
from mann.kernels.vectors import ONE, ZERO, allocating, compiled, copy, sigmoids, tanhs, zeros

# Number of sequences side by side, and numbers of each that a product keeps in registers.
ROWS = 4
PANEL = 2 * WIDTH


def split_into_panels(kernel):
    """Returns the columns of a kernel, a tensor `(K, J)`, as `(ceil(J / PANEL), K, PANEL)`."""
    inputs, outputs = kernel.shape
    whole = ops.pad(kernel, ((0, 0), (0, -outputs % PANEL)))
    return ops.transpose(ops.reshape(whole, (inputs, -1, PANEL)), (1, 0, 2))


class Product(NamedTuple):
    """Workspace for `ROWS` vectors and their products with a kernel of panels.

    Rows without a sequence, and the columns that pad the last panel, hold arbitrary numbers.
    """

    vectors: Any  # (ROWS, K)
    results: Any  # (ROWS, J or more)


@allocating
def make_workspace(kernels):
    """Returns a `Product` for each of two kernels of panels."""
    return _product(kernels[0]), _product(kernels[1])


@allocating
def _product(kernel):
    return Product(zeros((ROWS, kernel.shape[1])), zeros((ROWS, kernel.shape[0] * PANEL)))


@compiled
def add_products(product, kernel):
    """Adds the products of `ROWS` vectors with a kernel of panels to the results."""
    vectors, out = product
    vector_a, vector_b, vector_c, vector_d = vectors[0], vectors[1], vectors[2], vectors[3]
    out_a, out_b, out_c, out_d = out[0], out[1], out[2], out[3]
    for p in range(kernel.shape[0]):
        panel, j = kernel[p], p * PANEL
        a, b, c, d = load(out_a, j), load(out_b, j), load(out_c, j), load(out_d, j)
        j += WIDTH
        e, f, g, h = load(out_a, j), load(out_b, j), load(out_c, j), load(out_d, j)
        for k in range(panel.shape[0]):
            row = panel[k]
            left, right = load(row, 0), load(row, WIDTH)
            x = repeat(vector_a[k])
            a, e = a + x * left, e + x * right
            x = repeat(vector_b[k])
            b, f = b + x * left, f + x * right
            x = repeat(vector_c[k])
            c, g = c + x * left, g + x * right
            x = repeat(vector_d[k])
            d, h = d + x * left, h + x * right
        store(out_a, j, e)
        store(out_b, j, f)
        store(out_c, j, g)
        store(out_d, j, h)
        j -= WIDTH
        store(out_a, j, a)
        store(out_b, j, b)
        store(out_c, j, c)
        store(out_d, j, d)


@compiled
def control(block, t, gates, interface, kernels, first, outputs, residuals, products):
    """Takes step `t` of the sequences from `block[0]` to `block[1]`, at most `ROWS`.

    Fills the hidden state in `outputs`, and the gates, carry, its tanh and the interface in
    `residuals`. `kernels` are those of `forward`, and `products` for them.
    """
    to_gates, to_interface = products
    units = first.carry.shape[1]
    for b in range(block[0], block[1]):
        row = b - block[0]
        copy(first.output[b] if t == 0 else outputs[b, t - 1], to_gates.vectors[row])
        copy(gates[b, t], to_gates.results[row, : 4 * units])
    add_products(to_gates, kernels[0])
    for b in range(block[0], block[1]):
        row, gate = b - block[0], residuals.gates[b, t]
        prev_carry = first.carry[b] if t == 0 else residuals.carry[b, t - 1]
        carry, squashed, out = (
            residuals.carry[b, t],
            residuals.squashed[b, t],
            to_interface.vectors[row],
        )
        summed, raw = to_gates.results[row], to_interface.results[row]
        sigmoids(summed[:units], gate[0])
        sigmoids(summed[units : 2 * units], gate[1])
        tanhs(summed[2 * units : 3 * units], gate[2])
        sigmoids(summed[3 * units : 4 * units], gate[3])
        for k in range(units):
            carry[k] = gate[1, k] * prev_carry[k] + gate[0, k] * gate[2, k]
        tanhs(carry, squashed)
        for k in range(units):
            out[k] = gate[3, k] * squashed[k]
        copy(out, outputs[b, t, :units])
        copy(interface[b, t], raw[: interface.shape[2]])
    add_products(to_interface, kernels[1])
    for b in range(block[0], block[1]):
        copy(to_interface.results[b - block[0]], residuals.interface[b, t])


@compiled
def control_gradient(block, t, kernels, first, residuals, d_states, d_gates, d_interface, products):
    """Turns the gradient of the output and carry of step `t` into those of the step before.

    Fills `d_gates`; `d_interface` must be filled already. `kernels` are those of `backward`, and
    `products` for them.
    """
    from_gates, from_interface = products
    units = first.carry.shape[1]
    for b in range(block[0], block[1]):
        row = b - block[0]
        copy(d_interface[b, t], from_interface.vectors[row])
        copy(d_states.output[b], from_interface.results[row, :units])
    add_products(from_interface, kernels[1])
    for b in range(block[0], block[1]):
        row = b - block[0]
        d_summed, d_output = from_gates.vectors[row], from_gates.results[row]
        prev_carry = first.carry[b] if t == 0 else residuals.carry[b, t - 1]
        _gates_gradient(
            residuals.gates[b, t],
            prev_carry,
            residuals.squashed[b, t],
            from_interface.results[row],
            d_states.carry[b],
            d_summed,
        )
        copy(d_summed, d_gates[b, t])
        d_output[:] = ZERO
    add_products(from_gates, kernels[0])
    for b in range(block[0], block[1]):
        copy(from_gates.results[b - block[0]], d_states.output[b])


@compiled
def _gates_gradient(gates, prev_carry, squashed, d_hiddens, d_carry, d_gates):
    """Gradient of `c = f c_prev + i g`, `h = o tanh(c)`: sets `d_gates` and the new `d_carry`."""
    units = d_carry.shape[0]
    d_enter, d_forget = d_gates[:units], d_gates[units : 2 * units]
    d_cell, d_leave = d_gates[2 * units : 3 * units], d_gates[3 * units :]
    for k in range(units):
        enter, forget, cell, leave = gates[0, k], gates[1, k], gates[2, k], gates[3, k]
        d_hidden = d_hiddens[k]
        d_sum = d_carry[k] + d_hidden * leave * (ONE - squashed[k] * squashed[k])
        d_enter[k] = d_sum * cell * enter * (ONE - enter)
        d_forget[k] = d_sum * prev_carry[k] * forget * (ONE - forget)
        d_cell[k] = d_sum * enter * (ONE - cell * cell)
        d_leave[k] = d_hidden * squashed[k] * leave * (ONE - leave)
        d_carry[k] = d_sum * forget
