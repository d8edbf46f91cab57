"""A reference interpreter: what an agent returns and does, on stand-in operators.

    before = interpret(module, seed=3, failing=True)
    run(module, "decompose,cse")
    assert interpret(module, seed=3, failing=True) == before

It follows the rules that every backend follows, and nothing else: an operator runs when its operands
are there; operators that state `effects = "write"`, those of one log, and loads and stores of one
memory keep their source order, the rest has none. An operator that fails takes with it what reads its
result and what must come after it. Failing, for an operator without effects, is no effect: it counts
where its result is read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.dialects.attributes import value_of
from agentc.ir.arithmetic import ARITHMETIC
from agentc.ir.effects import effects_of, touches
from agentc.ir.graph import ROLES
from agentc.ir.ids import give_ids
from agentc.ir.inline import agent_of, callee_name, functions, give_call_ids, has_body
from agentc.ir.location import each
from agentc.ir.sources import rank
from agentc.ir.stand_ins import FAILED, StandIns
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Env = dict[ir.Value, Any]

MOST_TRIPS = 5


@dataclass(frozen=True)
class Outcome:
    """What one run showed: results, effects that have an order (by what they touch), and the others.

    `lost` counts what did not run because something before it had failed. `terms` says how each value
    was made.
    """

    results: tuple[object, ...]
    ordered: Mapping[str, tuple[str, ...]]
    free: tuple[str, ...]
    lost: int = field(default=0, compare=False)
    terms: Mapping[str, tuple[object, ...]] = field(
        default_factory=dict[str, tuple[object, ...]], compare=False, repr=False
    )

    def kept_by(self, other: Outcome) -> bool:
        """Whether a changed program does the same.

        Where nothing was lost that is equality. A failure may lose less than before, as where a
        result no longer waits for a loop that hands it on unchanged, never more.
        """
        if not self.lost:
            return self == other
        if len(self.results) != len(other.results) or Counter(self.free) - Counter(other.free):
            return False
        same = all(a in (b, FAILED) for a, b in zip(self.results, other.results, strict=True))
        return same and all(other.ordered.get(t, ())[: len(log)] == log for t, log in self.ordered.items())

    def told(self, value: object, depth: int = 4) -> str:
        """Return how a value was made, for people."""
        parts = self.terms.get(value) if isinstance(value, str) else None
        if parts is None or depth == 0:
            return str(value)
        return f"({' '.join(self.told(part, depth - 1) for part in parts)})"


def interpret(
    module: ir.Module | ir.Operation,
    seed: int = 0,
    *,
    failing: bool = False,
    arguments: Sequence[object] | None = None,
    prefix: str = "",
) -> Outcome:
    """Run a module's agent; `seed` decides tests, list lengths and failures. The module stays as it is.

    `arguments` are values of one's own; `prefix` goes in front of the operators' ids.
    """
    root = module.operation.clone()
    for function in functions(root).values():
        if has_body(function):
            give_ids(function)
            give_call_ids(function)
    run = _Run(root, StandIns(seed, failing, attributes(root).get("agent.stores", {})), prefix)
    block = agent_of(root).regions[0].blocks[0]
    given = (
        [run.argument(a.type, i) for i, a in enumerate(block.arguments)] if arguments is None else arguments
    )
    results = run.block(block, given, {})
    ordered = {thing: tuple(log) for thing, log in sorted(run.ordered.items())}
    return Outcome(results, ordered, tuple(sorted(run.free)), run.make.lost, run.make.terms)


@dataclass
class _Run:
    """One run. `stuck` says of which things later accesses cannot happen: writes alone, or all."""

    root: ir.Operation
    make: StandIns
    path: str = ""
    ordered: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    free: list[str] = field(default_factory=list[str])
    stuck: dict[str, str] = field(default_factory=dict[str, str])

    def argument(self, type: ir.Type, number: int) -> object:
        value = self.make.tell("argument", number)
        if isinstance(type, ir.IntegerType):
            return self.make.holds(value)
        return number if isinstance(type, ir.IndexType) else value

    def block(self, block: ir.Block, arguments: Sequence[object], env: Env) -> tuple[Any, ...]:
        env = env | dict(zip(block.arguments, arguments, strict=True))
        for view in block.operations:
            op = view.operation
            inputs = [env[value] for value in op.operands]
            if op.name in {"func.return", "scf.yield", "scf.condition"}:
                return tuple(inputs)
            if op.name == "scf.forall.in_parallel":
                puts = [put.operation for put in op.regions[0].blocks[0].operations]
                return tuple((env[put.operands[0]][0], env[put.operands[2]]) for put in puts)
            env |= dict(zip(op.results, self.results(op, inputs, env), strict=True))
        return ()

    def results(self, op: ir.Operation, inputs: list[Any], env: Env) -> Sequence[Any]:
        name = op.name
        if name in ROLES and name != "tool.lookup":
            return self.operator(op, tuple(inputs))
        if name in _CONSTRUCTS:
            return _CONSTRUCTS[name](self, op, inputs, env)
        if name == "func.call":
            return self.call(op, inputs)
        return [self.free_value(op, inputs) for _ in op.results]

    def free_value(self, op: ir.Operation, inputs: list[Any]) -> Any:
        if any(value is FAILED for value in inputs):
            # One item that failed leaves the others of its list alone.
            return inputs if op.name == "tensor.from_elements" else FAILED
        match op.name:
            case "agent.cast" | "place.transfer":
                return inputs[0]
            case "tool.lookup":
                return self.make.request(tuple(inputs))
            case "agent.scatter":
                return self.make.items(inputs[0])
            case "agent.gather":
                return self.make.gathered(inputs[0])
            case name:
                known = ARITHMETIC.get(name)
                return known(op, *inputs) if known else self.make.tell(name, *inputs)

    def call(self, op: ir.Operation, inputs: list[Any]) -> Sequence[Any]:
        """Run a nested agent, with ids as `inline-agents` gives them."""
        callee = functions(self.root)[callee_name(op)]
        path = f"{self.path}{value_of(op.attributes['id'])}."
        inner = _Run(self.root, self.make, path, self.ordered, self.free, self.stuck)
        return inner.block(callee.regions[0].blocks[0], inputs, {})

    def operator(self, op: ir.Operation, inputs: tuple[Any, ...]) -> Sequence[Any]:
        stated = attributes(op)
        touched = touches(op)
        if self.blocked(touched) or any(value is FAILED for value in inputs):
            self.stop(touched)
            self.make.lost += 1
            return [FAILED] * len(op.results)
        if op.name in {"memory.load", "agent.compute"}:  # not what decompose takes apart
            found = (self.ordered.get(thing, ()) for thing, writes in touched.items() if not writes)
            inputs = (*inputs, *(seen for each in found for seen in each))
        value, seen = self.make.run(op, f"{self.path}{stated['id']}", stated, inputs)
        self.log(op, touched, str(seen))
        if value is FAILED:
            self.stop(touched)
            return [FAILED] * len(op.results)
        if op.name == "agent.test":
            return [self.make.holds(value)]
        several = len(op.results) > 1
        return [self.make.tell(value, i) if several else value for i in range(len(op.results))]

    def log(self, op: ir.Operation, touched: Mapping[str, bool], seen: str) -> None:
        if effects_of(op) == "none":
            return
        written = [thing for thing, writes in touched.items() if writes]
        for thing in written:
            self.ordered.setdefault(thing, []).append(seen)
        if not written:
            self.free.append(seen)

    def blocked(self, touched: Mapping[str, bool]) -> bool:
        return any(thing in self.stuck and (w or self.stuck[thing] == "all") for thing, w in touched.items())

    def stop(self, touched: Mapping[str, bool]) -> None:
        for thing, writes in touched.items():
            if writes or thing not in self.stuck:
                self.stuck[thing] = "all" if writes else "writes"

    def give_up(self, op: ir.Operation) -> list[Any]:
        """Leave a construct out whose test or count has failed."""
        self.make.lost += 1
        for thing, writes in self.touched_inside(op):
            self.stop({thing: writes})
        return [FAILED] * len(op.results)

    def touched_inside(self, op: ir.Operation) -> Iterator[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []

        def look(inner: ir.Operation) -> None:
            if inner.name == "func.call":
                found.extend(self.touched_inside(functions(self.root)[callee_name(inner)]))
            elif inner.name in ROLES:
                found.extend(touches(inner).items())

        each(op, look)
        yield from found

    def region(self, op: ir.Operation, number: int, arguments: Sequence[object], env: Env) -> tuple[Any, ...]:
        blocks = list(op.regions[number].blocks)
        return self.block(blocks[0], arguments, env) if blocks else ()

    def if_(self, op: ir.Operation, inputs: list[Any], env: Env) -> Sequence[Any]:
        if inputs[0] is FAILED:
            return self.give_up(op)
        return self.region(op, 0 if inputs[0] else 1, [], env)

    def switch(self, op: ir.Operation, inputs: list[Any], env: Env) -> Sequence[Any]:
        if inputs[0] is FAILED:
            return self.give_up(op)
        cases = [int(case) for case in ir.DenseI64ArrayAttr(op.attributes["cases"])]
        return self.region(op, cases.index(inputs[0]) + 1 if inputs[0] in cases else 0, [], env)

    def while_(self, op: ir.Operation, state: Sequence[Any], env: Env) -> Sequence[Any]:
        bound = attributes(op).get("agent.max_trips", MOST_TRIPS)
        for trip in range(MOST_TRIPS + 1):
            go, *state = self.region(op, 0, state, env)
            if go is FAILED:
                return self.give_up(op)
            if not go or trip == min(bound, MOST_TRIPS):
                break
            state = self.region(op, 1, state, env)
        return state

    def for_(self, op: ir.Operation, inputs: list[Any], env: Env) -> Sequence[Any]:
        low, high, step, *state = inputs
        if any(bound is FAILED for bound in (low, high, step)):
            return self.give_up(op)
        for i in range(low, high, step):
            state = self.region(op, 0, [i, *state], env)
        return state

    def forall(self, op: ir.Operation, inputs: list[Any], env: Env) -> Sequence[Any]:
        number = rank(op)
        bounds = list(inputs[: len(inputs) - len(op.results)])
        if number != 1 or any(bound is FAILED for bound in bounds):
            return self.give_up(op)
        ranges = [_bound(op, n, bounds) for n in ("staticLowerBound", "staticUpperBound", "staticStep")]
        shared = [list(into) for into in inputs[len(inputs) - len(op.results) :]]
        for i in range(*ranges):
            for into, (value, at) in zip(shared, self.region(op, 0, [i, *shared], env), strict=True):
                into[at] = value
        return shared


def _bound(op: ir.Operation, name: str, dynamic: list[Any]) -> int:
    """Return a map's bound: stated, or the next of the operands (lower, upper, step)."""
    (stated,) = (int(n) for n in ir.DenseI64ArrayAttr(op.attributes[name]))
    return dynamic.pop(0) if stated == ir.ShapedType.get_dynamic_size() else stated


_CONSTRUCTS = {
    "scf.if": _Run.if_,
    "scf.index_switch": _Run.switch,
    "scf.while": _Run.while_,
    "scf.for": _Run.for_,
    "scf.forall": _Run.forall,
}
