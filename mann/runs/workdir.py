"""The folder of a run: its config, class hashes, checkpoints, metrics and pictures.

Files are written atomically, so that a run killed at any moment leaves whole files; only the
metrics are appended to, line by line.
"""

import contextlib
import json
import pathlib
import shutil

from episodes.files import ASIDE, write_atomically
from mann.runs.files import read_bytes, write_json
from mann_config import metrics
from mann_config.check import read_config
from mann_config.errors import UserError
from mann_config.lock import hold_lock

_LOCK = ".lock"
# How a run is trained, not what: it may be resumed on another machine.
_MAY_CHANGE = ("train.replicas",)


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
        UserError: if `path` exists and is not a folder.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"--workdir={path} is not a folder: choose one.")
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
        new = not self.splits.exists()
        if self.config.exists():
            self._check_config(config, new)
        else:
            self._check_is_free()
        if new:
            # A sweep claims a folder with the config as it is before the data have filled it in.
            write_json(self.config, config)
            write_json(self.splits, class_hashes)
        self._check_classes(class_hashes)

    @contextlib.contextmanager
    def lock(self):
        """Keeps other trainings out of the folder, which is made if it is missing.

        Raises:
            UserError: if another training uses it, or the folder holds files of something else.
        """
        if not self.config.exists():
            self._check_is_free()
        self.path.mkdir(parents=True, exist_ok=True)
        with hold_lock(self.path / _LOCK):
            yield

    def _check_is_free(self):
        if self.path.exists() and not all(
            path.name.startswith(ASIDE) or path.name == _LOCK for path in self.path.iterdir()
        ):
            raise UserError(
                f"--workdir={self.path} holds files but no config.json of a run: choose a new or "
                "empty folder."
            )

    def remove_leftovers(self):
        """Deletes the partial files of a run that was killed while it wrote them."""
        for path in self.path.rglob(f"{ASIDE}*"):
            path.unlink()

    def _check_config(self, config, new):
        # Converted by JSON, which turns tuples into lists, as in the stored config.
        theirs, ours = _flatten(self.read_config()), _flatten(json.loads(json.dumps(config)))
        differences = [
            f"{name} is {theirs.get(name, 'absent')} there and {ours.get(name, 'absent')} here"
            for name in sorted(theirs | ours)
            if theirs.get(name) != ours.get(name)
            and name not in _MAY_CHANGE
            and not (new and theirs.get(name, "absent") is None)
        ]
        if differences:
            raise UserError(
                f"--workdir={self.path} belongs to another config ({'; '.join(differences)}): "
                "choose another --workdir, or give the same options to go on with that run."
            )

    def _check_classes(self, class_hashes):
        if self.read_splits() != class_hashes:
            raise UserError(
                f"--workdir={self.path} was trained on other classes than the data now holds "
                "(splits.json), so that its model may know the test classes: choose another "
                "--workdir."
            )

    def _read_json(self, path, kind=dict):
        try:
            content = json.loads(read_bytes(path))
        except FileNotFoundError:
            raise UserError(
                f"{path} is missing: --workdir must name the folder of a run of mann train."
            ) from None
        # JSON that is nested too deeply raises a RecursionError.
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path} is damaged ({error}): choose another --workdir.") from error
        if not isinstance(content, kind):
            raise UserError(f"{path} is not a file of mann train: choose another --workdir.")
        return content

    def read_config(self):
        """Returns the config of the run as a dict, with the defaults of newer fields."""
        return read_config(self.config)

    def read_splits(self):
        """Returns the hash of the classes of each split of the run."""
        return self._read_json(self.splits)

    def read_evaluation(self):
        """Returns the content of evaluation.json, the last measurements of the run."""
        return self._read_json(self.evaluation)

    def read_file(self, name):
        """Returns the list that the task of the run saved under a name; see `Task.files`."""
        return self._read_json(self.path / name, list)

    def checkpoint(self, step):
        """Returns the path of the checkpoint after `step` steps."""
        return self.checkpoints / f"step_{step:08d}.keras"

    def append_metrics(self, line):
        """Appends a dict as one line of metrics.jsonl."""
        with open(self.metrics, "a") as file:
            file.write(metrics.dump_lines([line]))

    def write_metrics(self, lines):
        """Overwrites metrics.jsonl with these lines."""
        with write_atomically(self.metrics) as aside:
            aside.write_text(metrics.dump_lines(lines))

    def read_metrics(self):
        """Returns the lines of metrics.jsonl as dicts, without a last one cut short by a kill.

        Any other line that is not metrics is left out with a warning.
        """
        lines, odd = self._parse_metrics()
        if odd:
            print(
                f"Warning: {self.metrics}: lines that are not metrics are left out: "
                f"{metrics.format_numbers(odd)}."
            )
        return lines

    def forget_metrics_after(self, step):
        """Drops the metrics of steps after `step`, which a resumed run will repeat.

        A file with lines that are not metrics is kept, as it was, under another name.
        """
        lines, odd = self._parse_metrics()
        if odd:
            kept = shutil.copyfile(self.metrics, self.metrics.with_suffix(".damaged"))
            print(
                f"Warning: {self.metrics}: lines that are not metrics are taken out: "
                f"{metrics.format_numbers(odd)}; {kept.name} is the file as it was."
            )
        self.write_metrics(line for line in lines if line["step"] <= step)

    def _parse_metrics(self):
        try:
            return metrics.parse_lines(read_bytes(self.metrics))
        except FileNotFoundError:
            return [], []
