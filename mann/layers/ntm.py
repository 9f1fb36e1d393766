"""NTM: the Neural Turing Machine as a layer, over the cell of ntm_cell.py."""

import keras

from mann.layers.memory_layer import MemoryLayer
from mann.layers.ntm_cell import NTMCell


@keras.saving.register_keras_serializable(package="mann")
class NTM(MemoryLayer):
    """Recurrent layer with an external memory addressed by content and by place.

    The Neural Turing Machine of Graves et al. 2014. At each step every head finds its place: the
    slots whose content resembles its key, or those where it was, moved by a shift and sharpened.
    Write heads erase and add there, read heads read. The output of a step is the hidden state
    followed by what the heads read.

    The paper leaves the following open. All heads address and read the memory as it was before
    the step's write. Keys and written words pass through tanh, the strength is `softplus(.)`,
    the sharpening `min_sharpening + softplus(.)`, the gate between content and place
    `sigmoid(. - 2)`, so that a new head mostly stays in its place. The memory starts at 1e-6 and
    all heads on slot 0. A masked step leaves every state as it was. Under a mixed precision policy
    the memory is computed in float32 within a step and kept in half precision between steps.

    The weights do not depend on `memory_size`, unless the initial memory is learned: those of one
    layer serve another with more slots.

    Args:
        units: positive integer, size of the controller's hidden state.
        memory_size: number of slots. Defaults to `128`.
        word_size: width of a slot. Defaults to `20`.
        num_read_heads: number of heads that read. Defaults to `1`.
        num_write_heads: number of heads that write. Defaults to `1`.
        shift_range: how many slots a head can move in a step, either way. Defaults to `1`.
        min_sharpening: the least power that a head's weights are sharpened with, 1 or more. With 2,
            heads are sharp from the first step of training on: most seeds that learn to copy then
            copy far longer sequences without a mistake, and a few do not learn it. Defaults to
            `1.0`, as published.
        controller: `"lstm"` or `"feedforward"`. Defaults to `"lstm"`.
        forget_bias: initial bias of the forget gate of an LSTM controller. Defaults to
            `-1.0`: a controller that forgets at first leaves it to the memory to remember.
        input_to_interface: whether the input also feeds keys, words and gates directly, past the
            controller, like a skip connection of a residual network: with a good encoder of its
            inputs, a memory learns to match them many times sooner. Defaults to `False`, as
            published.
        addressing: `"soft"`, or `"hard"` for one-hot weights of the heads, whose blur cannot add up
            over a long sequence: for a network that has learned with soft ones, none of whose
            weights this changes. Where a head blends slots, hard weights err. Their gradient is
            that of the soft ones (straight-through). Defaults to `"soft"`, as published.
        learn_initial_memory: whether the content that the memory starts with is learned, as in the
            paper; it learns slower. Defaults to `False`.
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
        carry (LSTM controller only), memory, read weights, write weights.

    Raises:
        ValueError: if a size is not a positive integer, a bias not a number, or a name unknown.

    `trace(sequences)` returns the activity of the memory: `write_weights` and `read_weights` of
    shape `(batch, time, heads, memory_size)`; `gates` of shape `(batch, time, heads)` and `shifts`
    of shape `(batch, time, heads, 2 * shift_range + 1)`, of the read heads and then the write
    heads.

    Reference: Graves et al., "Neural Turing Machines", arXiv:1410.5401, 2014.

    Example:

    >>> inputs = keras.Input((None, 9))
    >>> outputs = NTM(100, return_sequences=True)(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(8)(outputs))
    >>> model.output_shape
    (None, None, 8)
    """

    def __init__(
        self,
        units,
        memory_size=128,
        word_size=20,
        num_read_heads=1,
        num_write_heads=1,
        shift_range=1,
        min_sharpening=1.0,
        controller="lstm",
        forget_bias=-1.0,
        input_to_interface=False,
        addressing="soft",
        learn_initial_memory=False,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        cell = NTMCell(
            units,
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
            num_write_heads=num_write_heads,
            shift_range=shift_range,
            min_sharpening=min_sharpening,
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            addressing=addressing,
            learn_initial_memory=learn_initial_memory,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="ntm_cell",
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
