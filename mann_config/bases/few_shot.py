"""The fields that the few-shot configs share."""

from ml_collections import config_dict

from mann_config.bases import experiment


def get_config(name):
    """Returns the config of a few-shot experiment, without the fields of its data."""
    config = experiment.get_config(name)

    task = config.task
    # Classes in an episode.
    task.ways = 5
    # Models of sequences: how often each class comes in an episode.
    task.instances = 10
    # Models that compare (prototypical, matching, maml): support and query images of each class.
    task.shots = 1
    task.queries = 5
    # Whether each class of an episode is turned by 0, 90, 180 or 270 degrees, as a new class.
    task.rotations = False
    # Augmentation of each training image: rotation up to so many degrees, shift and elastic
    # distortion up to such fractions of the side, strokes thicker or thinner up to such a fraction
    # of a pixel, either way. 0 leaves the images alone.
    task.max_rotation = 0.0
    task.max_shift = 0.0
    task.max_distortion = 0.0
    task.max_thickening = 0.0
    # Models of sequences: one_hot, or string for labels of five letters a to e.
    task.labels = "one_hot"
    # Fraction of training episodes that show 1 to 5 drawings of each class before the others.
    task.shots_first = 0.0
    # Episodes that follow each other in one sequence, in a memory that is never wiped.
    task.consecutive = 1
    # A curriculum from so many classes (0: none) to task.ways, one more after so many episodes.
    task.first_ways = 0
    task.episodes_per_way = 10000

    config.model.encoder = get_encoder()
    # maml: steps of gradient descent on the support, their learning rate, and whether the gradient
    # of training leaves out second derivatives.
    config.model.inner_steps = 1
    config.model.inner_learning_rate = 0.4
    config.model.first_order = False
    return config


def get_encoder():
    encoder = config_dict.ConfigDict()
    # none (pixels) or conv.
    encoder.name = "none"
    # Filters of its second convolution, and features of an image.
    encoder.filters = 64
    encoder.features = 64
    # The workdir of a run, or the name of a pretrained model, whose encoder to start from.
    encoder.weights = ""
    # Whether its weights are trained.
    encoder.trainable = True
    # Models of sequences: whether an image's features, or its pixels if there is no encoder, are
    # repeated with its label, a step later.
    encoder.repeat_previous = False
    # Whether a memory with model.input_to_interface starts with keys that match what it writes.
    encoder.aligned = False
    return encoder
