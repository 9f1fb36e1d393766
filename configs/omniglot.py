"""The MANN of Santoro et al. 2016 on Omniglot: 5 classes x 10 drawings, 20 x 20 pixels."""

from mann_config.bases import few_shot


def get_config():
    config = few_shot.get_config("omniglot")

    task = config.task
    # santoro (1200 / 423 characters), ramalho (623 / 1000) or lake (background / evaluation
    # alphabets).
    task.split = "santoro"
    # Classes taken out of the training classes, to choose the best checkpoint by.
    task.num_validation_classes = 100
    # Models that compare: fraction of training and validation episodes within one alphabet.
    task.within_alphabet = 0.0
    # Height and width of the images, in pixels.
    task.image_size = 20
    task.rotations = True
    task.max_rotation = 10.0
    task.max_shift = 0.05

    model = config.model
    model.units = 200
    model.memory_size = 64
    model.word_size = 48
    model.num_read_heads = 2
    # The key of an image starts as the word that was written for it: no need to learn to match.
    model.encoder.repeat_previous = True
    model.encoder.aligned = True
    model.input_to_interface = True

    train = config.train
    train.steps = 40000
    train.learning_rate = 1e-3
    train.validate_every = 1000
    train.validation_episodes = 256

    config.test_episodes = 1000
    return config
