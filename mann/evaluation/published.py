"""Published results, each row with its source."""

import hashlib

# Accuracy on Omniglot, in percent.

# At the 1st, 2nd, 3rd, 4th, 5th and 10th instance: Tables 1 and 2 of Santoro et al.,
# "Meta-Learning with Memory-Augmented Neural Networks", ICML 2016, by labels and classes.
SANTORO_INSTANCES = (1, 2, 3, 4, 5, 10)
SANTORO_2016 = {
    ("one_hot", 5): {
        "MANN (Santoro 2016)": (36.4, 82.8, 91.0, 92.6, 94.9, 98.1),
        "LSTM (Santoro 2016)": (24.4, 49.5, 55.3, 61.0, 63.6, 62.5),
        "Human (Santoro 2016)": (34.5, 57.3, 70.1, 71.8, 81.4, 92.4),
    },
    ("string", 5): {
        "MANN (Santoro 2016)": (0.0, 69.5, 80.4, 87.9, 88.4, 93.1),
        "LSTM (Santoro 2016)": (0.0, 9.0, 14.2, 16.9, 21.8, 25.5),
        "kNN, learned features (Santoro 2016)": (4.0, 51.9, 61.0, 66.3, 69.3, 77.5),
    },
    ("string", 15): {
        "MANN (Santoro 2016)": (0.1, 62.6, 79.3, 86.6, 88.7, 95.3),
        "LSTM (Santoro 2016)": (0.0, 2.2, 2.9, 4.3, 5.6, 12.7),
        "kNN, learned features (Santoro 2016)": (0.4, 32.7, 41.2, 47.1, 50.6, 60.0),
    },
}

# By (ways, shots).
NWAY = {
    "Pixels, cosine (Vinyals 2016)": {(5, 1): 41.7, (5, 5): 63.2, (20, 1): 26.7, (20, 5): 42.6},
    "Matching Networks (Vinyals 2016)": {(5, 1): 98.1, (5, 5): 98.9, (20, 1): 93.8, (20, 5): 98.5},
    "Memory of rare events (Kaiser 2017)": {
        (5, 1): 98.4,
        (5, 5): 99.6,
        (20, 1): 95.0,
        (20, 5): 98.6,
    },
    "Prototypical Networks (Snell 2017)": {
        (5, 1): 98.8,
        (5, 5): 99.7,
        (20, 1): 96.0,
        (20, 5): 98.9,
    },
    "MAML, convolutional (Finn 2017)": {(5, 1): 98.7, (5, 5): 99.9, (20, 1): 95.8, (20, 5): 98.9},
    "SNAIL (Mishra 2018)": {(5, 1): 99.07, (5, 5): 99.78, (20, 1): 97.64, (20, 5): 99.36},
}

# On many classes at once, by (ways, shots); on a stream of 20 classes; and the slots of a class
# there: Ramalho and Garnelo, "Adaptive posterior learning: few-shot learning with a surprise-based
# memory module", ICLR 2019. Of a stream, the authors' program counts the last drawings, as many as
# there are classes.
_APL = "APL (Ramalho 2019)"
MANY_WAYS = {_APL: {(423, 1): 73.5, (423, 5): 88.0, (1000, 1): 68.9, (1000, 5): 78.9}}
STREAM_WAYS, STREAM_ACCURACY, STREAM_SLOTS = 20, 98.5, 44 / 20

# On Lake's 20-way one-shot runs within one alphabet, after learning on the background set only:
# Lake, Salakhutdinov and Tenenbaum, "The Omniglot challenge: a 3-year progress report", 2019.
LAKE_CONDITION = "20-way 1-shot"
LAKE_RUNS = {
    "People (Lake 2019)": 95.5,
    "BPL (Lake 2019)": 96.7,
    "Siamese network (Lake 2019)": 92.0,
    "Prototypical network (Lake 2019)": 86.3,
}


def get_instance_rows(task, ways, instances):
    """Returns the published rows to compare an accuracy by instance with.

    Args:
        task: the `task` part of a few-shot config.
        ways: number of classes of an episode.
        instances: number of drawings of each class.
    """
    rows = {}
    if task.name == "omniglot" and instances == 10:
        rows = SANTORO_2016.get((task.get("labels", "one_hot"), ways), {})
    return {name: dict(zip(SANTORO_INSTANCES, row, strict=True)) for name, row in rows.items()}


def get_nway_rows(task, rows=NWAY):
    """Returns the published rows to compare an accuracy on N-way K-shot episodes with.

    Args:
        task: the `task` part of a few-shot config.
        rows: dict from the name of a row to a dict from `(ways, shots)` to percent. Defaults to
            `NWAY`; `MANY_WAYS` for many classes at once.
    """
    rows = rows if task.name == "omniglot" else {}
    return {
        name: {f"{ways}-way {shots}-shot": percent for (ways, shots), percent in row.items()}
        for name, row in rows.items()
    }


def get_stream_rows(task, ways, condition):
    """Returns the published rows to compare the end of a stream with: of accuracy, and of slots.

    Args:
        task: the `task` part of a few-shot config.
        ways: number of classes of a stream.
        condition: the way of writing, as it is named in the measurements.
    """
    if task.name != "omniglot" or ways != STREAM_WAYS:
        return {}, {}
    return {_APL: {condition: STREAM_ACCURACY}}, {_APL: {condition: STREAM_SLOTS}}


def get_lake_rows():
    """Returns the published rows to compare an accuracy on runs of Lake's kind with."""
    return {name: {LAKE_CONDITION: percent} for name, percent in LAKE_RUNS.items()}


