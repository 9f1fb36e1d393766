"""The processes that train one model together, on JAX: how they meet, agree and part."""

import contextlib
import itertools
import json
import os
import signal
import socket
import sys
import threading
import time

import keras

from mann_config import command_line
from mann_config.errors import UserError
from mann_config.last_words import explain_last_words
from mann_config.launch import STOPS_WITH_PARENT

# Seconds without a sign of life after which a process counts as dead.
_SILENCE = 20
# Seconds to wait for the first process to be started.
_PATIENCE = 300
# Waits end with the process that is waited for, not with time.
_WEEK = 7 * 24 * 60 * 60
_MEETINGS = itertools.count()


def join(coordinator=None, process_id=None, num_processes=None):
    """Makes this process one of several that train together, before JAX is used.

    Args:
        coordinator: address and port of the first process, such as `"10.0.0.1:1234"`. Defaults to
            `None`: all three are what SLURM, Open MPI or Kubernetes say, as
            `jax.distributed.initialize` finds it.
        process_id: index of this process, from 0. Defaults to `None`.
        num_processes: number of processes. Defaults to `None`.

    Raises:
        UserError: if the backend is not JAX, or the others are not found.
    """
    if keras.backend.backend() != "jax":
        raise UserError(
            "Only the JAX backend trains in several processes: set KERAS_BACKEND=jax, or start "
            f"one process. Received: KERAS_BACKEND={keras.backend.backend()}."
        )
    import jax

    if STOPS_WITH_PARENT in os.environ:
        threading.Thread(target=_stop_with_parent, daemon=True).start()
    else:
        explain_last_words()
        if coordinator is not None:
            print(f"Waiting for all {num_processes} processes, at {coordinator}.", flush=True)
            if process_id > 0:
                _wait_for(coordinator)
    # It would take SIGTERM, which stops a run by itself here.
    jax.config.update("jax_enable_preemption_service", False)
    try:
        with _let_signals_end_it():
            jax.distributed.initialize(
                coordinator,
                num_processes,
                process_id,
                heartbeat_timeout_seconds=_SILENCE,
                shutdown_timeout_seconds=_WEEK,
            )
    except (ValueError, RuntimeError) as error:
        raise UserError(
            f"The processes do not find each other ({error}): give each --coordinator, "
            "--process_id and --num_processes, or start them by SLURM, Open MPI or Kubernetes."
        ) from error
    command_line.leave = _leave


def _wait_for(coordinator):
    """Returns as soon as the first process listens; JAX would end this one after a while."""
    host, _, port = coordinator.rpartition(":")
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=5).close()
            return
        except (OSError, OverflowError) as error:
            # A name that means nothing, or a port that is none, will not change.
            is_wrong = isinstance(error, (socket.gaierror, OverflowError))
            if is_wrong or time.monotonic() > deadline:
                raise UserError(
                    f"--coordinator={coordinator} does not answer ({error}): start the process of "
                    "--process_id=0 there, and give its address and port."
                ) from error
        time.sleep(0.5)


def _stop_with_parent():
    # The other end of the pipe is closed when the parent ends, however it ends.
    os.read(sys.stdin.fileno(), 1)
    signal.raise_signal(signal.SIGTERM)


@contextlib.contextmanager
def _let_signals_end_it():
    """Has Ctrl-C end the process while JAX waits, from which Python does not hear of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _leave(status):
    """Ends the process: together with the others, or at once if they are not ending.

    Python ends a process of JAX when all of them do.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        _get_client().wait_at_barrier("mann/leave", 1000 * _SILENCE)
    except RuntimeError:
        os._exit(status)
    sys.exit(status)


def _get_client():
    # JAX has no public name for it.
    from jax._src import distributed

    return distributed.global_state.client


