"""FastWeightsCell: one step of fast weights. Its layer is in fast_weights.py."""

from typing import Any, NamedTuple

import keras
from keras import ops

from mann.layers.arguments import check_sizes
from mann.layers.memory_cell import MemoryCell
from mann.ops import fast_weights
from mann.ops.arrays import tanh


class FastWeightsState(NamedTuple):
    """The states that the cell carries from step to step, in the shapes that the equations use."""

    output: Any  # (batch, units + num_reads * word_size): hidden state, then the reads
    memory: Any  # (batch, word_size, word_size * relation_size)
    carry: Any = None  # (batch, units), of the LSTM controller


@keras.saving.register_keras_serializable(package="mann")
class FastWeightsCell(MemoryCell):
    """One step of `FastWeights`: a controller and a memory of relations between entities.

    From the hidden state come two entities a and b, three relations r, three strengths beta, and
    for the reads an entity n_0 and relations l, all vectors scaled to a length of one:

    ```
    k_1, k_2, k_3 = a (x) r_1, a (x) r_2, b (x) r_3       keys
    v_1, v_2, v_3 = b, M_{t-1} k_1, a                     targets
    M = M_{t-1} + sum_i beta_i (v_i - M_{t-1} k_i) k_i^T  the delta rule
    n_k = LN(M (n_{k-1} (x) l_k))                         a chain of reads
    ```

    See `FastWeights` for the arguments.

    Call arguments:
        inputs: tensor of shape `(batch, features)`.
        states: list of tensors as `get_initial_state` returns them.

    Example:

    >>> cell = FastWeightsCell(32, word_size=8, relation_size=4, num_reads=2)
    >>> layer = keras.layers.RNN(cell, return_sequences=True)
    >>> layer(ops.ones((4, 10, 3))).shape == (4, 10, 32 + 2 * 8)
    True
    """

    State = FastWeightsState

    def __init__(
        self,
        units,
        word_size=32,
        relation_size=16,
        num_reads=3,
        controller="lstm",
        forget_bias=1.0,
        input_to_interface=False,
        **kwargs,
    ):
        check_sizes(word_size=word_size, relation_size=relation_size, num_reads=num_reads)
        super().__init__(
            units,
            read_size=num_reads * word_size,
            memory_shapes={"memory": (word_size, word_size * relation_size)},
            controller=controller,
            forget_bias=forget_bias,
            input_to_interface=input_to_interface,
            **kwargs,
        )
        self.word_size = word_size
        self.relation_size = relation_size
        self.num_reads = num_reads

    def interface_sizes(self):
        return {
            "entities": 2 * self.word_size,
            "relations": fast_weights.WRITES * self.relation_size,
            "strengths": fast_weights.WRITES,
            "start": self.word_size,
            "links": self.num_reads * self.relation_size,
        }

    def initial_memory(self):
        return {"memory": ops.zeros(self.state_shapes["memory"], self.memory_dtype)}

    def select_fed_back(self, output):
        # Without what was read, so that all steps are computed at once but for the controller's.
        return output[..., : self.units] if self.controller == "lstm" else output[..., :0]

    def find_relations(self, interface):
        """Returns the `Relations` of an interface, `(rows, ...)`."""

        def split(name, size):
            return fast_weights.normalize(tanh(self._split(interface[name], size)))

        return fast_weights.Relations(
            split("entities", self.word_size),
            split("relations", self.relation_size),
            ops.sigmoid(interface["strengths"]),
            split("start", self.word_size)[:, 0],
            split("links", self.relation_size),
        )

    def find_all_relations(self, raw):
        """Returns the `Relations` of the interface of many steps, `(batch, time, size)`."""
        flat = self.find_relations(self._slice(ops.reshape(raw, (-1, raw.shape[-1]))))
        batch = ops.shape(raw)[:2]
        return fast_weights.Relations(
            *(ops.reshape(values, (*batch, *values.shape[1:])) for values in flat)
        )

    def access(self, interface, prev):
        relations = self.find_relations(interface)
        memory = fast_weights.write(prev.memory, relations)
        reads = fast_weights.follow(memory, relations)
        return prev._replace(memory=memory), reads, {"strengths": relations.strengths}

    def get_config(self):
        return {
            **super().get_config(),
            "word_size": self.word_size,
            "relation_size": self.relation_size,
            "num_reads": self.num_reads,
        }
