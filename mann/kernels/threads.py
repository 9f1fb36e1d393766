"""Runs compiled code on all cores, each with a part of the batch."""

import concurrent.futures
import functools
import os


def run_in_threads(function, batch, *args):
    """Calls compiled code, which releases the GIL, on a part of the rows for each core.

    Args:
        function: function of a tuple, the first row and the one after the last, and of `*args`.
        batch: number of rows.
        *args: further arguments of `function`.
    """
    parts = max(1, min(batch, count_cores()))
    cuts = [batch * part // parts for part in range(parts + 1)]
    rows = zip(cuts[:-1], cuts[1:], strict=True)
    list(_pool().map(lambda part: function(part, *args), rows))


def count_cores():
    """Returns how many cores the process may use, or the machine has if that is unknown.

    OMP_NUM_THREADS, which holds the compiled loops of other libraries to fewer, holds these too.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limit = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return min(cores, int(limit)) if limit.isdigit() and int(limit) else cores


@functools.cache
def _pool():
    return concurrent.futures.ThreadPoolExecutor(count_cores(), thread_name_prefix="mann_kernel")


if hasattr(os, "register_at_fork"):
    # A forked process has the pool but none of its threads.
    os.register_at_fork(after_in_child=_pool.cache_clear)
