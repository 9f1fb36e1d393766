"""The flags of a training in several processes: started here, by a cluster, or by hand."""

import os
import re
import sys

from absl import flags

from mann_config.errors import UserError
from mann_config.launch import launch

flags.disclaim_key_flags()

_OF_ONE = ("coordinator", "process_id", "num_processes")


def define_processes():
    """Defines --processes, --cluster, and the three flags of a process that is started by hand."""
    flags.DEFINE_integer(
        "processes",
        1,
        "JAX: how many processes to start on this machine. Each trains on its part of every batch.",
        lower_bound=1,
    )
    flags.DEFINE_boolean(
        "cluster",
        False,
        "JAX: this is one of the processes that SLURM, Open MPI or Kubernetes has started to train "
        "together.",
    )
    flags.DEFINE_string(
        "coordinator",
        None,
        "JAX: address and port of the first of several processes that are started by hand, such as "
        "10.0.0.1:1234; with --process_id and --num_processes.",
    )
    flags.DEFINE_integer(
        "process_id", None, "With --coordinator: index of this process, from 0.", lower_bound=0
    )
    flags.DEFINE_integer(
        "num_processes", None, "With --coordinator: number of all processes.", lower_bound=1
    )


def read_processes():
    """Returns how this process joins others, by the flags.

    Returns:
        The arguments of `mann.training.join` as a dict, or `None` if it does not.

    Raises:
        UserError: if the flags contradict each other.
    """
    values = flags.FLAGS
    given = {name: values[name].value for name in _OF_ONE if values[name].value is not None}
    if given and len(given) < len(_OF_ONE):
        missing = ", ".join(f"--{name}" for name in _OF_ONE if name not in given)
        raise UserError(f"A process that is started by hand needs {missing} too.")
    if given and not given["process_id"] < given["num_processes"]:
        raise UserError(
            f"--process_id must be less than --num_processes, {given['num_processes']}. "
            f"Received: {given['process_id']}."
        )
    if given and not re.fullmatch(r".+:\d{1,5}", given["coordinator"]):
        raise UserError(
            "--coordinator must be an address and a port, such as 10.0.0.1:1234. "
            f"Received: {given['coordinator']!r}."
        )
    ways = {
        "--processes": values.processes > 1,
        "--cluster": values.cluster,
        "--coordinator": bool(given),
    }
    chosen = [name for name, is_chosen in ways.items() if is_chosen]
    if len(chosen) > 1:
        raise UserError(f"Give one of {' and '.join(chosen)}, not both.")
    if chosen and os.name == "nt":
        raise UserError(f"{chosen[0]}: JAX has no several processes on Windows; use WSL or Linux.")
    return given if given or values.cluster else None


def launch_processes():
    """Runs this command in as many processes as --processes says, and exits with their status.

    Does nothing if that is one.
    """
    if flags.FLAGS.processes > 1:
        sys.exit(launch(flags.FLAGS.processes))
