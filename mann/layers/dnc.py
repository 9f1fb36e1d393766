"""DNC: the Differentiable Neural Computer as a layer, over the cell of dnc_cell.py."""

import keras

from mann.layers.dnc_cell import DNCCell
from mann.layers.memory_layer import MemoryLayer


@keras.saving.register_keras_serializable(package="mann")
class DNC(MemoryLayer):
    """Recurrent layer with an external memory that is allocated, freed, and linked in time.

    The Differentiable Neural Computer of Graves et al. 2016. Write heads write to a free slot or to
    one found by its content; read heads find slots by content, or go to the slots written after or
    before those that they read last, and free slots that they no longer need. The output of a step
    is the hidden state followed by the words that the heads read.

    Keys and written words are linear, strengths `1 + softplus(.)`. The memory, all weights and the
    usage start at zero. Several write heads get free slots one after the other, and each has links
    of its own. A masked step leaves every state as it was. Under a mixed precision policy the
    memory is computed in float32 within a step and kept in half precision between steps. A loop
    saves the links for the gradient in 16 bits each, unless they are float64.

    On a CPU, where numba is installed, a layer in training runs its steps as one compiled loop,
    which is faster: in float32, on one device, with one write head, an LSTM controller and neither
    refinements nor a mask. Anything else goes through Keras's loop, as do calls with
    `training=False` and gradients of gradients; `jax.jvp` does not go through the compiled one.
    On TensorFlow, a model that is compiled with `jit_compile=True` goes through Keras's loop as
    well, since XLA cannot call other code; leave it at `"auto"`.

    The weights do not depend on `memory_size`: those of one layer serve another with more slots.

    Args:
        units: positive integer, size of the controller's hidden state.
        memory_size: number of slots. With links, time and memory grow with its square. Defaults
            to `128`.
        word_size: width of a slot. Defaults to `40`.
        num_read_heads: number of heads that read. Defaults to `4`.
        num_write_heads: number of heads that write. Defaults to `1`.
        links: whether the memory remembers in which order slots were written. Without, heads read
            by content alone. Defaults to `True`.
        refinements: tuple of refinements of Csordas and Schmidhuber 2019: `"masked_keys"`, keys
            select the parts of a word that are compared, with a mask of at least 0.1, where the
            paper has 0; `"deallocation"`, a freed slot is wiped; `"sharp_links"`, the weights along
            the links are sharpened. Defaults to `()`.
        controller: `"lstm"` or `"feedforward"`. Defaults to `"lstm"`.
        forget_bias: initial bias of the forget gate of an LSTM controller. Defaults to `1.0`.
        input_to_interface: whether the input also feeds keys, words and gates directly, past the
            controller, like a skip connection of a residual network: with a good encoder of its
            inputs, a memory learns to match them many times sooner. Defaults to `False`, as
            published.
        addressing: `"soft"`, or `"hard"` for one-hot weights of the heads, whose blur cannot add up
            over a long sequence: for a network that has learned with soft ones, none of whose
            weights this changes. Where a head blends slots, hard weights err. Their gradient is
            that of the soft ones (straight-through). Defaults to `"soft"`, as published.
        return_sequences: whether to return the outputs of all steps. Defaults to `False`.
        return_state: whether to return the states after the output. Defaults to `False`.
        go_backwards: whether to go from the last step to the first. Defaults to `False`.
        stateful: as in `keras.layers.RNN`. Defaults to `False`.
        unroll: whether to unroll the loop over time. Defaults to `False`.
        **kwargs: arguments of `keras.layers.RNN` and `keras.layers.Layer`, such as `name` and
            `dtype`.

    Call arguments:
        sequences: tensor of shape `(batch, time, features)`.
        initial_state: list of states, as an earlier call returned them. Defaults to an empty
            memory.
        mask: boolean tensor of shape `(batch, time)`, `False` for steps to skip.
        training: whether the call is one of training.

    Output shape:
        `(batch, units + num_read_heads * word_size)`, with a time axis after the batch if
        `return_sequences`. With `return_state`, the states follow, each `(batch, size)`: output,
        carry (LSTM controller only), memory, read weights, write weights, usage, and with links
        the links and the precedence.

    Raises:
        ValueError: if a size is not a positive integer, a bias not a number, or a name unknown.

    `trace(sequences)` returns the activity of the memory: `write_weights` and `read_weights` of
    shape `(batch, time, heads, memory_size)`, `allocation` likewise, `usage` of shape `(batch,
    time, memory_size)`; `allocation_gates`, `write_gates` and `free_gates` of shape `(batch, time,
    heads)`; with links `link` of shape `(batch, time, num_write_heads, memory_size, memory_size)`
    and `read_modes` of shape `(batch, time, num_read_heads, 1 + 2 * num_write_heads)`: backward
    along the links of each write head, by content, forward.

    References: Graves et al., "Hybrid computing using a neural network with dynamic external
    memory", Nature 538, 2016; Csordas and Schmidhuber, "Improving Differentiable Neural Computers
    through Memory Masking, De-allocation, and Link Distribution Sharpness Control", ICLR 2019.

    Example:

    >>> inputs = keras.Input((None, 9))
    >>> outputs = DNC(100, memory_size=32, return_sequences=True)(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(8)(outputs))
    >>> model.output_shape
    (None, None, 8)
    """

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=40,
        num_read_heads=4,
        num_write_heads=1,
        links=True,
        refinements=(),
        controller="lstm",
        forget_bias=1.0,
        input_to_interface=False,
        addressing="soft",
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        cell = DNCCell(
            units,
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
            num_write_heads=num_write_heads,
            links=links,
            refinements=refinements,
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            addressing=addressing,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="dnc_cell",
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )
