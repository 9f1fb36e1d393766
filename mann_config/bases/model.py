"""The model of an experiment: the fields that the configs share."""

from ml_collections import config_dict


def get_model():
    model = config_dict.ConfigDict()
    # lrua, ntm, dnc, sam or fast_weights (memories), lstm (no memory but its state) or feedforward
    # (none at all).
    model.name = "lrua"
    # Size of the controller's hidden state, or of a baseline's layer.
    model.units = 100
    # lstm, fast_weights: layers on top of each other; each of fast weights sees the inputs and the
    # outputs of all before it.
    model.num_layers = 1

    # The fields below are for memories. Number of slots, and the width of a slot.
    model.memory_size = 128
    model.word_size = 20
    # lstm or feedforward.
    model.controller = "lstm"
    # Initial bias of the forget gate of an lstm controller; None for the memory's own default.
    model.forget_bias = config_dict.placeholder(float)
    # Whether the input reaches the heads past the controller.
    model.input_to_interface = False
    # soft, or hard for heads that are at one slot each; mann evaluate --addressing sets it later.
    model.addressing = "soft"
    # Heads that read; those of lrua and sam also write.
    model.num_read_heads = 1
    # Heads of ntm and dnc that write.
    model.num_write_heads = 1

    # lrua: default, or paper for the equations of Santoro et al. 2016; and how much of its usage a
    # slot keeps from step to step, from 0 to 1: None for the variant's own.
    model.variant = "default"
    model.usage_decay = config_dict.placeholder(float)
    # ntm: how many slots a head can move in a step; the least power that sharpens its weights, 1 or
    # more; and whether the first memory is learned.
    model.shift_range = 1
    model.min_sharpening = 1.0
    model.learn_initial_memory = False
    # dnc: whether to link slots in the order of their writing, and which refinements of Csordas
    # and Schmidhuber 2019 to use: masked_keys, deallocation, sharp_links.
    model.links = True
    model.refinements = ()
    # sam: slots that a head reads, those nearest to its key.
    model.num_neighbors = 4
    # fast_weights: size of the vectors of relations, and reads that follow each other in a step.
    model.relation_size = 16
    model.num_reads = 3
    return model
