"""Few-shot learning on a folder of your own images, class/image.png."""

from mann_config.bases import images


def get_config():
    config = images.get_config("images")

    task = config.task
    # The folder: one of classes, split by task.split; or one with the folders train, validation and
    # test of classes.
    task.path = ""
    # Import path of a function (task, seed) that returns the `episodes.Splits` instead, such as
    # mylab.data:signs. What task.path, task.split and task.split_seed mean is up to it.
    task.splits = ""
    return config
