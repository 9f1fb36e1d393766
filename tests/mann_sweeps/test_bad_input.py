"""Bad input of `mann sweep` is one line before anything starts, without a framework or Ray."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
# Runs a command in which whatever imports a framework, or Ray, fails.
WITHOUT = """
import runpy, sys
for name in ("keras", "tensorflow", "jax", "torch", "matplotlib", "sklearn", "ray"):
    sys.modules[name] = None
runpy.run_module("mann_commands", run_name="__main__")
"""
COPY = "--config=configs/copy.py"


def run(*arguments, before=("-c", WITHOUT)):
    """Returns the exit status, output and errors of a sweep."""
    done = subprocess.run(
        [sys.executable, *before, "sweep", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def is_refused(message, *arguments, **options):
    code, out, error = run(*arguments, **options)
    assert code == 2 and out == "", error
    assert error.count("\n") == 1 and error.startswith("Error: ")
    assert re.search(message, error), error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds=4..0"], r"--seeds must be integers .* such as 0..4 or 0,3,7. Received: '4..0'"),
        (["--seeds="], "--seeds must be integers"),
        (["--seeds=0..99999"], "at most 10,000 runs; this one would have 100,000"),
        (["--grid=model.nam=ntm,lstm"], r"did you mean --grid=model.name\?"),
        (["--grid=model=ntm"], "--grid=model is not a field"),
        (["--grid=model.name"], "--grid must be a field and its values"),
        (["--grid=model.name=ntm,mlp"], "--grid=model.name must be one of lrua, .*'mlp'"),
        (["--grid=train.steps=10,2.5"], "--grid=train.steps must be an integer of 0.*'2.5'"),
        (["--grid=train.steps=10,-2"], "--grid=train.steps must be an integer of 0.*'-2'"),
        (["--grid=train.steps=10,None"], "--grid=train.steps must be an integer of 0.*'None'"),
        (["--grid=task.name=copy,copie"], "--grid=task.name must be one of .*'copie'"),
        (["--config.task.name=copie"], "--config.task.name must be one of .*'copie'"),
        (["--config.task.name=copie", "--grid=model.name=ntm"], "task.name must be one of .*'cop"),
        (["--grid=task.name=nolab:Task"], "task.name=nolab:Task: there is no module 'nolab'"),
        (["--grid=model.name=nolab.x:Ring"], "name=nolab.x:Ring: there is no module 'nolab'"),
        (["--config.model.name=nolab:Ring"], "model.name=nolab:Ring: there is no module 'nolab'"),
        (["--grid=task.sentences=3,5"], "--grid=task.sentences is not a field of this config"),
        (["--config.model.name=lstm", "--grid=model.shift_range=1,3"], "has no effect on lstm"),
        (["--grid=seed=1,2"], "give the seeds as --seeds"),
        (["--grid=model.units=1", "--grid=model.units=2"], "model.units: the field is set twice"),
        (["--grid=model.units=1", "--config.model.units=2"], "model.units: the field is set twi"),
        (["--config.seed=3", "--seeds=0"], "--config.seed and --seeds"),
        (["--config.train.batch_size=0"], "train.batch_size must be an integer of 1 or more"),
        (["--config.model.shift_range=3", "--config.model.name=lstm"], "has no effect on lstm"),
        (["--config.model.units=10000000"], "would take about .* of memory"),
        (["--evaluate=--lengths=x"], "--evaluate: .*such as 10,20,40"),
        (["--evaluate=--depths=3"], "the option depth does not apply to copy"),
        (["--cpus_per_run=0"], "cpus_per_run"),
        (["--gpus_per_run=-1"], "gpus_per_run"),
        (["--table", "--workdir=nothing"], "sweep.json is missing"),
        (["--workdir=docs"], "--workdir=docs holds files but no sweep.json"),
        (["--workdir=README.md"], "--workdir=README.md is not a folder"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path):
    is_refused(message, COPY, f"--workdir={tmp_path}/sweep", *arguments)
    assert not (tmp_path / "sweep").exists()


def test_without_ray_the_line_says_how_to_install_it(tmp_path):
    is_refused(r"mann sweep needs ray, .*mann-keras\[sweep\]", COPY, f"--workdir={tmp_path}/sweep")


# Not "auto", which would find the Ray of a test beside this one.
@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere"])
def test_an_address_without_a_cluster_is_one_line(address, tmp_path):
    pytest.importorskip("ray")
    place = f"--workdir={tmp_path}/sweep"
    is_refused(
        f"--address={address}: there is no",
        COPY,
        place,
        f"--address={address}",
        before=("-m", "mann_commands"),
    )
    assert not (tmp_path / "sweep" / "sweep.json").exists()


def test_help_comes_without_a_framework_and_without_ray():
    _, out, error = run("--help")
    assert "\nmann_commands.sweep:\n  --" in out and error == ""
