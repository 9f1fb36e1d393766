"""A small MANN on generated characters, 5-way: no download, under 3 minutes on two CPU cores."""

from ml_collections import config_dict

from configs.model import get_model


def get_config():
    config = config_dict.ConfigDict()
    # Names the default workdir: runs/<name>.
    config.name = "characters"
    # Of the weights, of the training episodes and of the generated characters.
    config.seed = 0

    config.task = task = config_dict.ConfigDict()
    task.name = "characters"
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

    config.model = model = get_model()
    model.units = 100
    model.memory_size = 40
    model.word_size = 20
    model.num_read_heads = 2

    config.train = train = config_dict.ConfigDict()
    train.steps = 4000
    # Episodes a step.
    train.batch_size = 16
    # Adam's learning rate falls from the first to the last along a cosine.
    train.learning_rate = 2e-3
    train.final_learning_rate = 1e-5
    # Whether Adam's second moment only rises (AMSGrad).
    train.amsgrad = False
    # Gradients are scaled down to this global norm.
    train.clip_norm = 10.0
    # Steps between two checkpoints, and between two lines of metrics.
    train.checkpoint_every = 500
    train.report_every = 100
    # Steps between two measures of the validation classes; the best of them is model.keras.
    train.validate_every = 500
    train.validation_episodes = 96

    # Test episodes behind the table at the end.
    config.test_episodes = 400
    return config
