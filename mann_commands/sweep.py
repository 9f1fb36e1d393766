"""Trains a config with several seeds and values of its fields.

mann sweep --config=copy --seeds=0..4 --grid=model.name=ntm,dnc,lrua,lstm
mann sweep --config=copy --workdir=runs/copy-sweep --table  # prints its table again

Each run has a process of its own. The same command resumes a sweep; other seeds and values of the
same fields add runs to it.
"""

import importlib
import sys

from absl import flags

from episodes.wording import count
from mann_config import command_line
from mann_config.grid import list_runs, parse_grid, parse_seeds, read_base
from mann_config.measuring import parse_measuring
from mann_sweeps.ray_tasks import check_installed
from mann_sweeps.record import join, make_record, read_record
from mann_sweeps.signals import leave_process_group

_CONFIG = command_line.define_config()
_WORKDIR = flags.DEFINE_string(
    "workdir",
    None,
    "Folder of the sweep, with a folder for each run. Defaults to runs/<name of the config>-sweep.",
)
_SEEDS = flags.DEFINE_string(
    "seeds",
    None,
    "Seeds of the runs, such as 0..4 or 0,3,7. Defaults to the one seed of the config.",
)
_GRID = flags.DEFINE_multi_string(
    "grid",
    [],
    "A field of the config and the values to try, such as model.name=ntm,lstm. May be given for "
    "several fields: then all combinations are tried. Other fields are set for all runs by "
    "--config.<field>.",
)
_CPUS = flags.DEFINE_integer(
    "cpus_per_run",
    None,
    "Cores of each run, whose threads are held to them; as many runs go on at once as the cores "
    "allow. Defaults to 1, as a small model trains no faster on several; with GPUs, to each GPU's "
    "share of the cores.",
    lower_bound=1,
)
_GPUS = flags.DEFINE_float(
    "gpus_per_run",
    None,
    "GPUs of each run, or the share of one, such as 0.5 for two runs on each; 0 trains on the CPU. "
    "Defaults to 1 if there are GPUs.",
    lower_bound=0,
)
_ADDRESS = flags.DEFINE_string(
    "address",
    None,
    "Address of a Ray cluster to run on, auto for the one that this machine is part of; --workdir "
    "must be on a file system that all of its machines share. Defaults to this machine alone.",
)
_EVALUATE = flags.DEFINE_string(
    "evaluate",
    None,
    "Options of mann evaluate to measure each run with, such as '--lengths=20,40 --episodes=500'. "
    "Defaults to how training ends: test_episodes of the config.",
)
_TABLE = flags.DEFINE_boolean(
    "table", False, "Print the table of the runs in --workdir, and run nothing."
)


def main():
    config = _CONFIG.value
    workdir = _WORKDIR.value or f"runs/{config.name}-sweep"
    if _TABLE.value:
        read_record(workdir)
        importlib.import_module("mann_sweeps.sweep").show_table(workdir)
        return
    base = read_base(_CONFIG)
    grid = parse_grid(_GRID.value, base)
    seeds = None if _SEEDS.value is None else parse_seeds(_SEEDS.value)
    measuring = None if _EVALUATE.value is None else parse_measuring(_EVALUATE.value, "--evaluate")
    runs = list_runs(base, grid, seeds, measuring, on_this_machine=_ADDRESS.value is None)
    record = make_record(base, grid, runs, measuring)
    join(workdir, record)
    check_installed()
    # Ray and matplotlib take a second or more to import, and start threads.
    leave_process_group()
    left = importlib.import_module("mann_sweeps.sweep").sweep(
        workdir, record, runs, _CPUS.value, _GPUS.value, _ADDRESS.value
    )
    if left:
        print(f"{left} of {count(len(runs), 'run')} failed; the table says why.", file=sys.stderr)
        sys.exit(1)
