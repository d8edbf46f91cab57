"""Between Python values and MLIR attributes."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (the bindings' stubs leave containers untyped)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.dialects.attributes import value_of
from agentc.ir.bindings import named_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping


def attributes(op: ir.Operation | ir.OpView) -> dict[str, Any]:
    """Return all attributes of an op as Python values, by name."""
    return {name: value_of(attribute) for name, attribute in named_attributes(op.operation)}


def to_attribute(value: Any, context: ir.Context) -> ir.Attribute:  # noqa: PLR0911 (one case a kind)
    """Return a Python value as an attribute: int is i64, float is f64; lists and dicts nest.

    Raises:
        TypeError: the value has no attribute form.
    """
    match value:
        case ir.Attribute():
            return value
        case bool():
            return ir.BoolAttr.get(value, context)
        case int():
            return ir.IntegerAttr.get(ir.IntegerType.get_signless(64, context), value)
        case float():
            return ir.FloatAttr.get(ir.F64Type.get(context), value, ir.Location.unknown(context))
        case str():
            return ir.StringAttr.get(value, context)
        case list() | tuple():
            return ir.ArrayAttr.get([to_attribute(v, context) for v in value], context)
        case dict():
            return ir.DictAttr.get(to_attributes(value, context), context)
        case _:
            raise TypeError(f"no attribute for a {type(value).__name__}: {value!r}")


def to_attributes(values: Mapping[str, Any], context: ir.Context) -> dict[str, ir.Attribute]:
    """Return named values as attributes, leaving out those that are None."""
    return {name: to_attribute(v, context) for name, v in values.items() if v is not None}


def set_attributes(op: ir.Operation | ir.OpView, values: Mapping[str, Any]) -> None:
    """Set attributes of an op from Python values; None leaves one as it is."""
    for name, attribute in to_attributes(values, op.operation.context).items():
        op.operation.attributes[name] = attribute
