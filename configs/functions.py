"""A MANN that predicts functions of a Gaussian process point by point: minutes on two CPU cores."""

from mann_config.bases import experiment


def get_config():
    config = experiment.get_config("functions")

    task = config.task
    # Dimensions of a point, and points of a function.
    task.dimensions = 1
    task.num_points = 20
    # How far apart two values are alike, for points from -1 to 1, and the noise on each value.
    task.length_scale = 0.4
    task.noise = 0.1

    model = config.model
    model.input_to_interface = True
    model.memory_size = 40
    model.num_read_heads = 2

    config.train.steps = 10000
    config.train.batch_size = 32
    config.train.learning_rate = 2e-3
    config.test_episodes = 1000
    return config
