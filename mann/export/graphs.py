"""Few-shot models as one graph: from a support set and queries to the probabilities of classes.

They compute what the predictors of `mann/models` compute, in tensors alone.
"""

import keras
from keras import ops

from mann.models.episodic import squared_distances
from mann.models.predictors import AdaptingPredictor, ComparingPredictor, NeighborPredictor
from mann.models.sequence_predictor import SequencePredictor
from mann.models.stateful import StatefulModel


def make_graph(predictor, ways=None, unroll=False):
    """Returns the `FewShotGraph` of a predictor.

    Args:
        predictor: a `mann.models.predictor_base.Predictor`.
        ways: number of classes. Defaults to `None`: one more than the highest label of a support.
        unroll: whether a sequence model reads the support without a loop, for which their number
            must be known. Defaults to `False`.
    """
    if isinstance(predictor, SequencePredictor):
        return SequenceGraph(predictor, ways, unroll)
    for kind, graph in _GRAPHS.items():
        if isinstance(predictor, kind):
            return graph(predictor, ways)
    raise TypeError(f"There is no graph for a {type(predictor).__name__}.")


class FewShotGraph(keras.Model):
    """Base of the graphs. A subclass defines `answer`.

    Args:
        predictor: a `mann.models.predictor_base.Predictor`.
        ways: number of classes, or `None`: one more than the highest label of a support.

    Call arguments:
        support_images: float32 `(support, *image_shape)`, from 0 to 1.
        support_labels: int32 `(support,)`, from 0.
        query_images: float32 `(queries, *image_shape)`.

    Returns:
        Dict of `probabilities`, `(queries, ways)`.
    """

    def __init__(self, predictor, ways=None):
        super().__init__()
        self.ways = ways
        self.most_ways = predictor.most_ways
        self.model = predictor.model

    def call(self, support_images, support_labels, query_images):
        ways = self.ways or ops.max(support_labels) + 1
        answers = self.answer(support_images, support_labels, query_images, ways)
        # A name, which the exported model keeps.
        return {"probabilities": answers}

    def answer(self, support_images, support_labels, query_images, ways):
        """Returns the probabilities; see the call arguments of the class."""
        raise NotImplementedError


class ComparingGraph(FewShotGraph):
    """The graph of a model that compares features."""

    def answer(self, support_images, support_labels, query_images, ways):
        support = self.model.encode(support_images[None])
        query = self.model.encode(query_images[None])
        logits = self.model.compare(support, _one_hot(support_labels, ways)[None], query)
        return ops.softmax(logits[0], axis=-1)


class NeighborGraph(FewShotGraph):
    """The graph of the nearest neighbour: all probability is that of its label."""

    def answer(self, support_images, support_labels, query_images, ways):
        support = self.model.encode(support_images[None])
        query = self.model.encode(query_images[None])
        distances = squared_distances(query, support)[0]
        lowest = distances == ops.min(distances, axis=-1, keepdims=True)
        # The first of several. Not ops.argmin, which tf2onnx cannot convert.
        order = ops.arange(ops.shape(distances)[-1], dtype="int32")
        nearest = ops.min(ops.where(lowest, order, order[-1]), axis=-1)
        return _one_hot(ops.take(support_labels, nearest, axis=0), ways)


class AdaptingGraph(FewShotGraph):
    """The graph of a model that adapts its weights, with the gradients that it does so by."""

    def answer(self, support_images, support_labels, query_images, ways):
        episode = {
            "support_images": support_images[None],
            "support_labels": _one_hot(support_labels, self.most_ways)[None],
            "query_images": query_images[None],
        }
        return ops.softmax(self.model(episode)[0, :, :ways], axis=-1)


class SequenceGraph(FewShotGraph):
    """The graph of a model of sequences, whose memory the support fills, in the given order.

    Each label comes one step late; then each query comes by itself, to a copy of the memory.

    Args:
        unroll: whether there is no loop over the support. Defaults to `False`.
    """

    def __init__(self, predictor, ways=None, unroll=False):
        super().__init__(predictor, ways)
        self.stateful = StatefulModel(predictor.model, unroll)
        # Its layers are copies of those of the predictor's model.
        self.model = self.stateful.model
        # The label of each class as the model sees it: the one-hots of its symbols.
        classes = self.ways or self.most_ways
        self.symbols = predictor.length, predictor.alphabet
        self.codes = predictor.encode_classes(classes)

    def answer(self, support_images, support_labels, query_images, ways):
        codes = ops.convert_to_tensor(self.codes)
        labels = ops.take(codes, support_labels, axis=0)
        late = ops.concatenate([ops.zeros_like(labels[:1]), labels[:-1]], axis=0)
        support = ops.concatenate([_flatten(support_images), late], axis=-1)
        _, states = self.stateful.apply(support[None])
        num_queries = ops.shape(query_images)[0]
        last, *states = (
            ops.broadcast_to(state, (num_queries, state.shape[-1]))
            for state in (labels[-1:], *states)
        )
        query = ops.concatenate([_flatten(query_images), last], axis=-1)
        logits, _ = self.stateful.apply(query[:, None], states)
        symbols = ops.log_softmax(ops.reshape(logits, (-1, *self.symbols)), axis=-1)
        # The probability of a string is the product of those of its letters.
        picked = ops.matmul(_flatten(symbols), ops.transpose(codes[:ways]))
        return ops.softmax(picked, axis=-1)


_GRAPHS = {
    AdaptingPredictor: AdaptingGraph,
    # Before its base.
    NeighborPredictor: NeighborGraph,
    ComparingPredictor: ComparingGraph,
}


def _flatten(array):
    """Returns an array `(n, ...)` as `(n, features)`."""
    size = 1
    for length in array.shape[1:]:
        size *= length
    return ops.reshape(array, (-1, size))


def _one_hot(labels, ways):
    return ops.cast(labels[:, None] == ops.arange(ways, dtype="int32"), "float32")
