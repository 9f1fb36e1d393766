"""SAM: sparse access memory as a layer, over the cell of sam_cell.py."""

import keras
from keras import ops

from mann.layers.memory_layer import MemoryLayer
from mann.layers.sam_cell import SAMCell


@keras.saving.register_keras_serializable(package="mann")
class SAM(MemoryLayer):
    """Recurrent layer with a memory of any number of slots, of which a step touches few.

    Sparse access memory (SAM) of Rae et al. 2016. Each head reads the `num_neighbors` slots whose
    content is nearest to its key, and writes either where it read one step before or to a slot
    that was accessed least recently. The output of a step is the hidden state followed by what the
    heads read.

    Since a step touches few slots, a sequence that starts from an empty memory can reach few: at
    most `num_read_heads + num_neighbors` more with each step. The layer computes on those alone,
    with the results of all of them: a memory of a million slots then takes no more time and space
    than one of as many as the sequence can reach. A memory that is carried on (`initial_state`,
    `stateful`) is computed on as a whole.

    The paper leaves the following open. Each head has a key, a key strength `1 + softplus(.)`, a
    word and two gates of its own, and head j writes to the j-th least recently accessed slot, which
    is wiped before. Keys and words pass through tanh. The memory starts at zero, and all heads on
    slot 0. A slot counts as accessed in a step if its weights sum to more than 0.005; of slots that
    are equally near or old, the lowest comes first. A masked step leaves every state as it was.
    Under a mixed precision policy the memory is computed in float32 within a step and kept in half
    precision between steps, where ages above 2,048 steps (256 in bfloat16) are all alike.

    The weights do not depend on `memory_size`: those of one layer serve another with more slots.

    Args:
        units: positive integer, size of the controller's hidden state.
        memory_size: number of slots. Defaults to `1024`.
        word_size: width of a slot. Defaults to `40`.
        num_read_heads: number of heads, each of which reads and writes. Defaults to `4`.
        num_neighbors: number of slots that a head reads, those nearest to its key. Defaults to `4`.
        controller: `"lstm"` or `"feedforward"`. Defaults to `"lstm"`.
        forget_bias: initial bias of the forget gate of an LSTM controller. Defaults to `1.0`.
        input_to_interface: whether the input also feeds keys, words and gates directly, past the
            controller, like a skip connection of a residual network: with a good encoder of its
            inputs, a memory learns to match them many times sooner. Defaults to `False`, as
            published.
        addressing: `"soft"`, or `"hard"` for one-hot read weights and gates that are open or
            closed, for a network that has learned with soft ones, none of whose weights this
            changes. Their gradient is that of the soft ones (straight-through). Defaults to
            `"soft"`, as published.
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
        carry (LSTM controller only), memory, read weights, and ages, in steps since the last access
        to a slot.

    Raises:
        ValueError: if a size is not a positive integer, there are more heads or neighbors than
            slots, a bias is not a number, or a name is unknown.

    `trace(sequences)` returns the activity of the memory: `write_weights` and `read_weights` of
    shape `(batch, time, num_read_heads, slots)`, `ages` of shape `(batch, time, slots)`, of the
    slots that the sequences can reach.

    Reference: Rae et al., "Scaling Memory-Augmented Neural Networks with Sparse Reads and Writes",
    NeurIPS 2016.

    Example:

    >>> inputs = keras.Input((20, 9))
    >>> outputs = SAM(100, memory_size=1_000_000, return_sequences=True)(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(8)(outputs))
    >>> model.predict(ops.ones((2, 20, 9)), verbose=0).shape
    (2, 20, 8)
    """

    def __init__(
        self,
        units,
        memory_size=1024,
        word_size=40,
        num_read_heads=4,
        num_neighbors=4,
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
        cell = SAMCell(
            units,
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
            num_neighbors=num_neighbors,
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            addressing=addressing,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="sam_cell",
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

    def call(self, sequences, initial_state=None, mask=None, training=False):
        batch, steps, _ = ops.shape(sequences)
        # In an export of JAX the number of steps is a symbol.
        symbolic = keras.backend.backend() == "jax" and not isinstance(steps, int)
        if initial_state is not None or self.stateful or symbolic:
            return super().call(sequences, initial_state, mask, training)
        first = self.get_empty_state(batch, steps)
        results = super().call(sequences, first, mask, training)
        if not self.return_state:
            return results
        output, *states = results
        return output, *self.cell.add_untouched_slots(states)

    def get_empty_state(self, batch, steps):
        if keras.backend.backend() == "torch":
            # In an export it is a number that PyTorch follows, of a type that ONNX cannot mix.
            steps = int(steps)
        slots = self.cell.count_reachable_slots(steps)
        return self.cell.get_initial_state(batch, slots=slots)
