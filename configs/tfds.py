"""Few-shot learning on any data set of TensorFlow Datasets that has images and one label."""

from mann_config.bases import images


def get_config():
    config = images.get_config("tfds")

    task = config.task
    # Its name, such as kmnist, emnist/letters or cifar100; the folder of a prepared one; or the
    # import path of a function that returns a builder.
    task.dataset = ""
    # As the data sets of the field have.
    task.images_per_class = 600
    return config
