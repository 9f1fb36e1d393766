"""Ends a run on a signal: after the step in progress, with a checkpoint."""

import os
import signal
import threading

import keras

# Ctrl-C in the terminal, a request of the system or a scheduler, and a closed terminal. Some
# systems lack some of them.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class StopOnSignal(keras.callbacks.Callback):
    """Ends training after the step in progress on a signal; a second one stops at once.

    Attributes:
        received: number of the signal received, or `None`.
    """

    def __init__(self):
        super().__init__()
        self.received = None
        self._previous = {}

    @property
    def stopped(self):
        """Whether training is to end."""
        return self.received is not None

    def watch(self):
        """Takes the signals over, until `restore`; does nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (getattr(signal, name) for name in _NAMES if hasattr(signal, name)):
            # Under nohup the signal of a closed terminal is ignored, and must stay ignored.
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                self._previous[number] = signal.signal(number, self._stop)

    def on_train_batch_end(self, batch, logs=None):
        if self.stopped:
            self.model.stop_training = True

    def restore(self):
        """Restores the handlers of the signals from before training."""
        for number in self._previous:
            self._give_back(number)

    def _stop(self, number, frame):
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
