"""The NTM on the 15 tasks of "Neural Networks and the Chomsky Hierarchy", one by its name."""

from ml_collections import config_dict

from mann_config.bases import algorithmic


def get_config():
    config = algorithmic.get_config("chomsky", axis="length")

    task = config.task
    # even_pairs, modular_arithmetic_simple, parity_check, cycle_navigation (regular);
    # stack_manipulation, reverse_string, modular_arithmetic, solve_equation (deterministic
    # context-free); duplicate_string, missing_duplicate_string, odds_first, binary_addition,
    # binary_multiplication, compute_sqrt, bucket_sort (context-sensitive).
    task.name = "reverse_string"
    # Shortest and longest string to train on, in symbols.
    task.length = (1, 40)
    # The levels to measure along each axis of difficulty: the mean of those beyond training is the
    # score, in the paper that of all of 41 to 500.
    task.test_levels = config_dict.ConfigDict({"length": (40, *range(50, 501, 50))})

    # Heads that are sharp from the first step on learn what goes on far beyond these lengths.
    config.model.min_sharpening = 2.0

    config.train.batch_size = 32
    config.train.steps = 3000
    # Of one length, sequences differ little: the mean over them is as exact with fewer.
    config.test_episodes = 64
    return config