class Processes:
    """The processes of this training: one, unless `join` or `jax.distributed` has joined several.

    All call the same methods in the same order.

    Attributes:
        number: how many they are.
        index: which of them this one is, from 0.

    Raises:
        UserError: if JAX cannot be used by so many processes.
    """

    def __init__(self):
        self.number, self.index = 1, 0
        if keras.backend.backend() != "jax":
            return
        import jax

        try:
            self.number, self.index = jax.process_count(), jax.process_index()
        except RuntimeError as error:
            raise UserError(
                f"JAX does not start ({error}): with several processes on a machine with GPUs, "
                "each needs one of its own."
            ) from error
        if self.number > 1:
            self._client = _get_client()
            self._stop = f"mann/stop/{next(_MEETINGS)}"

    @property
    def is_first(self):
        """Whether this is the process that writes files and prints."""
        return self.index == 0

    def share(self, make):
        """Returns `make()` of the first process, the only one to call it.

        Args:
            make: function that returns a value as JSON holds it.

        Raises:
            UserError: in the other processes, if it raises an error.
        """
        if self.number == 1:
            return make()
        key = f"mann/shared/{next(_MEETINGS)}"
        if not self.is_first:
            answer = self._read(key)
            if "error" in answer:
                raise UserError(f"The first process stopped: {answer['error']}")
            return answer["value"]
        try:
            value = make()
        except BaseException as error:
            self._write(key, {"error": str(error) or type(error).__name__})
            raise
        self._write(key, {"value": value})
        return value

    def _write(self, key, value):
        self._client.key_value_set(key, json.dumps(value))

    def _read(self, key):
        """Returns the value of a key when it is written."""
        while True:
            # Python hears of a signal only between two waits.
            with contextlib.suppress(RuntimeError):
                return json.loads(self._client.blocking_key_value_get(key, 1000))

    def run_in_first(self, make):
        """Returns `make()` of the first process, the only one to call it; `None` in the others.

        All go on when it is done; `share` says what they raise.
        """
        made = []
        self.share(lambda: made.append(make()))
        return made[0] if made else None

    def gather(self, value):
        """Returns the list of the values of all processes, each as JSON holds it."""
        key = f"mann/gathered/{next(_MEETINGS)}"
        self._write(f"{key}/{self.index}", value)
        return [self._read(f"{key}/{index}") for index in range(self.number)]

    def run_in_all(self, make):
        """Returns `make()` of this process, when it has succeeded in all.

        Raises:
            UserError: in all processes, if `make` raises one in any.
        """
        if self.number == 1:
            return make()
        made, message = None, None
        try:
            made = make()
        except (UserError, OSError) as error:
            message = str(error)
        messages = self.gather(message)
        failed = next((index for index, text in enumerate(messages) if text is not None), None)
        if failed is not None:
            everywhere = set(messages) == {messages[failed]}
            where = "" if everywhere else f"Process {failed} of {self.number}, counted from 0: "
            raise UserError(f"{where}{messages[failed]}")
        return made

    def agree_to_stop(self, step, number):
        """Returns the signal that all stop for after this step, or `None`.

        No process can be more than one step ahead of another, whose part of a gradient it needs:
        all see before the end of a step what one of them wrote at the end of the step before.

        Args:
            step: number of steps so far.
            number: number of the signal that this process has received, or `None`.
        """
        if number is not None:
            # Another process may have been first.
            with contextlib.suppress(RuntimeError):
                self._write(self._stop, [step + 1, int(number)])
        try:
            last, number = json.loads(self._client.key_value_try_get(self._stop))
        except RuntimeError:
            return None
        return number if step >= last else None

    def spread(self, arrays):
        """Returns the NumPy arrays of the first process; all give arrays of these shapes."""
        if self.number == 1:
            return arrays
        from jax.experimental import multihost_utils

        return multihost_utils.broadcast_one_to_all(arrays)

    def get_rows(self, batch_size):
        """Returns the slice of a batch that this process draws and trains on."""
        return slice(
            self.index * batch_size // self.number, (self.index + 1) * batch_size // self.number
        )

    @contextlib.contextmanager
    def await_end_of_dead(self):
        """Gives JAX the time to end this process too, when a sum fails as another one has died.

        It then says which; the error of the sum does not.
        """
        try:
            yield
        except Exception as error:
            if self.number > 1 and "Gloo" in str(error):
                time.sleep(2 * _SILENCE)
            raise
