"""consolidate: several requests or agents become one graph; equal operators run once.

before
    func.func @answer(%q: !agent.text) -> !agent.text {
      %0 = "memory.load"... {id = "rules", effects = "none"}
      %1 = "llm.call"(%0, %q) {id = "draft", model = "m"} : (!agent.text, !agent.text) -> !agent.text
      return %1 : !agent.text
    }
after (`consolidate{requests=2}`)
    func.func @answer(%q_0: !agent.text, %q_1: !agent.text) -> (!agent.text, !agent.text)
        attributes {agent.requests = 2} {
      %0 = "memory.load"... {id = "r0.rules", effects = "none"}                 // once for both
      %1 = "llm.call"(%0, %q_0) {id = "r0.draft", model = "m"} ...
      %2 = "llm.call"(%0, %q_1) {id = "r1.draft", model = "m"} ...
      return %1, %2 : !agent.text, !agent.text
    }

Arguments and results stand request by request. Operators without effects that are equal run once, and
those that can start together stand by model, so that an engine serves them in a row. The load in requests
a second is divided by their number; what the agent must keep (`agent.slo`) holds for the batch. Several
public functions in one file become one agent, named after the first; its operators get each function's
name in front. Done once: a consolidated agent stays.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (the bindings' stubs leave containers untyped)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.diagnostics import error
from agentc.ir.bindings import add_pass, make_op
from agentc.ir.effects import text_attribute
from agentc.ir.inline import functions, has_body, is_public
from agentc.ir.location import each
from agentc.ir.sources import last
from agentc.ir.values import attributes, set_attributes, to_attributes
from agentc.passes.cse import merge_equal
from agentc.passes.parallelize import in_data_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS = ("requests",)


def add(manager: PassManager, _env: PassEnv, options: Mapping[str, str]) -> None:
    """Append the pass."""
    text = options.get("requests", "1")
    if not text.isdigit() or int(text) < 1:
        raise error(f"consolidate: requests must be a whole number from 1 up, not {text!r}")

    def consolidate(module: ir.OpView, opaque: object) -> None:
        if _consolidate(module.operation, int(text)):
            merge_equal(module, opaque)
            in_data_order(module.operation, group=lambda op: text_attribute(op, "model") or "")

    add_pass(manager, consolidate, "consolidate")


def _consolidate(root: ir.Operation, requests: int) -> bool:
    agents = {n: f for n, f in functions(root).items() if is_public(f) and has_body(f)}
    several = len(agents) > 1
    if not agents or (requests == 1 and not several):
        return False
    first, *others = agents.values()
    if "agent.requests" in first.attributes:
        return False
    load = attributes(first).get("agent.load", {})
    parts = [(name, f, r) for r in range(requests) for name, f in agents.items()]
    copies = [
        (f.clone(ir.InsertionPoint(first)), _prefix(name, r, requests, several)) for name, f, r in parts
    ]
    _fill(first, copies)
    for other in others:
        other.erase()
    set_attributes(first, {"agent.requests": requests})
    if "rate_per_s" in load:
        set_attributes(first, {"agent.load": {**load, "rate_per_s": load["rate_per_s"] / requests}})
    return True


def _prefix(name: str, request: int, requests: int, several: bool) -> str:
    parts = [f"r{request}"] if requests > 1 else []
    return ".".join([*parts, name] if several else parts)


def _fill(agent: ir.Operation, copies: list[tuple[ir.Operation, str]]) -> None:
    """Put the bodies of copies, one after the other, in the place of the agent's own."""
    block = agent.regions[0].blocks[0]
    for view in reversed(list(block.operations)):
        view.operation.erase()
    names: list[dict[str, Any]] = []
    for argument in reversed(list(block.arguments)):
        block.erase_argument(argument.arg_number)
    results: list[ir.Value] = []
    for copy, prefix in copies:
        inner = copy.regions[0].blocks[0]
        names += [_argument_name(a, prefix) for a in _argument_attributes(copy, len(inner.arguments))]
        for argument in inner.arguments:
            argument.replace_all_uses_with(block.add_argument(argument.type, agent.location))
        stop = last(copy.regions[0])
        results += list(stop.operands)
        stop.erase()
        for view in list(inner.operations):
            _rename(view.operation, prefix)
            block.append(view.operation)
        copy.erase()
    make_op("func.return", results, [], {}, at=ir.InsertionPoint(block), location=agent.location)
    type = ir.FunctionType.get([a.type for a in block.arguments], [r.type for r in results], agent.context)
    agent.attributes["function_type"] = ir.TypeAttr.get(type, agent.context)
    for name in ("arg_attrs", "res_attrs"):
        if name in agent.attributes:
            del agent.attributes[name]
    if any(names):
        dicts = [ir.DictAttr.get(to_attributes(n, agent.context), agent.context) for n in names]
        agent.attributes["arg_attrs"] = ir.ArrayAttr.get(dicts, agent.context)


def _argument_attributes(function: ir.Operation, count: int) -> list[dict[str, Any]]:
    stated: list[dict[str, Any]] = attributes(function).get("arg_attrs", [{}] * count)
    return stated


def _argument_name(stated: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Give an argument a name of its own: `question` of request 1 is `question_1`."""
    if "agent.name" not in stated:
        return stated
    return {**stated, "agent.name": f"{stated['agent.name']}_{prefix.removeprefix('r').replace('.', '_')}"}


def _rename(op: ir.Operation, prefix: str) -> None:
    def rename(inner: ir.Operation) -> None:
        id = text_attribute(inner, "id")
        if id is not None:
            inner.attributes["id"] = ir.StringAttr.get(f"{prefix}.{id}", inner.context)

    each(op, rename)
