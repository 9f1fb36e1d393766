"""evaluation.json: what it says, beside the numbers, of how each kind of task was measured."""

import json

import pytest
from small_runs import SMALL, SMALL_COPY, SMALL_RUN, changed

from configs import babi, characters, copy, functions, graph_traversal
from mann.models.build import build_model
from mann.runs.workdir import Workdir
from mann.tasks.build import build_task
from mann.training import reporting

SMALL_GRAPHS = {
    **SMALL_RUN,
    "task.lessons": ((3, 1, 1), (4, 2, 2)),
    "task.test_levels.size": (3,),
    "task.test_levels.length": (1,),
    "model.name": "ntm",
}
SMALL_STORIES = {
    "task.tasks": (1, 8),
    "task.generated": 40,
    "task.sentences": 7,
    "model.units": 8,
}


@pytest.fixture
def measure(tmp_path):
    """Measures an untrained model and returns its evaluation.json."""

    def measure(config, options=None):
        task = build_task(config)
        model = build_model(config.model, task)
        result = task.evaluate(model, 3, 2, options)
        workdir = Workdir(tmp_path / "run")
        path = workdir.model
        reporting.report(result, model, 0, path, task, config, workdir, 7, options, draw=False)
        return json.loads(workdir.evaluation.read_text())

    return measure


@pytest.mark.parametrize(
    ("config", "small", "options", "memory_size", "protocol"),
    [
        (characters, SMALL, None, 8, ["instance"]),
        (characters, SMALL, {"protocol": ["nway"], "shots": [2], "queries": 3}, 8, ["nway"]),
        (characters, {**SMALL, "model.name": "lstm"}, None, None, ["instance"]),
        (
            characters,
            {**SMALL, "model.name": "nearest_neighbor"},
            {"protocol": ["instance", "nway"], "ways": [2]},
            None,
            ["instance", "nway"],
        ),
        (copy, SMALL_COPY, {"length": [3]}, 8, ["wrong bits and cross-entropy by length"]),
        (
            graph_traversal,
            SMALL_GRAPHS,
            None,
            8,
            [f"whole answers right by {n}, its own answers fed back" for n in ("path", "nodes")],
        ),
        (functions, SMALL_RUN, None, 8, ["negative log-likelihood by how many points came before"]),
        (babi, SMALL_STORIES, None, 7, ["wrong answers by task"]),
        (babi, {**SMALL_STORIES, **SMALL_RUN, "model.name": "dnc"}, None, 8, None),
    ],
)
def test_evaluation_says_how_it_was_measured(
    config, small, options, memory_size, protocol, measure
):
    written = measure(changed(config.get_config(), small, {}), options)
    assert written["options"] == (options or {})
    assert written["memory_size"] == memory_size and written["seed"] == 7
    assert written["protocol"] == (protocol or ["wrong answers by task"])
