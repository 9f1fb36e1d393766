"""Starts the processes of one training on this machine, and ends all of them when one fails."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from mann_config.stop_signals import list_stop_signals

# The variable that tells a process to stop when its standard input ends, with its parent.
STOPS_WITH_PARENT = "MANN_STOPS_WITH_PARENT"
# Seconds that the others have to end by themselves when one has reported an error.
_GRACE = 10
# Of what other processes than the first have written as errors, how much is shown.
_LAST_LINES = 20


def launch(number):
    """Runs this very command in several processes, which train together; returns its exit status.

    The first process writes to this one's output. Each has its share of the CPU's cores. A signal
    to this process stops all of them, and so does its end.

    Args:
        number: number of processes.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        coordinator = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryFile() as errors:
        children = [_start(index, number, coordinator, errors) for index in range(number)]
        received = []
        handlers = {
            one: signal.signal(one, lambda one, _: _pass_on(one, received, children))
            for one in list_stop_signals()
        }
        try:
            failed = _wait(children)
        finally:
            for child in children:
                child.kill()
                child.wait()
            for one, handler in handlers.items():
                signal.signal(one, handler)
        return _report(children, failed, errors)


def _start(index, number, coordinator, errors):
    cores = _get_cores(index, number)
    before = cores and os.sched_getaffinity(0)
    if cores:
        # A process inherits the cores of the one that starts it.
        os.sched_setaffinity(0, cores)
    first = index == 0
    try:
        return subprocess.Popen(
            [
                *(sys.executable, *sys.orig_argv[1:]),
                # The last value of an option counts.
                *("--processes=1", f"--coordinator={coordinator}"),
                *(f"--process_id={index}", f"--num_processes={number}"),
            ],
            # On a machine with GPUs, each takes one of them.
            env={**os.environ, "JAX_LOCAL_DEVICE_IDS": str(index), STOPS_WITH_PARENT: "1"},
            stdin=subprocess.PIPE,
            stdout=None if first else subprocess.DEVNULL,
            stderr=None if first else errors,
            # Ctrl-C in the terminal reaches this process alone, which passes it on.
            start_new_session=True,
        )
    finally:
        if cores:
            os.sched_setaffinity(0, before)


def _get_cores(index, number):
    """Returns the cores of a process, or `None` if there are too few or none can be chosen."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < number:
        return None
    return cores[index * len(cores) // number : (index + 1) * len(cores) // number]


def _pass_on(number, received, children):
    # The first process stops the others with a checkpoint; a second signal ends all at once.
    if received:
        for child in children:
            child.kill()
    else:
        children[0].send_signal(number)
    received.append(number)


def _wait(children):
    """Waits until all have ended, or one has failed; returns the first one that did, or `None`."""
    failed, since = None, None
    while None in [child.poll() for child in children]:
        if failed is None:
            failed = next((child for child in children if child.returncode), None)
            since = time.monotonic()
        # One that was killed cannot be waited for by the others.
        elif failed.returncode < 0 or time.monotonic() > since + _GRACE:
            break
        time.sleep(0.05)
    return failed or next((child for child in children if child.returncode), None)


def _report(children, failed, errors):
    """Prints what the first process has not said itself, and returns the exit status."""
    if failed is None:
        return 0
    if children[0].returncode > 0:
        return children[0].returncode
    index, status = children.index(failed), failed.returncode
    errors.seek(0)
    lines = errors.read().decode(errors="replace").splitlines()
    sys.stderr.writelines(f"process {index}: {line}\n" for line in lines[-_LAST_LINES:])
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else "failed"
    print(
        f"Error: process {index} of {len(children)}, counted from 0, {how}, so that all were "
        "stopped. The same command resumes from the last checkpoint.",
        file=sys.stderr,
    )
    return 128 - status if status < 0 else status
