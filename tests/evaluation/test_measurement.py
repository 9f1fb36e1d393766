"""Measurement: its means, intervals, table, file and picture."""

import json

import numpy as np
import pytest

from mann.evaluation.measurement import Measurement, format_table, measure_in_batches
from mann.evaluation.pictures import draw_measurement


def measured(**kwargs):
    values = {2: np.array([1.0, 2.0, 6.0]), 4: np.array([0.0, 0.0, 1.5])}
    rows = {"paper": {2: 2.5, 9: 3.0}, "guessing": {2: 8.0, 4: 16.0}, "elsewhere": {9: 1.0}}
    return Measurement("wrong bits", "bits", "length", values, rows, **kwargs)


def test_means_and_intervals_are_over_examples():
    one = measured()
    assert one.mean(2) == 3 and one.overall() == 1.75
    assert one.interval(2) == pytest.approx(1.96 * np.std([1, 2, 6], ddof=1) / np.sqrt(3))
    assert Measurement("bits", "bits", "text", {"test": np.array([2.0])}).interval("test") == 0


def test_a_table_has_a_row_for_each_reference_that_fits():
    lines = [line.split() for line in format_table(measured(digits=2)).splitlines()]
    assert lines[0] == ["length", "2", "4"]
    assert lines[1] == ["this", "model", "3.00", "+-", "2.99", "0.50", "+-", "0.98"]
    assert lines[2:] == [["paper", "2.50", "-"], ["guessing", "8.00", "16.00"]]
    assert [line.split() for line in format_table(measured(shown=(4,))).splitlines()] == [
        ["length", "4"],
        ["this", "model", "0.5", "+-", "1.0"],
        ["guessing", "16.0"],
    ]


def test_many_conditions_stand_below_each_other():
    values = {task: np.array([float(task)]) for task in range(1, 21)}
    lines = format_table(
        Measurement("errors", "%", "task", values, {"paper": {3: 4.25}})
    ).splitlines()
    assert len(lines) == 21 and lines[0].split() == ["task", "this", "model", "paper"]
    assert lines[3].split() == ["3", "3.0", "4.25"] and lines[20].split() == ["20", "20.0", "-"]


def test_the_json_holds_all_numbers():
    written = json.loads(json.dumps(measured(about="of all").to_json()))
    assert (written["name"], written["unit"], written["by"]) == ("wrong bits", "bits", "length")
    assert (written["trained"], written["higher_is_better"], written["digits"]) == (None, True, 1)
    assert written["conditions"][0] == {
        "condition": 2,
        "mean": 3.0,
        "interval_95": pytest.approx(2.994, abs=1e-3),
        "examples": 3,
    }
    assert written["references"]["paper"][1] == {"condition": 9, "mean": 3.0}


def test_batches_are_of_one_size_and_the_last_is_cut():
    asked = []

    def measure(first):
        asked.append(first)
        return np.arange(first, first + 3), np.full((3, 2), first)

    numbers, others = measure_in_batches(measure, 7, 3)
    assert asked == [0, 3, 6] and numbers.tolist() == list(range(7)) and others.shape == (7, 2)


def test_a_picture_has_a_curve_for_numbers_and_bars_for_names():
    (axes,) = draw_measurement(measured(trained=(1, 3), higher_is_better=False), "model").axes
    labels = axes.get_legend_handles_labels()[1]
    assert {"trained on", "paper", "guessing", "this model, 95 % interval"} <= set(labels)
    assert axes.get_yscale() == "symlog" and axes.get_ylabel() == "wrong bits (bits)"
    values = {"5-way 1-shot": np.array([98.0, 99.0])}
    rows = {"paper": {"5-way 1-shot": 40.0}, "other": {"20-way 1-shot": 1.0}}
    (axes,) = draw_measurement(
        Measurement("accuracy", "%", "N-way K-shot", values, rows), "model"
    ).axes
    assert axes.get_ylabel() == "errors (%)" and axes.patches[0].get_height() == 1.5
    # A bar beyond the picture says how high it is.
    assert axes.patches[1].get_height() == 60 and axes.texts[0].get_text() == "60"
    assert len(axes.patches) == 2
