"""Which operators a value comes from, looking through everything that is not an operator.

Casts, tensor and arithmetic ops, branches, block arguments and loop-carried values are transparent.
Each way to a value says how often, in one request, the value comes along it: a branch's result comes
from its `then` side as often as that runs, a loop's state from before the loop on the first trip only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

from mlir import ir

if TYPE_CHECKING:
    from collections.abc import Mapping

SHAPES = ("tensor.dim", "tensor.empty")
"""Ops that read only how many items a list has."""


@dataclass(frozen=True)
class Source:
    """One operator that a value comes from.

    `cap` bounds how often it comes this way in one request. `gathered` is how many results make the
    value: a map's result is one of each item. `carried` is the loop that kept it from an earlier
    trip. `order`: nothing is read, the consumer only waits.
    """

    operator: str
    cap: float = inf
    gathered: float = 1.0
    carried: ir.Operation | None = None
    order: bool = False


@dataclass(frozen=True)
class Count:
    """How often a construct runs in one request.

    Entered `entry` times, each time for `trips` rounds (of a loop) or items (of a map); `blocks`
    are the visits of a branch's blocks.
    """

    entry: float
    trips: float = 1.0
    blocks: tuple[float, ...] = ()
    do_while: bool = False


Way = tuple[ir.Value, Source]
"""A value to look into, and what the way there does to its sources."""
Found = tuple[Source, ...]

HERE = Source("")


@dataclass
class Sources:
    """Finds the sources of values in one function.

    `operators` has the id of each op that is an operator, `counts` how often constructs run,
    `within` the constructs around each operator.
    """

    operators: Mapping[ir.Operation, str]
    counts: Mapping[ir.Operation, Count]
    within: Mapping[str, frozenset[ir.Operation]]
    _known: dict[ir.Value, Found] = field(default_factory=dict[ir.Value, Found])

    def of(self, value: ir.Value) -> Found:
        """Return the sources of a value; ask in source order, so that answers build on each other."""
        if value not in self._known:
            self._known[value] = _Search(self, self._known).of(value)
        return self._known[value]

    def behind(self, value: ir.Value) -> Found:
        """Return the sources of a value or of how many there are of it: what decides a loop's count."""
        return _Search(self, {}, shapes=True).of(value)


