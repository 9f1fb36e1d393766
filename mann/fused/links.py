"""The DNC's temporal links in a compiled loop, and their gradient.

For one sequence: links are `(N, N)`, reads `(R, N)`, weights and precedence `(N,)`, as in
mann/ops/links.py. All that is done with a row is done while it is in the nearest cache.
"""

from mann.fused.vectors import ONE, ZERO, compiled, inlined


@compiled
def write_and_follow(link, weights, precedence, reads, out, forward, backward):
    """Sets `out` to the links after a write, and where they lead from the slots that were read.

    `out` must be an array of its own. `forward` is `L w`, `backward` `L^T w`.
    """
    backward[:] = ZERO
    for i in range(weights.shape[0]):
        row = out[i]
        _write_row(link[i], weights, precedence, i, row)
        for head in range(reads.shape[0]):
            read, back, here, total = reads[head], backward[head], reads[head, i], ZERO
            for j in range(weights.shape[0]):
                total += read[j] * row[j]
                back[j] += here * row[j]
            forward[head, i] = total


@compiled
def write(link, weights, precedence, out):
    """Sets `out`, an array of its own, to the links after a write."""
    for i in range(weights.shape[0]):
        _write_row(link[i], weights, precedence, i, out[i])


@inlined
def _write_row(row, weights, precedence, i, out):
    weight, kept = weights[i], ONE - weights[i]
    for j in range(weights.shape[0]):
        out[j] = (kept - weights[j]) * row[j] + weight * precedence[j]
    out[i] = ZERO


@compiled
def write_and_follow_gradient(
    link,
    weights,
    precedence,
    reads,
    of_forward,
    of_backward,
    of_link,
    of_weights,
    of_precedence,
    of_reads,
):
    """Adds to the gradient of the weights, of the precedence and of the reads.

    `of_link` is that of the links after the write, and becomes that of `link`, those before.
    """
    for i in range(weights.shape[0]):
        row, of_row, weight, kept = link[i], of_link[i], weights[i], ONE - weights[i]
        for head in range(reads.shape[0]):
            read, of_read, of_back = reads[head], of_reads[head], of_backward[head]
            here, of_on, total = read[i], of_forward[head, i], ZERO
            for j in range(weights.shape[0]):
                after = (kept - weights[j]) * row[j] + weight * precedence[j]
                total += of_back[j] * after
                of_read[j] += of_on * after
                of_row[j] += of_on * read[j] + here * of_back[j]
            # A slot is not linked to itself.
            after = weight * precedence[i]
            of_read[i] += total - (of_back[i] + of_on) * after
        of_row[i] = ZERO
        total = ZERO
        for j in range(weights.shape[0]):
            changed = of_row[j] * row[j]
            total += of_row[j] * precedence[j] - changed
            of_weights[j] -= changed
            of_precedence[j] += weight * of_row[j]
            of_row[j] *= kept - weights[j]
        of_weights[i] += total