# Accuracy on graphs, in percent: Graves et al. 2016.
GRAPHS = {
    "graph_traversal": (
        (98.8, "DNC, walks of 7 edges on the London Underground"),
        (37.0, "LSTM, the first lesson, on which it ended"),
    ),
    "graph_shortest_path": ((55.3, "DNC, paths of 4 edges on the London Underground"),),
    "family_tree": ((81.8, "DNC, relations of 4 steps"),),
}

# Accuracy on the tasks of the Chomsky hierarchy, in percent, mean over the lengths 41 to 500 after
# training on 1 to 40: the best of several seeds and learning rates, Delétang et al. 2023.
_CHOMSKY_MODELS = ("RNN", "Stack-RNN", "Tape-RNN", "Transformer", "LSTM")
CHOMSKY = {
    "even_pairs": (100.0, 100.0, 100.0, 96.4, 100.0),
    "modular_arithmetic_simple": (100.0, 100.0, 100.0, 24.2, 100.0),
    "parity_check": (100.0, 100.0, 100.0, 52.0, 100.0),
    "cycle_navigation": (100.0, 100.0, 100.0, 61.9, 100.0),
    "stack_manipulation": (56.0, 100.0, 100.0, 57.5, 59.1),
    "reverse_string": (62.0, 100.0, 100.0, 62.3, 60.9),
    "modular_arithmetic": (41.3, 96.1, 95.4, 32.5, 59.2),
    "solve_equation": (51.0, 56.2, 64.4, 25.7, 67.8),
    "duplicate_string": (50.3, 52.8, 100.0, 52.8, 57.6),
    "missing_duplicate_string": (52.3, 55.2, 100.0, 56.4, 54.3),
    "odds_first": (51.0, 51.9, 100.0, 52.8, 55.6),
    "binary_addition": (50.3, 52.7, 100.0, 54.3, 55.5),
    "binary_multiplication": (50.0, 52.7, 58.5, 52.2, 53.1),
    "compute_sqrt": (54.3, 56.5, 57.8, 52.4, 57.5),
    "bucket_sort": (27.9, 78.1, 70.7, 91.9, 99.3),
}


def get_chomsky_rows(task):
    """Returns the published rows to compare the mean accuracy on a task, by its name, with."""
    rows = zip(_CHOMSKY_MODELS, CHOMSKY.get(task, ()), strict=False)
    return {f"{model} (Delétang 2023)": percent for model, percent in rows}


# Errors on bAbI, in percent.

# A task with more wrong answers, in percent, counts as failed (Weston et al. 2015).
FAILED = 5.0

# Mean over the 20 tasks, and how many of them are failed (above 5 %).
QUESTION_MEANS = {
    "1k": (
        ("Memory network, 3 hops, joint (Sukhbaatar 2015)", 12.4, 11),
        ("Memory network, 3 hops, per task (Sukhbaatar 2015)", 13.9, 11),
        ("LSTM (Sukhbaatar 2015)", 51.3, 20),
    ),
    "10k": (
        ("Memory network, joint (Sukhbaatar 2015)", 7.5, 6),
        ("DNC (Graves 2016), mean of 20 runs", 16.7, 11.2),
        ("DNC-MD (Csordas 2019)", 9.5, None),
        ("LSTM (Graves 2016)", 27.3, 17.1),
    ),
}

# For each task, 1k joint, as a public Python port of the authors' program measured it.
QUESTIONS_BY_TASK = dict(
    enumerate(
        (0, 13.1, 23.4, 5.9, 12.9, 3.7, 22.9, 9.1, 2.7, 7.2, 0.8, 0.1, 0.1, 4.2, 0)
        + (1.2, 43.6, 10.5, 86.7, 0),
        start=1,
    )
)

# Digests of the words of the English test questions of each task, which 1k and 10k share.
_QUESTION_DIGESTS = dict(
    enumerate(
        (
            "b93c9cad10e9 a1a19b1a0ebb cc49f09b774f 1baf54b48193 d163788f18a7 b081e303fb12 "
            "433751df1c92 fea5f6d6dced 06bf16b6ffad 3ee3c78b05d0 183cf2ab48e4 883295b23c70 "
            "332c4ccc6731 9899f8434f8e 8ecfb02cd7b8 cb91b99d7859 c7fbb5e8d2ef 675ae10c057c "
            "9363712817e1 cc5edc01be92"
        ).split(),
        start=1,
    )
)


def are_published_questions(task, asked):
    """Returns whether questions are all the test questions of one of bAbI's tasks, in order.

    Args:
        task: number of the task.
        asked: list of `Question`.
    """
    words = (
        " ".join(
            word for part in (*question.story, question.question, question.answer) for word in part
        )
        for question in asked
    )
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12] == _QUESTION_DIGESTS.get(task)


def get_question_rows(test):
    """Returns the published rows to compare errors on questions with.

    Args:
        test: dict from the number of a task to its test questions.
    """
    row = {
        task: QUESTIONS_BY_TASK[task]
        for task, asked in test.items()
        if are_published_questions(task, asked)
    }
    return {"Memory network, joint, 1k (a Python port)": row} if row else {}


def get_question_means():
    """Returns lines of text on the published means over the 20 tasks."""
    return [
        f"  {mean:>4} {name}, {size} questions a task"
        + ("" if tasks is None else f", {tasks} tasks above {FAILED:g} %")
        for size, rows in QUESTION_MEANS.items()
        for name, mean, tasks in rows
    ]
