"""The signals that ask a command to stop."""

import signal

# Ctrl-C in the terminal, a request of the system or a scheduler, and a closed terminal. Some
# systems lack some of them.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


def list_stop_signals():
    """Returns the numbers of the signals that this process is to stop for."""
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # Under nohup the signal of a closed terminal is ignored, and must stay ignored.
    return [
        number
        for number in numbers
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN
    ]
