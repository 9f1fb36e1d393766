"""In which order slots were written: the DNC's temporal links. B, N, R as in addressing.py."""

from keras import ops

from mann.ops.arrays import separate
from mann.ops.products import outer_products, products, sums


@ops.custom_gradient
def write_and_follow(link, write_weights, prev_precedence, read_weights):
    """Returns the links after a write, and where they lead from the slots that were read.

    `link[i, j]` tells how far slot i was written after slot j:
    `L[i, j] = (1 - w(i) - w(j)) L_{t-1}[i, j] + w(i) p_{t-1}(j)`, and `L[i, i] = 0`, Graves et al.
    2016.

    Args:
        link: tensor of shape `(B, N, N)`, with zeros on its diagonal.
        write_weights: tensor of shape `(B, N)`.
        prev_precedence: tensor of shape `(B, N)`, how far each slot was the last one written.
        read_weights: tensor of shape `(B, R, N)`, of the step before.

    Returns:
        Tuple of the links, of shape `(B, N, N)`, whose rows and columns sum to at most 1, and two
        tensors of shape `(B, R, N)`: forward `L w`, to the slots written next, and backward
        `L^T w`, to the slots written before.
    """
    apart = 1.0 - ops.eye(link.shape[-1], dtype=link.dtype)
    w, p = write_weights[:, None], prev_precedence[:, None]

    def remaining():
        return 1.0 - write_weights[:, :, None] - separate(write_weights)[:, None]

    # Written out, so that a loop saves one array of the size of the links at each step; and in
    # products with the links before the write, which cost less than making those after it anew.
    def gradient(*upstream):
        of_link, forward, backward = upstream[0] if len(upstream) == 1 else upstream
        # The links after the write have the gradient D = of_link + rows^T columns off the diagonal.
        rows = ops.concatenate([forward, read_weights], axis=1)
        columns = ops.concatenate([read_weights, backward], axis=1)
        diagonal = ops.sum(rows * columns, axis=1) + ops.diagonal(of_link, axis1=1, axis2=2)

        # L_t x = (1 - w) L x - L (w x) + w (p . x) - w p x, and likewise for the transpose.
        by_columns = products(ops.concatenate([rows, forward * w], axis=1), link)
        by_rows = sums(ops.concatenate([columns, backward * w], axis=1), link)
        forward_links, read_links, forward_writes = ops.split(by_columns, 3, axis=1)
        links_read, links_backward, writes_backward = ops.split(by_rows, 3, axis=1)
        of_reads = (
            (1.0 - w) * (forward_links + links_backward)
            - (forward_writes + writes_backward)
            + (_dot(forward, w) - forward * w) * p
            + (_dot(backward, p) - backward * p) * w
        )

        # Of the writes D p, less the sums of the rows and of the columns of D L.
        lost = of_link * link
        ones = ops.ones_like(w)
        of_writes = (
            sums(p, of_link)
            + ops.sum(rows * _dot(columns, p), axis=1, keepdims=True)
            - diagonal[:, None] * p
            - sums(ones, lost)
            - products(ones, lost)
            - ops.sum(
                forward * links_read
                + read_weights * (links_backward + forward_links)
                + backward * read_links,
                axis=1,
                keepdims=True,
            )
        )
        of_precedence = (
            products(w, of_link)
            + ops.sum(columns * _dot(rows, w), axis=1, keepdims=True)
            - diagonal[:, None] * w
        )
        of_link = (of_link + outer_products(columns, rows)) * remaining() * apart
        return of_link, of_writes[:, 0], of_precedence[:, 0], of_reads

    link_after = (remaining() * link + outer_products(p, w)) * apart
    return (
        link_after,
        sums(read_weights, link_after),
        products(read_weights, link_after),
    ), gradient


def _dot(vectors, others):
    return ops.sum(vectors * others, axis=-1, keepdims=True)


def precedence(prev_precedence, write_weights):
    """Returns how far each slot is the last one written: `p = (1 - sum w) p_{t-1} + w`.

    Args:
        prev_precedence: tensor of shape `(B, N)`.
        write_weights: tensor of shape `(B, N)`.

    Returns:
        Tensor of shape `(B, N)`.
    """
    written = ops.sum(write_weights, axis=-1, keepdims=True)
    return (1.0 - written) * prev_precedence + write_weights
