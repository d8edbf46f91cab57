"""Attributes of our ops: typed accessors that also state kind, range and choices for the verifier.

IRDL knows required attributes only and has no ranges, so each view class states all of its
attributes once, as class members:

    class SearchOp(AgentView):
        store = text()
        k = integer(low=1)

`op.k` then reads the attribute as `int | None`, and `SearchOp.rules["k"]` is its rule.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (MLIR's stubs leave containers untyped)

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, overload

from mlir import ir

from agentc.dialects.bounds import highest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Kind = Literal["text", "integer", "number", "flag", "texts", "numbers", "record"]
T = TypeVar("T")


class Attr(Generic[T]):
    """One attribute: a descriptor that reads it, and the rule that the verifier checks."""

    def __init__(
        self,
        kind: Kind,
        *,
        name: str = "",
        low: float | None = None,
        high: float | None = None,
        choices: tuple[str, ...] = (),
    ) -> None:
        self.kind: Kind = kind
        self.name = name
        self.low = low
        self.high = high
        self.choices = choices

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name
        if self.high is None and self.kind in {"integer", "number", "numbers"}:
            self.high = highest(self.name)

    @overload
    def __get__(self, op: None, owner: type) -> Attr[T]: ...
    @overload
    def __get__(self, op: Any, owner: type) -> T: ...
    def __get__(self, op: Any, owner: type) -> Any:
        """Read the attribute as a Python value; None where it is absent."""
        if op is None:
            return self
        found = op.operation.attributes
        return value_of(found[self.name]) if self.name in found else None


def text(name: str = "") -> Attr[str]:
    """Make a required string: IRDL has checked that it is there."""
    return Attr("text", name=name)


def optional_text(*choices: str) -> Attr[str | None]:
    """Make an optional string, one of `choices` where any are given."""
    return Attr("text", choices=choices)


def integer(low: float = 0) -> Attr[int | None]:
    """Make an optional whole number, at least `low`, at most what `agentc.dialects.bounds` says."""
    return Attr("integer", low=low)


def number(low: float = 0, high: float | None = None, name: str = "") -> Attr[float | None]:
    """Make an optional number, whole or not, from `low` to `high`, or to what `bounds` says of its name."""
    return Attr("number", low=low, high=high, name=name)


def flag() -> Attr[bool | None]:
    """Make an optional true or false."""
    return Attr("flag")


def texts(name: str = "") -> Attr[list[str] | None]:
    """Make an optional list of strings."""
    return Attr("texts", name=name)


def record(name: str) -> Attr[dict[str, Any] | None]:
    """Make an optional dictionary."""
    return Attr("record", name=name)


class AgentView(ir.OpView):
    """Base of the views of our ops. `rules` holds those of a class and its bases."""

    OPERATION_NAME: ClassVar[str]
    _ODS_REGIONS = (0, True)
    rules: ClassVar[Mapping[str, Attr[Any]]] = {}
    lowers_to: ClassVar[str] = ""

    id = optional_text()
    effects = optional_text("none", "read", "write")
    bytes = integer()
    visits = number(name="agent.visits")
    theta = record("agent.theta")
    defaulted = texts("agent.defaulted")
    speculative = Attr[str | None]("text", name="agent.speculative")
    unit = Attr[str | None]("text", name="agent.unit")
    place_pool = Attr[str | None]("text", name="place.pool")
    place_tier = Attr[str | None]("text", name="place.tier")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        members = [m for base in reversed(cls.__mro__) for m in vars(base).values()]
        cls.rules = {m.name: m for m in members if isinstance(m, Attr)}


def value_of(attribute: ir.Attribute) -> Any:
    """Return an attribute as a Python value: str, int, float, bool, list or dict.

    A kind that has no such value (a type, a dense array) comes back as its MLIR text.
    """
    return _READ.get(type(attribute), str)(attribute)


def _array(attribute: Any) -> list[Any]:
    return [value_of(a) for a in attribute]


def _record(attribute: Any) -> dict[str, Any]:
    return {attribute[i].name: value_of(attribute[i].attr) for i in range(len(attribute))}


_VALUE: Callable[[Any], Any] = attrgetter("value")
# A table, not a chain of tests: every pass reads every attribute.
_READ: dict[type[ir.Attribute], Callable[[Any], Any]] = {
    ir.StringAttr: _VALUE,
    ir.BoolAttr: _VALUE,
    ir.FloatAttr: _VALUE,
    ir.IntegerAttr: _VALUE,
    ir.ArrayAttr: _array,
    ir.DictAttr: _record,
    ir.UnitAttr: lambda _: True,
}
