"""What the process of one run does: trains it, measures it, and says how it ended."""

import contextlib
import os
import socket
import sys
import time
import traceback
from typing import NamedTuple

from mann_config.command_line import import_with_framework
from mann_config.errors import Interrupted, UserError
from mann_config.lock import hold_lock
from mann_sweeps.run_folder import RunFolder, complete_measuring

DONE, FAILED, STOPPED = "done", "failed", "stopped"
# For how long the process of a machine that is lost, or of a sweep that was killed, may still hold
# the folder.
_LOCK_SECONDS = 120


class Job(NamedTuple):
    """One run, as its process is told of it.

    Attributes:
        folder: absolute path of the folder of the run.
        config: complete config of the run, as a dict.
        measuring: arguments of `mann.training.evaluate`, or `None` for those that training ends
            with.
        directory: the directory that paths in the config start from.
        environment: dict of environment variables to set.
    """

    folder: str
    config: dict
    measuring: dict | None
    directory: str
    environment: dict


def run_job(job):
    """Trains and measures the run of a `Job`, from where it is; returns how it ended.

    It must be called before the process has imported a framework, which reads the environment. What
    the run prints goes to output.txt in its folder.

    Returns:
        `DONE`, `STOPPED` by a signal with a checkpoint, or `FAILED` with the error in failure.txt.
    """
    # A framework reads some of these when it is imported, and others when it first computes.
    os.environ.update(job.environment)
    folder = RunFolder(job.folder)
    folder.path.mkdir(parents=True, exist_ok=True)
    with _write_output_to(folder.output):
        print(f"Process {os.getpid()} on {socket.gethostname()}, {time.ctime()}", flush=True)
        folder.failure.unlink(missing_ok=True)
        try:
            _run(job, folder)
        except Interrupted as error:
            print(error)
            return STOPPED
        # What the user can mend, and anything that a bug, a library or the data may raise: other
        # runs go on.
        except Exception as error:
            if not isinstance(error, (UserError, OSError)):
                traceback.print_exc()
            folder.write_failure(_describe(error))
            print(f"Error: {error}")
            return FAILED
    return DONE


def _run(job, folder):
    os.chdir(job.directory)
    _wait_for_lock(folder.path / ".lock")
    folder.claim(job.config)
    measuring = complete_measuring(job.measuring, job.config)
    training = import_with_framework("mann.training")
    config = import_with_framework("ml_collections.config_dict").ConfigDict(job.config)
    if not folder.is_trained(job.config["train"]["steps"]):
        training.train_and_evaluate(config, folder.path)
        if measuring == complete_measuring(None, job.config):
            return folder.note_measuring(measuring)
    training.evaluate(folder.path, **measuring)
    folder.note_measuring(measuring)


def _describe(error):
    text = " ".join(str(error).split())
    # The message of another error may say nothing without its type, such as that of a KeyError.
    known = isinstance(error, (UserError, OSError))
    return text if known else f"{type(error).__name__}: {text}"


def _wait_for_lock(path):
    """Returns once nobody trains in the folder of `path`, or after a while."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(UserError), hold_lock(path):
            return
        time.sleep(0.5)


@contextlib.contextmanager
def _write_output_to(path):
    """Appends to a file whatever the process prints, Python or not."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptors = (1, 2)
    before = [os.dup(descriptor) for descriptor in descriptors]
    with open(path, "a", buffering=1) as file:
        for descriptor in descriptors:
            os.dup2(file.fileno(), descriptor)
        try:
            with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                yield
        finally:
            for descriptor, kept in zip(descriptors, before, strict=True):
                os.dup2(kept, descriptor)
                os.close(kept)
