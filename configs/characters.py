"""A small MANN on generated characters, 5-way: no download, under 3 minutes on two CPU cores."""

from mann_config.bases import few_shot


def get_config():
    config = few_shot.get_config("characters")

    task = config.task
    # Generated classes to train on, to validate on and to test on.
    task.num_train_classes = 1000
    task.num_validation_classes = 50
    task.num_test_classes = 200
    # Height and width of the images, in pixels.
    task.image_size = 14

    model = config.model
    model.units = 100
    model.memory_size = 40
    model.word_size = 32
    model.num_read_heads = 2
    # The key of an image starts as the word that was written for it: no need to learn to match.
    model.encoder.repeat_previous = True
    model.encoder.aligned = True
    model.input_to_interface = True

    config.train.steps = 1500
    config.train.learning_rate = 2e-3
    config.train.validation_episodes = 96

    config.test_episodes = 400
    return config
