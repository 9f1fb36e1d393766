"""The fields of the few-shot configs whose images may be of any kind."""

from ml_collections import config_dict

from mann_config.bases import few_shot


def get_config(name):
    """Returns the config of a matching network, without the fields of where its images are."""
    config = few_shot.get_config(name)

    task = config.task
    # Height and width that all images are resized to, in pixels; grey, or color.
    task.image_size = 28
    task.image_mode = "grey"
    # Whether to swap light and dark. Drawings of dark ink on paper become like those of Omniglot.
    task.invert = False
    # Whether the images are ink on zero, as Omniglot's; None: whether their edges are dark.
    task.ink = config_dict.placeholder(bool)
    # The most images of a class to read; all classes take as much memory as the largest.
    task.images_per_class = config_dict.placeholder(int)
    # How classes are split for training, validation and testing: hash; a list of the field, one of
    # cifar_fs, fc100, cub, dtd, flowers; or a JSON file with the lists train, validation and test
    # of their names. Another seed is another split by hash.
    task.split = "hash"
    task.split_seed = 0
    # None: as many as the data allow, at most 20 classes (5 for maml and models of sequences), 5
    # shots, 15 queries and 10 instances.
    for field in ("ways", "shots", "queries", "instances"):
        task[field] = config_dict.placeholder(int)
    task.max_rotation = 10.0
    task.max_shift = 0.05

    model = config.model
    model.name = "matching"
    model.encoder.name = "conv"

    train = config.train
    # One episode of up to 400 images.
    train.batch_size = 1
    train.steps = 4000
    train.learning_rate = 2e-3
    train.validate_every = 200
    train.validation_episodes = 128

    config.test_episodes = 1000
    return config