@dataclass
class _Search:
    """One question. A value met again on its own way (a loop) adds nothing the second time."""

    sources: Sources
    known: dict[ir.Value, Found]
    shapes: bool = False
    seen: dict[ir.Value, Found] = field(default_factory=dict[ir.Value, Found])

    def of(self, value: ir.Value) -> Found:
        for answers in (self.known, self.seen):
            if value in answers:
                return answers[value]
        self.seen[value] = ()
        self.seen[value] = self._look(value)
        return self.seen[value]

    def _look(self, value: ir.Value) -> Found:  # noqa: PLR0911 (one case a kind of value)
        owner = value.owner
        if isinstance(owner, ir.Block):
            return self._along(self._argument(owner, ir.BlockArgument(value).arg_number))
        op = owner.operation
        if op in self.sources.operators:
            return (Source(self.sources.operators[op]),)
        number = ir.OpResult(value).result_number
        match op.name:
            case "scf.if" | "scf.index_switch":
                return self._branch(op, number)
            case "scf.while":
                return self._leave(op, self._along(self._while_result(op, number)))
            case "scf.for":
                return self._leave(op, self._along(self._for_result(op, number)))
            case "scf.forall":
                return self._along(self._map_result(op, number))
            case name if name in SHAPES and not self.shapes:
                return ()
            case "arith.select":
                test, *values = op.operands
                return self._along([(test, Source("", order=True)), *((value, HERE) for value in values)])
            case _:
                return self._along([(operand, HERE) for operand in op.operands])

    def _along(self, ways: list[Way]) -> Found:
        found: list[Source] = []
        for value, way in ways:
            if way.cap > 0:
                found += [_join(source, way) for source in self.of(value)]
        return _merged(found)

    def _branch(self, op: ir.Operation, number: int) -> Found:
        found: list[Source] = []
        for region, visits in zip(op.regions, self.sources.counts[op].blocks, strict=True):
            made = self._along([(last(region).operands[number], Source("", cap=visits))])
            found += made
            if not any(op in self.sources.within[source.operator] for source in made):
                # Whichever value it is, the consumer must know which branch was taken.
                found += self._along([(op.operands[0], Source("", order=True))])
        return _merged(found)

    def _leave(self, op: ir.Operation, found: Found) -> Found:
        return tuple(replace(s, carried=None) if s.carried and s.carried == op else s for s in found)

    def _argument(self, block: ir.Block, number: int) -> list[Way]:
        op = block.owner.operation
        match op.name:
            case "scf.while" if block == op.regions[0].blocks[0]:
                return self._while_state(op, number)
            case "scf.while":
                return self._while_body(op, number)
            case "scf.for" if number > 0:
                count = self.sources.counts[op]
                ends = last(op.regions[0]).operands[number - 1]
                return [
                    (op.operands[2 + number], Source("", cap=count.entry * min(1.0, count.trips))),
                    (ends, Source("", cap=count.entry * max(0.0, count.trips - 1), carried=op)),
                ]
            case "scf.forall" if number >= rank(op):
                return [(shared(op, number - rank(op)), HERE)]
            case _:
                return []

    def _while_state(self, op: ir.Operation, number: int) -> list[Way]:
        """State at a loop's test: given before the first, yielded by the body before each later one."""
        count = self.sources.counts[op]
        later = Source("", cap=count.entry * self._again(op), carried=op)
        return [(op.operands[number], Source("", cap=count.entry)), (_yielded(op, number), later)]

    def _while_body(self, op: ir.Operation, number: int) -> list[Way]:
        """State in a loop's body: what its test passed on; one time less for an earlier trip's."""
        count = self.sources.counts[op]
        passed = condition(op, number)
        if not _is_state(op, passed):
            return [(passed, Source("", cap=count.entry * count.trips))]
        state = ir.BlockArgument(passed).arg_number
        later = Source("", cap=count.entry * max(0.0, count.trips - 1), carried=op)
        first = Source("", cap=count.entry * min(1.0, count.trips))
        return [(op.operands[state], first), (_yielded(op, state), later)]

    def _while_result(self, op: ir.Operation, number: int) -> list[Way]:
        """State after a loop: the last trip's, or what came in where there may be none."""
        entry = self.sources.counts[op].entry
        passed = condition(op, number)
        if not _is_state(op, passed):
            return [(passed, Source("", cap=entry))]
        state = ir.BlockArgument(passed).arg_number
        runs = min(1.0, self._again(op))
        made = Source("", cap=entry * runs)
        return [(_yielded(op, state), made), (op.operands[state], Source("", cap=entry * (1 - runs)))]

    def _again(self, op: ir.Operation) -> float:
        """How often a loop's body hands its state back to the test in one entry."""
        count = self.sources.counts[op]
        return max(0.0, count.trips - 1) if count.do_while else count.trips

    def _for_result(self, op: ir.Operation, number: int) -> list[Way]:
        count = self.sources.counts[op]
        runs = min(1.0, count.trips)
        made = Source("", cap=count.entry * runs)
        skipped = Source("", cap=count.entry * (1 - runs))
        return [(last(op.regions[0]).operands[number], made), (op.operands[3 + number], skipped)]

    def _map_result(self, op: ir.Operation, number: int) -> list[Way]:
        into = op.regions[0].blocks[0].arguments[rank(op) + number]
        puts = [put.operation for put in last(op.regions[0]).regions[0].blocks[0].operations]
        each = Source("", gathered=self.sources.counts[op].trips)
        made = [(put.operands[0], each) for put in puts if put.operands[1] == into]
        return [*made, (shared(op, number), HERE)]


def _join(source: Source, way: Source) -> Source:
    return Source(
        source.operator,
        min(source.cap, way.cap),
        source.gathered * way.gathered,
        way.carried or source.carried,
        source.order or way.order,
    )


def _merged(found: list[Source]) -> Found:
    made: dict[tuple[str, ir.Operation | None, bool], Source] = {}
    for source in found:
        key = (source.operator, source.carried, source.order)
        before = made.get(key)
        made[key] = replace(source, cap=source.cap + before.cap) if before else source
    return tuple(made.values())


def last(region: ir.Region) -> ir.Operation:
    """Return the op that ends a region of one block."""
    block = region.blocks[0]
    return block.operations[len(block.operations) - 1].operation


def condition(op: ir.Operation, number: int) -> ir.Value:
    """Return the value that a while loop's test passes on in this place."""
    return last(op.regions[0]).operands[number + 1]


def _is_state(op: ir.Operation, value: ir.Value) -> bool:
    return isinstance(value.owner, ir.Block) and value.owner == op.regions[0].blocks[0]


def _yielded(op: ir.Operation, number: int) -> ir.Value:
    return last(op.regions[1]).operands[number]


def rank(op: ir.Operation) -> int:
    """Return how many index variables a map has."""
    return len(op.regions[0].blocks[0].arguments) - len(op.results)


def shared(op: ir.Operation, number: int) -> ir.Value:
    """Return what a map's result starts as."""
    return op.operands[len(op.operands) - len(op.results) + number]
