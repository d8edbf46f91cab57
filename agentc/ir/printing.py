"""A module as text that parses again."""

from __future__ import annotations

from mlir import ir


def to_text(module: ir.Module | ir.Operation, *, locations: bool = True) -> str:
    """Return a module's text. With `locations` each op keeps the source line that it came from."""
    text = module.operation.get_asm(enable_debug_info=locations)
    return text if text.endswith("\n") else f"{text}\n"
