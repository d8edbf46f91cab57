"""What an op does besides making its results: nothing, read, or write.

Stated by `effects`; else none for models, searches and our free ops, read for `memory.load`, write
for the rest, because nobody knows what a tool or a function does.
"""

from __future__ import annotations

from mlir import ir

from agentc.ir.outline import UPSTREAM

NONE = ("memory.search", "memory.lookup", "agent.cast", "agent.scatter", "agent.gather", "place.transfer")


def effects_of(op: ir.Operation) -> str:
    """Return `none`, `read` or `write`."""
    stated = text_attribute(op, "effects")
    if stated is not None:
        return stated
    dialect = op.name.split(".")[0]
    if op.name in NONE or dialect == "llm" or dialect in UPSTREAM:
        return "none"
    return "read" if op.name == "memory.load" else "write"


def repeatable(op: ir.Operation) -> bool:
    """Whether two runs on equal operands give equal results: no effects, nothing sampled."""
    if effects_of(op) != "none":
        return False
    found = op.attributes
    if "temperature" not in found:
        return True
    stated = found["temperature"]
    number = ir.FloatAttr(stated).value if isinstance(stated, ir.FloatAttr) else ir.IntegerAttr(stated).value
    return number == 0


def text_attribute(op: ir.Operation, name: str) -> str | None:
    """Return a string attribute; None where it is absent."""
    found = op.attributes
    return ir.StringAttr(found[name]).value if name in found else None
