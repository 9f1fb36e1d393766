"""The README's commands at small size, and what they answer to bad input."""

import importlib
import io
import json
import pathlib
import re

import pytest
from small_runs import SMALL, SMALL_COPY

from mann.experiment import UserError, command_line

ROOT = pathlib.Path(__file__).parents[2]


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
        assert "by instance, 10 episodes" in out and "-way 1-shot" in out and "+-" in out
    written = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert written["instance"][0]["episodes"] == 10


def test_train_on_copy_then_evaluate_by_length(command, tmp_path):
    run = ("--config=configs/copy.py", f"--workdir={tmp_path}/run")
    code, out, error = finish(command("train.py", *run, fields=SMALL_COPY))
    assert code == 0, error
    assert "Trained on: length 1 to 4; curriculum: doubling" in out
    flags = ("--episodes=5", "--lengths=3,7", "--memory_size=12", "--pictures")
    code, out, error = finish(command("evaluate.py", f"--workdir={tmp_path}/run", *flags))
    assert code == 0, error
    assert "copy by length (trained on 1 to 4), 5 sequences at each" in out
    errors = json.loads((tmp_path / "run" / "evaluation.json").read_text())["errors"]
    assert set(errors["length"]) == {"3", "7"} and errors["length"]["7"]["bits_asked_for"] == 21


def test_bad_input_gets_one_line_and_status_2(command, tmp_path):
    wrong = [
        command("train.py", "--config.train.stepz=3"),
        command("train.py", "--config=configs/nothing.py"),
        command("train.py", f"--workdir={tmp_path}", "extra"),
        command("train.py", "--config=README.md"),
        command("evaluate.py", f"--workdir={tmp_path}"),
        command("evaluate.py"),
        command("evaluate.py", "--pretrained=best"),
        command("evaluate.py", f"--workdir={tmp_path}", "--lengths=3,x"),
    ]
    expected = ["stepz", "nothing.py", "extra", "README.md", "config.json is missing"]
    expected += ["--workdir", "pretrained model 'best': it is one of characters_5way"]
    expected += ["such as 10,20,40"]
    for process, text in zip(wrong, expected, strict=True):
        code, _, error = finish(process)
        errors = [line for line in error.splitlines() if line.startswith("Error: ")]
        assert code == 2 and len(errors) == 1 and text in errors[0], error
        assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


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
        list(command_line.typed_lines())
