"""Each field of a config can be set on the command line to each kind of value that it accepts."""

import pytest

from mann_config.catalog import find_config, list_configs
from mann_config.fields import get_fields
from mann_config.overrides import list_names, load_config

CONFIGS = {name: load_config(find_config(name)).to_dict() for name in list_configs()}


def find(config, name):
    for part in name.split("."):
        config = config[part]
    return config


def set_one(config, name, text):
    """Returns what a field is after --config.<name>=<text>."""
    return find(load_config(find_config(config), [f"--config.{name}={text}"]).to_dict(), name)


@pytest.mark.parametrize("config", CONFIGS)
def test_what_may_be_none_can_be_set_to_none(config):
    fields = get_fields(CONFIGS[config])
    optional = [name for name in list_names(CONFIGS[config])[0] if fields[name].accepts(None)]
    # train.replicas at least.
    assert optional
    for name in optional:
        assert set_one(config, name, "None") is None


@pytest.mark.parametrize("config", CONFIGS)
def test_each_field_can_be_set_to_what_it_is(config):
    for name in list_names(CONFIGS[config])[0]:
        value = find(CONFIGS[config], name)
        given = set_one(config, name, value)
        assert given == value and type(given) is type(value)


def test_the_last_value_counts():
    for texts, expected in ((["None", "7"], 7), (["7", "None"], None)):
        flags_given = [f"--config.task.ways={text}" for text in texts]
        assert load_config(find_config("images"), flags_given).task.ways == expected
