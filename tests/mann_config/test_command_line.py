"""The commands answer to --help and to wrong flags without a framework, and in one line."""

import json
import pathlib
import re
import signal
import subprocess
import sys

import pytest
from config_files import change, load_config

ROOT = pathlib.Path(__file__).parents[2]
COMMANDS = ("train", "evaluate", "export", "sweep", "ask", "complete", "ask-graph", "draw")
# Runs a command in which whatever imports a framework fails.
WITHOUT = """
import runpy, sys
for name in ("keras", "tensorflow", "jax", "torch", "matplotlib", "sklearn", "ray"):
    sys.modules[name] = None
runpy.run_module("mann_commands", run_name="__main__")
"""


def run(*arguments):
    """Returns the exit status, output and errors of a command that has no framework."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help_comes_without_a_framework(command):
    _, out, error = run(command, "--help")
    assert f"\nmann_commands.{command.replace('-', '_')}:\n  --" in out and error == ""


def test_the_list_of_commands_fits_a_terminal():
    code, out, error = run("--help")
    assert code == 0 and error == ""
    assert all(f"\n  mann {command} " in out for command in (*COMMANDS, "configs"))
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["configs"], ["train", "--help"]])
def test_nothing_is_said_to_a_reader_that_has_gone(arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "mann_commands", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 128 + signal.SIGPIPE


SAVED = ["export", "--format=tf_saved_model"]
COPY, MAML = "--config=configs/copy.py", "--config=configs/maml.py"
WRONG = [
    (["train", "--config.train.stepz=3"], "did you mean --config.train.steps?"),
    (["train", COPY, "--config.task.path=x"], "--config.task.path is not a field of this conf"),
    (
        ["train", "--config.nothing.x=3"],
        "--config.nothing.x is not a field .* model, name, s",
    ),
    (["train", "--config.task.ways.x=3"], r"--config.task.ways.x is not a field"),
    (["train", "--config.=3"], "--config. is not a field"),
    (["train", "--config.train.steps=x"], "train.steps must be an integer of 0 .*: 'x'"),
    (["train", "--config.model.units=None"], "model.units must be an integer of 1 .*: None"),
    (["train", "--config.train.steps"], "Missing value"),
    (["train", "--config.train.replicas=x"], "replicas must be None or an integer of 1 .*: 'x'"),
    (["train", "--config.model.name=nolab:Ring"], "there is no module 'nolab' in"),
    (["train", "--config=images", "--config.task.splits=nolab.x:signs"], "no module 'nolab' in"),
    (["train", "--config=tfds", "--config.task.dataset=nolab:make"], "no module 'nolab' in"),
    (["train", COPY, "--config.task.name=mann_config.nolab:Task"], "module 'mann_config.nolab' in"),
    (["train", "--config.model.name=mlp"], "--config.model.name must be one of lrua, .*'mlp'"),
    (["train", "--config.model.shift_range=99"], "shift_range has no effect on lrua: .* ntm"),
    (["train", "--config.task.shots=5"], "shots has no effect on lrua: .* prototypical"),
    (["train", "--config.model.units=1000000"], r"would take about 64 TB of memory"),
    (["train", MAML, "--config.model.inner_steps=-1"], "inner_steps must be an integer of 1"),
    (["train", MAML, "--config.model.inner_learning_rate=inf"], "must be a finite number abov"),
    (["train", COPY, "--config.task.test_levels.length=None"], "task.test_levels.length must"),
    (["train", "--config=nothing.py"], "--config=nothing.py is neither a file nor"),
    (["train", "--config=README.md"], "--config: .*README.md"),
    (["train", "extra"], "Unexpected argument 'extra'"),
    (["train", "--confg.seed=3"], "confg.seed"),
    (["evaluate"], "Give --workdir"),
    (["evaluate", "--workdir=nothing"], "nothing/config.json is missing"),
    (["evaluate", "--workdir=README.md"], "config.json is missing"),
    (["evaluate", "--pretrained=best"], "pretrained model 'best': choose from characters_5"),
    (["evaluate", "--workdir=nothing", "--lengths=3,x"], "such as 10,20,40"),
    (["ask", "--workdir=nothing"], "nothing/config.json is missing"),
    (["complete", "--workdir=nothing"], "nothing/config.json is missing"),
    (["ask-graph"], "Give --graph"),
    (["draw", "--port=65536"], "--port=65536: .* integer in the range .0, 65535"),
    (["draw", "--host=127..0.1"], "--host=127..0.1 is not an address of this machine"),
    (["draw", "--host=::1%nowhere"], "--host=::1%nowhere is not an address of this machine"),
    (["draw", "--host=192.0.2.1"], "cannot be served at port 8420 of 192.0.2.1 .*another --port"),
    (["draw", "--workdir=nothing"], "nothing/config.json is missing"),
    (["export"], "Give --workdir, .* or --pretrained"),
    (["export", "--pretrained=omniglot_5way"], "Give --output, .* such as model.onnx"),
    (["export", "--format=pickle"], "--format=pickle: .*<onnx|tf_saved_model|litert|openvino>"),
    ([*SAVED, "--output=docs", "--pretrained=omniglot_5way"], "docs exists and is left as it is"),
    ([*SAVED, "--output=new", "--workdir=nothing"], "nothing/config.json is missing"),
    ([*SAVED, "--output=new", "--pretrained=best"], "pretrained model 'best': choose from"),
    ([*SAVED, "--output=new", "--pretrained=copy"], "on copy, not on few-shot .*: characters_5"),
    (["sweep", "--seeds=x"], "--seeds must be integers"),
    (["sweep", "--grid=model.nam=ntm"], r"did you mean --grid=model.name\?"),
    (["configs", "extra"], "Unexpected argument 'extra'"),
    (["configs", "--all"], "Unknown command line flag 'all'"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_an_error_is_one_line_without_a_framework(arguments, message):
    is_refused(arguments, message)


def is_refused(arguments, message):
    code, out, error = run(*arguments)
    assert code == 2 and out == "", error
    assert error.count("\n") == 1 and error.startswith("Error: ")
    assert re.search(message, error), error


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_backend_that_is_not_installed_is_one_line(backend, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", backend)
    message = rf"KERAS_BACKEND={backend} needs {backend}, .*mann-keras\[{backend}\]"
    is_refused(["train", COPY], message)


@pytest.mark.parametrize("flag", ["--memory_size=100000000000", "--lengths=100000000000"])
def test_a_measurement_too_large_for_the_machine_is_one_line(flag, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(load_config("copy")))
    is_refused(["evaluate", f"--workdir={tmp_path}", flag], "would take about .* of memory")


@pytest.mark.parametrize("task", ["copy", "shakespeare", "babi"])
def test_a_run_that_is_not_few_shot_is_not_exported(task, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(load_config(task)))
    flags = [f"--workdir={tmp_path}", f"--output={tmp_path}/new"]
    is_refused([*SAVED, *flags], "was trained on .*, not on few-shot episodes: give a run of")


@pytest.mark.parametrize("command", ["evaluate", "ask", "complete", "ask-graph", "draw", "export"])
def test_a_run_with_a_wrong_config_is_one_line(command, tmp_path):
    (tmp_path / "graph.csv").write_text("source,edge,destination\na,north,b\n")
    config = change(load_config("copy"), "train.batch_size", None)
    (tmp_path / "config.json").write_text(json.dumps(config))
    flags = [f"--workdir={tmp_path}"]
    if command == "export":
        flags += ["--format=tf_saved_model", f"--output={tmp_path}/new"]
    if command == "ask-graph":
        flags += [f"--graph={tmp_path}/graph.csv", "--query=a,north"]
    is_refused([command, *flags], "config.json .*train.batch_size must be an integer .*: None")
