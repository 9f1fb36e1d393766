"""The table of fields names the tasks, the models, and the arguments of layers that exist."""

import pytest

from episodes.labels import LABELS
from mann.layers import dnc_cell, lrua, memory_cell, memory_network
from mann.models.build import MODEL_BUILDERS, build_model
from mann.models.few_shot import EPISODIC_BUILDERS
from mann.tasks import algorithmic, chomsky, curriculum, graphs
from mann.tasks.build import build_task
from mann.tasks.few_shot_data import SPLIT_BUILDERS
from mann_config import fields, model_fields
from mann_config.field_kinds import ABSENT, REQUIRED


def test_the_tasks_and_models_are_those_that_can_be_built():
    assert set(fields.FEW_SHOT_TASKS) == set(SPLIT_BUILDERS)
    assert set(fields.ALGORITHMIC_TASKS) == set(algorithmic.TASKS)
    assert set(fields.CHOMSKY_TASKS) == set(chomsky.TASKS)
    assert set(fields.GRAPH_TASKS) == set(graphs.TASKS)
    assert set(model_fields.SEQUENCE_MODELS) == set(MODEL_BUILDERS)
    assert set(model_fields.EPISODIC_MODELS) == set(EPISODIC_BUILDERS)


@pytest.mark.parametrize(
    ("task", "field", "names"),
    [
        ("copy", "model.controller", memory_cell.CONTROLLERS),
        ("copy", "model.variant", lrua.VARIANTS),
        ("copy", "model.refinements", dnc_cell.REFINEMENTS),
        ("copy", "task.curriculum.name", curriculum.NAMES),
        ("babi", "model.tying", memory_network.TYINGS),
        ("babi", "model.encoding", memory_network.ENCODINGS),
        ("omniglot", "task.labels", LABELS),
    ],
)
def test_a_field_of_a_name_has_the_names_that_are_known(task, field, names):
    assert fields.get_fields(task)[field].expected.endswith(f"of {', '.join(names)}")


@pytest.mark.parametrize("task", fields.TASKS)
def test_a_field_accepts_its_own_default(task):
    for name, field in fields.get_fields(task).items():
        given = field.default not in (ABSENT, REQUIRED)
        assert not given or field.accepts(field.default), name


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"usage_decay": 0.5}, 0.5),
        ({}, 0.95),
        ({"variant": "paper", "encoder__aligned": False}, 0.99),
    ],
)
def test_the_decay_of_usage_is_a_field(changes, expected, small_config):
    config = small_config(**{f"model__{name}": value for name, value in changes.items()})
    model = build_model(config.model, build_task(config))
    assert model.get_layer("memory").cell.usage_decay == expected
