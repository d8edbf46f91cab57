"""Types by short names, and which values may be shown as which.

IRDL wants one type in each operand group, so a mixed group is brought to one by `agent.cast`:
prompts take text, everything else that takes several values takes JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlir import ir

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT, JSON, DOCS = "!agent.text", "!agent.json", "!agent.docs"
NAMES = ("text", "json", "docs", "embedding", "audio", "image")

# The type of each operand, the last one repeated for the rest. None: any type.
SLOTS: dict[str, tuple[str | None, ...]] = {
    "llm.call": (TEXT,),
    "llm.prefill": (TEXT,),
    "llm.gate": (TEXT,),
    "llm.rerank": (TEXT, DOCS),
    "llm.speak": (TEXT,),
    "memory.search": (TEXT,),
    "memory.lookup": (None, TEXT),
    "agent.scatter": (JSON,),
}
UNIFORM = ("agent.compute", "agent.test", "agent.observe", "tool.invoke", "tool.lookup", "tool.compute")
_OPAQUE = ("!agent.audio", "!agent.image", "!agent.embedding", "!llm.kv")


def type_named(name: str | ir.Type, context: ir.Context) -> ir.Type:
    """Return the type called so: a short name (`text`), `llm.kv`, or MLIR text (`tensor<?xindex>`)."""
    if isinstance(name, ir.Type):
        return name
    text = f"!agent.{name}" if name in NAMES else "!llm.kv" if name in {"kv", "llm.kv"} else name
    return ir.Type.parse(text, context)


def casts_needed(op: str, types: Sequence[str]) -> list[str | None]:
    """Return for each operand of `op` the type it must be cast to, or None where it fits."""
    if op in SLOTS:
        slots = SLOTS[op]
        wanted = [slots[min(i, len(slots) - 1)] for i in range(len(types))]
        pairs = zip(types, wanted, strict=True)
        return [w if w not in {None, t} and can_show(t, w) else None for t, w in pairs]
    if op in UNIFORM and len(set(types)) > 1:
        return [None if t == JSON else JSON for t in types]
    return [None] * len(types)


def can_show(type: str, wanted: str | None) -> bool:
    """Whether a value of a type has a sensible form as `wanted` (text or JSON)."""
    return wanted in {TEXT, JSON} and type not in _OPAQUE and not type.startswith("tensor")
