"""Sixteen numbers at a time, for the loops of a compiled step that take longest.

A loop over single numbers vectorises as well, but into halves of a wide register, and first checks
whether the arrays overlap, which takes as long as a short row.
"""

import operator

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, overload, register_model

WIDTH = 16

_VECTOR = ir.VectorType(ir.FloatType(), WIDTH)
_I32 = ir.IntType(32)


@numba.njit
def padded(size):
    """Returns `size` rounded up to a whole number of vectors."""
    return (size + WIDTH - 1) // WIDTH * WIDTH


class Vector(types.Type):
    """Numba's type of sixteen float32, which are added, subtracted and multiplied one by one."""

    def __init__(self):
        super().__init__(name="simd_vector")


_vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, _VECTOR)


def _address(context, builder, signature, args, of):
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.bitcast(builder.gep(array.data, [args[1]]), of.as_pointer())


@intrinsic
def load(typing_context, array, start):
    """Returns the numbers of an array from `start` on."""

    def generate(context, builder, signature, args):
        return builder.load(_address(context, builder, signature, args, _VECTOR), align=4)

    return _vector(array, types.intp), generate


@intrinsic
def store(typing_context, array, start, value):
    """Sets the numbers of an array from `start` on."""

    def generate(context, builder, signature, args):
        builder.store(args[2], _address(context, builder, signature, args, _VECTOR), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, _vector), generate


@intrinsic
def prefetch(typing_context, array, start):
    """Prefetches the number at `start`, which may lie past the end, into the L1 cache."""

    def generate(context, builder, signature, args):
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), (pointer, _I32, _I32, _I32))
        instruction = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        address = _address(context, builder, signature, args, ir.IntType(8))
        to_write, nearest, data = _I32(1), _I32(3), _I32(1)
        builder.call(instruction, [address, to_write, nearest, data])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@intrinsic
def repeat(typing_context, x):
    """Returns a vector of `x`."""

    def generate(context, builder, signature, args):
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        one = builder.insert_element(nothing, args[0], _I32(0))
        everywhere = ir.Constant(ir.VectorType(_I32, WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(one, nothing, everywhere)

    return _vector(types.float32), generate


@intrinsic
def total(typing_context, vector):
    """Returns the sum of a vector."""

    def generate(context, builder, signature, args):
        kind = ir.FunctionType(ir.FloatType(), (ir.FloatType(), _VECTOR))
        name = f"llvm.vector.reduce.fadd.v{WIDTH}f32"
        add = cgutils.get_or_insert_function(builder.module, kind, name)
        zero = ir.Constant(ir.FloatType(), 0.0)
        return builder.call(add, (zero, args[0]), fastmath=("reassoc",))

    return types.float32(_vector), generate


@intrinsic
def less(typing_context, a, b):
    """Returns a vector of 1 where `a < b`, and else 0."""

    def generate(context, builder, signature, args):
        one, zero = ir.Constant(_VECTOR, [1.0] * WIDTH), ir.Constant(_VECTOR, [0.0] * WIDTH)
        return builder.select(builder.fcmp_ordered("<", *args), one, zero)

    return _vector(_vector, _vector), generate


def _apply(operation, instruction):
    @intrinsic
    def apply(typing_context, a, b):
        def generate(context, builder, signature, args):
            return getattr(builder, instruction)(*args, flags=("contract", "nsz"))

        return _vector(_vector, _vector), generate

    @overload(operation, inline="always")
    def operate(a, b):
        if isinstance(a, Vector) and isinstance(b, Vector):
            return lambda a, b: apply(a, b)


_apply(operator.add, "fadd")
_apply(operator.sub, "fsub")
_apply(operator.mul, "fmul")
