"""FastWeights: a memory of relations as a layer, over the cell of fast_weights_cell.py."""

import keras
from keras import ops
from keras.src import backend

from mann.layers.fast_weights_cell import FastWeightsCell
from mann.layers.memory_layer import MemoryLayer
from mann.layers.step_products import Products
from mann.ops import controllers
from mann.ops.arrays import tanh
from mann.ops.fast_weight_sequences import find_sources, follow_all, solve_writes

# Steps computed at once, where their number is known: what they take grows with its square.
_AT_ONCE = 64


@keras.saving.register_keras_serializable(package="mann")
class FastWeights(MemoryLayer):
    """Recurrent layer with a memory of relations between entities, written by a delta rule.

    What a network is told in a step, it takes as two entities a and b and three relations: that the
    first relates a to b, that the second relates a to what the first did before, and that the third
    leads from b back to a. A memory of fast weights, a sum of outer products, maps an entity and a
    relation to an entity; the delta rule lets what is new there take the place of the old. Then the
    layer follows a chain of relations, `num_reads` of them, each from the entity that the one
    before it found: "the lamp" leads to "Mary", and she to where she is. The output of a step is
    the hidden state followed by the entities of the chain.

    The memory is that of Schlag and Schmidhuber 2018, whose network takes a sentence in a step.
    Vectors of entities and relations pass through tanh and are scaled to a length of one here, so
    that the delta rule replaces what it should, each write has a strength `sigmoid(.)` of its own,
    and a controller comes first. What is read does not reach the controller: all steps but those of
    an LSTM controller are then computed at once, as the solution of a triangular system, many times
    sooner than step by step. Stacked, a layer tells the next what it found.

    The memory has no slots: it takes any number of writes, which disturb each other only so far as
    their keys are alike. It is kept as a matrix of `word_size` times `word_size * relation_size`.
    A masked step leaves every state as it was. With a mask, and with `unroll`, the layer goes step
    by step, as a model must that is exported to ONNX or LiteRT, which solve no systems. Under a
    mixed precision policy the memory is computed in float32 and kept in half precision between
    calls.

    Args:
        units: positive integer, size of the controller's hidden state.
        word_size: size of the vector of an entity. Defaults to `32`.
        relation_size: size of the vector of a relation. Defaults to `16`.
        num_reads: number of relations that a chain follows. Defaults to `3`.
        controller: `"lstm"`, or `"feedforward"`: then a step knows of those before it by the memory
            alone. Defaults to `"lstm"`.
        forget_bias: initial bias of the forget gate of an LSTM controller. Defaults to `1.0`.
        input_to_interface: whether the input also feeds entities, relations and strengths directly,
            past the controller, like a skip connection. Defaults to `False`.
        return_sequences: whether to return the outputs of all steps. Defaults to `False`.
        return_state: whether to return the states after the output. Defaults to `False`.
        go_backwards: whether to go from the last step to the first. Defaults to `False`.
        stateful: as in `keras.layers.RNN`. Defaults to `False`.
        unroll: whether to go step by step, without a loop. Defaults to `False`.
        **kwargs: arguments of `keras.layers.RNN` and `keras.layers.Layer`, such as `name` and
            `dtype`.

    Call arguments:
        sequences: tensor of shape `(batch, time, features)`.
        initial_state: list of states, as an earlier call returned them. Defaults to an empty
            memory.
        mask: boolean tensor of shape `(batch, time)`, `False` for steps to skip.
        training: whether the call is one of training.

    Output shape:
        `(batch, units + num_reads * word_size)`, with a time axis after the batch if
        `return_sequences`. With `return_state`, the states follow, each `(batch, size)`: output,
        carry (LSTM controller only), memory.

    Raises:
        ValueError: if a size is not a positive integer, a bias not a number, or a name unknown.

    `trace(sequences)` returns the activity of the memory: `strengths` of the three writes, of shape
    `(batch, time, 3)`, and `sources`, the share of each step's writes in what each read found, of
    shape `(batch, time, num_reads, time)`.

    Reference: Schlag and Schmidhuber, "Learning to Reason with Third-Order Tensor Products",
    NeurIPS 2018; Schlag, Munkhdalai and Schmidhuber, "Learning Associative Inference Using Fast
    Weight Memory", ICLR 2021.

    Example:

    >>> inputs = keras.Input((None, 9))
    >>> outputs = FastWeights(100, return_sequences=True)(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(8)(outputs))
    >>> model.output_shape
    (None, None, 8)
    """

    def __init__(
        self,
        units,
        word_size=32,
        relation_size=16,
        num_reads=3,
        controller="lstm",
        forget_bias=1.0,
        input_to_interface=False,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        cell = FastWeightsCell(
            units,
            word_size=word_size,
            relation_size=relation_size,
            num_reads=num_reads,
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="fast_weights_cell",
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

    def _run(self, inputs, states, products, mask, **kwargs):
        gates, interface = inputs
        # JAX has no gradient for a number of steps that is a symbol, as in an export.
        known = gates.shape[1] is None or isinstance(gates.shape[1], int)
        if mask is not None or self.unroll or not known:
            return super()._run(inputs, states, products, mask, **kwargs)
        state = self.cell.name_states(states)
        if self.go_backwards:
            gates, interface = ops.flip(gates, axis=1), ops.flip(interface, axis=1)
        hidden, carry = self._control(gates, state, products)
        raw, memory, reads = products.interface(hidden) + interface, state.memory, []
        for part in _split_steps(raw):
            told = self.cell.find_all_relations(part)
            writes = solve_writes(memory, told)
            found, _ = follow_all(memory, writes, told)
            memory = writes.add_to(memory)
            reads.append(ops.cast(found, hidden.dtype))
        reads = ops.concatenate(reads, axis=1)
        reads = ops.reshape(reads, (*ops.shape(reads)[:2], self.cell.output_size - self.cell.units))
        outputs = ops.concatenate([hidden, reads], axis=-1)
        state = state._replace(output=outputs[:, -1], memory=memory, carry=carry)
        return outputs[:, -1], outputs, self.cell.list_states(state)

    def _control(self, gates, state, products):
        """Returns the hidden states of all steps, and the carry after the last."""
        if self.cell.controller == "feedforward":
            return tanh(gates), None

        def step(gates, states):
            hidden, carry = controllers.lstm(gates + products.recurrent(states[0]), states[1])
            return hidden, [hidden, carry]

        first = [self.cell.select_fed_back(state.output), state.carry]
        _, hidden, (_, carry) = backend.rnn(
            step, gates, first, input_length=gates.shape[1], return_all_outputs=True
        )
        return hidden, carry

    def trace(self, sequences):
        if not self.built:
            self.build(sequences.shape)
        if self.go_backwards:
            sequences = sequences[:, ::-1]
        state = self.cell.name_states(self.cell.get_initial_state(len(sequences)))
        projected = self.cell.project(ops.cast(sequences, self.compute_dtype))
        gates, interface = self.cell.split_projected(projected)
        products = Products.of(*self.cell.copy_step_weights())
        hidden, _ = self._control(gates, state, products)
        told = self.cell.find_all_relations(products.interface(hidden) + interface)
        writes = solve_writes(state.memory, told)
        _, weights = follow_all(state.memory, writes, told)
        trace = {"strengths": told.strengths, "sources": find_sources(writes, weights)}
        return {name: ops.convert_to_numpy(values) for name, values in trace.items()}


def _split_steps(raw):
    """Returns sequences `(batch, time, size)` in parts, if the number of steps is known."""
    steps = raw.shape[1]
    if steps is None:
        return [raw]
    return [raw[:, first : first + _AT_ONCE] for first in range(0, steps, _AT_ONCE)]
