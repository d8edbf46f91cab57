"""hoist-invariant: operators that no loop trip changes leave the loop.

before
    %0 = scf.while (%x = %q) : (!agent.text) -> !agent.text {
      ...
    } do {
    ^bb0(%x: !agent.text):
      %hits = "memory.search"(%q) {id = "hits", store = "docs"} : (!agent.text) -> !agent.docs
      %y = "agent.compute"(%x, %hits) {fn = "add"} ...
      scf.yield %y : !agent.text
    } attributes {agent.trips = 3.0}
after
    %hits = "memory.search"(%q) {id = "hits", store = "docs", agent.speculative = "while_0"} ...
    %0 = scf.while (%x = %q) : (!agent.text) -> !agent.text {
      ...

Only operators without effects move, sampled answers and searches of a store that the agent writes stay:
each of their trips may differ. What is in a branch stays there. Where a loop may not run at all its
operators leave it only if at least one trip is expected, marked `agent.speculative`: that they fail then
counts only where their result is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlir import ir

from agentc.dialects.load import DIALECTS
from agentc.ir.bindings import add_pass
from agentc.ir.construct import constant, items, trips
from agentc.ir.effects import movable, text_attribute, written_stores
from agentc.ir.graph import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS: tuple[str, ...] = ()


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    add_pass(manager, hoist_invariant, "hoist-invariant")


def hoist_invariant(module: ir.OpView, _pass: object) -> None:
    """Move what can leave out of every loop, inner loops first."""
    root = module.operation
    _inside(root, written_stores(root))


def _inside(op: ir.Operation, written: set[str]) -> None:
    for region in op.regions:
        for block in region.blocks:
            for inner in list(block.operations):
                _inside(inner.operation, written)
    for number in _worthwhile(op):
        for view in list(op.regions[number].blocks[0].operations):
            inner = view.operation
            if movable(inner, written) and not any(made_in(value, op) for value in inner.operands):
                if inner.name in ROLES and not _certain(op, number):
                    mark_speculative(inner, text_attribute(op, "id") or op.name)
                inner.move_before(op)


def _worthwhile(op: ir.Operation) -> tuple[int, ...]:
    """Regions of a loop that are expected to run at least once."""
    match op.name:
        case "scf.while":
            return (0, 1) if trips(op)[0] >= 1 else (0,)
        case "scf.for":
            return (0,) if trips(op)[0] >= 1 else ()
        case "scf.forall":
            return (0,) if items(op)[0] >= 1 else ()
        case _:
            return ()


def _certain(op: ir.Operation, number: int) -> bool:
    """Whether a region of a loop runs at least once in every run: a while's test, a constant count."""
    match op.name:
        case "scf.while":
            return number == 0
        case "scf.for":
            low, high, _ = (constant(value) for value in list(op.operands)[:3])
            return low is not None and high is not None and low < high
        case _:
            return False


def mark_speculative(op: ir.Operation, construct: str) -> None:
    """Say that an operator runs though a construct may turn out not to need it."""
    if op.name.split(".")[0] in DIALECTS and "agent.speculative" not in op.attributes:
        op.attributes["agent.speculative"] = ir.StringAttr.get(construct, op.context)


def made_in(value: ir.Value, construct: ir.Operation) -> bool:
    """Whether a value is made inside a construct."""
    owner = value.owner
    around = owner.owner.operation if isinstance(owner, ir.Block) else owner.operation.parent
    while around is not None:
        if around.operation == construct:
            return True
        around = around.operation.parent
    return False
