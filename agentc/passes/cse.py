"""cse: equal operators without effects run once.

before
    %0 = "memory.search"(%q) {id = "a", store = "docs"} : (!agent.text) -> !agent.docs
    %1 = "memory.search"(%q) {id = "b", store = "docs"} : (!agent.text) -> !agent.docs
    %2 = "tool.invoke"(%0, %1) {tool = "compare"} : (!agent.docs, !agent.docs) -> !agent.json
after
    %0 = "memory.search"(%q) {id = "a", store = "docs"} : (!agent.text) -> !agent.docs
    %2 = "tool.invoke"(%0, %0) {tool = "compare"} : (!agent.docs, !agent.docs) -> !agent.json

Equal means: the same op, operands and attributes, `id` aside. An operator in a branch or a loop is
replaced by an equal one that has run before it, never by one of the other branch. Sampled answers
(a temperature above 0), effects, and searches of a store that the agent writes stay apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.dialects.load import DIALECTS
from agentc.ir.bindings import add_pass, named_attributes
from agentc.ir.effects import repeatable, text_attribute, written_stores
from agentc.ir.outline import UPSTREAM

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from mlir import ir
    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS: tuple[str, ...] = ()
ASIDE = ("id", "agent.visits", "agent.theta", "agent.defaulted")

FLAT = (*DIALECTS, *UPSTREAM)  # arithmetic too: merging ours can make two of them equal

Known = dict["Hashable", "ir.Operation"]


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    add_pass(manager, merge_equal, "cse")


def merge_equal(module: ir.OpView, _pass: object) -> None:
    """Merge equal ops of ours, outer blocks first."""
    root = module.operation
    written = written_stores(root)
    for region in root.regions:
        _region(region, [], written)


def _region(region: ir.Region, outer: list[Known], written: set[str]) -> None:
    for block in region.blocks:
        scopes = [*outer, {}]
        for view in list(block.operations):
            op = view.operation
            if op.name.split(".")[0] in FLAT:
                _merge(op, scopes, written)
            else:
                for inner in op.regions:
                    _region(inner, scopes, written)


def _merge(op: ir.Operation, scopes: list[Known], written: set[str]) -> None:
    if not repeatable(op) or not op.results or text_attribute(op, "store") in written:
        return
    key = _key(op)
    before = next((scope[key] for scope in scopes if key in scope), None)
    if before is None:
        scopes[-1][key] = op
        return
    for result, same in zip(op.results, before.results, strict=True):
        result.replace_all_uses_with(same)
    op.erase()


def _key(op: ir.Operation) -> Any:
    stated = named_attributes(op)
    attributes = tuple((n, a) for n, a in stated if n not in ASIDE and not n.startswith("place."))
    return op.name, tuple(op.operands), attributes, tuple(result.type for result in op.results)
