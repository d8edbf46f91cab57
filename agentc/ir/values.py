"""Between Python values and MLIR attributes."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (the bindings' stubs leave containers untyped)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.dialects.attributes import value_of
from agentc.ir.bindings import named_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def attributes(op: ir.Operation | ir.OpView) -> dict[str, Any]:
    """Return all attributes of an op as Python values, by name."""
    return {name: value_of(attribute) for name, attribute in named_attributes(op.operation)}


def to_attribute(value: Any, context: ir.Context) -> ir.Attribute:
    """Return a Python value as an attribute: int is i64, float is f64; lists and dicts nest.

    Raises:
        TypeError: the value has no attribute form.
    """
    make = _MAKE.get(type(value))
    if make is not None:
        return make(value, context)
    if isinstance(value, ir.Attribute):
        return value
    # A subclass, as numpy's float64 is of float; bool cannot have any.
    for kind, make_kind in _MAKE.items():
        if isinstance(value, kind):
            return make_kind(value, context)
    raise TypeError(f"no attribute for a {type(value).__name__}: {value!r}")


def _integer(value: int, context: ir.Context) -> ir.Attribute:
    return ir.IntegerAttr.get(ir.IntegerType.get_signless(64, context), value)


def _list(value: Sequence[Any], context: ir.Context) -> ir.Attribute:
    return ir.ArrayAttr.get([to_attribute(v, context) for v in value], context)


def _record(value: Mapping[str, Any], context: ir.Context) -> ir.Attribute:
    return ir.DictAttr.get(to_attributes(value, context), context)


_MAKE: dict[type, Callable[[Any, ir.Context], ir.Attribute]] = {
    bool: ir.BoolAttr.get,
    int: _integer,
    float: ir.FloatAttr.get_f64,
    str: ir.StringAttr.get,
    list: _list,
    tuple: _list,
    dict: _record,
}


def to_attributes(values: Mapping[str, Any], context: ir.Context) -> dict[str, ir.Attribute]:
    """Return named values as attributes, leaving out those that are None."""
    return {name: to_attribute(v, context) for name, v in values.items() if v is not None}


def set_attributes(op: ir.Operation | ir.OpView, values: Mapping[str, Any]) -> None:
    """Set attributes of an op from Python values; None leaves one as it is."""
    for name, attribute in to_attributes(values, op.operation.context).items():
        op.operation.attributes[name] = attribute
