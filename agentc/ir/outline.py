"""The first half of reading an agent: its operators, their visits, and the time structure around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentc.diagnostics import error
from agentc.ir.construct import items, probabilities, trips
from agentc.ir.graph import ROLES, Block, Branch, Loop, Map, Task, operators_in
from agentc.ir.ids import CONSTRUCTS
from agentc.ir.location import where
from agentc.ir.sources import Count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir import ir

    from agentc.ir.graph import Step

TRANSPARENT = ("agent.cast", "agent.scatter", "agent.gather", "place.transfer")
UNPLACED = ("place.tier", "place.pool")
ENDS = ("scf.yield", "scf.condition", "scf.forall.in_parallel", "func.return")
UPSTREAM = ("arith", "tensor", "index", "math", "ub", "builtin")

Around = tuple["ir.Operation", ...]
"""The constructs around an op, outermost first."""


@dataclass
class Outline:
    """What is where. `sequence` holds operators and transparent ops, constructs after their bodies."""

    ids: Mapping[ir.Operation, str]
    operators: dict[ir.Operation, str] = field(default_factory=dict["ir.Operation", str])
    visits: dict[str, float] = field(default_factory=dict[str, float])
    around: dict[str, Around] = field(default_factory=dict[str, Around])
    counts: dict[ir.Operation, Count] = field(default_factory=dict["ir.Operation", Count])
    sequence: list[ir.Operation] = field(default_factory=list["ir.Operation"])

    def block(self, block: ir.Block, visits: float, around: Around) -> Block:
        """Read a block that runs `visits` times in one request."""
        steps = [self._step(op.operation, visits, around) for op in block.operations]
        return Block(tuple(step for step in steps if step is not None))

    def _step(self, op: ir.Operation, visits: float, around: Around) -> Step | None:
        name = op.name
        if name in ENDS or name in UNPLACED:
            return None
        if name in ROLES:
            return self._operator(op, visits, around)
        if name in CONSTRUCTS:
            step = self._construct(op, visits, around)
            self.sequence.append(op)
            return step if any(True for _ in operators_in(Block((step,)))) else None
        if name not in TRANSPARENT and name.split(".")[0] not in UPSTREAM:
            hint = "an agent is made of agent, llm, memory and tool ops, and of scf control flow"
            raise error(f"{name} cannot be placed", where(op.location), hint)
        self.sequence.append(op)
        return None

    def _operator(self, op: ir.Operation, visits: float, around: Around) -> Task:
        id = self.ids[op]
        self.operators[op] = id
        self.visits[id] = visits
        self.around[id] = around
        self.sequence.append(op)
        return Task(id)

    def _construct(self, op: ir.Operation, visits: float, around: Around) -> Step:
        around = (*around, op)
        match op.name:
            case "scf.if" | "scf.index_switch":
                return self._branch(op, visits, around)
            case "scf.while":
                return self._while(op, visits, around)
            case "scf.for":
                expected, bound = trips(op)
                self.counts[op] = Count(visits, expected)
                body = self._region(op, 0, visits * expected, around)
                return Loop(self.ids[op], Block(), body, expected, bound)
            case _:
                number, width = items(op)
                self.counts[op] = Count(visits, number)
                return Map(self.ids[op], self._region(op, 0, visits * number, around), number, width)

    def _branch(self, op: ir.Operation, visits: float, around: Around) -> Branch:
        shares = probabilities(op)
        self.counts[op] = Count(visits, blocks=tuple(visits * p for p in shares))
        blocks = tuple(self._region(op, i, visits * p, around) for i, p in enumerate(shares))
        if op.name == "scf.index_switch":  # its default is the first region, and the last in the text
            blocks, shares = (*blocks[1:], blocks[0]), (*shares[1:], shares[0])
        return Branch(self.ids[op], blocks, shares)

    def _while(self, op: ir.Operation, visits: float, around: Around) -> Loop:
        expected, bound = trips(op)
        do_while = not has_operators(op.regions[1]) and has_operators(op.regions[0])
        self.counts[op] = Count(visits, expected, do_while=do_while)
        rounds = expected if do_while else expected + 1
        first = self._region(op, 0, visits * rounds, around)
        second = self._region(op, 1, visits * expected, around)
        test, body = (second, first) if do_while else (first, second)
        return Loop(self.ids[op], test, body, expected, bound)

    def _region(self, op: ir.Operation, number: int, visits: float, around: Around) -> Block:
        blocks = list(op.regions[number].blocks)
        return self.block(blocks[0], visits, around) if blocks else Block()


def has_operators(region: ir.Region) -> bool:
    """Whether any operator is in a region, however deep."""
    ops = [op.operation for block in region.blocks for op in block.operations]
    return any(op.name in ROLES or any(has_operators(inner) for inner in op.regions) for op in ops)
