"""The folder of one run of a sweep: how far the run is, and what was measured."""

import hashlib
import json
import pathlib
import re
from typing import NamedTuple

from episodes.files import write_atomically
from mann_config import metrics

_EVALUATION = "evaluation.json"
# How it was measured.
_MEASURED = "measured.json"


class Progress(NamedTuple):
    """How far a run is.

    Attributes:
        step: last step that it reported or saved; 0 if none.
        loss: training loss there, or `None`.
        validation: last validation as text, or `""`.
        steps_per_second: speed, or `None` if it is not known.
    """

    step: int = 0
    loss: float | None = None
    validation: str = ""
    steps_per_second: float | None = None


class RunFolder:
    """The folder of one run of a sweep.

    Args:
        path: the folder; it need not exist.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        # What the run prints; and the line of its error, while it stands.
        self.output = self.path / "output.txt"
        self.failure = self.path / "failure.txt"

    def claim(self, config):
        """Makes the folder that of `config`, a complete config as a dict, if it is new.

        The output of a run stands in its folder, and training refuses a folder of other files.
        """
        path = self.path / "config.json"
        if not path.exists():
            with write_atomically(path) as aside:
                aside.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")

    def read_progress(self):
        """Returns the `Progress` of the run."""
        lines = self._read_metrics()
        losses = [line for line in lines if "loss" in line]
        validations = [line for line in lines if "validation" in line]
        last, rates = losses[-1] if losses else {}, [line.get("steps_per_second") for line in lines]
        return Progress(
            max([self.last_saved_step(), *(line["step"] for line in lines)]),
            last.get("loss"),
            _show_validation(validations[-1]) if validations else "",
            next((rate for rate in reversed(rates) if rate), None),
        )

    def _read_metrics(self):
        try:
            # The run itself names lines that are not metrics.
            lines, _ = metrics.parse_lines((self.path / "metrics.jsonl").read_bytes())
        except OSError:
            return []
        return lines

    def last_saved_step(self):
        """Returns the step of the newest checkpoint, or 0 if there is none."""
        names = [path.name for path in self.path.glob("checkpoints/step_*.keras")]
        matches = [re.fullmatch(r"step_(\d+)\.keras", name) for name in names]
        return max((int(match[1]) for match in matches if match), default=0)

    def is_trained(self, steps):
        """Returns whether the run has trained to its last step and has a model to measure."""
        if not (self.path / "model.keras").exists():
            return False
        reported = [line["step"] for line in self._read_metrics() if "loss" in line]
        return max([self.last_saved_step(), *reported]) >= steps

    def note_measuring(self, measuring):
        """Writes down how the run was measured, as it now stands in evaluation.json.

        Args:
            measuring: the arguments of `mann.training.evaluate`.
        """
        content = (self.path / _EVALUATION).read_bytes()
        note = {"measuring": measuring, "evaluation_sha256": hashlib.sha256(content).hexdigest()}
        with write_atomically(self.path / _MEASURED) as aside:
            aside.write_text(json.dumps(note, indent=2) + "\n")

    def read_measurements(self, measuring=None):
        """Returns the measurements of the run, dicts as `Measurement.to_json` makes them.

        Args:
            measuring: the arguments of `mann.training.evaluate` that they must have been measured
                with. Defaults to `None`: those that training ends with.

        Returns:
            The list, or `None` if the run was not measured in this way after its training.
        """
        try:
            content = (self.path / _EVALUATION).read_bytes()
            config, note = self._read_json("config.json"), self._read_json(_MEASURED)
            wanted, had = complete_measuring(measuring, config), note["measuring"]
            # Another measurement may have overwritten it since.
            if hashlib.sha256(content).hexdigest() != note["evaluation_sha256"]:
                return None
            # What an older sweep did not know was as in training.
            if any(had.get(name) != wanted[name] for name in wanted if name != "pictures"):
                return None
            return json.loads(content)["measurements"]
        # A file is missing, or is not one of a run.
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def was_measured(self):
        """Returns whether the run was measured after its training, in whatever way."""
        return (self.path / _MEASURED).exists()

    def _read_json(self, name):
        return json.loads((self.path / name).read_bytes())

    def write_failure(self, line):
        """Marks the run as failed, with its one-line error."""
        with write_atomically(self.failure) as aside:
            aside.write_text(line + "\n")

    def read_failure(self):
        """Returns the one-line error of a run that failed, or `None`."""
        try:
            return self.failure.read_text().strip()
        except OSError:
            return None


def complete_measuring(measuring, config):
    """Returns the arguments of `mann.training.evaluate`, by default those that training ends with.

    Args:
        measuring: dict of them, or `None`.
        config: complete config of the run, as a dict.
    """
    default = {
        "episodes": config["test_episodes"],
        "seed": 0,
        "options": {},
        "memory_size": None,
        "addressing": None,
        "pictures": True,
    }
    return default if measuring is None else measuring


def _show_validation(line):
    values = [f"{value:.3g}" for value in line["validation"].values()]
    return "/".join(values[:3]) + ("/..." if len(values) > 3 else "")
