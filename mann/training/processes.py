"""The processes that train one model together, on JAX: how they meet, agree and part."""

import itertools
import json
import os
import signal
import sys
import threading

import keras

from mann_config.errors import Interrupted, UserError
from mann_config.launch import STOPS_WITH_PARENT

# Seconds without a sign of life after which a process counts as dead.
_SILENCE = 20
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

    if os.environ.get(STOPS_WITH_PARENT):
        threading.Thread(target=_stop_with_parent, daemon=True).start()
    # It would take SIGTERM, which stops a run by itself here.
    jax.config.update("jax_enable_preemption_service", False)
    try:
        jax.distributed.initialize(
            coordinator, num_processes, process_id, heartbeat_timeout_seconds=_SILENCE
        )
    except (ValueError, RuntimeError) as error:
        raise UserError(
            f"The processes do not find each other ({error}): give each --coordinator, "
            "--process_id and --num_processes, or start them by SLURM, Open MPI or Kubernetes."
        ) from error


def _stop_with_parent():
    # The other end of the pipe is closed when the parent ends, however it ends.
    os.read(sys.stdin.fileno(), 1)
    signal.raise_signal(signal.SIGTERM)


class Processes:
    """The processes of this training: one, unless `join` or `jax.distributed` has joined several.

    All call the same methods in the same order.

    Attributes:
        number: how many they are.
        index: which of them this one is, from 0.
    """

    def __init__(self):
        self.number, self.index = 1, 0
        if keras.backend.backend() != "jax":
            return
        import jax

        self.number, self.index = jax.process_count(), jax.process_index()
        if self.number > 1:
            # JAX has no public name for it.
            from jax._src import distributed

            self._client = distributed.global_state.client
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
            answer = json.loads(self._client.blocking_key_value_get(key, 1000 * _WEEK))
            if "error" in answer:
                self._end()
                raise UserError(f"The first process stopped: {answer['error']}")
            return answer["value"]
        try:
            value = make()
        except BaseException as error:
            self._client.key_value_set(key, json.dumps({"error": str(error)}))
            self._end()
            raise
        self._client.key_value_set(key, json.dumps({"value": value}))
        return value

    def run_in_first(self, make):
        """Returns `make()` of the first process, the only one to call it; `None` in the others.

        All go on when it is done; `share` says what they raise.
        """
        made = []
        self.share(lambda: made.append(make()))
        return made[0] if made else None

    def agree_to_stop(self, step, number):
        """Returns the signal that all stop for after this step, or `None`.

        No process can be more than one step ahead of another, whose part of a gradient it needs:
        all see before the end of a step what one of them wrote at the end of the step before.

        Args:
            step: number of steps so far.
            number: number of the signal that this process has received, or `None`.
        """
        if number is not None:
            try:
                self._client.key_value_set(self._stop, json.dumps([step + 1, int(number)]))
            except RuntimeError:
                # Another process was first.
                number = None
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

    def run(self, train):
        """Runs `train()` in all processes.

        Raises:
            UserError: if another process has ended; or what `train` raises.
        """
        try:
            train()
        except Interrupted:
            self._end()
            raise
        except UserError:
            raise
        except Exception as error:
            if self.number > 1 and (dead := self._find_dead()):
                names = " and ".join(map(str, dead))
                raise UserError(
                    f"Process {names} of {self.number}, counted from 0, has ended, so that this "
                    f"one, {self.index}, stops too: the same command resumes from the last "
                    "checkpoint."
                ) from error
            raise

    def _find_dead(self):
        """Returns the indices of the processes that have ended, as far as is known soon."""
        living = []

        def ask():
            # It answers when every process has asked, or is dead.
            living.extend(self._client.get_live_nodes(list(range(self.number))))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(_SILENCE + 5)
        return sorted(set(range(self.number)) - set(living)) if living else []

    def _end(self):
        """Ends the connection when all are here, so that none ends while another needs it."""
        if self.number > 1:
            import jax

            jax.distributed.shutdown()
