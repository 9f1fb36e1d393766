"""MAML: initial weights from which a few steps of gradient descent learn an episode."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mann")
class MAML(keras.Model):
    """Adapts all of its weights to the support of each episode, then answers its queries.

    The gradient of training goes through the adaptation, with its second derivatives unless
    `first_order`. Nothing passes from one query to another: the network has no statistics of a
    batch.

    Args:
        network: model from images `(batch, *image_shape)` to logits `(batch, ways)`.
        inner_steps: number of steps of gradient descent on the support. Defaults to `1`.
        inner_learning_rate: learning rate of these steps. Defaults to `0.4`.
        first_order: whether to treat the change of the weights as a constant, which saves the
            second derivatives. Defaults to `False`.
        **kwargs: those of `keras.Model`.

    Call arguments:
        inputs: dict, as `episodes.training_pair` makes it of a batch of episodes.

    Output shape:
        Logits, `(batch, queries, ways)`.

    Reference: Finn et al., "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks",
    ICML 2017.

    Example:

    >>> layers = [keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(5)]
    >>> support = {"support_images": ops.ones((2, 5, 8, 8)), "support_labels": ops.ones((2, 5, 5))}
    >>> query = {"query_images": ops.ones((2, 3, 8, 8))}
    >>> MAML(keras.Sequential(layers))({**support, **query}).shape == (2, 3, 5)
    True
    """

    def __init__(
        self, network, inner_steps=1, inner_learning_rate=0.4, first_order=False, **kwargs
    ):
        super().__init__(**kwargs)
        self.network = network
        self.inner_steps = inner_steps
        self.inner_learning_rate = inner_learning_rate
        self.first_order = first_order

    def build(self, input_shape):
        if not self.network.built:
            self.network.build((None, *input_shape["query_images"][2:]))

    def call(self, inputs):
        episodes = [inputs[name] for name in ("support_images", "support_labels", "query_images")]
        weights = [
            [ops.convert_to_tensor(variable.value) for variable in variables]
            for variables in (
                self.network.trainable_variables,
                self.network.non_trainable_variables,
            )
        ]
        distribution = keras.distribution.distribution()
        if distribution is None or keras.backend.backend() != "jax":
            return self._map(weights, episodes)
        # Each device goes through its own episodes; in a plain loop each goes through all.
        import jax

        own = jax.sharding.PartitionSpec(distribution.batch_dim_name)
        return jax.shard_map(
            self._map,
            mesh=distribution.device_mesh.backend_mesh,
            in_specs=(jax.sharding.PartitionSpec(), own),
            out_specs=own,
            # Else the gradients that adapt the weights would be summed over the devices.
            check_vma=False,
        )(weights, episodes)

    def _map(self, weights, episodes):
        return ops.map(lambda episode: self._learn_and_answer(weights, *episode), episodes)

    def _learn_and_answer(self, weights, support, labels, query):
        weights, fixed = weights
        # Support whose label is zeros does not count.
        counted = ops.sum(labels, axis=-1)

        def loss(weights):
            logits = self._logits(weights, fixed, support)
            losses = ops.categorical_crossentropy(labels, logits, from_logits=True)
            return ops.sum(counted * losses) / ops.maximum(ops.sum(counted), 1.0)

        for _ in range(self.inner_steps):
            gradients = _compute_gradients(loss, weights)
            if self.first_order:
                gradients = [ops.stop_gradient(gradient) for gradient in gradients]
            weights = [
                weight - self.inner_learning_rate * gradient
                for weight, gradient in zip(weights, gradients, strict=True)
            ]
        return self._logits(weights, fixed, query)

    def _logits(self, weights, fixed, images):
        logits, _ = self.network.stateless_call(weights, fixed, images)
        return logits

    def get_config(self):
        return {
            **super().get_config(),
            "network": keras.saving.serialize_keras_object(self.network),
            "inner_steps": self.inner_steps,
            "inner_learning_rate": self.inner_learning_rate,
            "first_order": self.first_order,
        }

    @classmethod
    def from_config(cls, config):
        network = keras.saving.deserialize_keras_object(config.pop("network"))
        return cls(network=network, **config)


def _compute_gradients(loss, weights):
    """Returns the gradients of `loss(weights)`, which can be differentiated again."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(loss)(weights)
    if keras.backend.backend() == "torch":
        import torch

        # Also where the model only predicts, and Keras takes no gradients.
        with torch.enable_grad():
            return torch.autograd.grad(loss(weights), weights, create_graph=True)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(weights)
        value = loss(weights)
    return tape.gradient(value, weights)
