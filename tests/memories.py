"""The memories that the tests of this folder run over: each with every option of its equations."""

import contextlib

import keras
import numpy as np
import pytest
from keras import ops

import mann

SIZES = {"memory_size": 8, "word_size": 4, "num_read_heads": 2}
SAM_SIZES = {**SIZES, "num_neighbors": 3}
FAST_SIZES = {"word_size": 4, "relation_size": 3, "num_reads": 2}
UNITS = 5
REFINEMENTS = ("masked_keys", "deallocation", "sharp_links")

MEMORIES = {
    "lrua": (mann.LRUA, {}),
    "lrua_paper": (mann.LRUA, {"variant": "paper"}),
    "lrua_input": (mann.LRUA, {"input_to_interface": True}),
    "lrua_feedforward": (mann.LRUA, {"controller": "feedforward"}),
    "lrua_feedforward_paper": (mann.LRUA, {"controller": "feedforward", "variant": "paper"}),
    "ntm": (mann.NTM, {"num_read_heads": 1}),
    "ntm_input": (mann.NTM, {"num_read_heads": 1, "input_to_interface": True}),
    "ntm_feedforward": (mann.NTM, {"num_read_heads": 1, "controller": "feedforward"}),
    "ntm_heads": (mann.NTM, {"num_write_heads": 2}),
    "ntm_far_shifts": (mann.NTM, {"shift_range": 2}),
    "ntm_sharp": (mann.NTM, {"min_sharpening": 2.5}),
    "ntm_learned_start": (mann.NTM, {"learn_initial_memory": True}),
    "dnc": (mann.DNC, {}),
    "dnc_input": (mann.DNC, {"controller": "feedforward", "input_to_interface": True}),
    "dnc_feedforward": (mann.DNC, {"controller": "feedforward"}),
    "dnc_one_read_head": (mann.DNC, {"num_read_heads": 1}),
    "dnc_no_links": (mann.DNC, {"links": False}),
    "dnc_write_heads": (mann.DNC, {"num_write_heads": 2}),
    "dnc_masked_keys": (mann.DNC, {"refinements": ("masked_keys",)}),
    "dnc_deallocation": (mann.DNC, {"refinements": ("deallocation",)}),
    "dnc_sharp_links": (mann.DNC, {"refinements": ("sharp_links",)}),
    "dnc_refined": (mann.DNC, {"refinements": REFINEMENTS, "num_write_heads": 2}),
    "sam": (mann.SAM, {}),
    "sam_input": (mann.SAM, {"input_to_interface": True}),
    "sam_feedforward": (mann.SAM, {"controller": "feedforward", "num_neighbors": 1}),
    "fast": (mann.FastWeights, {}),
    "fast_input": (mann.FastWeights, {"input_to_interface": True}),
    "fast_feedforward": (mann.FastWeights, {"controller": "feedforward"}),
}
# Their gradient is not that of their equations, which have none.
HARD = {
    f"{name}_hard": (MEMORIES[name][0], {**MEMORIES[name][1], "addressing": "hard"})
    for name in ("lrua", "lrua_paper", "ntm_heads", "dnc_refined", "sam")
}
CELLS = {
    mann.LRUA: mann.LRUACell,
    mann.NTM: mann.NTMCell,
    mann.DNC: mann.DNCCell,
    mann.SAM: mann.SAMCell,
    mann.FastWeights: mann.FastWeightsCell,
}

BACKEND = keras.backend.backend()
ON_JAX = BACKEND == "jax"


def some(*names):
    return pytest.mark.parametrize("name", names)


ONE_OF_EACH = ("lrua_input", "ntm_heads", "dnc_refined", "sam", "fast")
every = some(*MEMORIES)
every_of_slots = some(*(name for name in MEMORIES if not name.startswith("fast")))
every_soft_or_hard = some(*MEMORIES, *HARD)
one_of_each = some(*ONE_OF_EACH)
# JAX compiles each loop for seconds, and test_equations has taken every memory step by step.
every_on_tensorflow = some(*(ONE_OF_EACH if ON_JAX else MEMORIES))


