"""FastWeights: a memory of relations as a layer, over the cell of fast_weights_cell.py."""

import keras
from keras import ops
from keras.src import backend

from mann.layers.fast_weights_cell import FastWeightsCell
from mann.layers.memory_layer import MemoryLayer
from mann.ops import controllers
from mann.ops.arrays import tanh
from mann.ops.fast_weight_sequences import follow_all, solve_writes

# Steps computed at once, where their number is known: what they take grows with its square.
_AT_ONCE = 64


@keras.saving.register_keras_serializable(package="mann")
class FastWeights(MemoryLayer):
    """Recurrent layer with a memory of relations between entities, written by a delta rule.

    TODO
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
        if mask is not None or self.unroll:
            return super()._run(inputs, states, products, mask, **kwargs)
        state = self.cell.name_states(states)
        gates, interface = inputs
        if self.go_backwards:
            gates, interface = ops.flip(gates, axis=1), ops.flip(interface, axis=1)
        hidden, carry = self._control(gates, state, products)
        raw = products.interface(hidden) + interface
        reads, memory, steps = [], state.memory, hidden.shape[1]
        for first in range(0, steps or 1, _AT_ONCE):
            part = raw if steps is None else raw[:, first : first + _AT_ONCE]
            told = self.cell.find_all_relations(part)
            writes = solve_writes(memory, told)
            reads.append(follow_all(memory, writes, told))
            memory = writes.add_to(memory)
        reads = ops.concatenate(reads, axis=1)
        reads = ops.reshape(reads, (-1, ops.shape(hidden)[1], self.cell.output_size - self.cell.units))
        outputs = ops.concatenate([hidden, ops.cast(reads, hidden.dtype)], axis=-1)
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
