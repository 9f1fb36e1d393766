"""The README's commands at small size, and their errors on bad input."""

import importlib
import io
import json
import pathlib
import re

import pytest
from small_runs import SMALL

from mann.pretrained import unpack
from mann_config import command_line
from mann_config.errors import UserError

ROOT = pathlib.Path(__file__).parents[1]


def finish(process):
    out, error = process.communicate(timeout=180)
    return process.returncode, out, error


def test_train(command, tmp_path):
    code, out, error = finish(command("train", f"--workdir={tmp_path}/run", fields=SMALL))
    assert code == 0, error
    assert "by instance: 6 episodes" in out and "mann evaluate" in out
    assert (tmp_path / "run" / "evaluation.json").exists()


def test_evaluate_a_pretrained_model(command, tmp_path):
    protocols = ("--protocol=instance,nway", "--shots=1", "--queries=2", "--nopictures")
    model = ("--pretrained=characters_5way", f"--workdir={tmp_path}/run", "--episodes=10")
    code, out, error = finish(command("evaluate", *model, *protocols))
    assert code == 0, error
    assert "by instance: 10 episodes" in out and "-way 1-shot" in out and "+-" in out
    written = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert [row["examples"] for row in written["measurements"][1]["conditions"]] == [10]


def test_evaluate_the_pretrained_copy_past_its_training(command, tmp_path):
    run = ("--pretrained=copy", f"--workdir={tmp_path}/run", "--episodes=4", "--nopictures")
    code, out, error = finish(command("evaluate", *run, "--lengths=20,120"))
    assert code == 0, error
    assert re.search(r"length +20 +120\nthis model +0.00 \+- 0.00 +0.00 \+- 0.00", out), out


def test_errors_of_a_run_are_one_line_too(command, tmp_path):
    unpack("characters_5way", tmp_path)
    code, _, error = finish(command("train", f"--workdir={tmp_path}", "--config.seed=1"))
    expected = "^Error: .*belongs to another config .*seed is 0 there and 1"
    assert code == 2 and re.search(expected, error, re.MULTILINE), error
    assert "Traceback" not in error


@pytest.mark.parametrize("script", ["ask", "ask_graph", "complete"])
def test_the_help_names_folders_that_training_writes(script):
    source = (ROOT / "mann_commands" / f"{script}.py").read_text()
    (default,) = re.findall(r'"workdir",\s+"runs/(\w+)"', source)
    named = re.findall(r"--workdir=runs/(\w+)", source)
    assert default in named
    for name in named:
        assert importlib.import_module(f"configs.{name}").get_config().name == name


def test_input_that_is_not_text_is_named(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\xff"), encoding="utf-8"))
    with pytest.raises(UserError, match="not utf-8 text.*byte 3 cannot be read"):
        list(command_line.read_lines())
