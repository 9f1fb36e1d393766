"""Configs are checked field by field, and older ones get the fields that they lack."""

import json
import math

import numpy as np
import pytest
from config_files import NAMES, change, flatten, load_config

import mann
from mann.runs.workdir import Workdir
from mann_config.check import check_overrides, complete_config, read_config
from mann_config.errors import UserError
from mann_config.field_kinds import ABSENT, REQUIRED
from mann_config.fields import get_fields
from mann_config.pretrained import PRETRAINED

# One config for each set of fields.
VARIED = ("characters", "maml", "omniglot_lstm", "functions", "babi", "shakespeare", "ngrams")
VARIED += (
    "repeat_copy",
    "priority_sort",
    "associative_recall",
    "key_value_recall",
    "parentheses",
    "graph_traversal",
)

MAY_BE_ZERO = {"seed", "train.steps", "model.linear_start", "task.planning", "task.first_ways"}
MAY_BE_ZERO |= {"task.max_rotation", "task.max_shift", "task.shots_first", "task.empty_memories"}
MAY_BE_ZERO |= {"task.max_distortion", "task.max_thickening", "task.within_alphabet"}
MAY_BE_ZERO |= {"task.teacher_forcing", "task.curriculum.threshold", "model.forget_bias"}
MAY_BE_ZERO |= {"task.sparse", "model.dropout"}
MAY_BE_NONE = {"model.forget_bias", "model.usage_decay", "train.replicas"}
MAY_BE_EMPTY = {"model.refinements", "task.tasks"}


def check_refused(config, field, value):
    with pytest.raises(UserError, match=rf"^--config\.{field} must be .*Received: ") as error:
        complete_config(change(config, field, value))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", NAMES)
def test_the_table_has_the_fields_of_the_config_files_and_no_others(name):
    config = load_config(name)
    assert complete_config(config) == config
    fields = get_fields(config["task"]["name"])
    assert set(flatten(config)) == {
        field for field in fields if fields[field].default is not ABSENT or field in flatten(config)
    }


@pytest.mark.parametrize("name", VARIED)
def test_wrong_values_of_a_field_are_refused(name):
    config = load_config(name)
    for field, value in flatten(config).items():
        for wrong in list_wrong_values(field, value):
            check_refused(config, field, wrong)


def list_wrong_values(field, value):
    """Returns values of other types, or out of bounds, than those of a field with this value."""
    wrong = [{}, object(), math.nan, math.inf, -math.inf, 1j]
    if field not in MAY_BE_NONE:
        wrong.append(None)
    if isinstance(value, bool):
        wrong += [0, 1, "True"]
    elif isinstance(value, (int, float)):
        wrong += ["1", [1], True]
        wrong += [] if field == "model.forget_bias" else [-1, -0.5]
        wrong += [1.5] if isinstance(value, int) else []
        wrong += [] if field in MAY_BE_ZERO else [0]
    elif isinstance(value, str):
        wrong += [5, ["lrua"]]
    elif isinstance(value, tuple):
        wrong += [5, "lrua", (None,), ("1",), (-1, 3), (0, 3), (1.5, 2), ((),), [[[1]]]]
        wrong += [] if field in MAY_BE_EMPTY else [()]
    return wrong


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("maml", "model.inner_steps", -1),
        ("maml", "model.inner_learning_rate", math.inf),
        ("maml", "model.inner_learning_rate", 10**400),
        ("repeat_copy", "task.test_levels.repeats", (None,)),
        ("copy", "task.length", (5, 4)),
        ("copy", "model.controller", "gru"),
        ("copy", "model.usage_decay", 1.01),
        ("copy", "model.forget_bias", math.nan),
        ("copy", "model.name", "memory_network"),
        ("babi", "task.tasks", (21,)),
        ("ngrams", "model.refinements", ("masked",)),
        ("graph_traversal", "task.lessons", ((3, 1),)),
        ("priority_sort", "task.kept", 1.1),
        ("omniglot", "task.split", "test"),
        ("omniglot", "seed", 2**32),
    ],
)
def test_values_out_of_bounds_are_refused(name, field, value):
    check_refused(load_config(name), field, value)


@pytest.mark.parametrize("name", VARIED)
def test_a_config_without_a_field_gets_its_default_or_is_refused(name):
    config = load_config(name)
    fields = get_fields(config["task"]["name"])
    for field in flatten(config):
        default, models = fields[field].default, fields[field].models
        lacking = change(config, field)
        if default is REQUIRED and (models is None or config["model"]["name"] in models):
            with pytest.raises(UserError, match=rf"--config\.{field} is missing"):
                complete_config(lacking)
        elif default not in (REQUIRED, ABSENT):
            assert flatten(complete_config(lacking))[field] == default


