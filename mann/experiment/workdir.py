"""The folder of a run: its config, class hashes, checkpoints, metrics and pictures.

A file is written aside and renamed, so that a run killed at any moment leaves whole files; metrics
alone are appended to, line by line.
"""

import contextlib
import json
import os
import pathlib
import re

from mann.experiment.errors import UserError
from mann_config.check import read_config

CHECKPOINTS_KEPT = 2
_ASIDE = ".partial-"


@contextlib.contextmanager
def written_aside(path):
    """Yields a path to write to, which then becomes `path` in one step."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last: Keras and matplotlib choose the format by it.
    aside = path.with_name(f"{_ASIDE}{os.getpid()}-{path.name}")
    try:
        yield aside
        with open(aside, "rb") as file:
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def write_json(path, value):
    """Writes `value` as JSON to `path`."""
    with written_aside(path) as aside:
        aside.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def _flatten(config, prefix=""):
    flat = {}
    for name, value in config.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


class Workdir:
    """The folder of one run.

    Args:
        path: the folder; it need not exist yet.

    Raises:
        UserError: if `path` is something else than a folder.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"--workdir={path} is a file: choose a folder.")
        self.config = self.path / "config.json"
        self.splits = self.path / "splits.json"
        self.checkpoints = self.path / "checkpoints"
        self.metrics = self.path / "metrics.jsonl"
        self.model = self.path / "model.keras"
        self.evaluation = self.path / "evaluation.json"
        self.pictures = self.path / "pictures"
        self.tensorboard = self.path / "tensorboard"

    def claim(self, config, class_hashes):
        """Makes the folder the home of `config`, or checks that it already is.

        Args:
            config: dict, the resolved config.
            class_hashes: dict from split to the hash of its class names.

        Raises:
            UserError: if the folder belongs to another config or other classes, or to no run.
        """
        if self.config.exists():
            # Absent if the run was killed between the two files.
            if not self.splits.exists():
                write_json(self.splits, class_hashes)
            self._check(config, class_hashes)
        elif self.path.exists() and not all(
            path.name.startswith(_ASIDE) for path in self.path.iterdir()
        ):
            raise UserError(
                f"--workdir={self.path} holds files but no config.json of a run: choose a new or "
                "empty folder."
            )
        else:
            write_json(self.config, config)
            write_json(self.splits, class_hashes)

    def remove_leftovers(self):
        """Deletes what a killed run was writing when it was killed."""
        for path in self.path.rglob(f"{_ASIDE}*"):
            path.unlink()

    def _check(self, config, class_hashes):
        # Through JSON, where a tuple is a list, as the stored one came.
        theirs, ours = _flatten(self.read_config()), _flatten(json.loads(json.dumps(config)))
        differences = [
            f"{name} is {theirs.get(name, 'absent')} there and {ours.get(name, 'absent')} here"
            for name in sorted(theirs | ours)
            if theirs.get(name) != ours.get(name)
        ]
        if differences:
            raise UserError(
                f"--workdir={self.path} belongs to another config ({'; '.join(differences)}): "
                "choose another --workdir, or give the same options to go on with that run."
            )
        if self.read_splits() != class_hashes:
            raise UserError(
                f"--workdir={self.path} was trained on other classes than the data now holds "
                "(splits.json): its test classes may be known to it; choose another --workdir."
            )

    def _read_json(self, path):
        try:
            return json.loads(path.read_text())
        except FileNotFoundError:
            raise UserError(
                f"{path} is missing: --workdir must name the folder of a run of train.py."
            ) from None
        except ValueError as error:
            raise UserError(f"{path} is damaged ({error}): choose another --workdir.") from error

    def read_config(self):
        """Returns the config of the run, as a dict with the fields that came later than it."""
        return read_config(self.config)

    def read_splits(self):
        """Returns the hash of the classes of each split of the run."""
        return self._read_json(self.splits)

    def read_evaluation(self):
        """Returns what the run was last measured at."""
        return self._read_json(self.evaluation)

    def read_file(self, name):
        """Returns what the task of the run keeps under a name; see `Task.files`."""
        return self._read_json(self.path / name)

    def checkpoint(self, step):
        """Returns the path of the checkpoint after `step` steps."""
        return self.checkpoints / f"step_{step:08d}.keras"

    def saved_steps(self):
        """Returns the steps that checkpoints were saved at, newest first."""
        names = (re.fullmatch(r"step_(\d+)\.keras", p.name) for p in self.checkpoints.glob("*"))
        return sorted((int(match[1]) for match in names if match), reverse=True)

    def set_aside(self, step):
        """Renames the checkpoint after `step` steps, so that it no longer counts as one."""
        path = self.checkpoint(step)
        return path.rename(path.with_suffix(".damaged"))

    def prune_checkpoints(self):
        """Deletes all but the newest checkpoints."""
        for step in self.saved_steps()[CHECKPOINTS_KEPT:]:
            self.checkpoint(step).unlink()

    def append_metrics(self, line):
        """Appends a dict as one line of metrics.jsonl."""
        with open(self.metrics, "a") as file:
            file.write(json.dumps(line) + "\n")

    def read_metrics(self):
        """Returns the lines of metrics.jsonl as dicts; a line cut short by a kill is left out."""
        if not self.metrics.exists():
            return []
        lines = []
        for text in self.metrics.read_text().splitlines():
            with contextlib.suppress(ValueError):
                lines.append(json.loads(text))
        return lines

    def forget_metrics_after(self, step):
        """Drops the metrics of steps after `step`, which a resumed run will take again."""
        lines = [line for line in self.read_metrics() if line["step"] <= step]
        with written_aside(self.metrics) as aside:
            aside.write_text("".join(json.dumps(line) + "\n" for line in lines))


def save_model(model, path):
    """Saves `model` with its optimizer to `path`, whole or not at all."""
    with written_aside(path) as aside:
        model.save(aside)
