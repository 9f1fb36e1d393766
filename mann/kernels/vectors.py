"""Functions of the compiled loops on float32 vectors and matrices."""

import hashlib
import math
import pathlib

import numba
import numpy as np

ZERO, ONE, TWO = np.float32(0), np.float32(1), np.float32(2)

# Sums may be taken in any order, or they would not vectorise. NaN and infinity stay as they are.
_OPTIONS = {
    "fastmath": {"contract", "reassoc", "nsz", "arcp"},
    "error_model": "numpy",
    "nogil": True,
}
# For functions that write to given arrays only: without allocations and reference counts, which
# numba makes for each slice that is passed on, and which take a fifth of a step.
compiled = numba.njit(_nrt=False, **_OPTIONS)

# For functions that are too short to be worth a call.
inlined = numba.njit(inline="always", error_model="numpy")

# For functions that allocate the arrays that the others write to.
allocating = numba.njit(**_OPTIONS)


def _hash_sources():
    sources = sorted(pathlib.Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


_SOURCES = _hash_sources()


def cached(function):
    """Compiles a function, and caches it on disk, as compiling takes many seconds."""
    # numba goes by the name and the file of the function alone, and would take what it compiled
    # before another file, with what the function calls, has changed.
    function.__qualname__ += f"_{_SOURCES}"
    try:
        return numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # There is no directory to write to.
        return allocating(function)


@allocating
def empty(shape):
    """Returns an array aligned to a cache line, as each row of whole vectors then is too."""
    line, count = np.intp(16), np.intp(1)
    for size in shape:
        count *= size
    workspace = np.empty(count + line, np.float32)
    start = -(workspace.ctypes.data // workspace.itemsize) % line
    return workspace[start : start + count].reshape(shape)


@allocating
def zeros(shape):
    """Returns an array of zeros, aligned as in `empty`."""
    array = empty(shape)
    array[:] = ZERO
    return array


# Outside these, 2^n does not fit the exponent of a float32.
_LOWEST, _HIGHEST = np.float32(-87), np.float32(88)
_LOG2_E = np.float32(math.log2(math.e))
# The natural logarithm of 2 in two parts, the first of few bits, so that its multiples are exact.
_LN_2 = np.float32(0.693359375), np.float32(math.log(2) - 0.693359375)
# 1 / k! from the seventh power down.
_TAYLOR = tuple(np.float32(1 / math.factorial(k)) for k in range(7, 1, -1))
_HALF, _BIAS, _MANTISSA = np.float32(0.5), np.int32(127), np.int32(23)


# The library's function does not vectorise. Compiled without reordering, which would merge the two
# parts of the logarithm.
@inlined
def exp(x):
    """Returns `e^x` within 2 units in the last place, between `e^-87` and `e^88`."""
    x = min(max(x, _LOWEST), _HIGHEST)
    n = np.int32(math.floor(x * _LOG2_E + _HALF))
    x = x - np.float32(n) * _LN_2[0]
    x = x - np.float32(n) * _LN_2[1]
    y = _TAYLOR[0]
    y = y * x + _TAYLOR[1]
    y = y * x + _TAYLOR[2]
    y = y * x + _TAYLOR[3]
    y = y * x + _TAYLOR[4]
    y = y * x + _TAYLOR[5]
    y = y * x * x + x + ONE
    return y * np.int32((n + _BIAS) << _MANTISSA).view(np.float32)


@inlined
def sigmoid(x):
    """Returns `1 / (1 + e^-x)`."""
    return ONE / (ONE + exp(-x))


@compiled
def softplus(x):
    """Returns `log(1 + e^x)`."""
    return max(x, ZERO) + np.float32(math.log1p(exp(-abs(x))))


@compiled
def sigmoids(x, out):
    """Sets `out` to the sigmoid of each number."""
    for i in range(out.shape[0]):
        out[i] = ONE / (ONE + exp(-x[i]))


@compiled
def tanhs(x, out):
    """Sets `out = 2 sigmoid(2 x) - 1`, the tanh of each number."""
    for i in range(out.shape[0]):
        out[i] = TWO / (ONE + exp(-TWO * x[i])) - ONE


@compiled
def softmax(x):
    """Turns `x` into its softmax."""
    # Each maximum depends on the one before, so that four run in parallel.
    a = b = c = d = x[0]
    whole = x.shape[0] // 4 * 4
    for i in range(0, whole, 4):
        a, b, c, d = max(a, x[i]), max(b, x[i + 1]), max(c, x[i + 2]), max(d, x[i + 3])
    for i in range(whole, x.shape[0]):
        a = max(a, x[i])
    largest = max(max(a, b), max(c, d))
    total = ZERO
    for i in range(x.shape[0]):
        power = exp(x[i] - largest)
        x[i] = power
        total += power
    share = ONE / total
    for i in range(x.shape[0]):
        x[i] *= share


@inlined
def copy(x, out):
    """Sets `out = x`."""
    for i in range(out.shape[0]):
        out[i] = x[i]


@inlined
def copy_rows(x, out):
    """Sets `out = x`, of matrices."""
    for i in range(out.shape[0]):
        row, out_row = x[i], out[i]
        for j in range(out.shape[1]):
            out_row[j] = row[j]


@inlined
def dot(a, b):
    """Returns `sum(a b)`."""
    total = ZERO
    for i in range(a.shape[0]):
        total += a[i] * b[i]
    return total


@inlined
def add_scaled(factor, x, out):
    """Adds `factor x` to `out`."""
    for i in range(out.shape[0]):
        out[i] += factor * x[i]


@compiled
def add_product(vector, matrix, out):
    """Adds `vector @ matrix` to `out`, four rows of the matrix in a pass."""
    k = 0
    while k + 4 <= vector.shape[0]:
        a, b, c, d = vector[k], vector[k + 1], vector[k + 2], vector[k + 3]
        row_a, row_b, row_c, row_d = matrix[k], matrix[k + 1], matrix[k + 2], matrix[k + 3]
        for j in range(out.shape[0]):
            out[j] += a * row_a[j] + b * row_b[j] + c * row_c[j] + d * row_d[j]
        k += 4
    while k < vector.shape[0]:
        add_scaled(vector[k], matrix[k], out)
        k += 1


@compiled
def add_transposed_product(matrix, vector, out):
    """Adds `matrix @ vector` to `out`, four rows of the matrix in a pass."""
    k = 0
    while k + 4 <= out.shape[0]:
        row_a, row_b, row_c, row_d = matrix[k], matrix[k + 1], matrix[k + 2], matrix[k + 3]
        a, b, c, d = ZERO, ZERO, ZERO, ZERO
        for j in range(vector.shape[0]):
            x = vector[j]
            a += row_a[j] * x
            b += row_b[j] * x
            c += row_c[j] * x
            d += row_d[j] * x
        out[k] += a
        out[k + 1] += b
        out[k + 2] += c
        out[k + 3] += d
        k += 4
    while k < out.shape[0]:
        out[k] += dot(matrix[k], vector)
        k += 1
