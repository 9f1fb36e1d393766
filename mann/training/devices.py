"""Spreads the batches of training over devices, and over the processes that each have some."""

import contextlib

import keras
import numpy as np

from mann_config.errors import UserError


def choose_distribution(config, processes):
    """Returns how Keras spreads a batch over devices, or `None` for a single device.

    Args:
        config: the `train` part of an experiment's config.
        processes: the `Processes` of the training.

    Raises:
        UserError: if the backend or the machine has not so many devices, the batch cannot be shared
            out evenly, or processes have different numbers of devices.
    """
    replicas, batch_size = config.replicas, config.batch_size
    if keras.backend.backend() != "jax":
        _check_is_one(replicas)
        return None
    import jax

    devices = [
        [f"{device.platform}:{device.id}" for device in jax.local_devices(index)]
        for index in range(processes.number)
    ]
    fewest, most = min(map(len, devices)), max(map(len, devices))
    if fewest != most:
        # Of JAX: the weights would not reach all.
        raise UserError(
            f"All processes must have the same number of devices. Received: {fewest} to {most}. "
            "Give each as many, such as by CUDA_VISIBLE_DEVICES."
        )
    if replicas is not None and replicas > most:
        raise UserError(
            f"--config.train.replicas must be at most {most}, the devices of this machine that "
            f"JAX uses. Received: {replicas}."
        )
    if replicas is None and processes.number == 1:
        replicas = next(count for count in range(most, 0, -1) if batch_size % count == 0)
    chosen = [name for names in devices for name in names[:replicas]]
    if len(chosen) == 1:
        return None
    if batch_size % len(chosen):
        raise UserError(
            f"--config.train.batch_size must be a multiple of {len(chosen)}, the devices that a "
            f"batch is spread over. Received: {batch_size}. Change it, or set "
            "--config.train.replicas."
        )
    return keras.distribution.DataParallel(devices=chosen, auto_shard_dataset=False)


def describe(distribution, batch_size, processes):
    """Returns a line of text on the backend and the devices that it trains on.

    Args:
        distribution: what `choose_distribution` returned.
        batch_size: number of examples in a batch.
        processes: the `Processes` of the training.
    """
    backend = keras.backend.backend()
    if distribution is not None:
        devices = distribution.device_mesh.devices.tolist()
        of = f" of {processes.number} processes" if processes.number > 1 else ""
        return (
            f"{backend} on {len(devices)} devices{of} ({', '.join(devices)}), each with "
            f"{batch_size // len(devices)} of the {batch_size} examples of a batch"
        )
    # On PyTorch, Keras lists no devices.
    if backend == "torch":
        return f"{backend} on {keras.ops.zeros(()).device}"
    first, *others = keras.distribution.list_devices()
    if not others:
        return f"{backend} on {first}"
    hint = "" if backend == "jax" else "; on JAX, KERAS_BACKEND=jax, all can be used"
    return f"{backend} on {first}, one of {1 + len(others)} such devices{hint}"


def _check_is_one(replicas):
    if replicas not in (None, 1):
        raise UserError(
            f"--config.train.replicas must be 1 on {keras.backend.backend()}: only the JAX "
            f"backend spreads a batch over devices, KERAS_BACKEND=jax. Received: {replicas}."
        )


def split_cpu(replicas):
    """Makes JAX see the CPU as so many devices, if it is not in use yet and there is no GPU."""
    if replicas is not None and keras.backend.backend() == "jax":
        import jax

        # Once JAX is in use, its devices stay as they are.
        with contextlib.suppress(RuntimeError):
            jax.config.update("jax_num_cpu_devices", replicas)


class Replicas:
    """A model, and its copy that is trained on many devices, unless there is one device.

    Args:
        model: the compiled model with which the first process begins; in other processes any model
            of the same layers.
        build: function that returns a new compiled model of the same layers.
        distribution: what `choose_distribution` returned.
        processes: the `Processes` of the training.

    Attributes:
        model: the model to train.
    """

    def __init__(self, model, build, distribution, processes):
        self.model = self._alone = model
        self._distribution = distribution
        if distribution is not None:
            with distribution.scope():
                self.model = build()
                weights = _get_weights(model if processes.is_first else self.model)
                _set_weights(self.model, processes.spread(weights))

    def in_use(self):
        """Returns the context in which `self.model` is trained."""
        return self._distribution.scope() if self._distribution else contextlib.nullcontext()

    @contextlib.contextmanager
    def gather(self, model):
        """The context in which the model is used on one device; gives it as it is trained so far.

        Args:
            model: `self.model`, as a callback has it: on JAX, that brings its weights up to date.
        """
        if self._distribution is None:
            yield model
            return
        weights = _get_weights(model)
        keras.distribution.set_distribution(None)
        try:
            _set_weights(self._alone, weights)
            yield self._alone
        finally:
            keras.distribution.set_distribution(self._distribution)


def _list_variables(model):
    return [*model.variables, *model.optimizer.variables]


def _get_weights(model):
    return [np.asarray(variable.value) for variable in _list_variables(model)]


def _set_weights(model, weights):
    for variable, value in zip(_list_variables(model), weights, strict=True):
        variable.assign(value)
