"""The fields of a config, by its task: the values that each accepts, its default and its models.

The default of a field is the behaviour from before the field existed, so that a config older than
the field keeps its meaning. The purpose of each field stands beside it in the files of configs/.
"""

from mann_config.field_kinds import (
    ABSENT,
    anything,
    between,
    boolean,
    choice,
    choice_or_import,
    fraction,
    integer,
    integers,
    number,
    optional,
    positive,
    rows,
    text,
)
from mann_config.model_fields import (
    ENCODER,
    EPISODIC_MODELS,
    MAML,
    MEMORY_NETWORK,
    MODEL,
    SEQUENCE_MODELS,
    STORY_MODELS,
    WORDS,
    restrict,
)
from mann_config.plugins import is_import_path

RUN = {
    "name": text(),
    "seed": integer(0, 2**32 - 1),
    "test_episodes": integer(2),
}
TRAIN = {
    "batch_size": integer(1),
    "steps": integer(0),
    "learning_rate": positive(),
    "final_learning_rate": positive(),
    "amsgrad": boolean(default=False),
    "clip_norm": positive(default=10.0),
    "checkpoint_every": integer(1),
    "report_every": integer(1),
    "validate_every": integer(1),
    "validation_episodes": integer(2),
    "replicas": optional(integer(1)),
}

_CURRICULUM = {
    "curriculum.name": choice("uniform", "doubling", "look_back", default="uniform"),
    "curriculum.start": integer(1),
    "curriculum.threshold": number("from 0 to less than 1", lambda value: 0 <= value < 1),
    "curriculum.every": integer(1),
}
_FEW_SHOT = {
    "image_size": integer(1),
    "ways": integer(1),
    "rotations": boolean(default=False),
    "max_rotation": number("of 0 or more", lambda value: value >= 0, default=0.0),
    "max_shift": fraction(default=0.0),
    "max_distortion": fraction(default=0.0),
    "max_thickening": fraction(default=0.0),
    **restrict(EPISODIC_MODELS, {"shots": integer(1, default=1), "queries": integer(1, default=5)}),
    **restrict(
        SEQUENCE_MODELS,
        {
            "instances": integer(1, default=10),
            "labels": choice("one_hot", "string", default="one_hot"),
            "shots_first": fraction(default=0.0),
            "consecutive": integer(1, default=1),
            "first_ways": integer(0, default=0),
            "episodes_per_way": integer(1, default=10000),
        },
    ),
}
# Images of any kind, whose data decide what is None.
_IMAGES = {
    **_FEW_SHOT,
    **{name: optional(_FEW_SHOT[name]) for name in ("ways", "shots", "queries", "instances")},
    "image_mode": choice("grey", "color", default="grey"),
    "invert": boolean(default=False),
    "ink": optional(boolean()),
    "images_per_class": optional(integer(2)),
    "split": text(default="hash"),
    "split_seed": integer(0, default=0),
}


def _algorithmic_fields(*axes, **fields):
    """Returns the fields of an algorithmic task with these axes of difficulty."""
    return {
        **{axis: between(1) for axis in axes},
        **{f"test_levels.{axis}": integers(1, default=ABSENT) for axis in axes},
        **_CURRICULUM,
        "curriculum.axis": choice(*axes, default=axes[0]),
        **fields,
    }


def _graph_fields(width):
    """Returns the fields of a task on graphs whose lessons have `width` numbers each."""
    return {
        "lessons": rows(width),
        "digits": integer(1, 9),
        "teacher_forcing": fraction(default=1.0),
        "planning": integer(0, default=0),
        "test_levels.size": integers(1, default=ABSENT),
        "test_levels.length": integers(1, default=ABSENT),
        **_CURRICULUM,
    }


