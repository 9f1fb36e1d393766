"""Signals that stop a sweep: who gets them, and what they ask for."""

import contextlib
import ctypes
import os
import signal
import sys

from mann_config.stop_signals import list_stop_signals

_PR_SET_PDEATHSIG = 1


class Stop:
    """The signals that asked a sweep to stop.

    Attributes:
        received: list of the numbers of the signals received.
    """

    def __init__(self):
        self.received = []

    @contextlib.contextmanager
    def watch(self):
        """Takes the signals over."""
        numbers = list_stop_signals()
        before = {number: signal.getsignal(number) for number in numbers}
        self.take_back()
        try:
            yield
        finally:
            for number, handler in before.items():
                # `None` stands for a handler that was not installed from Python.
                signal.signal(number, handler or signal.SIG_DFL)

    def take_back(self):
        """Takes the signals over again, from a library that has taken them."""
        for number in list_stop_signals():
            signal.signal(number, self._note)

    def _note(self, number, frame):
        self.received.append(number)


def leave_process_group():
    """Goes on in a child process that has a session of its own, which gets each signal of this one.

    A signal to a whole process group, as Ctrl-C and `timeout` send it, ends Ray's processes before
    the runs have saved their checkpoints; so only this process stays in the group. It ends with the
    exit status of the child, and the child is asked to stop when it is killed.

    Does nothing where processes cannot be forked. No thread may have been started before.
    """
    if not hasattr(os, "fork"):
        return
    sys.stdout.flush()
    sys.stderr.flush()
    parent, numbers = os.getpid(), list_stop_signals()
    # A signal that comes before the child is known waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    child = os.fork()
    if child == 0:
        os.setsid()
        _ask_to_stop_without(parent)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
        return
    for number in numbers:
        signal.signal(number, lambda number, _: _forward(child, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _forward(child, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def _ask_to_stop_without(parent):
    """Has the system send SIGTERM to this process when its parent ends."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(128 + signal.SIGTERM)
