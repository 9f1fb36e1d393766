"""The options of measuring, as flags of `mann evaluate` and as `mann sweep --evaluate`."""

import pytest

from configs import characters, chomsky, copy, functions, graph_traversal
from mann.tasks.build import build_task
from mann_config.errors import UserError
from mann_config.measuring import list_options, parse_measuring


def test_text_means_what_it_means_to_evaluate():
    assert parse_measuring("", "--evaluate") == {
        "episodes": 1000,
        "seed": 0,
        "options": {},
        "memory_size": None,
        "addressing": None,
        "pictures": True,
    }
    given = (
        "--protocol=nway --ways=5,20 --runs_zip='my runs.zip' --memory_size 9 "
        "--addressing=hard --nopictures"
    )
    assert parse_measuring(given, "--evaluate") == {
        "episodes": 1000,
        "seed": 0,
        "options": {"protocol": ["nway"], "ways": [5, 20], "runs_zip": "my runs.zip"},
        "memory_size": 9,
        "addressing": "hard",
        "pictures": False,
    }


def test_levels_may_be_ranges():
    given = parse_measuring("--lengths=41..43,7,42..44", "--evaluate")["options"]
    assert given == {"length": [7, 41, 42, 43, 44]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--lengths=x", "^--evaluate: .*such as 10,20,40"),
        ("--lengths=0..3", "^--evaluate: .*integers of 1 or more"),
        ("--lengths=9..3", "^--evaluate: .*such as 10,20,40 or 41..500"),
        ("--lengths=1..10001", "^--evaluate: .*expected at most 10,000 of them"),
        ("--workdir=runs/copy", "^--evaluate: .*workdir"),
        ("--episodes=1", "^--evaluate: .*episodes"),
        ("lengths=3", "^--evaluate: unexpected argument 'lengths=3'"),
        ("--runs_zip='x", "^--evaluate: No closing quotation"),
    ],
)
def test_wrong_text_is_refused(text, message):
    with pytest.raises(UserError, match=message):
        parse_measuring(text, "--evaluate")


@pytest.mark.parametrize("config", [characters, chomsky, copy, functions, graph_traversal])
def test_the_options_of_a_task_are_those_that_it_takes(config):
    config = config.get_config()
    assert sorted(list_options(config.task.name)) == sorted(build_task(config).options)
