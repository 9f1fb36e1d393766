"""A small MANN on generated characters, 5-way: no download, under 3 minutes on two CPU cores."""

from configs import base


def get_config():
    config = base.get_config("characters")

    task = config.task
    # Generated classes to train on, to validate on and to test on.
    task.num_train_classes = 1000
    task.num_validation_classes = 50
    task.num_test_classes = 200
    # Height and width of the images, in pixels.
    task.image_size = 14
    # Classes in an episode, and how often each of them comes.
    task.ways = 5
    task.instances = 10
    # Whether each class of an episode is turned by 0, 90, 180 or 270 degrees, as a new class.
    task.rotations = False
    # Augmentation of each training image: rotation up to so many degrees, shift up to such a
    # fraction of the side, either way. 0 and 0 leave the images alone.
    task.max_rotation = 0.0
    task.max_shift = 0.0

    model = config.model
    model.units = 100
    model.memory_size = 40
    model.word_size = 20
    model.num_read_heads = 2

    config.train.steps = 4000
    config.train.learning_rate = 2e-3
    config.train.validation_episodes = 96

    config.test_episodes = 400
    return config
