"""The arithmetic and list operations of an agent's IR, as Python: for the reference interpreter."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# (the operator module takes operands of any type)

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from agentc.dialects.attributes import value_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlir import ir

    Compute = Callable[..., Any]

# Predicates of arith.cmpi by number; indices are never negative, so unsigned ones are the same.
COMPARE: tuple[Compute, ...] = (
    operator.eq,
    operator.ne,
    *(operator.lt, operator.le, operator.gt, operator.ge) * 2,
)


def _plain(compute: Compute) -> Compute:
    def of_operands(_op: ir.Operation, *inputs: Any) -> Any:
        return compute(*inputs)

    return of_operands


def _compare(op: ir.Operation, a: int, b: int) -> bool:
    return bool(COMPARE[value_of(op.attributes["predicate"])](a, b))


def _constant(op: ir.Operation) -> Any:
    return value_of(op.attributes["value"])


def _up(a: int, b: int) -> int:
    return -(-a // b)


def _select(test: bool, a: Any, b: Any) -> Any:
    return a if test else b


def _same(value: Any) -> Any:
    return value


def _dim(items: list[Any], _axis: int) -> int:
    return len(items)


def _empty(count: int = 0) -> list[Any]:
    return [None] * count


def _list(*items: Any) -> list[Any]:
    return list(items)


def _extract(items: list[Any], *at: int) -> Any:
    return items[at[0]]


ARITHMETIC: dict[str, Compute] = {
    "arith.constant": _constant,
    "arith.cmpi": _compare,
    "arith.addi": _plain(operator.add),
    "arith.subi": _plain(operator.sub),
    "arith.muli": _plain(operator.mul),
    "arith.divui": _plain(operator.floordiv),
    "arith.divsi": _plain(operator.floordiv),
    "arith.ceildivui": _plain(_up),
    "arith.remui": _plain(operator.mod),
    "arith.remsi": _plain(operator.mod),
    "arith.minui": _plain(min),
    "arith.minsi": _plain(min),
    "arith.maxui": _plain(max),
    "arith.maxsi": _plain(max),
    "arith.andi": _plain(operator.and_),
    "arith.ori": _plain(operator.or_),
    "arith.xori": _plain(operator.xor),
    "arith.select": _plain(_select),
    "arith.index_cast": _plain(_same),
    "arith.index_castui": _plain(_same),
    "tensor.dim": _plain(_dim),
    "tensor.empty": _plain(_empty),
    "tensor.extract": _plain(_extract),
    "tensor.from_elements": _plain(_list),
}
