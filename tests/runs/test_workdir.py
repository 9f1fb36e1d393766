"""The folder of a run: damaged files in it, and that only one training uses it at a time."""

import fcntl
import json
import os
import subprocess
import sys

import pytest

from configs import characters
from mann import training
from mann.runs import files
from mann.runs.workdir import Workdir
from mann_config import lock

# As it comes back from JSON.
CONFIG = json.loads(json.dumps(characters.get_config().to_dict()))


@pytest.fixture
def workdir(tmp_path):
    return Workdir(tmp_path / "run")


def test_a_line_of_metrics_cut_short_does_not_stop_a_resume(workdir):
    workdir.write_metrics({"step": step, "loss": 1.0} for step in (2, 4, 6))
    with open(workdir.metrics, "a") as file:
        file.write('{"step": 8, "lo')
    workdir.forget_metrics_after(4)
    workdir.append_metrics({"step": 6, "loss": 2.0})
    assert [(line["step"], line["loss"]) for line in workdir.read_metrics()] == [
        (2, 1.0),
        (4, 1.0),
        (6, 2.0),
    ]
    assert [path.name for path in workdir.path.iterdir()] == ["metrics.jsonl"]


@pytest.mark.parametrize(
    "odd",
    [
        b"\xff",
        b'{"step": 2, "loss": \xff1.0}',
        b"\0" * 100,
        b"5",
        b"null",
        b"[]",
        b'"step"',
        b'{"loss": 1.0}',
        b'{"step": "2", "loss": 1.0}',
        b'{"step": 2, "loss": null}',
        b'{"step": 2, "level": "high"}',
        b'{"step": 2, "validation_score": "high"}',
        b'{"step": 2, "validation": [1.0]}',
        b'{"step": 2, "metric_sums": 1.0}',
        b"[" * 100_000,
        b"<<<<<<< HEAD\n=======",
    ],
)
def test_lines_that_are_not_metrics_are_named_and_kept_aside(odd, workdir, capsys):
    workdir.write_metrics([{"step": 2, "loss": 1.0}])
    with open(workdir.metrics, "ab") as file:
        file.write(odd + b"\n\r\n")
    workdir.append_metrics({"step": 4, "loss": 0.5})
    before = workdir.metrics.read_bytes()
    good = [{"step": 2, "loss": 1.0}, {"step": 4, "loss": 0.5}]
    assert workdir.read_metrics() == good
    assert "metrics.jsonl: lines that are not metrics are left out: 2" in capsys.readouterr().out
    assert workdir.metrics.read_bytes() == before
    workdir.forget_metrics_after(4)
    assert "taken out: 2" in capsys.readouterr().out
    assert (workdir.path / "metrics.damaged").read_bytes() == before
    assert workdir.read_metrics() == good and not capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"5", b'"text"', b"[" * 100_000])
def test_files_that_do_not_hold_what_they_should_are_named(content, workdir):
    workdir.claim(CONFIG, {"train": "0"})
    for path, read in (
        (workdir.config, workdir.read_config),
        (workdir.splits, workdir.read_splits),
        (workdir.evaluation, workdir.read_evaluation),
        (workdir.path / "vocabulary.json", lambda: workdir.read_file("vocabulary.json")),
    ):
        path.write_bytes(content)
        with pytest.raises(training.UserError, match=f"{path.name} is .*another --workdir"):
            read()
        assert path.read_bytes() == content


def test_a_file_out_of_reach_is_not_called_damaged(workdir):
    for path, read in (
        (workdir.config, workdir.read_config),
        (workdir.splits, workdir.read_splits),
        (workdir.metrics, workdir.read_metrics),
    ):
        path.mkdir(parents=True)
        with pytest.raises(training.UserError, match=f"{path.name} cannot be read"):
            read()


def test_json_as_editors_save_it_is_read(workdir):
    workdir.claim(CONFIG, {"train": "0"})
    for encoding in ("utf-8-sig", "utf-16"):
        config = CONFIG | {"name": "é"}
        workdir.config.write_text(json.dumps(config, ensure_ascii=False), encoding)
        assert workdir.read_config() == config


def test_only_a_file_open_for_writing_is_synced(workdir, monkeypatch):
    sync = os.fsync

    def sync_as_windows_does(descriptor):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(9, "Bad file descriptor")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync_as_windows_does)
    files.write_json(workdir.config, CONFIG)
    assert workdir.read_config() == CONFIG


def test_a_second_training_is_told_and_changes_nothing(small_config, workdir):
    with workdir.lock():
        before = {path: path.read_bytes() for path in workdir.path.rglob("*")}
        with pytest.raises(training.UserError, match=f"another training .process {os.getpid()} "):
            training.train_and_evaluate(small_config(), workdir.path)
        assert before == {path: path.read_bytes() for path in workdir.path.rglob("*")}
    with workdir.lock():
        workdir.claim(CONFIG, {})
    workdir.claim(CONFIG, {})


def test_the_lock_of_a_killed_process_is_free(workdir):
    workdir.path.mkdir()
    hold = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'ab'); "
        "fcntl.flock(file, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    )
    arguments = [sys.executable, "-c", hold, str(workdir.path / ".lock")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        try:
            with pytest.raises(training.UserError, match="in use by another"), workdir.lock():
                pass
        finally:
            process.kill()
    with workdir.lock():
        assert f"process {os.getpid()}" in (workdir.path / ".lock").read_text()


def test_a_folder_that_cannot_be_locked_is_used_with_a_warning(workdir, monkeypatch, capsys):
    def no_locks(file, operation):
        raise OSError(37, "No locks available")

    with monkeypatch.context() as patch:
        patch.setattr(lock.fcntl, "flock", no_locks)
        with workdir.lock():
            workdir.claim(CONFIG, {})
    assert "cannot be locked (No locks available)" in capsys.readouterr().out
    (workdir.path / ".lock").unlink()
    (workdir.path / ".lock").mkdir()
    with workdir.lock():
        workdir.claim(CONFIG, {})
    assert "cannot be locked (Is a directory)" in capsys.readouterr().out


def test_a_folder_of_something_else_is_not_locked(workdir):
    workdir.path.mkdir()
    (workdir.path / "thesis.tex").write_text("years of work")
    with pytest.raises(training.UserError, match="no config.json"), workdir.lock():
        pass
    assert [path.name for path in workdir.path.iterdir()] == ["thesis.tex"]
