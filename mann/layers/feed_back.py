"""FeedBackCell and FeedBack: a recurrent cell whose own answer can be part of its next input."""

import itertools
import math

import keras
from keras import ops
from keras.src import backend

from mann.layers.densely_stacked_cells import DenselyStackedCells, join
from mann.layers.memory_cell import MemoryCell
from mann.layers.memory_layer import MemoryLayer, RecurrentLayer
from mann.layers.step_products import Products


@keras.saving.register_keras_serializable(package="mann")
class FeedBackCell(keras.layers.Wrapper):
    """Answers with symbols at each step, and is shown its last answer where the inputs say so.

    The first input feature is a flag. Where it is 1, the likeliest symbols of the step before,
    one-hot, are added to the features that follow it; give zeros there. No gradient flows through
    an answer fed back, nor to the flag. In `FeedBack` it goes through sequences faster than in
    `keras.layers.RNN`.

    Args:
        cell: recurrent cell, such as `keras.layers.LSTMCell` or `mann.DNCCell`.
        symbols: tuple `(length, alphabet)`: number of symbols that a step answers with, and of
            different symbols.
        **kwargs: arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: array `(batch, features)`: the flag, the features of an answer, and others.
        states: the logits of the step before, `(batch, length * alphabet)`, then those of `cell`.

    Returns:
        Logits `(batch, length * alphabet)`, and the states.

    Example:

    >>> cell = FeedBackCell(keras.layers.LSTMCell(8), symbols=(2, 3))
    >>> layer = FeedBack(cell, return_sequences=True)
    >>> layer(ops.zeros((4, 5, 1 + 2 * 3))).shape[-1]
    6
    """

    def __init__(self, cell, symbols, **kwargs):
        super().__init__(cell, **kwargs)
        self.symbols = tuple(symbols)
        self.output_size = math.prod(self.symbols)
        self.state_size = [self.output_size, *keras.tree.flatten(cell.state_size)]
        self.logits = keras.layers.Dense(self.output_size, name="logits")

    def build(self, input_shape):
        super().build((input_shape[0], input_shape[-1] - 1))
        self.logits.build((input_shape[0], self.layer.output_size))

    def get_initial_state(self, batch_size=None):
        logits = ops.zeros((batch_size, self.output_size), self.compute_dtype)
        return [logits, *keras.tree.flatten(self.layer.get_initial_state(batch_size))]

    def call(self, inputs, states, training=False):
        x = self.with_answers(inputs, self.answers(states[0]))
        own = keras.tree.pack_sequence_as(self.layer.state_size, states[1:])
        output, own = self.layer(x, own, training=training)
        logits = self.logits(output)
        return logits, [logits, *keras.tree.flatten(own)]

    def answers(self, logits):
        """Returns the likeliest symbols one-hot, as logits are: `(..., length * alphabet)`."""
        length, alphabet = self.symbols
        steps = ops.shape(logits)[:-1]
        likeliest = ops.argmax(ops.reshape(logits, (*steps, length, alphabet)), axis=-1)
        one_hot = ops.one_hot(likeliest, alphabet, dtype=logits.dtype)
        return ops.reshape(one_hot, (*steps, self.output_size))

    def with_answers(self, inputs, answers):
        """Returns the inputs of the wrapped cell.

        Args:
            inputs: tensor `(..., features)`, of any number of steps.
            answers: tensor `(..., length * alphabet)`, the answers of the steps before.
        """
        end = 1 + self.output_size
        # No gradient flows to the flag: it would depend on answers that may not be there.
        flags = ops.stop_gradient(inputs[..., :1])
        shown = inputs[..., 1:end] + flags * answers
        return ops.concatenate([shown, inputs[..., end:]], axis=-1)

    def get_config(self):
        return {**super().get_config(), "symbols": self.symbols}


