"""What an op does besides making its results: nothing, read, or write.

Stated by `effects`; else none for models, searches and our free ops, read for `memory.load`, write
for the rest, because nobody knows what a tool or a function does. That default says what passes may
remove, merge or move. It says nothing of order: only stated effects keep source order, a stated
`write` with whatever states `read` or `write` (`agentc.ir.order` has the rule).
"""

from __future__ import annotations

from mlir import ir

from agentc.dialects.load import DIALECTS
from agentc.ir.location import each
from agentc.ir.order import touched
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


def written_stores(root: ir.Operation) -> set[str]:
    """Return the stores that something in an op writes: what is found in them depends on when."""
    found: set[str] = set()

    def visit(op: ir.Operation) -> None:
        store = text_attribute(op, "store") if op.name.split(".")[0] in DIALECTS else None
        if store is not None and effects_of(op) == "write":
            found.add(store)

    each(root, visit)
    return found


def movable(op: ir.Operation, written: set[str]) -> bool:
    """Whether an op may run at another time, more often or less: no effects, nothing sampled or written.

    `written` are the stores that the agent writes. Control flow stays where it is.
    """
    known = op.name.split(".")[0] in {*DIALECTS, *UPSTREAM}
    flat = known and len(op.results) > 0 and len(op.regions) == 0
    return flat and repeatable(op) and text_attribute(op, "store") not in written


def touches(op: ir.Operation) -> dict[str, bool]:
    """Return what an operator must access in source order, and whether it writes it."""
    if op.name.split(".")[0] not in DIALECTS:
        return {}
    return touched(op.name, text_attribute(op, "store"), text_attribute(op, "effects"))