@pytest.mark.parametrize(
    ("name", "field", "default"),
    [
        ("copy", "model.forget_bias", None),
        ("copy", "model.usage_decay", None),
        ("babi", "model.mask_empty", True),
        ("graph_traversal", "task.planning", 0),
        ("omniglot", "task.consecutive", 1),
        ("omniglot", "model.encoder.weights", ""),
        ("repeat_copy", "task.curriculum.axis", "length"),
    ],
)
def test_a_config_older_than_a_field_means_what_it_meant(name, field, default):
    assert flatten(complete_config(change(load_config(name), field)))[field] == default


def test_a_folder_older_than_a_field_is_the_home_of_the_same_config(tmp_path):
    config, workdir = load_config("omniglot_5way"), Workdir(tmp_path)
    workdir.claim(change(change(config, "model.usage_decay"), "task.first_ways"), {})
    workdir.claim(config, {})
    with pytest.raises(UserError, match="model.usage_decay is None there and 0.5 here"):
        workdir.claim(change(config, "model.usage_decay", 0.5), {})


@pytest.mark.parametrize("name", ["characters_5way", "omniglot_5way", "omniglot_20way"])
def test_the_configs_of_pretrained_models_older_than_a_field_are_read(name):
    path = PRETRAINED / name / "config.json"
    assert "usage_decay" not in json.loads(path.read_text())["model"]
    assert read_config(path)["model"]["usage_decay"] is None


@pytest.mark.parametrize(
    "field", ["bogus", "train.bogus", "task.path", "task.curriculum.bogus", "1"]
)
def test_an_unknown_field_is_named(field):
    with pytest.raises(UserError, match=rf"--config\.{field} is not a field of this config: "):
        complete_config(change(load_config("copy"), field, 1))


WRONG = {
    "a list": "[]",
    "a number": "5",
    "null": "null",
    "another program's": '{"architectures": ["A"]}',
    "damaged": "{",
    "too deep": "[" * 100_000,
    "too deep, in a field": '{"task": ' + '{"a": ' * 100_000,
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_file_that_holds_no_config_is_refused(kind, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(WRONG[kind])
    with pytest.raises(UserError, match="config.json.*another --workdir"):
        read_config(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UserError, match="config.json is missing"):
        read_config(tmp_path / "config.json")
    with pytest.raises(UserError, match="cannot be read .Is a directory"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("task", 5),
        ("task", {}),
        ("task.name", None),
        ("train", []),
        ("train", {}),
        ("train.batch_size", None),
        ("model", None),
        ("model.name", ["lrua"]),
        ("task.curriculum", "uniform"),
        ("task.test_levels", {}),
        ("task.test_levels", {"width": [3]}),
        ("train.learning_rate", math.nan),
        ("train.final_learning_rate", 1.0),
        ("x.y", 5),
    ],
)
def test_a_file_that_parses_but_is_wrong_is_refused(field, value, tmp_path):
    config = load_config("copy")
    wrong = config | {field: value} if field == "x.y" else change(config, field, value)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(wrong))
    with pytest.raises(UserError, match=f"config.json.*{field}.*another --workdir") as error:
        read_config(path)
    assert "\n" not in str(error.value)


def test_deep_nesting_that_parses_is_refused(tmp_path):
    path = tmp_path / "config.json"
    deep = '{"a": ' * 400 + "1" + "}" * 400
    for field in ("name", "task", "train"):
        text = json.dumps(change(load_config("copy"), field, "here")).replace('"here"', deep)
        path.write_text(text)
        with pytest.raises(UserError, match=f"config.json.*{field}"):
            read_config(path)


@pytest.mark.parametrize(
    ("name", "field", "owners"),
    [
        ("characters", "model.shift_range", "ntm"),
        ("characters", "model.num_write_heads", "ntm, dnc"),
        ("characters", "model.num_layers", "lstm, fast_weights"),
        ("characters", "task.shots", "prototypical, matching"),
        ("copy", "model.usage_decay", "lrua"),
        ("copy", "model.links", "dnc"),
        ("copy", "model.num_neighbors", "sam"),
        ("omniglot_lstm", "model.memory_size", "lrua, ntm, dnc, sam"),
        ("prototypical", "model.units", "lrua"),
        ("prototypical", "task.instances", "lrua"),
        ("babi", "model.word_size", "lrua, ntm, dnc, sam"),
    ],
)
def test_a_field_of_another_model_is_refused_if_it_is_set(name, field, owners):
    config = load_config(name)
    check_overrides(["train.steps", "model.name"], config)
    with pytest.raises(UserError, match=rf"--config\.{field} has no effect on .* for {owners}"):
        check_overrides([field], config)


def test_a_memory_takes_the_fields_of_all_memories_and_its_own():
    config = load_config("characters")
    check_overrides(["model.usage_decay", "model.memory_size", "model.encoder.name"], config)
    assert complete_config(change(config, "model.usage_decay", 0.5))["model"]["usage_decay"] == 0.5


def test_a_classifier_of_a_run_whose_config_is_wrong_says_so(tmp_path):
    config = change(load_config("characters"), "task.ways", None)
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match="config.json.*task.ways must be an integer"):
        mann.FewShotClassifier(str(tmp_path)).fit(np.zeros((2, 14, 14)), ["a", "b"])
