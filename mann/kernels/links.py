"""The DNC's temporal links in a compiled loop, and their gradient.

For one sequence: links are `(N, N)`, reads `(R, N)`, weights and precedence `(N,)`, as in
mann/ops/links.py, padded with zeros to whole SIMD vectors. The diagonal of links is 0; it is set
after all rows, since loading a vector right after storing one of its numbers must wait for the
store.
"""

from mann.kernels.simd import WIDTH, load, prefetch, repeat, store, total
from mann.kernels.vectors import ONE, ZERO, compiled, copy, inlined

# How far ahead of the current row the links are prefetched: 4 rows of 128.
AHEAD = 512


@compiled
def write_and_follow(link, weights, precedence, reads, out, forward_weights, backward_weights):
    """Sets `out` to the links after a write, and where they lead from the slots that were read.

    `out` must be an array of its own. `forward_weights` is `L w`, `backward_weights` `L^T w`.
    """
    size = weights.shape[0]
    backward_weights[:] = ZERO
    for i in range(0, size, 2):
        row_a, row_b, out_a, out_b = link[i], link[i + 1], out[i], out[i + 1]
        weight_a, kept_a = repeat(weights[i]), repeat(ONE - weights[i])
        weight_b, kept_b = repeat(weights[i + 1]), repeat(ONE - weights[i + 1])
        read, back = reads[0], backward_weights[0]
        here_a, here_b = repeat(read[i]), repeat(read[i + 1])
        on_a, on_b = repeat(ZERO), repeat(ZERO)
        for j in range(0, size, WIDTH):
            prefetch(row_a, j + AHEAD)
            prefetch(row_b, j + AHEAD)
            prefetch(out_a, j + AHEAD)
            prefetch(out_b, j + AHEAD)
            w, p, q = load(weights, j), load(precedence, j), load(read, j)
            a = (kept_a - w) * load(row_a, j) + weight_a * p
            b = (kept_b - w) * load(row_b, j) + weight_b * p
            store(out_a, j, a)
            store(out_b, j, b)
            on_a, on_b = on_a + q * a, on_b + q * b
            store(back, j, load(back, j) + here_a * a + here_b * b)
        forward_weights[0, i], forward_weights[0, i + 1] = total(on_a), total(on_b)
        for head in range(1, reads.shape[0]):
            read, back = reads[head], backward_weights[head]
            here_a, here_b = repeat(read[i]), repeat(read[i + 1])
            on_a, on_b = repeat(ZERO), repeat(ZERO)
            for j in range(0, size, WIDTH):
                a, b, q = load(out_a, j), load(out_b, j), load(read, j)
                on_a, on_b = on_a + q * a, on_b + q * b
                store(back, j, load(back, j) + here_a * a + here_b * b)
            forward_weights[head, i], forward_weights[head, i + 1] = total(on_a), total(on_b)
    for head in range(reads.shape[0]):
        for i in range(size):
            to_itself = weights[i] * precedence[i] * reads[head, i]
            forward_weights[head, i] -= to_itself
            backward_weights[head, i] -= to_itself
    _clear_diagonal(out)


@compiled
def write(link, weights, precedence, out):
    """Sets `out`, an array of its own, to `(1 - w_i - w_j) L_ij + w_i p_j`."""
    for i in range(weights.shape[0]):
        row, out_row = link[i], out[i]
        weight, kept = repeat(weights[i]), repeat(ONE - weights[i])
        for j in range(0, weights.shape[0], WIDTH):
            prefetch(row, j + AHEAD)
            prefetch(out_row, j + AHEAD)
            after = (kept - load(weights, j)) * load(row, j) + weight * load(precedence, j)
            store(out_row, j, after)
    _clear_diagonal(out)


@compiled
def pad(link, out):
    """Sets `out`, of whole vectors, to links or their gradient, and the rest to 0."""
    # The padding as well: a NaN must not stay for the next sequence.
    out[:] = ZERO
    for i in range(link.shape[0]):
        copy(link[i], out[i, : link.shape[0]])
    _clear_diagonal(out)


@inlined
def _clear_diagonal(link):
    """Sets `L[i, i] = 0`."""
    for i in range(link.shape[0]):
        link[i, i] = ZERO