_BITS = {"bits": integer(1)}
_SPARSE = {"sparse": fraction(default=0.0)}
FEW_SHOT_TASKS = {
    "characters": {
        **_FEW_SHOT,
        "num_train_classes": integer(1),
        "num_validation_classes": integer(1),
        "num_test_classes": integer(1),
    },
    "omniglot": {
        **_FEW_SHOT,
        "num_validation_classes": integer(1),
        "split": choice("santoro", "ramalho", "lake"),
        **restrict(EPISODIC_MODELS, {"within_alphabet": fraction(default=0.0)}),
    },
    "images": {**_IMAGES, "path": text(default=""), "splits": text(default="")},
    "tfds": {**_IMAGES, "dataset": text()},
}
ALGORITHMIC_TASKS = {
    "copy": _algorithmic_fields("length", **_BITS, **_SPARSE),
    "repeat_copy": _algorithmic_fields("length", "repeats", **_BITS, **_SPARSE),
    "associative_recall": _algorithmic_fields("items", **_BITS, item_length=integer(1)),
    "key_value_recall": _algorithmic_fields(
        "items", key_bits=integer(1, 62), value_bits=integer(1), queries=integer(1)
    ),
    # Above 62, the contexts of a bit are more than a 64-bit index can number.
    "ngrams": _algorithmic_fields("length", n=integer(2, 62)),
    "priority_sort": _algorithmic_fields(
        "items", **_BITS, kept=number("above 0 and at most 1", lambda value: 0 < value <= 1)
    ),
    "sort": _algorithmic_fields("items", **_BITS),
    "parentheses": _algorithmic_fields("length", "depth", kinds=integer(1)),
}
CHOMSKY_TASKS = dict.fromkeys(
    (
        "even_pairs",
        "modular_arithmetic_simple",
        "parity_check",
        "cycle_navigation",
        "stack_manipulation",
        "reverse_string",
        "modular_arithmetic",
        "solve_equation",
        "duplicate_string",
        "missing_duplicate_string",
        "odds_first",
        "binary_addition",
        "binary_multiplication",
        "compute_sqrt",
        "bucket_sort",
    ),
    _algorithmic_fields("length"),
)
GRAPH_TASKS = {
    "graph_traversal": _graph_fields(3),
    "graph_shortest_path": _graph_fields(3),
    "family_tree": _graph_fields(2),
}
TASKS = {
    **FEW_SHOT_TASKS,
    "functions": {
        "dimensions": integer(1),
        "num_points": integer(1),
        "length_scale": positive(),
        "noise": positive(),
    },
    "babi": {
        "path": text(default=""),
        "generated": integer(1),
        "tasks": integers(1, 20, default=()),
        "sentences": integer(1),
        "empty_memories": fraction(default=0.0),
        "read": choice("sentences", "words", default="words").restrict_to(*SEQUENCE_MODELS),
    },
    "text": {"path": text(default=""), "chunk_length": integer(1)},
    **ALGORITHMIC_TASKS,
    **CHOMSKY_TASKS,
    **GRAPH_TASKS,
}
TASK_NAME = choice_or_import(*TASKS)


def get_fields(config):
    """Returns the fields of a config, by the task and the model that it names.

    Where one is imported, the config may have fields of any name for its arguments.

    Args:
        config: dict of a config, or the name of a task.

    Returns:
        Dict from the name of a field, such as `"train.steps"`, to its `Field`.
    """
    if isinstance(config, str):
        config = {"task": {"name": config}}
    task, model = config["task"]["name"], dict(MODEL)
    if task in FEW_SHOT_TASKS:
        model |= ENCODER | MAML | {"name": choice_or_import(*SEQUENCE_MODELS, *EPISODIC_MODELS)}
    if task == "babi":
        model |= WORDS | MEMORY_NETWORK | {"name": choice_or_import(*STORY_MODELS)}
    if task == "text":
        model |= WORDS
    given = config.get("model")
    if isinstance(given, dict) and is_import_path(given.get("name")):
        model |= _accept_all(given, model)
    if is_import_path(task):
        # It may be of images, of ids, or of neither.
        model |= _keep_given(WORDS | ENCODER, config)
        known = _CURRICULUM | {"curriculum.axis": text()} if "curriculum" in config["task"] else {}
        known |= _accept_all(config["task"], known)
    else:
        known = TASKS[task]
    return {
        **RUN,
        **_prefix_names("train", TRAIN),
        **_prefix_names("model", model),
        **_prefix_names("task", {**known, "name": TASK_NAME}),
    }


def _keep_given(fields, config):
    """Returns those fields of the model that a config has."""
    given = {name.partition(".")[0] for name in config.get("model", {})}
    return {name: field for name, field in fields.items() if name.partition(".")[0] in given}


def _accept_all(section, known, prefix=""):
    """Returns fields for the names of a section, and of those in it, that are not known."""
    fields = {}
    for name, value in section.items():
        if isinstance(value, dict):
            fields |= _accept_all(value, known, f"{prefix}{name}.")
        elif prefix + name not in known:
            fields[prefix + name] = anything()
    return fields


def _prefix_names(section, fields):
    return {f"{section}.{name}": field for name, field in fields.items()}
