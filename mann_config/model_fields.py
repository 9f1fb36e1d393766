"""The fields of the model of a config: the values that each accepts, its default and its models."""

from mann_config.field_kinds import (
    boolean,
    choice,
    choice_or_import,
    fraction,
    integer,
    number,
    optional,
    positive,
    several,
    text,
)

# Memories of slots, and all memories.
SLOT_MEMORIES = ("lrua", "ntm", "dnc", "sam")
MEMORIES = (*SLOT_MEMORIES, "fast_weights")
SEQUENCE_MODELS = (*MEMORIES, "lstm", "feedforward")
EPISODIC_MODELS = ("prototypical", "matching", "maml", "nearest_neighbor")
STORY_MODELS = (*SEQUENCE_MODELS, "memory_network")

# The arguments that memories share, then those of one memory each.
SLOTS = {
    "memory_size": integer(1),
    "num_read_heads": integer(1),
    "addressing": choice("soft", "hard", default="soft"),
}
MEMORY = {
    "word_size": integer(1),
    "controller": choice("lstm", "feedforward", default="lstm"),
    "forget_bias": optional(number("", lambda value: True)),
    "input_to_interface": boolean(default=False),
}
LRUA = {
    "variant": choice("default", "paper", default="default"),
    "usage_decay": optional(fraction()),
}
NTM = {
    "shift_range": integer(1, default=1),
    "min_sharpening": number("of 1 or more", lambda value: value >= 1, default=1.0),
    "learn_initial_memory": boolean(default=False),
}
DNC = {
    "links": boolean(default=True),
    "refinements": several("masked_keys", "deallocation", "sharp_links", default=()),
}
SAM = {"num_neighbors": integer(1, default=4)}
FAST_WEIGHTS = {
    "relation_size": integer(1, default=16),
    "num_reads": integer(1, default=3),
}
WRITE_HEADS = {"num_write_heads": integer(1, default=1)}


def restrict(models, fields):
    """Returns a dict of fields for some models only."""
    return {name: field.restrict_to(*models) for name, field in fields.items()}


MODEL = {
    "name": choice_or_import(*SEQUENCE_MODELS),
    "units": integer(1).restrict_to(*STORY_MODELS),
    "num_layers": integer(1, default=1).restrict_to("lstm", "fast_weights"),
    **restrict(SLOT_MEMORIES, SLOTS),
    **restrict(MEMORIES, MEMORY),
    **restrict(["lrua"], LRUA),
    **restrict(["ntm"], NTM),
    **restrict(["dnc"], DNC),
    **restrict(["sam"], SAM),
    **restrict(["fast_weights"], FAST_WEIGHTS),
    **restrict(["ntm", "dnc"], WRITE_HEADS),
}
# Fields of the model that only some tasks have.
WORDS = restrict(
    SEQUENCE_MODELS,
    {
        "embedding": integer(1),
        "dropout": number("from 0 to below 1", lambda value: 0 <= value < 1, default=0.0),
    },
)
MEMORY_NETWORK = restrict(
    ["memory_network"],
    {
        "num_hops": integer(1, default=3),
        "tying": choice("adjacent", "layer_wise", default="adjacent"),
        "encoding": choice("position", "bag_of_words", default="position"),
        "mask_empty": boolean(default=True),
        "linear_start": integer(0, default=0),
    },
)
ENCODER = {
    "encoder.name": choice("none", "conv", default="none"),
    "encoder.filters": integer(16, default=64),
    "encoder.features": integer(1, default=64),
    "encoder.weights": text(default=""),
    "encoder.trainable": boolean(default=True),
    "encoder.repeat_previous": boolean(default=False).restrict_to(*SEQUENCE_MODELS),
    "encoder.aligned": boolean(default=False).restrict_to(*SLOT_MEMORIES),
}
MAML = restrict(
    ["maml"],
    {
        "inner_steps": integer(1, default=1),
        "inner_learning_rate": positive(default=0.4),
        "first_order": boolean(default=False),
    },
)
