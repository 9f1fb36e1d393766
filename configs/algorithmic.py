"""The algorithmic tasks: the fields that their configs share."""

from ml_collections import config_dict

from configs.model import get_model


def get_config(name, axis):
    """Returns the config of a task, without the task's own fields and `train.steps`.

    Args:
        name: the task.
        axis: along which axis of difficulty the levels of a curriculum rise.
    """
    config = config_dict.ConfigDict()
    # Names the default workdir: runs/<name>.
    config.name = name
    # Of the weights and of the training sequences.
    config.seed = 0

    config.task = task = config_dict.ConfigDict()
    task.name = name
    task.curriculum = curriculum = config_dict.ConfigDict()
    # uniform (all levels from the first step on), doubling or look_back.
    curriculum.name = "uniform"
    curriculum.axis = axis
    # doubling and look_back: the highest level at first; the fraction of wrong bits below which it
    # rises; steps between two looks at it.
    curriculum.start = 5
    curriculum.threshold = 0.01
    curriculum.every = 50

    config.model = model = get_model()
    model.name = "ntm"
    # A controller that forgets at first leaves it to the memory to remember.
    model.forget_bias = -1.0

    config.train = train = config_dict.ConfigDict()
    # Sequences a step.
    train.batch_size = 16
    # Adam's learning rate falls from the first to the last along a cosine.
    train.learning_rate = 3e-3
    train.final_learning_rate = 1e-5
    # Whether Adam's second moment only rises (AMSGrad): steps stay small once the gradients are, so
    # that a large one undoes less of what was learned.
    train.amsgrad = True
    # Gradients are scaled down to this global norm. Theirs is 0.1 to 0.2 until the task is learned;
    # a rare one of 100 would undo it.
    train.clip_norm = 0.3
    # Steps between two checkpoints, and between two lines of metrics.
    train.checkpoint_every = 500
    train.report_every = 100
    # Steps between two measures of validation sequences; the best of them is model.keras.
    train.validate_every = 500
    train.validation_episodes = 64

    # Test sequences at each level behind the table at the end.
    config.test_episodes = 256
    return config
