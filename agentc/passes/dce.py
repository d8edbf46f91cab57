"""dce: operators without effects whose results nobody uses go.

before
    %0 = "memory.search"(%q) {store = "docs"} : (!agent.text) -> !agent.docs
    %1 = "agent.cast"(%0) : (!agent.docs) -> !agent.text
    %2 = "tool.invoke"(%q) {tool = "log"} : (!agent.text) -> !agent.json
    return
after
    %2 = "tool.invoke"(%q) {tool = "log"} : (!agent.text) -> !agent.json
    return

A branch, loop or map goes as a whole when nothing in it has effects and its results are unused.
`memory.load` stays: it may fail, and the agent may count on that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.ir.bindings import add_pass
from agentc.ir.effects import effects_of
from agentc.ir.ids import CONSTRUCTS
from agentc.ir.outline import ENDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir import ir
    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS: tuple[str, ...] = ()
PUT = "tensor.parallel_insert_slice"


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    add_pass(manager, drop_unused, "dce")


def drop_unused(module: ir.OpView, _pass: object) -> None:
    """Drop unused ops from the last to the first, so that one sweep reaches the fixpoint."""
    for region in module.operation.regions:
        _region(region)


def _region(region: ir.Region) -> None:
    for block in region.blocks:
        for view in reversed(list(block.operations)):
            op = view.operation
            if _unused(op) and _idle(op):
                op.erase()
            else:
                for inner in op.regions:
                    _region(inner)


def _unused(op: ir.Operation) -> bool:
    kept = op.name in ENDS or op.name == PUT
    return not kept and all(next(iter(result.uses), None) is None for result in op.results)


def _idle(op: ir.Operation) -> bool:
    """Whether an op, with all that is in it, has no effects."""
    if op.name not in CONSTRUCTS:
        return op.name in ENDS or effects_of(op) == "none"
    inner = [i.operation for region in op.regions for block in region.blocks for i in block.operations]
    return all(_idle(i) for i in inner)
