"""speculate: operators of a likely branch start before its test is known.

before
    %go = "agent.test"(%plan) {fn = "needs_search", id = "go"} : (!agent.text) -> i1
    %0 = scf.if %go -> (!agent.text) {
      %hits = "memory.search"(%q) {id = "hits", store = "docs"} : (!agent.text) -> !agent.docs
      ...
    } {agent.probability = 0.9, id = "if_0"}
after
    %go = "agent.test"(%plan) {fn = "needs_search", id = "go"} : (!agent.text) -> i1
    %hits = "memory.search"(%q) {id = "hits", store = "docs", agent.speculative = "if_0.then"} ...
    %0 = scf.if %go -> (!agent.text) {
      ...
    } {agent.probability = 0.9, id = "if_0"}

`speculate{probability=0.7}` takes the sides that are at least so likely (default 0.7); with `pays` in
the environment each operator is asked for too, by how much more often it would run. An operator moves
only if it has no effects, nothing of it is sampled or reads what the agent writes, and what it reads is
there before the branch: so nothing moves across a write. A branch whose test waits for no operator stays.
A backend may cancel what is marked `agent.speculative` when the test comes out the other way; that it
fails counts only where its result is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlir import ir

from agentc.diagnostics import error
from agentc.ir.bindings import add_pass
from agentc.ir.construct import probabilities
from agentc.ir.effects import movable, text_attribute, written_stores
from agentc.ir.graph import ROLES
from agentc.passes.hoist_invariant import made_in, mark_speculative

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS = ("probability",)
PROBABILITY = 0.7
SIDES = ("then", "else")


def add(manager: PassManager, env: PassEnv, options: Mapping[str, str]) -> None:
    """Append the pass."""
    least = share(options.get("probability", str(PROBABILITY)), "speculate", "probability")

    def speculate(module: ir.OpView, _pass: object) -> None:
        root = module.operation
        _inside(root, _Speculation(least, env.pays, written_stores(root)))

    add_pass(manager, speculate, "speculate")


def share(text: str, name: str, option: str) -> float:
    """Return an option's probability; an AgentcError says what is wrong with it."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise error(f"{name}: {option} must be a number from 0 to 1, not {text!r}")
    return value


@dataclass(frozen=True)
class _Speculation:
    least: float
    pays: Callable[[ir.Operation, float], bool] | None
    written: set[str]

    def wants(self, op: ir.Operation, around: ir.Operation, likely: float) -> bool:
        if not movable(op, self.written) or any(made_in(value, around) for value in op.operands):
            return False
        return self.pays is None or op.name not in ROLES or self.pays(op, 1.0 - likely)


def _inside(op: ir.Operation, how: _Speculation) -> None:
    for region in op.regions:
        for block in region.blocks:
            for inner in list(block.operations):
                _inside(inner.operation, how)
    if op.name != "scf.if" or not _waits(op.operands[0]):
        return
    for region, likely, side in zip(op.regions, probabilities(op), SIDES, strict=True):
        for block in region.blocks if likely >= how.least else ():
            for view in list(block.operations):
                if how.wants(view.operation, op, likely):
                    if view.operation.name in ROLES:
                        mark_speculative(view.operation, f"{text_attribute(op, 'id') or op.name}.{side}")
                    view.operation.move_before(op)


def _waits(value: ir.Value) -> bool:
    """Whether a value comes from an operator or a construct, not from an argument or a constant."""
    owner = value.owner
    if isinstance(owner, ir.Block):
        return owner.owner.operation.name != "func.func"
    op = owner.operation
    return op.name in ROLES or len(op.regions) > 0 or any(_waits(operand) for operand in op.operands)