def in_double_precision():
    """Returns a context in which JAX has arrays of float64, as the others always do."""
    if not ON_JAX:
        return contextlib.nullcontext()
    import jax

    return jax.enable_x64(True)


def list_arguments(memory):
    """Returns the arguments of a memory, a dict, with sizes that are small."""
    layer, arguments = {**MEMORIES, **HARD}[memory]
    sizes = {mann.FastWeights: FAST_SIZES, mann.SAM: SAM_SIZES}.get(layer, SIZES)
    return {"units": UNITS, **sizes, **arguments}


def make(memory, **kwargs):
    layer, _ = {**MEMORIES, **HARD}[memory]
    return layer(**{**list_arguments(memory), **kwargs})


def make_cell(memory, **kwargs):
    layer, _ = {**MEMORIES, **HARD}[memory]
    return CELLS[layer](**{**list_arguments(memory), **kwargs})


def sequences(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def enlarge_weights(layer, scale=0.8):
    """Gives a layer larger weights than initial ones, so that heads focus and tanh bends."""
    rng = np.random.default_rng(1)
    for weight in layer.weights:
        weight.assign(scale * rng.normal(size=weight.shape))


def in_the_middle(cell, batch):
    """Returns states as they may be in the middle of a sequence, for each row of a batch.

    No two slots are alike: of slots of equal usage, the last bits decide which is written next.
    """
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(batch):
        row = {}
        for name, shape in cell.state_shapes.items():
            if name == "memory":
                row[name] = rng.normal(size=shape[::-1])
            elif name == "link":
                itself = np.tile(np.eye(shape[-1]), (shape[0] // shape[-1], 1))
                row[name] = rng.uniform(size=shape) / shape[-1] * (1 - itself)
            elif name == "usage":
                row[name] = rng.uniform(size=shape)
            elif name == "ages":
                row[name] = rng.permutation(*shape).astype("float64")
            elif name == "read_weights" and cell.State is mann.layers.sam_cell.SAMState:
                row[name] = np.zeros(shape)
                row[name][:, :3] = rng.dirichlet(np.ones(3), size=shape[0])
            elif name in ("output", "carry"):
                row[name] = rng.uniform(-1, 1, size=shape)
            else:
                row[name] = rng.dirichlet(np.full(shape[-1], 0.5), size=shape[:-1])
        rows.append(row)
    return rows


def list_states(cell, rows, dtype="float32"):
    """Returns rows of states as the flat list that the cell takes."""
    states = []
    for name in cell.state_shapes:
        values = [row[name].T if name == "memory" else row[name] for row in rows]
        states.append(ops.convert_to_tensor(np.stack(values).reshape(len(rows), -1), dtype))
    return states


def access(cell, state, **parts):
    """Returns what a memory does, given parts of the interface before their nonlinearities.

    A part is what broadcasts to its size; parts that are not given are zero.
    """
    interface = {
        name: ops.convert_to_tensor(np.broadcast_to(parts.pop(name, 0.0), (1, size)), "float32")
        for name, size in cell.interface_sizes().items()
    }
    assert not parts
    return cell.access(interface, state)


def empty_state(cell, **states):
    """Returns the `State` of an empty memory for a batch of one, but for states that are given."""
    state = cell.name_states(cell.get_initial_state(1))
    given = {name: ops.convert_to_tensor(value, "float32") for name, value in states.items()}
    assert all(value.shape == getattr(state, name).shape for name, value in given.items())
    return state._replace(**given)


def gradients(layer, loss):
    """Returns the gradients, by a layer's weights, of what `loss()` returns."""
    weights = layer.trainable_variables
    if ON_JAX:
        import jax

        def stateless(values):
            with keras.StatelessScope(list(zip(weights, values, strict=True))):
                return loss()

        return jax.jit(jax.grad(stateless))([weight.value for weight in weights])
    values = [weight.value for weight in weights]
    if BACKEND == "torch":
        import torch

        return [ops.convert_to_numpy(g) for g in torch.autograd.grad(loss(), values)]
    import tensorflow as tf

    with tf.GradientTape() as tape:
        value = loss()
    return [ops.convert_to_numpy(g) for g in tape.gradient(value, values)]
