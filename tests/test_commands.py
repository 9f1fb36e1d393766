"""The README's commands at small size, and their errors on bad input."""

import importlib
import io
import json
import pathlib
import re

import pytest
from small_runs import SMALL, SMALL_COPY

from mann.pretrained import unpack
from mann_config import command_line
from mann_config.errors import UserError

ROOT = pathlib.Path(__file__).parents[1]


def finish(process):
    out, error = process.communicate(timeout=180)
    return process.returncode, out, error


def test_train_then_evaluate(command, tmp_path):
    code, out, error = finish(command("train.py", f"--workdir={tmp_path}/run", fields=SMALL))
    assert code == 0, error
    assert "python evaluate.py" in out
    protocols = ("--protocol=instance,nway", "--shots=1", "--queries=2", "--nopictures")
    for model in (f"--workdir={tmp_path}/run", "--pretrained=characters_5way"):
        folder = () if "workdir" in model else (f"--workdir={tmp_path}/pretrained",)
        code, out, error = finish(
            command("evaluate.py", model, *folder, "--episodes=10", *protocols)
        )
        assert code == 0, error
        assert "by instance: 10 episodes" in out and "-way 1-shot" in out and "+-" in out
    written = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert [row["examples"] for row in written["measurements"][1]["conditions"]] == [10]


def test_train_on_copy_then_evaluate_by_length(command, tmp_path):
    run = ("--config=configs/copy.py", f"--workdir={tmp_path}/run")
    code, out, error = finish(command("train.py", *run, fields=SMALL_COPY))
    assert code == 0, error
    assert "Trained on: length 1 to 4; curriculum: doubling" in out
    flags = ("--episodes=5", "--lengths=3,7", "--memory_size=12", "--pictures")
    code, out, error = finish(command("evaluate.py", f"--workdir={tmp_path}/run", *flags))
    assert code == 0, error
    assert "by length (trained on 1 to 4): 5 sequences at each" in out
    wrong, _ = json.loads((tmp_path / "run" / "evaluation.json").read_text())["measurements"]
    assert [row["condition"] for row in wrong["conditions"]] == [3, 7]
    assert wrong["references"]["guessing"][1] == {"condition": 7, "mean": 10.5}


def test_errors_of_a_run_are_one_line_too(command, tmp_path):
    unpack("characters_5way", tmp_path)
    run = f"--workdir={tmp_path}"
    wrong = [
        (("evaluate.py", run, "--lengths=3"), "The option length does not apply to characters"),
        (("ask.py", run), "was not trained on questions"),
        (("train.py", run, "--config.seed=1"), "belongs to another config .seed is 0 there and 1"),
    ]
    for process, text in [(command(*arguments), text) for arguments, text in wrong]:
        code, _, error = finish(process)
        assert code == 2 and re.search(f"^Error: .*{text}", error, re.MULTILINE), error
        assert "Traceback" not in error


@pytest.mark.parametrize("script", ["ask.py", "ask_graph.py", "complete.py"])
def test_the_help_names_folders_that_training_writes(script):
    source = (ROOT / script).read_text()
    (default,) = re.findall(r'"workdir", "runs/(\w+)"', source)
    named = re.findall(r"--workdir=runs/(\w+)", source)
    assert default in named
    for name in named:
        assert importlib.import_module(f"configs.{name}").get_config().name == name


def test_input_that_is_not_text_is_named(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\xff"), encoding="utf-8"))
    with pytest.raises(UserError, match="not utf-8 text.*byte 3 cannot be read"):
        list(command_line.read_lines())
