"""Sets how the process gets its memory from the system."""

import ctypes

# mallopt's names for its parameters, in glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8


def keep_freed_memory():
    """Makes glibc keep freed memory for the next allocation; does nothing on other systems.

    A training step on a CPU takes and frees tens of megabytes. By default, glibc returns them
    to the system each time, and fetching them page by page can take longer than the step itself.
    All threads share one arena, as glibc cuts the arenas of other threads than the first down to
    what they use, despite these settings.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(_ARENA_MAX, 1)
    mallopt(_MMAP_MAX, 0)
    mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    mallopt(_TOP_PAD, 2**28)
