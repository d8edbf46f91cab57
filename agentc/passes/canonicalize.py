"""canonicalize: upstream canonicalization, with what control flow says about itself kept.

before
    %true = arith.constant true
    %0:2 = scf.if %c -> (!agent.text, !agent.text) {
      %a = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
      scf.yield %a, %q : !agent.text, !agent.text
    } else {
      scf.yield %q, %q : !agent.text, !agent.text
    } {agent.probability = 0.3}                                    // %0#1 is not used
after
    %0 = scf.if %c -> (!agent.text) {
      %a = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
      scf.yield %a : !agent.text
    } else {
      scf.yield %q : !agent.text
    } {agent.probability = 0.3}

Upstream rewrites make new ops without our attributes, but keep locations: so each construct's
location is tagged first, and what is lost is put back by the tag. The ends of branches are tagged
too: upstream turns `if not c` around, and the probability turns with it. Rewrites that merge two
`scf.if`s or dissolve one are left out, because no probability would be right after them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlir import ir

from agentc.ir.bindings import add_pass, add_upstream, named_attributes
from agentc.ir.ids import CONSTRUCTS
from agentc.ir.location import each
from agentc.ir.sources import last
from agentc.ir.values import attributes, set_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS: tuple[str, ...] = ()
TAG = "agentc.keep:"
LEFT_OUT = ("CombineIfs", "CombineNestedIfs", "ConvertTrivialIfToSelect")
# How GCC and how Clang spell the C++ name of a pattern in an anonymous namespace.
_SPELLINGS = ("{{anonymous}}::{}", "(anonymous namespace)::{}")

Kept = dict[str, dict[str, ir.Attribute]]


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    kept: Kept = {}
    disabled = ",".join(spelling.format(name) for name in LEFT_OUT for spelling in _SPELLINGS)
    add_pass(manager, lambda module, _pass: _tag(module.operation, kept), "keep-attributes")
    add_upstream(manager, f'canonicalize{{disable-patterns="{disabled}"}}')
    add_pass(manager, lambda module, _pass: _restore(module.operation, kept), "restore-attributes")


def _tag(root: ir.Operation, kept: Kept) -> None:
    kept.clear()

    def visit(op: ir.Operation) -> None:
        ours = {n: a for n, a in named_attributes(op) if n == "id" or n.startswith("agent.")}
        if op.name not in CONSTRUCTS or not ours:
            return
        tag = f"{TAG}{len(kept)}"
        kept[tag] = ours
        _name(op, tag)
        for side, end in _ends(op).items():
            _name(end, f"{tag}.{side}")

    each(root, visit)


def _name(op: ir.Operation, tag: str) -> None:
    op.location = ir.Location.name(tag, op.location, op.context)


def _ends(op: ir.Operation) -> dict[int, ir.Operation]:
    """The last ops of a branch's sides, by side."""
    if op.name != "scf.if":
        return {}
    return {side: last(region) for side, region in enumerate(op.regions) if len(region.blocks) > 0}


def _restore(root: ir.Operation, kept: Kept) -> None:
    tagged: list[tuple[ir.Operation, str]] = []
    each(root, lambda op: tagged.append((op, _tag_of(op))) if _tag_of(op) else None)
    for op, tag in tagged:
        if op.name in CONSTRUCTS and tag in kept:
            for name, attribute in kept.pop(tag).items():
                op.attributes[name] = attribute
            if _turned(op, tag):
                then = attributes(op).get("agent.probability")
                set_attributes(op, {"agent.probability": None if then is None else 1.0 - then})
    for op, _ in tagged:
        op.location = op.location.child_loc


def _tag_of(op: ir.Operation) -> str:
    place = op.location
    return place.name_str if place.is_a_name() and place.name_str.startswith(TAG) else ""


def _turned(op: ir.Operation, tag: str) -> bool:
    """Whether a branch's sides have changed places."""
    return any(_tag_of(end) == f"{tag}.{1 - side}" for side, end in _ends(op).items())
