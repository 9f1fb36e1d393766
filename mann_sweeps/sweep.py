"""Runs a sweep: all that is not done, while their progress is shown; then makes the table."""

import os
import pathlib
import sys

from episodes.files import write_atomically
from episodes.wording import count
from mann_config.errors import Interrupted
from mann_config.lock import hold_lock
from mann_sweeps import ray_tasks
from mann_sweeps.pictures import save_pictures
from mann_sweeps.progress import Display, RunView
from mann_sweeps.record import LOCK, find_folder, join, read_record, write_record
from mann_sweeps.results import compare, read_results
from mann_sweeps.run_folder import RunFolder
from mann_sweeps.signals import Stop
from mann_sweeps.table import format_csv, format_json, format_text
from mann_sweeps.worker import DONE, Job

_SECONDS_BETWEEN_LOOKS = 1.0
_STOPPING = "Stopping: each run ends after its step, with a checkpoint. Once more stops at once."
_STOPPING_AT_ONCE = "Stopping at once."


def sweep(workdir, record, runs, cpus=None, gpus=None, address=None):
    """Trains and measures the runs of a sweep that are not done, and writes its table.

    Args:
        workdir: path of the folder of the sweep; made if it is missing.
        record: the `Record` of the runs.
        runs: list of `mann_config.grid.Run`.
        cpus: number of cores of each run. Defaults to `None`: see
            `ray_tasks.choose_resources`.
        gpus: number of GPUs of each run, or the share of one. Defaults to `None`: one if there are
            GPUs.
        address: address of a Ray cluster. Defaults to `None`: this machine.

    Returns:
        Number of the runs of these that are not done, because they failed or were refused.

    Raises:
        UserError: if the folder holds another sweep or is in use, or Ray does not start.
        Interrupted: if a signal stopped the sweep.
    """
    # Runs have their own working directory.
    path = pathlib.Path(workdir).resolve()
    join(path, record)
    path.mkdir(parents=True, exist_ok=True)
    with hold_lock(path / LOCK):
        record = join(path, record)
        views = [RunView(run, RunFolder(find_folder(path, run.row, run.seed))) for run in runs]
        pending = []
        for run, view in zip(runs, views, strict=True):
            if run.refusal:
                continue
            if view.folder.read_measurements(record.measuring) is not None:
                view.state = DONE
            else:
                pending.append((run, view))
        if pending:
            stop = Stop()
            with stop.watch(), ray_tasks.connect(address):
                # Ray ends the process on SIGTERM.
                stop.take_back()
                resources = ray_tasks.choose_resources(cpus, gpus)
                write_record(path, record)
                _run(pending, views, resources, record.measuring, workdir, stop)
        else:
            write_record(path, record)
        _write_table(path, record)
    return sum(view.state != DONE for view in views)


def _run(pending, views, resources, measuring, workdir, stop):
    """Runs what is pending; raises Interrupted if a signal stopped it."""
    print(
        f"{len(pending)} of {count(len(views), 'run')} to do, each with "
        + count(resources.cpus, "core")
        + (f" and {count(resources.gpus, 'GPU')}" if resources.gpus else "")
        + f"; what each prints is in output.txt of its folder in {workdir}.",
        flush=True,
    )
    environment = ray_tasks.make_environment(resources)
    tasks, display, asked = ray_tasks.Tasks(resources), Display(views), 0
    # The first seed of all rows comes first: it shows early how they compare.
    for run, view in sorted(pending, key=lambda pair: pair[0].seed):
        folder = str(view.folder.path)
        tasks.start(view, Job(folder, run.config, measuring, os.getcwd(), environment))
    while tasks.running:
        if len(stop.received) > asked:
            display.note(_STOPPING_AT_ONCE if asked else _STOPPING)
            tasks.stop(at_once=asked > 0)
            asked = len(stop.received)
        for view, state in tasks.collect(_SECONDS_BETWEEN_LOOKS).items():
            if state == ray_tasks.STARTED_AGAIN:
                display.note(f"The process of {view.name} died; the run is started again.")
            else:
                view.end(state)
        for view in views:
            view.look()
        display.update()
    if stop.received:
        done = sum(view.state == DONE for view in views)
        raise Interrupted(
            f"Stopped: {done} of {count(len(views), 'run')} done, the others have the checkpoints "
            "of their last steps. Run the same command to resume.",
            stop.received[0],
        )


def show_table(workdir):
    """Prints and writes the table of the sweep in a folder, from what its runs have left there.

    Args:
        workdir: path of the folder.

    Raises:
        UserError: if the folder holds no sweep.
    """
    path = pathlib.Path(workdir).resolve()
    _write_table(path, read_record(path))


def _write_table(path, record):
    results = read_results(path, record)
    comparisons = compare(results)
    text = format_text(record, results, comparisons)
    print(f"\n{text}", flush=True)
    contents = {
        "table.txt": text,
        "table.csv": format_csv(record, comparisons),
        "table.json": format_json(record, results, comparisons),
    }
    for name, content in contents.items():
        with write_atomically(path / name) as aside:
            aside.write_text(content)
    save_pictures(comparisons, record.name, path / "pictures")
    print(f"Written: {', '.join(contents)} and pictures in {path}")
    sys.stdout.flush()
