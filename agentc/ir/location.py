"""Between MLIR's locations and ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlir import ir

from agentc.diagnostics import UNKNOWN, Location

if TYPE_CHECKING:
    from collections.abc import Callable


def where(location: ir.Location) -> Location:
    """Return the source place of an MLIR location: the callee's of a call, the first known of several."""
    if location.is_a_file():
        return Location(location.filename, location.start_line, location.start_col)
    if location.is_a_name():
        return where(location.child_loc)
    if location.is_a_callsite():
        return where(location.callee)
    if location.is_a_fused():
        known = (where(part) for part in location.locations)
        return next((place for place in known if place != UNKNOWN), UNKNOWN)
    return UNKNOWN


def to_mlir(location: Location | None, context: ir.Context) -> ir.Location:
    """Return a place as an MLIR location; unknown for None."""
    if location is None or location == UNKNOWN:
        return ir.Location.unknown(context)
    return ir.Location.file(location.file, location.line, location.col, context)


def rename_file(module: ir.Module, name: str, new: str) -> None:
    """Say `new` in place of file `name` in the locations of all ops."""

    def visit(op: ir.Operation) -> ir.WalkResult:
        place = where(op.location)
        if place.file == name:
            op.location = ir.Location.file(new, place.line, place.col, op.context)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)


def each(module: ir.Operation, visit: Callable[[ir.Operation], None]) -> None:
    """Call `visit` on an op and all ops in it, outer ones first; what it raises comes out as it is."""
    raised: list[Exception] = []

    def step(op: ir.Operation) -> ir.WalkResult:
        try:
            visit(op)
        except Exception as e:  # noqa: BLE001 (through MLIR's walk it would come out as a RuntimeError)
            raised.append(e)
            return ir.WalkResult.INTERRUPT
        return ir.WalkResult.ADVANCE

    module.walk(step, ir.WalkOrder.PRE_ORDER)
    if raised:
        raise raised[0]
