"""Reads `.mlir` text into a verified module."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mlir import ir

from agentc.diagnostics import Location, error
from agentc.ir.bindings import MLIRError, asm, make_op
from agentc.ir.context import make_context
from agentc.ir.location import each, rename_file
from agentc.ir.trouble import explain
from agentc.ir.types import casts_needed
from agentc.ir.verify import check

if TYPE_CHECKING:
    from collections.abc import Callable


def parse_file(path: str | Path) -> ir.Module:
    """Read and verify an `.mlir` file; an AgentcError has every problem, at the path as given."""
    file, text = str(path), read_text(path)
    return _parse(lambda context: ir.Module.parseFile(file, context), text, file)


def read_text(path: str | Path) -> str:
    """Return a file's text; an AgentcError says why it cannot be read."""
    file = str(path)
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise error("no such file", Location(file)) from None
    except (OSError, UnicodeDecodeError) as e:
        raise error(f"cannot be read: {e}", Location(file)) from None


def parse_text(text: str, name: str = "-") -> ir.Module:
    """Read and verify MLIR text; `name` stands for the file in locations and errors."""
    module = _parse(lambda context: ir.Module.parse(text, context), text, name)
    if name != "-":
        rename_file(module, "-", name)
    return module


def _parse(read: Callable[[ir.Context], ir.Module], text: str, file: str) -> ir.Module:
    if not text.strip():
        raise error("the file is empty", Location(file), "an agent is one public func.func")
    try:
        module = read(make_context())
    except MLIRError as failure:
        mended = _with_casts(read)
        if mended is None:
            raise explain(failure, file, text) from None
        module = _again(mended, file)
    if file != "-":
        rename_file(module, "-", file)
    check(module.operation)
    return module


def _again(text: str, file: str) -> ir.Module:
    try:
        return ir.Module.parse(text, make_context())
    except MLIRError as failure:
        raise explain(failure, file) from None


def _with_casts(read: Callable[[ir.Context], ir.Module]) -> str | None:
    """Return the module's text with `agent.cast` on mixed operands; None where there are none.

    Our dialects would refuse such ops, so the text is read once more without them.
    """
    context = ir.Context()
    context.allow_unregistered_dialects = True
    try:
        module = read(context)
    except MLIRError:
        return None
    todo: list[ir.Operation] = []
    each(module.operation, lambda op: todo.append(op) if any(_wanted(op)) else None)
    for op in todo:
        _insert_casts(op)
    return asm(module.operation, locations=True) if todo else None


def _wanted(op: ir.Operation) -> list[str | None]:
    return casts_needed(op.name, [str(value.type) for value in op.operands])


def _insert_casts(op: ir.Operation) -> None:
    for i, wanted in enumerate(_wanted(op)):
        if wanted is not None:
            type = ir.Type.parse(wanted, op.context)
            at = ir.InsertionPoint(op)
            cast = make_op("agent.cast", [op.operands[i]], [type], {}, at=at, location=op.location)
            op.operands[i] = cast.results[0]
