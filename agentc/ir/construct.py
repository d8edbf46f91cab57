"""How often control-flow constructs run: from their attributes, their constant bounds, or defaults."""

from __future__ import annotations

from math import ceil, prod
from typing import Any

from mlir import ir

from agentc.diagnostics import AgentcError, Diagnostic, error
from agentc.dialects.bounds import highest
from agentc.ir.defaults import ITEMS, MAX_TRIPS_OVER_EXPECTED, PROBABILITY, TRIPS
from agentc.ir.location import each, where
from agentc.ir.values import attributes


def probabilities(op: ir.Operation) -> tuple[float, ...]:
    """Return the probability of each region of an `scf.if` or `scf.index_switch`, in region order.

    `agent.probabilities` of a switch is in the order of its text: the cases, then the default.
    """
    stated = attributes(op)
    if op.name == "scf.if":
        then = float(stated.get("agent.probability", PROBABILITY))
        return then, 1.0 - then
    n = len(op.regions)
    shares = [float(p) for p in stated.get("agent.probabilities", [1 / n] * n)]
    if len(shares) != n:
        message = f"agent.probabilities has {len(shares)} values for {n} branches"
        raise error(message, where(op.location), "one for each case in order, then one for the default")
    return shares[-1], *shares[:-1]


def trips(op: ir.Operation) -> tuple[float, int]:
    """Return the expected and the greatest number of trips of an `scf.while` or `scf.for`."""
    stated = attributes(op)
    counted = _constant_trips(op) if op.name == "scf.for" else None
    expected = stated.get("agent.trips", counted)
    bound = stated.get("agent.max_trips", counted)
    if expected is None:
        expected = TRIPS if bound is None else min(TRIPS, bound)
    if bound is None:
        bound = max(1, ceil(MAX_TRIPS_OVER_EXPECTED * expected))
    return float(expected), max(int(bound), ceil(expected))


def items(op: ir.Operation) -> tuple[float, int]:
    """Return how many items an `scf.forall` has and how many of them run at once."""
    stated = attributes(op)
    number = float(stated.get("agent.items", _constant_items(op) or ITEMS))
    return number, int(stated.get("agent.width", max(1, ceil(number))))


def defaulted(op: ir.Operation) -> dict[str, Any]:
    """Return the attributes that a construct lacks, with the values they are taken to have."""
    match op.name:
        case "scf.if":
            full: dict[str, Any] = {"agent.probability": probabilities(op)[0]}
        case "scf.index_switch":
            default, *cases = probabilities(op)
            full = {"agent.probabilities": [*cases, default]}
        case "scf.while" | "scf.for":
            full = dict(zip(("agent.trips", "agent.max_trips"), trips(op), strict=True))
        case _:
            full = dict(zip(("agent.items", "agent.width"), items(op), strict=True))
    return {name: value for name, value in full.items() if name not in op.attributes}


def wrong_bounds(op: ir.Operation) -> tuple[str, str] | None:
    """Return what is wrong with the constant bounds of a loop or a map, and a hint; None for nothing."""
    if op.name not in {"scf.for", "scf.forall"}:
        return None
    name = _name(op)
    steps = [constant(op.operands[2])] if op.name == "scf.for" else _static(op, "staticStep")
    if any(step is not None and step != ir.ShapedType.get_dynamic_size() and step <= 0 for step in steps):
        return f"{name} has a step that is not above 0", "a step is at least 1"
    loop = op.name == "scf.for"
    number, what = (_constant_trips(op), "trips") if loop else (_constant_items(op), "items")
    most = highest(f"agent.{what}")
    return (
        None if number is None or number <= most else (f"{name} has {number} {what}, more than {most:g}", "")
    )


def refuse_empty_loops(root: ir.Operation) -> None:
    """Raise an AgentcError that names each loop whose constant bounds let it make no trips.

    Only what people write is held to this: passes may find out that a loop makes none.
    """
    found: list[Diagnostic] = []

    def look(op: ir.Operation) -> None:
        if op.name == "scf.for" and _constant_trips(op) == 0:
            hint = "its upper bound must be above its lower one; or leave it out"
            found.append(Diagnostic(f"{_name(op)} makes no trips", where(op.location), hint))

    each(root, look)
    if found:
        raise AgentcError(*found)


def _name(op: ir.Operation) -> str:
    """Return what messages call a loop or a map: its id where it has one."""
    id = attributes(op).get("id")
    return f"{op.name} {id!r}" if id else f"this {op.name}"


def _constant_trips(op: ir.Operation) -> int | None:
    low, high, step = (constant(value) for value in list(op.operands)[:3])
    if low is None or high is None or not step:
        return None
    return max(0, -((low - high) // step))


def _constant_items(op: ir.Operation) -> int | None:
    bounds = [_static(op, name) for name in ("staticLowerBound", "staticUpperBound", "staticStep")]
    if any(ir.ShapedType.get_dynamic_size() in bound for bound in bounds):
        return None
    return prod(max(0, -((low - high) // step)) for low, high, step in zip(*bounds, strict=True))


def _static(op: ir.Operation, name: str) -> list[int]:
    return [int(n) for n in ir.DenseI64ArrayAttr(op.attributes[name])]


def constant(value: ir.Value) -> int | None:
    """Return the number that an `arith.constant` index holds; None for any other value."""
    owner = value.owner
    if isinstance(owner, ir.Block) or owner.operation.name != "arith.constant":
        return None
    return int(ir.IntegerAttr(owner.operation.attributes["value"]).value)
