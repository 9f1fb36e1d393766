"""The fields that all configs share."""

from ml_collections import config_dict

from mann_config.bases.model import get_model


def get_config(name):
    """Returns the config of an experiment, without the fields of its task and `train.steps`."""
    config = config_dict.ConfigDict()
    # Names the default workdir: runs/<name>.
    config.name = name
    # Seed of the initial weights and of all random choices.
    config.seed = 0

    config.task = config_dict.ConfigDict()
    config.task.name = name
    config.model = get_model()

    config.train = train = config_dict.ConfigDict()
    # Episodes or sequences in the batch of a step.
    train.batch_size = 16
    # Adam's learning rate falls from the first to the last along a cosine.
    train.learning_rate = 3e-3
    train.final_learning_rate = 1e-5
    # Whether Adam's second moment only rises (AMSGrad).
    train.amsgrad = False
    # Gradients are scaled down to this global norm.
    train.clip_norm = 10.0
    # Steps between two checkpoints, and between two lines of metrics.
    train.checkpoint_every = 500
    train.report_every = 100
    # Steps between two validations, and the examples of each. The model with the best validation
    # is kept as model.keras.
    train.validate_every = 500
    train.validation_episodes = 64
    # JAX: devices that share a batch, or parts of the CPU as such; None for all GPUs, or one CPU.
    train.replicas = config_dict.placeholder(int)

    # Test examples, or test sequences at each level, for the table at the end.
    config.test_episodes = 256
    return config
