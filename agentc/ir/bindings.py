"""The few MLIR calls whose stubs say nothing, with types."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# (the bindings' stubs leave containers and callables untyped, and miss MLIRError)

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from mlir import ir

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlir.passmanager import PassManager

    RunPass = Callable[[ir.OpView, object], None]

MLIRError = cast("type[Exception]", ir.MLIRError)


def diagnostics_of(failure: Exception) -> list[ir.DiagnosticInfo]:
    """Return what MLIR reported with an `MLIRError`."""
    return list(getattr(failure, "error_diagnostics", []))


def make_op(
    name: str,
    operands: Sequence[ir.Value],
    results: Sequence[ir.Type],
    attributes: Mapping[str, ir.Attribute],
    *,
    at: ir.InsertionPoint,
    location: ir.Location,
    regions: int = 0,
) -> ir.Operation:
    """Make an op at an insertion point."""
    return ir.Operation.create(
        name,
        results=list(results),
        operands=list(operands),
        attributes=dict(attributes),
        regions=regions,
        loc=location,
        ip=at,
    )


def append_block(region: ir.Region, types: Sequence[ir.Type], location: ir.Location) -> ir.Block:
    """Append a block with arguments of these types."""
    return region.blocks.append(*types, arg_locs=[location] * len(types))


def named_attributes(op: ir.Operation) -> list[tuple[str, ir.Attribute]]:
    """Return the attributes of an op, sorted by name."""
    return list(op.attributes.items())


def asm(op: ir.Operation, *, locations: bool) -> str:
    """Return the text of an op."""
    return str(op.get_asm(enable_debug_info=locations))


def add_pass(manager: PassManager, run: RunPass, name: str) -> None:
    """Append a Python pass."""
    manager.add(run, name=name)


def add_upstream(manager: PassManager, text: str) -> None:
    """Append a pass of MLIR's own, with its options."""
    manager.add(text)


def run_passes(manager: PassManager, op: ir.Operation) -> None:
    """Run a pass manager; what a Python pass raises comes out as it is."""
    manager.run(op)
