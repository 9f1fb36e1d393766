"""The building blocks of the kernels, and the features of numba that they need."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from mann.kernels import allocation, simd, vectors  # noqa: E402


def test_the_exponential_is_that_of_the_library():
    @numba.njit
    def exponentials(x):
        return np.array([vectors.exp(value) for value in x], np.float32)

    x = np.linspace(-87, 88, 100_001, dtype=np.float32)
    np.testing.assert_allclose(exponentials(x), np.exp(x.astype(float)), rtol=3e-7)
    far = exponentials(np.array([-1e9, -np.inf, 1e9, np.nan], np.float32))
    assert far[0] == far[1] < 1e-37 and far[2] > 1e38 and np.isnan(far[3])


def test_tiny_products_over_used_slots_are_zero_not_subnormal():
    usage = np.linspace(0.01, 0.02, 64, dtype=np.float32)
    got = np.empty(64, np.float32)
    allocation.allocate(usage, np.empty(64, np.int32), got, np.empty((3, 64), np.float32))
    floored = 1e-6 + (1 - 1e-6) * usage.astype(float)
    want = (1 - floored) * np.cumprod(np.concatenate([[1], floored[:-1]]))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-30)
    assert ((got == 0) | (got > 9e-31)).all()


@pytest.mark.parametrize("size", [1, 7, 128])
def test_slots_are_sorted_by_usage_and_those_used_alike_by_number(size):
    usage = np.random.default_rng(0).integers(0, 9, size).astype(np.float32) / 8
    order, weights = np.empty(size, np.int32), np.empty(size, np.float32)
    scratch = np.empty((3, simd.padded(size)), np.float32)
    allocation.allocate(usage, order, weights, scratch)
    np.testing.assert_array_equal(order, np.argsort(usage, kind="stable"))
    usage[:] = np.nan
    allocation.allocate(usage, order, weights, scratch)
    assert 0 <= order.min() and order.max() < size


def test_vectors_are_computed_on_as_a_whole():
    @numba.njit
    def run(x, y, out):
        a, b = simd.load(x, 1), simd.load(y, 0)
        simd.prefetch(x, 10_000)
        simd.store(out, 0, a * b + simd.repeat(np.float32(2)) - a)
        simd.store(out, simd.WIDTH, simd.less(a, b))
        return simd.total(b)

    x, y = np.random.default_rng(0).normal(size=(2, simd.WIDTH + 1)).astype(np.float32)
    out = np.zeros(2 * simd.WIDTH, np.float32)
    np.testing.assert_allclose(run(x, y, out), y[:-1].sum(), rtol=1e-5)
    np.testing.assert_allclose(out[: simd.WIDTH], x[1:] * y[:-1] + 2 - x[1:], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(out[simd.WIDTH :], x[1:] < y[:-1])
    [code] = run.inspect_llvm().values()
    assert f"<{simd.WIDTH} x float>" in code and "llvm.prefetch" in code


def test_numba_counts_references_unless_nrt_is_off():
    """The option `_nrt`, which numba does not document."""

    def total(x):
        return parts(x[1:], x[:-1])

    @numba.njit
    def parts(x, y):
        return x[0] + y[0]

    codes = []
    for compile in (vectors.compiled, vectors.allocating):
        function = compile(total)
        assert function(np.ones(3, np.float32)) == 2
        codes += function.inspect_llvm().values()
    assert ["NRT_incref" in code or "NRT_decref" in code for code in codes] == [False, True]


def test_what_is_cached_is_compiled_anew_when_a_file_that_it_calls_has_changed(tmp_path):
    kernels = tmp_path / "mann" / "kernels"
    kernels.mkdir(parents=True)
    # A package that is installed would come before a folder without these.
    for folder in (kernels.parent, kernels):
        (folder / "__init__.py").touch()
    shutil.copy(vectors.__file__, kernels)
    (kernels / "caller.py").write_text(
        "from mann.kernels import called, vectors\n\n\n"
        "@vectors.cached\ndef call(x):\n    return called.add(x)\n"
    )
    program = (
        "from mann.kernels import caller; print(caller.call(1), len(caller.call.stats.cache_hits))"
    )
    printed = []
    for added in (1, 1, 2):
        (kernels / "called.py").write_text(
            "from mann.kernels import vectors\n\n\n"
            f"@vectors.compiled\ndef add(x):\n    return x + {added}\n"
        )
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path)}
        command = [sys.executable, "-c", program]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
        )
        printed.append(done.stdout.split())
    assert printed == [["2", "0"], ["2", "1"], ["3", "0"]]


def test_arrays_start_with_a_line_of_the_cache():
    for size in (1, 5, 100):
        assert vectors.zeros((size, 3)).ctypes.data % 64 == 0
