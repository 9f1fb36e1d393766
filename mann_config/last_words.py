"""Says in one line what JAX says in many when it ends a process because another one has died."""

import os
import re
import signal
import subprocess
import sys

_FATAL = b"Terminating process because the JAX distributed service detected fatal errors"
_SILENT = re.compile(rb"stopped sending heartbeats\):\s*((?:\d+\s+)+)")
_WITHOUT_FIRST = b"Failed to send RPC to coordination service"


def explain_last_words():
    """Has the errors of this process written by another one, which outlives it."""
    sys.stderr.flush()
    writer = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, start_new_session=True
    )
    os.dup2(writer.stdin.fileno(), 2)
    # Else the writer would wait for this end of the pipe too.
    writer.stdin.close()


def explain(text):
    """Returns what to write for the text that ends with JAX's: a line, if it is understood.

    Example:

    >>> explain(b"Failed to send RPC to coordination service. Either the leader task ...")
    b'Error: process 0, counted from 0, has ended, and so this one: the same command resumes.\\n'
    """
    silent = _SILENT.search(text)
    if silent is None and _WITHOUT_FIRST not in text:
        return text
    names = b" and ".join(silent[1].split()) if silent else b"0"
    return (
        b"Error: process %b, counted from 0, has ended, and so this one: the same command "
        b"resumes.\n" % names
    )


def main():
    """Copies the standard input to the standard error until JAX's last words."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            # The process that it writes for decides when to end.
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    words, errors = sys.stdin.buffer, sys.stderr.buffer
    for line in words:
        if _FATAL in line:
            line = explain(line + words.read())
        errors.write(line)
        errors.flush()


if __name__ == "__main__":
    main()
