"""The table of a sweep: its numbers over the seeds, its references, and who is missing."""

import csv
import io
import json

import numpy as np
import pytest
from scipy import stats

from mann_sweeps.pictures import draw_comparison, save_pictures
from mann_sweeps.record import Record
from mann_sweeps.results import RowResults, compare, summarize
from mann_sweeps.table import format_csv, format_json, format_text

RECORD = Record({"name": "copy"}, ["model.name"], None, [])


def measured(numbers, guessing=4.0, name="wrong bits", **others):
    """Returns a measurement as evaluation.json holds it, by length."""
    return {
        "name": name,
        "unit": "bits",
        "by": "length",
        "trained": [1, 4],
        "higher_is_better": False,
        "digits": 2,
        "conditions": [{"condition": key, "mean": mean} for key, mean in numbers.items()],
        "references": {"guessing": [{"condition": key, "mean": guessing} for key in numbers]},
        **others,
    }


NTM = RowResults(
    "model.name=ntm",
    {"model.name": "ntm"},
    {seed: [measured({4: mean, 20: 200.0})] for seed, mean in enumerate((0.0, 0.5, 4.0))},
    {3: "failed: The loss is not finite"},
)
LSTM = RowResults("model.name=lstm", {"model.name": "lstm"}, {0: [measured({4: 1.0})]}, {})
NONE = RowResults("model.name=dnc", {"model.name": "dnc"}, {}, {0: "not done"})


def test_a_summary_is_what_scipy_says():
    numbers = [0.1, 5.0, 2.0, 2.5]
    summary = summarize(dict(enumerate(numbers)))
    assert (summary.median, summary.lowest, summary.highest) == (2.25, 0.1, 5.0)
    low, high = stats.t.interval(0.95, 3, np.mean(numbers), stats.sem(numbers))
    assert summary.mean - summary.interval == pytest.approx(low)
    assert summary.mean + summary.interval == pytest.approx(high)
    assert summarize({0: 3.0}).interval is None


def test_the_text_names_all_runs():
    results = [NTM, LSTM, NONE]
    text = format_text(RECORD, results, compare(results))
    assert text.startswith("# copy: 4 of 6 runs\n")
    lines = text.splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
    assert rows.count(["model.name", "seeds", "4", "20"]) == 2
    assert ["ntm", "3 of 4", "0.50 (0 to 4.00)", "200 (200 to 200)"] in rows
    assert ["ntm", "3 of 4", "1.50 +- 5.41", "200 +- 0"] in rows
    assert rows.count(["lstm", "1", "1.00", "-"]) == 2
    assert ["dnc", "0 of 1", "-", "-"] in rows and ["guessing", "", "4.00", "4.00"] in rows
    assert "- model.name=ntm, seed 3: failed: The loss is not finite" in lines
    assert "- model.name=dnc, seed 0: not done" in lines


def test_a_wide_table_is_cut_into_several():
    row = LSTM._replace(measured={0: [measured(dict.fromkeys(range(60), 1.0))]})
    lines = format_text(RECORD, [row], compare([row])).splitlines()
    tables = [line for line in lines if line.startswith("| model.name")]
    assert len(tables) > 1 and all(len(line) <= 120 for line in lines)
    heads = [cell.strip() for line in tables for cell in line.split("|")[3:-1]]
    assert heads == [str(number) for number in range(60)]


def test_references_that_differ_between_rows_name_their_row():
    other = LSTM._replace(measured={0: [measured({4: 1.0}, guessing=5.0)]})
    (one,) = compare([NTM._replace(measured={0: [measured({4: 1.0})]}), other])
    assert one.references == {
        "guessing (model.name=ntm)": {4: 4.0},
        "guessing (model.name=lstm)": {4: 5.0},
    }


def test_references_name_the_fields_alone_that_they_differ_by():
    results = [
        RowResults(
            f"{task},{model}",
            {"task.name": task, "model.name": model},
            {0: [measured({4: 1.0, length: 1.0}, guessing)]},
            {},
        )
        for task, guessing, length in (("copy", 4.0, 5), ("sort", 5.0, 6))
        for model in ("ntm", "lstm")
    ]
    (one,) = compare(results)
    assert one.references == {
        "guessing (task.name=copy)": {4: 4.0, 5: 4.0},
        "guessing (task.name=sort)": {4: 5.0, 6: 5.0},
    }
    (alone,) = compare(results[:2])
    assert alone.references == {"guessing": {4: 4.0, 5: 4.0}}


def test_measurements_of_one_name_stay_apart():
    twice = [measured({4: 1.0}), measured({4: 2.0})]
    comparisons = compare([LSTM._replace(measured={0: twice})])
    assert [one.rows[0][1][4].median for one in comparisons] == [1.0, 2.0]


def test_csv_and_json_hold_all_numbers():
    results = [NTM, LSTM]
    comparisons = compare(results)
    lines = list(csv.DictReader(io.StringIO(format_csv(RECORD, comparisons))))
    assert [(line["condition"], line["model.name"], line["reference"]) for line in lines] == [
        ("4", "ntm", ""),
        ("4", "lstm", ""),
        ("4", "", "guessing"),
        ("20", "ntm", ""),
        ("20", "", "guessing"),
    ]
    assert (lines[0]["seeds"], lines[0]["median"], lines[0]["mean"]) == ("3", "0.5", "1.5")
    content = json.loads(format_json(RECORD, results, comparisons))
    cell = content["measurements"][0]["rows"][0]["conditions"][0]
    assert cell["values"][2] == {"seed": 2, "mean": 4.0} and cell["highest"] == 4.0
    assert content["rows"][0]["missing"] == [
        {"seed": 3, "reason": "failed: The loss is not finite"}
    ]


def test_numbers_make_curves_with_bands_and_names_make_points(tmp_path):
    (one,) = compare([NTM, LSTM, NONE])
    (axes,) = draw_comparison(one, "copy").axes
    labels = [line.get_label() for line in axes.lines]
    assert labels == ["model.name=ntm, median of 3 seeds", "model.name=lstm, 1 seed", "guessing"]
    (band, _) = axes.collections
    assert band.get_paths()[0].vertices[:, 1].max() == 200.0
    names = LSTM._replace(measured={0: [measured({"5-way 1-shot": 1.0}, unit="%")]})
    (by_name,) = compare([names])
    (axes,) = draw_comparison(by_name, "copy").axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["5-way 1-shot"]
    save_pictures([one, one], "copy", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "wrong_bits_by_length.png",
        "wrong_bits_by_length_2.png",
    }
