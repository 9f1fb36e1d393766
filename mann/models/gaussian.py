"""The Gaussian head of a model: a mean and the logarithm of a variance for each value."""

import keras
import numpy as np
from keras import ops

# The logarithm of a variance stays within this of zero, so that no step of training overflows.
_MOST_LOG_VARIANCE = 10.0


@keras.saving.register_keras_serializable(package="mann")
def gaussian_loss(y_true, y_pred):
    """Returns the negative log-likelihood of values `(batch, time)`, in nats.

    Args:
        y_true: tensor `(batch, time)`.
        y_pred: tensor `(batch, time, 2)`: means and the logarithms of variances.
    """
    mean = y_pred[..., 0]
    log_variance = ops.clip(y_pred[..., 1], -_MOST_LOG_VARIANCE, _MOST_LOG_VARIANCE)
    error = ops.square(ops.reshape(y_true, ops.shape(mean)) - mean)
    return 0.5 * (np.log(2 * np.pi) + log_variance + error * ops.exp(-log_variance))


def split_mean_and_variance(outputs):
    """Returns the means and variances of a model's outputs, an array `(..., 2)`."""
    log_variance = outputs[..., 1].clip(-_MOST_LOG_VARIANCE, _MOST_LOG_VARIANCE)
    return outputs[..., 0], np.exp(log_variance)
