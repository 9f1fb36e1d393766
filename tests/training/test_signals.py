"""StopOnSignal: which signals end a run, and their handlers before and after."""

import os
import signal
import sys
import threading

import pytest

from mann.training.processes import Processes
from mann.training.signals import StopOnSignal

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def handlers():
    """Puts handlers of the test in place, and returns a function that tells who has the signals."""
    before = {number: signal.signal(number, lambda *_: None) for number in NUMBERS}
    yield lambda: [signal.getsignal(number) for number in NUMBERS]
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_first_signal_is_noted_and_the_second_goes_to_who_had_it(number, handlers):
    before, stop = handlers(), StopOnSignal(Processes())
    stop.watch()
    assert not stop.stopped
    signal.raise_signal(number)
    assert stop.stopped and stop.received == number
    assert signal.getsignal(number) == before[NUMBERS.index(number)]
    stop.restore()
    assert handlers() == before


def test_no_signal_is_taken_over_outside_the_main_thread(handlers):
    before, errors = handlers(), []

    def train():
        try:
            stop = StopOnSignal(Processes())
            stop.watch()
            assert handlers() == before
            stop.restore()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert not errors and handlers() == before


def test_a_closed_terminal_that_nohup_has_ignored_stays_ignored(handlers):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop = StopOnSignal(Processes())
    stop.watch()
    signal.raise_signal(signal.SIGHUP)
    assert not stop.stopped
    stop.restore()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_a_system_without_a_signal_is_served(handlers, monkeypatch):
    monkeypatch.delattr(signal, "SIGHUP")
    stop = StopOnSignal(Processes())
    stop.watch()
    signal.raise_signal(signal.SIGTERM)
    assert stop.received == signal.SIGTERM
    stop.restore()


def test_output_to_a_closed_terminal_is_no_error(handlers, monkeypatch):
    terminal, inside = os.openpty()
    stream = open(inside, "w", buffering=1)
    monkeypatch.setattr(sys, "stdout", stream)
    stop = StopOnSignal(Processes())
    stop.watch()
    os.close(terminal)
    print("lost")
    stop.restore()
    assert sys.stdout is stream
    # As anything that is left to write.
    with pytest.raises(OSError):
        stream.close()
