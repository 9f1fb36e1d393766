"""The gradients of the memory operations in a step of a compiled SAM, for one sequence."""

from mann.kernels.content import inverse_length, key_factor
from mann.kernels.sparse import STRENGTH_OFFSET, inverse_norm
from mann.kernels.vectors import ONE, ZERO, add_scaled, compiled, dot, sigmoid


@compiled
def read_gradient(
    key, strength, rows, slots, weights, d_read, d_weights, d_rows, d_raw_key, d_strength
):
    """Gradient of `r = sum_k w_k M(k)` and `w = softmax(beta cos(key, M(k)))`.

    Adds to `d_rows` and `d_weights`, and sets the gradient of the key before its tanh and of the
    strength.
    """
    mean = ZERO
    for k in range(slots.shape[0]):
        d_weights[k] += dot(d_read, rows[slots[k]])
        mean += weights[k] * d_weights[k]
        add_scaled(weights[k], d_read, d_rows[slots[k]])
    strength += STRENGTH_OFFSET
    factor, inverse = key_factor(key, strength), inverse_length(key)
    d_raw_key[:] = ZERO
    for k in range(slots.shape[0]):
        row, d_row = rows[slots[k]], d_rows[slots[k]]
        inverse_row = inverse_norm(row)
        scaled = weights[k] * (d_weights[k] - mean) * inverse_row
        shrunk = scaled * factor * dot(key, row) * inverse_row * inverse_row
        for w in range(key.shape[0]):
            d_row[w] += factor * scaled * key[w] - shrunk * row[w]
            d_raw_key[w] += scaled * row[w]
    along = dot(d_raw_key, key)
    for w in range(key.shape[0]):
        d_key = factor * (d_raw_key[w] - inverse * inverse * along * key[w])
        d_raw_key[w] = d_key * (ONE - key[w] * key[w])
    d_strength[0] = inverse * along * sigmoid(strength)


@compiled
def write_gradient(parts, words, oldest, slots, weights, d_rows, d_parts, d_weights):
    """Gradient of `M = M_{t-1} (oldest slots wiped) + g^w (g^a l + (1 - g^a) w^r_{t-1}) a`.

    Turns `d_rows`, the gradient of the memory, into that of the memory before. Sets the gradients
    of the words before their tanh, of the gates, and of the read weights before, in `d_weights`.
    """
    width = d_rows.shape[1]
    for head in range(len(oldest)):
        word = words[head * width : (head + 1) * width]
        d_word = d_parts.words[head * width : (head + 1) * width]
        write_gate = sigmoid(parts.write_gates[head])
        allocation_gate = sigmoid(parts.allocation_gates[head])
        share = write_gate * (ONE - allocation_gate)
        d_row = d_rows[oldest[head]]
        d_oldest, d_reads = dot(word, d_row), ZERO
        for w in range(width):
            d_word[w] = write_gate * allocation_gate * d_row[w]
        for k in range(slots.shape[1]):
            d_row = d_rows[slots[head, k]]
            d_place = dot(word, d_row)
            d_reads += weights[head, k] * d_place
            d_weights[head, k] = share * d_place
            if weights[head, k] != ZERO:
                add_scaled(share * weights[head, k], d_row, d_word)
        for w in range(width):
            d_word[w] *= ONE - word[w] * word[w]
        d_place = allocation_gate * d_oldest + (ONE - allocation_gate) * d_reads
        d_parts.write_gates[head] = d_place * write_gate * (ONE - write_gate)
        d_parts.allocation_gates[head] = (
            write_gate * (d_oldest - d_reads) * allocation_gate * (ONE - allocation_gate)
        )
    for head in range(len(oldest)):
        d_rows[oldest[head], :] = ZERO
