"""Ends a run on a signal: after the step in progress, with a checkpoint."""

import contextlib
import os
import signal
import sys
import threading

import keras

from mann_config.stop_signals import list_stop_signals


class _Terminal:
    """A terminal whose closing does not end training, by what can then not be written.

    Its signal is ignored under nohup, and does not reach a run in the background.
    """

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text):
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self):
        with contextlib.suppress(OSError):
            self._stream.flush()


class StopOnSignal(keras.callbacks.Callback):
    """Ends training after the step in progress on a signal; a second one stops at once.

    Of several processes, all end after the same step when one has received a signal.

    Args:
        processes: the `Processes` of the training.

    Attributes:
        received: number of the signal received, or `None`.
    """

    def __init__(self, processes):
        super().__init__()
        self.received = None
        self._processes = processes
        self._here = None
        self._step = 0
        self._previous = {}
        self._output = None

    @property
    def stopped(self):
        """Whether training is to end."""
        return self.received is not None

    def watch(self):
        """Takes the signals over, until `restore`; does nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in list_stop_signals():
            self._previous[number] = signal.signal(number, self._stop)
        if sys.stdout.isatty():
            self._output, sys.stdout = sys.stdout, _Terminal(sys.stdout)

    def on_train_batch_end(self, batch, logs=None):
        # A step has ended, in which all have taken part, when its loss is known.
        float(logs["loss"])
        self._step += 1
        if self._processes.number > 1:
            self.received = self._processes.agree_to_stop(self._step, self._here)
        if self.stopped:
            self.model.stop_training = True

    def agree_at_end(self):
        """Notes a signal that any of the processes received after all had agreed to go on."""
        if self._processes.number > 1 and not self.stopped:
            received = self._processes.gather(None if self._here is None else int(self._here))
            self.received = next((number for number in received if number is not None), None)

    def restore(self):
        """Restores the handlers of the signals, and the output, from before training."""
        for number in self._previous:
            self._give_back(number)
        if self._output is not None:
            sys.stdout, self._output = self._output, None

    def _stop(self, number, frame):
        self._here = number
        if self._processes.number == 1:
            self.received = number
        self._give_back(number)
        if number == getattr(signal, "SIGHUP", None):
            _leave_lost_terminal()

    def _give_back(self, number):
        # `None` stands for a handler that was not installed from Python.
        signal.signal(number, self._previous[number] or signal.SIG_DFL)


def _leave_lost_terminal():
    """Discards all further output to a closed terminal, where printing would raise."""
    for descriptor in (1, 2):
        try:
            os.write(descriptor, b"")
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