@compiled
def write_and_follow_gradient(
    link,
    weights,
    precedence,
    reads,
    d_forward,
    d_backward,
    d_link,
    d_weights,
    d_precedence,
    d_reads,
    scratch,
):
    """Adds to the gradient of the weights, of the precedence and of the reads.

    `d_link` is that of the links after the write, and becomes that of `link`, those before.
    `scratch`, an array `(2 or more, N)`, is overwritten.
    """
    size, along_read, along_weights = weights.shape[0], scratch[0], scratch[1]
    for head in range(1, reads.shape[0]):
        _follow_gradient(
            link,
            weights,
            precedence,
            reads[head],
            d_forward[head],
            d_backward[head],
            d_link,
            d_reads[head],
            along_read,
        )
    read, d_on, d_back, d_read = reads[0], d_forward[0], d_backward[0], d_reads[0]
    for i in range(0, size, 2):
        row_a, row_b, d_row_a, d_row_b = link[i], link[i + 1], d_link[i], d_link[i + 1]
        weight_a, kept_a = repeat(weights[i]), repeat(ONE - weights[i])
        weight_b, kept_b = repeat(weights[i + 1]), repeat(ONE - weights[i + 1])
        here_a, here_b = repeat(read[i]), repeat(read[i + 1])
        d_on_a, d_on_b = repeat(d_on[i]), repeat(d_on[i + 1])
        read_a, read_b, sum_a, sum_b = repeat(ZERO), repeat(ZERO), repeat(ZERO), repeat(ZERO)
        for j in range(0, size, WIDTH):
            prefetch(row_a, j + AHEAD)
            prefetch(row_b, j + AHEAD)
            w, p, q, back = load(weights, j), load(precedence, j), load(read, j), load(d_back, j)
            a, b, factor_a, factor_b = load(row_a, j), load(row_b, j), kept_a - w, kept_b - w
            after_a, after_b = factor_a * a + weight_a * p, factor_b * b + weight_b * p
            read_a, read_b = read_a + back * after_a, read_b + back * after_b
            store(d_read, j, load(d_read, j) + d_on_a * after_a + d_on_b * after_b)
            d_a = load(d_row_a, j) + d_on_a * q + here_a * back
            d_b = load(d_row_b, j) + d_on_b * q + here_b * back
            changed_a, changed_b = d_a * a, d_b * b
            sum_a, sum_b = sum_a + (d_a * p - changed_a), sum_b + (d_b * p - changed_b)
            store(d_weights, j, load(d_weights, j) - (changed_a + changed_b))
            store(d_precedence, j, load(d_precedence, j) + (weight_a * d_a + weight_b * d_b))
            store(d_row_a, j, d_a * factor_a)
            store(d_row_b, j, d_b * factor_b)
        along_read[i], along_read[i + 1] = total(read_a), total(read_b)
        along_weights[i], along_weights[i + 1] = total(sum_a), total(sum_b)
    # A slot is not linked to itself.
    _add_but_itself(along_read, weights, precedence, d_on, d_back, d_read)
    for i in range(size):
        d_itself = ZERO
        for head in range(reads.shape[0]):
            d_itself += reads[head, i] * (d_forward[head, i] + d_backward[head, i])
        d_weights[i] += along_weights[i] - d_itself * precedence[i]
        d_precedence[i] -= d_itself * weights[i]
    _clear_diagonal(d_link)


@compiled
def _follow_gradient(link, weights, precedence, read, d_on, d_back, d_link, d_read, along_read):
    """Gradient of `L r` and `L^T r` of one head: adds to `d_link` and to `d_read`."""
    for i in range(weights.shape[0]):
        row, d_row = link[i], d_link[i]
        weight, kept, here = repeat(weights[i]), repeat(ONE - weights[i]), repeat(read[i])
        d_on_here, along = repeat(d_on[i]), repeat(ZERO)
        for j in range(0, weights.shape[0], WIDTH):
            after = (kept - load(weights, j)) * load(row, j) + weight * load(precedence, j)
            back = load(d_back, j)
            along = along + back * after
            store(d_read, j, load(d_read, j) + d_on_here * after)
            store(d_row, j, load(d_row, j) + d_on_here * load(read, j) + here * back)
        along_read[i] = total(along)
    _add_but_itself(along_read, weights, precedence, d_on, d_back, d_read)


@inlined
def _add_but_itself(along_read, weights, precedence, d_on, d_back, d_read):
    """Adds `along_read` to `d_read`, without the part of links from a slot to itself."""
    for i in range(weights.shape[0]):
        to_itself = weights[i] * precedence[i]
        d_read[i] += along_read[i] - (d_on[i] + d_back[i]) * to_itself
