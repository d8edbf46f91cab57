"""Which steps of a program must wait for which, though no value ties them: the rule of the graph.

The rule is `agentc.ir.order`'s, told here in the expressions of the program that is written. A
construct stands for what it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentc.ir.effects import touches
from agentc.ir.location import each
from agentc.ir.order import Access

if TYPE_CHECKING:
    from mlir import ir

ENTRY = "*do.entry"


@dataclass
class Order:
    """The state of one function while its steps are written. In a region everything came after `do.entry`."""

    region: bool = False
    state: dict[str, Access] = field(default_factory=dict[str, Access])

    def after(self, op: ir.Operation) -> list[str]:
        """Return what an op must wait for."""
        found: list[str] = []
        for thing, writes in touched_inside(op).items():
            found += self._known(thing).before(writes=writes)
        return list(dict.fromkeys(found))

    def passed(self, op: ir.Operation, handle: str) -> None:
        """Say that an op was written, and by what expression later ones wait for it."""
        for thing, writes in touched_inside(op).items():
            self.state[thing] = self._known(thing).after(handle, writes=writes)

    def _known(self, thing: str) -> Access:
        entry = (ENTRY,) if self.region else ()
        return self.state.get(thing, Access(entry, entry))


def touched_inside(op: ir.Operation) -> dict[str, bool]:
    """Return the things that an op, or anything inside it, reads (False) or writes (True)."""
    found: dict[str, bool] = {}

    def look(inner: ir.Operation) -> None:
        for thing, writes in touches(inner).items():
            found[thing] = found.get(thing, False) or writes

    each(op, look)
    return found
