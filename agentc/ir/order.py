"""The one rule of order: which operators wait for each other though no value ties them.

Two operators that touch one thing keep their source order where at least one of them writes it: a
read waits for the writes before it, a write for the reads and writes before it; two reads are free.
The things are

- everything outside: written by operators that state `effects = "write"`, read by those that state
  `effects = "read"`;
- a store: written by `memory.store`, read by `memory.load`;
- a store's log, which `agent.observe` writes.

Operators that state no effects are ordered by data alone, deliberately: a tool that nobody describes
would otherwise make a chain of every agent. (Unstated counts as `write` for what passes may remove,
merge or move; see `agentc.ir.effects`.)

Two branches of one `scf.if` do not follow each other; what comes after follows both. The graph's
`order` edges and the programs that the `local` backend writes both come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.ir.graph import Branch, Task, blocks_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.ir.graph import Block, Operator

EVERYTHING = "everything"


@dataclass(frozen=True)
class Access:
    """What the next read of a thing waits for (`writes`), and what the next write does (`latest`)."""

    writes: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()

    def before(self, *, writes: bool) -> tuple[str, ...]:
        """Return what a read or a write must wait for."""
        return self.latest if writes else self.writes

    def after(self, name: str, *, writes: bool) -> Access:
        """Return the state once `name` has read or written."""
        if writes:
            return Access((name,), (name,))
        # The reader waits for the writes, so what waits for it need not name them.
        return Access(self.writes, (*(each for each in self.latest if each not in self.writes), name))


Accesses = dict[str, Access]
Pairs = list[tuple[str, str]]


def touched(op: str, store: str | None, effects: str | None) -> dict[str, bool]:
    """Return the things that an operator touches, and whether it writes each.

    Args:
        op: its name in the IR, such as `memory.store`.
        store: its `store`, if any.
        effects: the effects that it states, if any.
    """
    found: dict[str, bool] = {}
    if op in {"memory.store", "memory.load"}:
        found[f"store {store}"] = op == "memory.store"
    if op == "agent.observe":
        found[f"log {store}"] = True
    if effects in {"read", "write"}:
        found[EVERYTHING] = effects == "write"
    return found


def order_pairs(root: Block, operators: Mapping[str, Operator]) -> list[tuple[str, str]]:
    """Return the pairs (earlier, later) that must keep their order."""
    pairs: Pairs = []
    _read(root, operators, {}, pairs)
    return list(dict.fromkeys(pairs))


def _read(block: Block, operators: Mapping[str, Operator], state: Accesses, pairs: Pairs) -> Accesses:
    for step in block.steps:
        if isinstance(step, Task):
            _access(operators[step.operator], state, pairs)
        elif isinstance(step, Branch):
            ends = [_read(inner, operators, dict(state), pairs) for inner in step.blocks]
            state = _joined(ends)
        else:
            for inner in blocks_of(step):
                state = _read(inner, operators, state, pairs)
    return state


def _access(operator: Operator, state: Accesses, pairs: Pairs) -> None:
    attrs = operator.attrs
    for thing, writes in touched(operator.op, attrs.get("store"), attrs.get("effects")).items():
        known = state.get(thing, Access())
        pairs.extend((first, operator.id) for first in known.before(writes=writes))
        state[thing] = known.after(operator.id, writes=writes)


def _joined(states: list[Accesses]) -> Accesses:
    things = dict.fromkeys(thing for state in states for thing in state)
    return {thing: _together([state.get(thing, Access()) for state in states]) for thing in things}


def _together(accesses: list[Access]) -> Access:
    writes = dict.fromkeys(name for access in accesses for name in access.writes)
    latest = dict.fromkeys(name for access in accesses for name in access.latest)
    return Access(tuple(writes), tuple(latest))
