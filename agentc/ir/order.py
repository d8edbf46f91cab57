"""Order edges between operators that nothing but their effects ties together.

`memory.store` and `memory.load` of one store keep their source order; so do operators that state
`effects = "write"`. Two branches of one `scf.if` do not follow each other; what comes after follows
both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.ir.graph import Branch, Task, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentc.ir.graph import Block, Operator


@dataclass(frozen=True)
class Access:
    """Who wrote a thing last, and who has read it since."""

    writers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


Accesses = dict[str, Access]
Pairs = list[tuple[str, str]]


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
    for thing, writes in _touches(operator):
        before = state.get(thing, Access())
        if writes:
            earlier = before.readers or before.writers
            state[thing] = Access(writers=(operator.id,))
        else:
            earlier = before.writers
            state[thing] = Access(before.writers, (*before.readers, operator.id))
        pairs.extend((first, operator.id) for first in earlier)


def _touches(operator: Operator) -> Iterator[tuple[str, bool]]:
    if operator.op in {"memory.store", "memory.load"}:
        yield f"store {operator.attrs['store']}", operator.op == "memory.store"
    if operator.attrs.get("effects") == "write":
        yield "everything", True


def _joined(states: list[Accesses]) -> Accesses:
    things = dict.fromkeys(thing for state in states for thing in state)
    return {thing: _together([state.get(thing, Access()) for state in states]) for thing in things}


def _together(accesses: list[Access]) -> Access:
    writers = dict.fromkeys(id for access in accesses for id in access.writers)
    readers = dict.fromkeys(id for access in accesses for id in access.readers)
    return Access(tuple(writers), tuple(readers))
