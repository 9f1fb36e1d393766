"""SAMCell: one step of sparse access memory. Its layer is in sam.py."""

import functools
from typing import Any, NamedTuple

import keras
from keras import ops

from mann.kernels import sam as kernel
from mann.kernels.availability import is_available
from mann.layers.arguments import check_choice, check_sizes
from mann.layers.memory_cell import ADDRESSINGS, MemoryCell
from mann.ops import addressing, sparse_access
from mann.ops import memory as memory_ops
from mann.ops.arrays import tanh


class SAMState(NamedTuple):
    """The states that the cell carries from step to step, in the shapes that the equations use."""

    output: Any  # (batch, units + num_read_heads * word_size): hidden state, then the reads
    memory: Any  # (batch, word_size, memory_size)
    read_weights: Any  # (batch, num_read_heads, memory_size)
    ages: Any  # (batch, memory_size): steps since the last access
    carry: Any = None  # (batch, units), of the LSTM controller


@keras.saving.register_keras_serializable(package="mann")
class SAMCell(MemoryCell):
    """One step of `SAM`: a controller and a memory whose heads touch few slots.

    Each step writes, then reads the updated memory. Per head, of which each has a slot `l` of those
    accessed least recently:

    ```
    w^w = g^w (g^a l + (1 - g^a) w^r_{t-1})       the oldest slot, or where it read last
    M   = M_{t-1} (the slots l wiped) + w^w a
    w^r = softmax of beta cos(k, M) over the nearest slots, 0 elsewhere;  r = w^r M
    ```

    With `addressing="hard"`, both gates are rounded to 0 or 1, and `w^r` is one-hot.
    No gradient flows through the choice of slots. See `SAM` for the arguments.

    Call arguments:
        inputs: tensor of shape `(batch, features)`.
        states: list of tensors as `get_initial_state` returns them, of `memory_size` slots or any
            other number.

    Example:

    >>> cell = SAMCell(32, memory_size=16, word_size=8, num_read_heads=2, num_neighbors=3)
    >>> layer = keras.layers.RNN(cell, return_sequences=True)
    >>> layer(ops.ones((4, 10, 3))).shape == (4, 10, 32 + 2 * 8)
    True
    """

    State = SAMState

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
        **kwargs,
    ):
        check_sizes(
            memory_size=memory_size,
            word_size=word_size,
            num_read_heads=num_read_heads,
            num_neighbors=num_neighbors,
        )
        for name, number, what in (
            ("num_read_heads", num_read_heads, "each head has a slot to write to"),
            ("num_neighbors", num_neighbors, "a head has so many slots to read"),
        ):
            if number > memory_size:
                raise ValueError(
                    f"Argument `{name}` must be at most `memory_size`, so that {what}. Received: "
                    f"{name}={number!r}, memory_size={memory_size!r}."
                )
        check_choice("addressing", addressing, ADDRESSINGS)
        super().__init__(
            units,
            read_size=num_read_heads * word_size,
            memory_shapes=_shape_memory(memory_size, word_size, num_read_heads),
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            **kwargs,
        )
        self.addressing = addressing
        self.memory_size = memory_size
        self.word_size = word_size
        self.num_read_heads = num_read_heads
        self.num_neighbors = num_neighbors

    def interface_sizes(self):
        heads, words = self.num_read_heads, self.num_read_heads * self.word_size
        return {
            "keys": words,
            "words": words,
            "strengths": heads,
            "write_gates": heads,
            "allocation_gates": heads,
        }

    def initial_memory(self, slots=None):
        slots = self.memory_size if slots is None else slots
        first_slot = ops.one_hot(0, slots, dtype=self.memory_dtype)
        return {
            # Exactly zero, so that slots never written are equally near to any key.
            "memory": ops.zeros((self.word_size, slots), self.memory_dtype),
            "read_weights": ops.tile(first_slot, self.num_read_heads),
            # As if all heads had just read the first slot.
            "ages": 1.0 - first_slot,
        }

    def count_reachable_slots(self, steps):
        """Returns how many slots behave as all of them do for some steps from an empty memory.

        Slots that no head has touched are alike, and of those the lowest come first. In a step
        heads write to at most `num_read_heads` of them, and read `num_neighbors` of them. One more
        was touched at the start, and one never is.
        """
        most = 2 + steps * (self.num_read_heads + self.num_neighbors)
        # TensorFlow may learn the number of steps only when it runs.
        fewer = min if isinstance(steps, int) else ops.minimum
        return fewer(self.memory_size, most)

    def unflatten(self, states):
        # States may have fewer slots than the cell: those that a sequence can reach.
        slots = ops.shape(states[-1])[-1]
        of_memory = _shape_memory(slots, self.word_size, self.num_read_heads)
        shapes = {**self.state_shapes, **of_memory}
        return [ops.reshape(s, (-1, *shapes[n])) for n, s in zip(shapes, states, strict=True)]

    def add_untouched_slots(self, states):
        """Returns flat states of reachable slots with all others, which are as the last of them."""
        *of_controller, memory, read_weights, ages = self.unflatten(states)

        def complete(states, *shape):
            missing = self.memory_size - ops.shape(states)[-1]
            last = ops.broadcast_to(states[..., -1:], (ops.shape(states)[0], *shape, missing))
            return ops.concatenate([states, last], axis=-1)

        states = [
            *of_controller,
            complete(memory, self.word_size),
            complete(read_weights, self.num_read_heads),
            complete(ages),
        ]
        return [ops.reshape(x, (-1, n)) for x, n in zip(states, self.state_size, strict=True)]

    def access(self, interface, prev):
        keys = tanh(self._split(interface["keys"], self.word_size))
        words = tanh(self._split(interface["words"], self.word_size))
        strengths = 1.0 + ops.softplus(interface["strengths"] + addressing.STRENGTH_OFFSET)
        gates = ops.sigmoid(interface["write_gates"]), ops.sigmoid(interface["allocation_gates"])
        if self.addressing == "hard":
            gates = map(addressing.harden_gates, gates)
        oldest = sparse_access.oldest_slots(prev.ages, self.num_read_heads)
        memory = memory_ops.erase_slots(prev.memory, ops.sum(oldest, axis=1))
        write_weights = sparse_access.write_weights(prev.read_weights, oldest, *gates)
        memory = memory_ops.add(memory, write_weights, words)
        similarities = addressing.similarities(keys, memory, strengths)
        read_weights = sparse_access.nearest_weights(similarities, self.num_neighbors)
        if self.addressing == "hard":
            read_weights = addressing.harden(read_weights)
        ages = sparse_access.age(prev.ages, read_weights, write_weights)
        state = prev._replace(memory=memory, read_weights=read_weights, ages=ages)
        reads = memory_ops.read(memory, read_weights)
        trace = {"write_weights": write_weights, "read_weights": read_weights, "ages": ages}
        return state, reads, trace

    def get_loop_kernel(self):
        plain = self.controller == "lstm" and self.addressing == "soft"
        if not (plain and is_available(self.compute_dtype)):
            return None
        return functools.partial(kernel.run, self.num_neighbors)

    def get_config(self):
        return {
            **super().get_config(),
            "memory_size": self.memory_size,
            "word_size": self.word_size,
            "num_read_heads": self.num_read_heads,
            "num_neighbors": self.num_neighbors,
            "addressing": self.addressing,
        }


def _shape_memory(slots, word_size, num_read_heads):
    return {
        "memory": (word_size, slots),
        "read_weights": (num_read_heads, slots),
        "ages": (slots,),
    }
