"""The arithmetic between operators, by the names that emitted programs use: `do.calc(arith.lt, i, 3)`."""

from __future__ import annotations

import operator
from typing import Any

add, sub, mul = operator.add, operator.sub, operator.mul
lt, le, gt, ge, eq, ne = operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne


def div(a: Any, b: Any) -> Any:
    """Divide; whole numbers round toward zero, as MLIR does."""
    if isinstance(a, int) and isinstance(b, int):
        quotient = abs(a) // abs(b)
        return quotient if (a < 0) == (b < 0) else -quotient
    return a / b


def up(a: int, b: int) -> int:
    """Divide whole numbers, rounding up."""
    return -(-a // b)


def rem(a: int, b: int) -> int:
    """Return what `div` leaves over."""
    return a - b * div(a, b)


def both(a: Any, b: Any) -> Any:
    """Return a & b; on flags, whether both hold."""
    return a & b


def either(a: Any, b: Any) -> Any:
    """Return a | b; on flags, whether one holds."""
    return a | b


def differ(a: Any, b: Any) -> Any:
    """Return a ^ b; on flags, whether exactly one holds."""
    return a ^ b


def choose(go: bool, a: Any, b: Any) -> Any:
    """Return a where the flag holds, else b."""
    return a if go else b


def whole(a: Any) -> int:
    """Return a number cut to a whole one."""
    return int(a)


def real(a: Any) -> float:
    """Return a number as a float."""
    return float(a)


def smaller(a: Any, b: Any) -> Any:
    """Return the smaller."""
    return min(a, b)


def larger(a: Any, b: Any) -> Any:
    """Return the larger."""
    return max(a, b)


def size(items: list[Any], _dimension: int = 0) -> int:
    """Return how many items a list has."""
    return len(items)


def item(items: list[Any], *index: int) -> Any:
    """Return one item of a list."""
    return items[index[0]] if index else items[0]


def pack(*values: Any) -> list[Any]:
    """Return values as a list."""
    return list(values)


def empty(count: int = 0) -> list[Any]:
    """Return room for `count` items, to be filled by a map."""
    return [None] * count


def put(value: Any, items: list[Any], index: int) -> list[Any]:
    """Return the list with one item replaced."""
    return [*items[:index], value, *items[index + 1 :]]
