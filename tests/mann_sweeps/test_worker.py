"""What the process of a run does with errors, and with a folder that is not free yet."""

import os
import threading
import time
import types

import pytest

from configs import copy
from mann_config.check import complete_config
from mann_config.errors import Interrupted, UserError
from mann_config.lock import hold_lock
from mann_sweeps import worker
from mann_sweeps.run_folder import RunFolder, complete_measuring
from mann_sweeps.worker import DONE, FAILED, STOPPED, Job, run_job

CONFIG = complete_config(copy.get_config().to_dict())


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Returns a function that runs a job whose training is a function, and what was measured."""

    def run(train, measuring=None):
        measured = []

        def evaluate(workdir, **how):
            measured.append(how)
            (workdir / "evaluation.json").write_text('{"measurements": []}')

        def train_and_evaluate(config, workdir):
            assert config.task.name == "copy" and (workdir / "config.json").exists()
            train()
            (workdir / "evaluation.json").write_text('{"measurements": [1]}')

        modules = {
            "mann.training": types.SimpleNamespace(
                evaluate=evaluate, train_and_evaluate=train_and_evaluate
            ),
            "ml_collections.config_dict": worker.import_with_framework(
                "ml_collections.config_dict"
            ),
        }
        monkeypatch.setattr(worker, "import_with_framework", modules.get)
        monkeypatch.setenv("SET_BY_A_JOB", "")
        monkeypatch.chdir(tmp_path)
        job = Job(f"{tmp_path}/run", CONFIG, measuring, os.getcwd(), {"SET_BY_A_JOB": "1"})
        return run_job(job), RunFolder(tmp_path / "run"), measured

    return run


def raise_(error):
    raise error


def test_a_run_is_measured_as_asked_and_its_output_is_in_its_folder(run, capfd):
    def train():
        print("training", os.environ["SET_BY_A_JOB"])
        os.write(2, b"from a library\n")

    state, folder, measured = run(train)
    assert state == DONE and measured == [] and folder.read_failure() is None
    assert folder.read_measurements() == [1]
    out = folder.output.read_text()
    assert f"Process {os.getpid()} on " in out and "training 1\nfrom a library\n" in out
    assert capfd.readouterr() == ("", "")
    how = {**complete_measuring(None, CONFIG), "episodes": 3}
    assert folder.read_measurements(how) is None and folder.was_measured()
    assert run(train, how)[2] == [how]
    assert folder.read_measurements(how) == [] and folder.read_measurements() is None
    # A measurement by evaluate.py since then is another one.
    (folder.path / "evaluation.json").write_text('{"measurements": [2]}')
    assert folder.read_measurements(how) is None


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UserError("The loss is\nnot finite."), "The loss is not finite."),
        (KeyError("weights"), "KeyError: 'weights'"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
    ],
)
def test_an_error_is_a_line_in_the_folder_until_the_next_start(error, line, run):
    state, folder, _ = run(lambda: raise_(error))
    assert state == FAILED and folder.read_failure() == line
    assert ("Traceback" in folder.output.read_text()) == isinstance(error, KeyError)
    state, folder, _ = run(lambda: None)
    assert state == DONE and folder.read_failure() is None


def test_a_signal_is_no_failure(run):
    state, folder, _ = run(lambda: raise_(Interrupted("Stopped after step 3.")))
    assert state == STOPPED and folder.read_failure() is None
    assert "Stopped after step 3." in folder.output.read_text()


def test_a_run_waits_for_the_process_that_still_has_its_folder(run, tmp_path):
    (tmp_path / "run").mkdir()
    held = threading.Event()

    def hold():
        with hold_lock(tmp_path / "run" / ".lock"):
            held.set()
            time.sleep(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    state, _, _ = run(lambda: None)
    assert not thread.is_alive() and state == DONE
    thread.join()
