"""The two metrics that are both called bits per sequence, under names of their own."""

import keras
from keras import ops


class _PerSequence(keras.metrics.Mean):
    """The mean over sequences of a sum over the bits that count."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        values = ops.sum(self.of_bits(y_true, y_pred), axis=-1)
        if sample_weight is not None:
            values = values * ops.cast(sample_weight, values.dtype)
        return super().update_state(ops.sum(values, axis=-1))


@keras.saving.register_keras_serializable(package="mann")
class BitsPerSequence(_PerSequence):
    """Cross-entropy of a sequence in bits, which the NTM paper calls bits per sequence.

    Example:

    >>> metric = BitsPerSequence()
    >>> metric.update_state([[[1.0], [0.0]]], [[[0.0], [0.0]]])
    >>> round(float(metric.result()), 4)
    2.0
    """

    def __init__(self, name="bits_per_sequence", **kwargs):
        super().__init__(name=name, **kwargs)

    def of_bits(self, y_true, y_pred):
        return ops.binary_crossentropy(y_true, y_pred, from_logits=True) / ops.log(2.0)


@keras.saving.register_keras_serializable(package="mann")
class BitErrorsPerSequence(_PerSequence):
    """Wrong bits of a sequence, each logit rounded to 0 or 1.

    Example:

    >>> metric = BitErrorsPerSequence()
    >>> metric.update_state([[[1.0], [0.0]]], [[[-3.0], [-3.0]]])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, name="bit_errors_per_sequence", **kwargs):
        super().__init__(name=name, **kwargs)

    def of_bits(self, y_true, y_pred):
        return ops.cast((y_pred > 0) != (y_true > 0.5), "float32")
