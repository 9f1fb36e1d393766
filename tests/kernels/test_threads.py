"""How many cores compiled code runs on."""

import pytest

from mann.kernels import threads


@pytest.mark.parametrize(
    ("limit", "cores"),
    [("2", 2), (" 3,1 ", 3), ("9", 4), ("", 4), ("0", 4), ("all", 4), (None, 4)],
)
def test_the_usual_variable_holds_compiled_code_to_fewer_cores(limit, cores, monkeypatch):
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    if limit is None:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", limit)
    assert threads.count_cores() == cores
