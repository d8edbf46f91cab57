"""Which steps must wait for which, though no value ties them: effects keep their source order.

As in the graph: `memory.store` and `memory.load` of one store, and operators that state
`effects = "write"`. Log entries of one store keep theirs too. A construct stands for what it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentc.ir.location import each
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from mlir import ir

ENTRY = "*do.entry"


@dataclass(frozen=True)
class Last:
    """Expressions of the steps that wrote a thing last, and of those that have read it since."""

    writers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


@dataclass
class Order:
    """The state of one function while its steps are written. In a region everything came after `do.entry`."""

    region: bool = False
    state: dict[str, Last] = field(default_factory=dict[str, Last])

    def after(self, op: ir.Operation) -> list[str]:
        """Return what an op must wait for."""
        found: list[str] = []
        for thing, writes in touches(op).items():
            last = self.state.get(thing, Last((ENTRY,) if self.region else ()))
            found += (last.readers or last.writers) if writes else last.writers
        return list(dict.fromkeys(found))

    def passed(self, op: ir.Operation, handle: str) -> None:
        """Say that an op was written, and by what expression later ones wait for it."""
        for thing, writes in touches(op).items():
            last = self.state.get(thing, Last((ENTRY,) if self.region else ()))
            self.state[thing] = Last((handle,)) if writes else Last(last.writers, (*last.readers, handle))


def touches(op: ir.Operation) -> dict[str, bool]:
    """Return the things that an op, or anything inside it, reads (False) or writes (True)."""
    found: dict[str, bool] = {}

    def look(inner: ir.Operation) -> None:
        for thing, writes in _touches(inner):
            found[thing] = found.get(thing, False) or writes

    each(op, look)
    return found


def _touches(op: ir.Operation) -> list[tuple[str, bool]]:
    if op.name.split(".")[0] not in {"agent", "llm", "memory", "tool"}:
        return []
    attrs = attributes(op)
    found: list[tuple[str, bool]] = []
    if op.name in {"memory.load", "memory.store"}:
        found.append((f"store {attrs['store']}", op.name == "memory.store"))
    if op.name == "agent.observe":
        found.append((f"log {attrs['store']}", True))
    if attrs.get("effects") == "write":
        found.append(("everything", True))
    return found
