"""A KV cache belongs to the model and the precision that made it; whoever reads it must be of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlir import ir

from agentc.ir.location import where
from agentc.ir.types import type_named
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

PRECISION = "bf16"  # what an op that states none has


def mixed_cache(op: ir.Operation) -> tuple[str, str] | None:
    """Return what is wrong where an op reads the cache of another model, and a hint; None for nothing."""
    if not op.name.startswith("llm.") or len(op.operands) == 0:
        return None
    cache = type_named("kv", op.context)
    read = [value for value in op.operands if value.type == cache]
    if not read:
        return None
    own = _model(op)
    for maker in (maker for value in read for maker in _makers(value, set())):
        made = _model(maker)
        if made != own:
            message = f"{op.name} of {_told(own)} reads the KV cache of {_told(made)}"
            return message, f"a cache serves the model that made it; it is made at {where(maker.location)}"
    return None


def _model(op: ir.Operation) -> tuple[str, str]:
    stated = attributes(op)
    return str(stated.get("model")), str(stated.get("precision", PRECISION))


def _told(model: tuple[str, str]) -> str:
    return " in ".join(model)


def _makers(value: ir.Value, seen: set[ir.Operation]) -> Iterator[ir.Operation]:
    """Yield the llm ops that a cache may come from, through the branches of constructs."""
    owner = value.owner
    if isinstance(owner, ir.Block) or owner.operation in seen:
        return  # what an argument holds is known where it is handed over
    op = owner.operation
    if op.name.startswith("llm."):
        yield op
        return
    seen.add(op)
    place = list(op.results).index(value)
    for region in op.regions if op.name in {"scf.if", "scf.index_switch"} else ():
        for block in region.blocks:
            end = list(block.operations)[-1].operation
            if place < len(end.operands):
                yield from _makers(end.operands[place], seen)