@keras.saving.register_keras_serializable(package="mann")
class FeedBack(RecurrentLayer):
    """A `keras.layers.RNN` over a `FeedBackCell`, faster where that holds memories of this package.

    Its weights and states are those of `keras.layers.RNN` over the same cell.

    Args:
        cell: a `FeedBackCell`.
        **kwargs: arguments of `keras.layers.RNN`.

    Call arguments:
        sequences: array `(batch, time, features)` of inputs of `FeedBackCell`.
        initial_state: list of the first states. Defaults to `None`: the cell's initial ones.
        mask: boolean array `(batch, time)`, the steps that count.
        training: whether the call is one of training.

    Raises:
        ValueError: if `cell` is not a `FeedBackCell`.

    Example:

    >>> cell = FeedBackCell(keras.layers.LSTMCell(8), symbols=(2, 3))
    >>> FeedBack(cell)(ops.zeros((4, 5, 1 + 2 * 3))).shape[-1]
    6
    """

    def __init__(self, cell, **kwargs):
        if not isinstance(cell, FeedBackCell):
            raise ValueError(f"Argument `cell` must be a FeedBackCell. Received: {cell}.")
        super().__init__(cell, **kwargs)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        memories = _list_memories(self.cell.layer)
        if mask is not None or not memories:
            return super().inner_loop(sequences, initial_state, mask, training)
        if self.stateful:
            # On PyTorch, later assignments to the states must not change the gradient of this call.
            initial_state = [ops.copy(state) for state in initial_state]
        # On TensorFlow, finding the answers first costs as much as it saves.
        if training and self.return_sequences and keras.backend.backend() == "jax":
            return self._run_with_answers(memories, sequences, initial_state)
        return self._run(memories, sequences, initial_state)

    def _run(self, memories, sequences, states):
        """Runs the loop with the states in the shapes that the equations use."""
        steps = [
            memory.make_step(Products.of(*memory.copy_step_weights()), flat=False)
            for memory in memories
        ]

        def step(inputs, states):
            logits, *own = states
            x = self.cell.with_answers(inputs, self.cell.answers(logits))
            after = []
            for memory, step, states in zip(
                memories, steps, _split_states(own, memories), strict=True
            ):
                outputs, states = step(memory.split_projected(memory.project(x)), states)
                x = join(self.cell.layer, x, outputs)
                after += states
            logits = self.cell.logits(x)
            return logits, [logits, *after]

        logits, *own = states
        last, outputs, (logits, *own) = backend.rnn(
            step,
            sequences,
            [logits, *_map_memories(MemoryCell.unflatten, memories, own)],
            go_backwards=self.go_backwards,
            unroll=self.unroll,
            input_length=sequences.shape[1],
            return_all_outputs=self.return_sequences,
        )
        return last, outputs, [logits, *_map_memories(MemoryCell.flatten, memories, own)]

    def _run_with_answers(self, memories, sequences, states):
        """Finds the answers that are fed back, if there are any; then runs the memories' layers.

        The layers take the gradient of their weights out of the loop, or run a compiled loop.
        """
        logits, *own = states

        def find_answers():
            _, outputs, _ = self._run(memories, sequences, states)
            return self.cell.answers(ops.concatenate([logits[:, None], outputs[:, :-1]], axis=1))

        def make_zeros():
            return ops.zeros((*ops.shape(sequences)[:2], self.cell.output_size), logits.dtype)

        answers = ops.stop_gradient(
            ops.cond(ops.any(sequences[..., 0] != 0), find_answers, make_zeros)
        )
        if self.go_backwards:
            sequences = sequences[:, ::-1]
        x, after = self.cell.with_answers(sequences, answers), []
        for memory, states in zip(memories, _split_states(own, memories), strict=True):
            layer = MemoryLayer(
                memory, return_sequences=True, return_state=True, dtype=memory.dtype_policy
            )
            outputs, *states = layer.call(x, initial_state=states, training=True)
            x = join(self.cell.layer, x, outputs)
            after += states
        outputs = self.cell.logits(x)
        return outputs[:, -1], outputs, [outputs[:, -1], *after]


def _list_memories(cell):
    """Returns the memory cells of a stack, or `[]` if it holds any other cell."""
    stacks = (keras.layers.StackedRNNCells, DenselyStackedCells)
    cells = cell.cells if isinstance(cell, stacks) else [cell]
    return cells if all(isinstance(cell, MemoryCell) for cell in cells) else []


def _map_memories(method, memories, states):
    """Returns the list of all states, with a method applied to those of each memory."""
    lists = map(method, memories, _split_states(states, memories))
    return list(itertools.chain(*lists))


def _split_states(states, memories):
    """Splits a list of all states into a list of states for each memory."""
    states = iter(states)
    return [list(itertools.islice(states, len(memory.state_size))) for memory in memories]
