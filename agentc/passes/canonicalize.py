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
location is tagged first, and what is lost is put back by the tag. Rewrites that merge two
`scf.if`s are left out, because their probabilities cannot be merged with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlir import ir

from agentc.ir.bindings import add_pass, add_upstream, named_attributes
from agentc.ir.ids import CONSTRUCTS
from agentc.ir.location import each

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS: tuple[str, ...] = ()
TAG = "agentc.keep:"
_MERGING = ("CombineIfs", "CombineNestedIfs")
# How GCC and how Clang spell the C++ name of a pattern in an anonymous namespace.
_SPELLINGS = ("{{anonymous}}::{}", "(anonymous namespace)::{}")

Kept = dict[str, dict[str, ir.Attribute]]


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    kept: Kept = {}
    disabled = ",".join(spelling.format(name) for name in _MERGING for spelling in _SPELLINGS)
    add_pass(manager, lambda module, _pass: _tag(module.operation, kept), "keep-attributes")
    add_upstream(manager, f'canonicalize{{disable-patterns="{disabled}"}}')
    add_pass(manager, lambda module, _pass: _restore(module.operation, kept), "restore-attributes")


def _tag(root: ir.Operation, kept: Kept) -> None:
    kept.clear()

    def visit(op: ir.Operation) -> None:
        ours = {n: a for n, a in named_attributes(op) if n == "id" or n.startswith("agent.")}
        if op.name in CONSTRUCTS and ours:
            tag = f"{TAG}{len(kept)}"
            kept[tag] = ours
            op.location = ir.Location.name(tag, op.location, op.context)

    each(root, visit)


def _restore(root: ir.Operation, kept: Kept) -> None:
    def visit(op: ir.Operation) -> None:
        place = op.location
        if not place.is_a_name() or not place.name_str.startswith(TAG):
            return
        op.location = place.child_loc
        if op.name in CONSTRUCTS:
            for name, attribute in kept.pop(place.name_str, {}).items():
                op.attributes[name] = attribute

    each(root, visit)
