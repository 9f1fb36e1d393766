"""sweep.json in the folder of a sweep: which runs belong to it, and how they are measured."""

import dataclasses
import json
import pathlib

from episodes.files import ASIDE, write_atomically
from mann_config.errors import UserError
from mann_config.field_kinds import ABSENT, REQUIRED
from mann_config.fields import TASKS, get_fields
from mann_config.overrides import list_names

_NAME = "sweep.json"
LOCK = ".lock"


@dataclasses.dataclass
class Row:
    """The runs of one combination of values.

    Attributes:
        name: name of their folder; `""` for the folder of the sweep itself.
        fields: dict from the names of the fields of the grid to their values.
        seeds: sorted list of their seeds.
        refusal: the line that says why the config is refused; `None` if it is not.
    """

    name: str
    fields: dict
    seeds: list
    refusal: str | None = None


@dataclasses.dataclass
class Record:
    """What sweep.json holds.

    Attributes:
        base: dict from the names of all other fields than those of the grid and the seed to their
            values, which all runs share.
        grid: list of the names of the fields of the grid.
        measuring: the arguments of `mann.training.evaluate`, or `None` for those that training ends
            with.
        rows: list of `Row`.
    """

    base: dict
    grid: list
    measuring: dict | None
    rows: list

    @property
    def name(self):
        """The name of the config."""
        return self.base["name"]


def make_record(base, grid, runs, measuring):
    """Returns the `Record` of a sweep.

    Args:
        base: the `mann_config.grid.Base` of its runs.
        grid: dict from the fields of its grid to their values.
        runs: list of `mann_config.grid.Run`.
        measuring: the arguments of `mann.training.evaluate`, or `None`.
    """
    rows = {}
    for run in runs:
        row = rows.setdefault(run.row, Row(run.row, run.fields, [], run.refusal))
        row.seeds.append(run.seed)
    shared = _flatten(base.load({}).to_dict())
    record = Record(shared, list(grid), measuring, list(rows.values()))
    # As it comes back from the file, in which tuples are lists.
    return _parse(json.loads(_dump(record)))


def read_record(workdir):
    """Returns the `Record` of the sweep in a folder.

    Raises:
        UserError: if the folder holds no sweep, or its record cannot be read.
    """
    path = pathlib.Path(workdir) / _NAME
    try:
        return _parse(json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"{path} is missing: --workdir must name the folder of a sweep of mann sweep."
        ) from None
    # JSON that is nested too deeply raises a RecursionError; one that is no record, any other.
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is damaged ({error}): choose another --workdir.") from error


def join(workdir, record):
    """Returns the `Record` of a folder after the runs of `record` have joined it.

    Nothing is written; `write_record` does.

    Args:
        workdir: path of the folder; it need not exist.
        record: the `Record` of the runs to join.

    Raises:
        UserError: if the folder holds another sweep, or files that are not of a sweep.
    """
    path = pathlib.Path(workdir)
    if path.exists() and not path.is_dir():
        raise UserError(f"--workdir={workdir} is not a folder: choose one.")
    if not (path / _NAME).exists():
        if path.exists() and not all(
            one.name.startswith(ASIDE) or one.name == LOCK for one in path.iterdir()
        ):
            raise UserError(
                f"--workdir={workdir} holds files but no {_NAME} of a sweep: choose a new or empty "
                "folder."
            )
        return record
    there = read_record(path)
    _check_same(there, record, workdir)
    rows = {row.name: row for row in there.rows}
    for row in record.rows:
        seeds = rows[row.name].seeds if row.name in rows else []
        rows[row.name] = dataclasses.replace(row, seeds=sorted({*seeds, *row.seeds}))
    return dataclasses.replace(record, rows=list(rows.values()))


def write_record(workdir, record):
    """Writes sweep.json."""
    with write_atomically(pathlib.Path(workdir) / _NAME) as aside:
        aside.write_text(_dump(record))


def find_folder(workdir, row, seed):
    """Returns the `pathlib.Path` of the folder of a run, by the name of its row and its seed."""
    return pathlib.Path(workdir, row, f"seed={seed}")


def _check_same(there, here, workdir):
    if there.grid != here.grid:
        grids = [", ".join(record.grid) or "no field" for record in (there, here)]
        raise UserError(
            f"--workdir={workdir} holds a sweep of other fields ({grids[0]} there and {grids[1]} "
            "here): choose another --workdir, or give the same fields to add runs."
        )
    theirs, ours = _complete(there), _complete(here)
    differences = [
        f"{name} is {theirs.get(name, 'absent')} there and {ours.get(name, 'absent')} here"
        for name in sorted(theirs | ours)
        if theirs.get(name) != ours.get(name)
    ]
    if differences:
        raise UserError(
            f"--workdir={workdir} holds a sweep of another config ({'; '.join(differences)}): "
            "choose another --workdir, or give the same options to add runs."
        )


def _flatten(config):
    names, _ = list_names(config)
    values = {}
    for name in names:
        value = config
        for part in name.split("."):
            value = value[part]
        values[name] = value
    return values


def _complete(record):
    """Returns the fields that all runs share, with the defaults of those that are newer."""
    task, values = record.base["task.name"], {}
    fields = get_fields(task) if task in TASKS else {}
    for name, field in fields.items():
        if field.default is not REQUIRED and field.default is not ABSENT:
            default = field.default
            values[name] = list(default) if isinstance(default, tuple) else default
    values |= record.base
    return {name: value for name, value in values.items() if name not in {*record.grid, "seed"}}


def _dump(record):
    return json.dumps(dataclasses.asdict(record), indent=2) + "\n"


def _parse(content):
    rows = [Row(**row) for row in content["rows"]]
    names = {field.name for field in dataclasses.fields(Record)}
    record = Record(**{name: content[name] for name in names - {"rows"}}, rows=rows)
    for row in rows:
        if not set(record.grid) <= set(row.fields) or not all(type(s) is int for s in row.seeds):
            raise ValueError(f"the row {row.name!r} is not complete")
    if "name" not in record.base or "task.name" not in record.base:
        raise ValueError("the config is not complete")
    return record
