"""The static halves of upstream ops that take a part of a list: bounds, offsets and sizes."""

from __future__ import annotations

from mlir import ir


def up_to_operand(context: ir.Context) -> dict[str, ir.Attribute]:
    """Attributes of an `scf.forall` from 0 to its one operand, with one result."""
    return {
        "staticLowerBound": _numbers([0], context),
        "staticUpperBound": _numbers([ir.ShapedType.get_dynamic_size()], context),
        "staticStep": _numbers([1], context),
        "operandSegmentSizes": _segments([0, 1, 0, 1], context),
    }


def up_to_constant(count: int, context: ir.Context) -> dict[str, ir.Attribute]:
    """Attributes of an `scf.forall` from 0 to a constant, without results."""
    return {
        "staticLowerBound": _numbers([0], context),
        "staticUpperBound": _numbers([count], context),
        "staticStep": _numbers([1], context),
        "operandSegmentSizes": _segments([0, 0, 0, 0], context),
    }


def one_of_many(context: ir.Context) -> dict[str, ir.Attribute]:
    """Attributes of a `tensor.parallel_insert_slice` that puts one item at an operand's index."""
    return {
        "static_offsets": _numbers([ir.ShapedType.get_dynamic_size()], context),
        "static_sizes": _numbers([1], context),
        "static_strides": _numbers([1], context),
        "operandSegmentSizes": _segments([1, 1, 1, 0, 0], context),
    }


def _numbers(values: list[int], context: ir.Context) -> ir.Attribute:
    return ir.DenseI64ArrayAttr.get(values, context)


def _segments(values: list[int], context: ir.Context) -> ir.Attribute:
    return ir.DenseI32ArrayAttr.get(values, context)
