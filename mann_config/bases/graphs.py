"""The tasks on graphs: the fields that their configs share."""

from ml_collections import config_dict

from mann_config.bases import experiment


def get_config(name):
    """Returns the config of a task, without its lessons and `train.steps`.

    Args:
        name: name of the task.
    """
    config = experiment.get_config(name)

    task = config.task
    # Decimal digits of a label: 2 for 100 labels, 3 for 1,000 as in the paper.
    task.digits = 2
    # Chance that a step of the answer is shown the right answer of the step before, in training.
    # Otherwise, and always when the network is measured, it is shown its own answer.
    task.teacher_forcing = 1.0

    # Empty steps between the query and its answer.
    task.planning = 10

    task.curriculum = curriculum = config_dict.ConfigDict()
    # uniform (all lessons from the first step on), doubling or look_back.
    curriculum.name = "look_back"
    # The first lesson; the fraction of wrong answers below which the next one comes; steps between
    # two checks of that fraction.
    curriculum.start = 1
    curriculum.threshold = 0.1
    curriculum.every = 250

    model = config.model
    # dnc, ntm, lrua or lstm.
    model.name = "dnc"
    model.units = 128
    model.memory_size = 48
    model.word_size = 32
    model.num_read_heads = 3
    # Makes the words that are written and the keys that read them alike from the start.
    model.input_to_interface = True

    train = config.train
    train.batch_size = 32
    train.learning_rate = 3e-3
    train.clip_norm = 1.0
    train.report_every = 250
    train.validate_every = 1000
    train.checkpoint_every = 1000
    train.validation_episodes = 320
    # Test graphs at each level.
    config.test_episodes = 500
    return config
