"""evaluation.json: its settings of the measurement, besides the numbers, for each kind of task."""

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
        measurements = task.evaluate(model, 3, 2, options)
        workdir = Workdir(tmp_path / "run")
        remarks = task.remarks(measurements, model, workdir)
        how = {"options": options or {}, "seed": 7, "step": 4}
        reporting.write_evaluation(measurements, remarks, workdir, model, task, how)
        return json.loads(workdir.evaluation.read_text())

    return measure


@pytest.mark.parametrize(
    ("config", "small", "options", "memory_size", "measured"),
    [
        (characters, SMALL, None, 8, ["accuracy by instance"]),
        (
            characters,
            SMALL,
            {"protocol": ["nway"], "shots": [2], "queries": 3},
            8,
            ["accuracy by N-way K-shot"],
        ),
        (characters, {**SMALL, "model.name": "lstm"}, None, None, ["accuracy by instance"]),
        (
            characters,
            {**SMALL, "model.name": "nearest_neighbor"},
            {"protocol": ["instance", "nway"], "ways": [2]},
            None,
            ["accuracy by instance", "accuracy by N-way K-shot"],
        ),
        (
            copy,
            SMALL_COPY,
            {"length": [3]},
            8,
            ["wrong bits by length", "cross-entropy by length"],
        ),
        (
            graph_traversal,
            SMALL_GRAPHS,
            None,
            8,
            [f"whole answers right by {number}" for number in ("path", "nodes")],
        ),
        (
            functions,
            SMALL_RUN,
            None,
            8,
            [
                "negative log-likelihood by points before",
                "squared error by points before",
                "nats above the optimum by points",
            ],
        ),
        (babi, SMALL_STORIES, None, 7, ["wrong answers by task"]),
        (
            babi,
            {**SMALL_STORIES, **SMALL_RUN, "model.name": "dnc"},
            None,
            8,
            ["wrong answers by task"],
        ),
    ],
)
def test_evaluation_says_how_it_was_measured(
    config, small, options, memory_size, measured, measure
):
    written = measure(changed(config.get_config(), small, {}), options)
    assert written["options"] == (options or {})
    assert written["memory_size"] == memory_size
    assert (written["seed"], written["step"]) == (7, 4)
    assert [f"{one['name']} by {one['by']}" for one in written["measurements"]] == measured
    for one in written["measurements"]:
        assert all(row["examples"] for row in one["conditions"])
