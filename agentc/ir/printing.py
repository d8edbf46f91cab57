"""A module as text that parses again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.ir.bindings import asm

if TYPE_CHECKING:
    from mlir import ir


def to_text(module: ir.Module | ir.Operation, *, locations: bool = True) -> str:
    """Return a module's text. With `locations` each op keeps the source line that it came from."""
    text = asm(module.operation, locations=locations)
    return text if text.endswith("\n") else f"{text}\n"
