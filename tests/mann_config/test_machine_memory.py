"""Runs that are too large for the machine are refused, and others are not."""

import pytest
from config_files import NAMES, change, load_config

from mann.evaluation.memory_pictures import find_memory_layers
from mann.models.build import build_model
from mann.tasks.build import build_task
from mann_config import machine_memory
from mann_config.check import complete_config
from mann_config.errors import UserError
from mann_config.machine_memory import check_memory, estimate_bytes
from mann_config.model_fields import SEQUENCE_MODELS, SLOT_MEMORIES
from mann_config.sizes import estimate_examples, estimate_layers


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    monkeypatch.setattr(machine_memory, "get_main_memory", lambda: 24 * 10**9)
    monkeypatch.setattr(machine_memory, "_get_gpu_memory", lambda: 0)


HUGE = [
    ("characters", "model.units", 1_000_000),
    ("characters", "model.num_read_heads", 1_000_000),
    ("characters", "model.memory_size", 10**11),
    ("characters", "model.word_size", 10**9),
    ("characters", "task.num_train_classes", 100_000_000),
    ("characters", "task.num_test_classes", 10**400),
    ("characters", "task.image_size", 100_000),
    ("characters", "task.instances", 10**9),
    ("characters", "task.consecutive", 10**9),
    ("characters", "task.ways", 10**9),
    ("characters", "train.batch_size", 10**9),
    ("omniglot", "task.image_size", 100_000),
    ("omniglot_lstm", "model.num_layers", 100_000),
    ("babi_fast_weights", "model.num_layers", 100_000),
    ("omniglot_feedforward", "model.units", 10**9),
    ("prototypical", "model.encoder.filters", 160_000),
    ("prototypical", "model.encoder.features", 10**9),
    ("prototypical", "task.shots", 10**9),
    ("maml", "model.inner_steps", 10**9),
    ("maml", "task.queries", 10**9),
    ("copy", "task.bits", 10**11),
    ("copy", "task.length", (1, 10**9)),
    ("copy", "task.test_levels.length", (10, 10**11)),
    ("copy", "model.num_write_heads", 10**9),
    ("repeat_copy", "task.repeats", (1, 10**9)),
    ("associative_recall", "task.items", (2, 10**9)),
    ("key_value_recall", "task.value_bits", 10**11),
    ("key_value_recall", "task.items", (2, 10**11)),
    ("parentheses", "task.kinds", 10**11),
    ("ngrams", "task.n", 50),
    ("chomsky", "task.length", (1, 10**9)),
    ("sort", "model.memory_size", 1_000_000),
    ("functions", "task.num_points", 1_000_000),
    ("functions", "task.dimensions", 10**9),
    ("babi", "task.sentences", 10**10),
    ("babi", "task.generated", 10**9),
    ("babi", "model.num_hops", 10**9),
    ("shakespeare", "task.chunk_length", 10**9),
    ("shakespeare", "model.embedding", 10**9),
    ("graph_traversal", "task.lessons", ((10**9, 1, 1),)),
    ("graph_traversal", "task.planning", 10**9),
    ("graph_traversal", "task.test_levels.size", (10**11,)),
]


@pytest.mark.parametrize(("name", "field", "value"), HUGE)
def test_a_number_beyond_the_machine_is_refused(name, field, value):
    config = complete_config(change(load_config(name), field, value))
    message = r"would take about [\d.,]+ [GTPE]B of memory.*; this machine has 24 GB\. .*: lower .*"
    with pytest.raises(UserError, match=message) as error:
        check_memory(config)
    assert field.partition(".")[0] in str(error.value).partition("lower")[2]


def test_a_measurement_too_large_for_the_machine_is_refused():
    config = complete_config(load_config("copy"))
    check_memory(config, levels={"length": [10_000]}, training=False)
    with pytest.raises(UserError, match="would take"):
        check_memory(config, levels={"length": [10**11]}, training=False)


@pytest.mark.parametrize("name", NAMES)
def test_the_configs_fit_a_small_machine(name):
    assert sum(estimate_bytes(complete_config(load_config(name))).values()) < 2**30


@pytest.mark.parametrize(
    ("field", "value"),
    [("model.units", 5000), ("model.memory_size", 10_000), ("train.batch_size", 2000)],
)
def test_a_large_run_that_fits_is_accepted(field, value):
    check_memory(complete_config(change(load_config("characters"), field, value)))


@pytest.mark.parametrize("name", ["shakespeare", "graph_traversal"])
def test_sparse_access_to_a_memory_that_is_carried_takes_all_of_its_slots(name):
    config = change(change(load_config(name), "model.name", "sam"), "model.memory_size", 10**9)
    with pytest.raises(UserError, match="would take about [0-9.,]+ TB"):
        check_memory(complete_config(config))


def test_sparse_access_to_an_empty_memory_takes_no_slots():
    config = change(load_config("characters"), "model.name", "sam")
    check_memory(complete_config(change(config, "model.memory_size", 10**12)))


@pytest.mark.parametrize(
    "changes",
    [
        {"model.name": "lrua"},
        {"model.name": "lrua", "model.input_to_interface": True},
        {"model.name": "ntm", "model.num_write_heads": 3},
        {"model.name": "dnc", "model.num_write_heads": 2},
        {"model.name": "dnc", "model.links": False},
        {"model.name": "dnc", "model.controller": "feedforward"},
        {"model.name": "sam", "model.input_to_interface": True},
        {"model.name": "lstm", "model.num_layers": 3},
        {"model.name": "fast_weights", "model.num_layers": 3},
        {
            "model.name": "fast_weights",
            "model.num_layers": 2,
            "model.controller": "feedforward",
            "model.input_to_interface": True,
        },
        {"model.name": "feedforward"},
        {"model.name": "lrua", "model.encoder.name": "conv"},
        {"model.name": "prototypical", "model.encoder.name": "conv"},
        {"model.name": "maml", "model.encoder.name": "conv"},
        {"model.name": "maml"},
    ],
)
def test_the_sizes_are_those_of_the_model_or_a_little_less(changes, small_config):
    config = small_config()
    config.update_from_flattened_dict({"model.units": 60, **changes})
    task = build_task(config)
    model = build_model(config.model, task)
    layers = estimate_layers(config.to_dict())
    assert 0.6 * model.count_params() <= layers.weights <= model.count_params()
    if config.model.name not in SEQUENCE_MODELS:
        return
    inputs, _ = task.training_batch(0, 2, None)
    _, features, steps, _ = estimate_examples(config.to_dict())
    assert (steps, features) == inputs.shape[1:]
    if config.model.encoder.name == "none" and config.model.name in SLOT_MEMORIES:
        cell = model.get_layer("memory").cell
        # Sparse access saves no slots that it did not touch. Links have half the bits of others.
        size = cell.output_size if config.model.name == "sam" else sum(cell.state_size)
        assert 0.5 * size <= layers.states <= size
    if config.model.name == "fast_weights":
        # The memory is kept once for a row.
        cells = [layer.cell for layer in find_memory_layers(model)]
        assert layers.states == sum(cell.output_size for cell in cells)
        assert layers.row == sum(cell.state_size[-1] for cell in cells)
