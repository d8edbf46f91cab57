"""Puts nested agents where they are called, so that one graph is left to place.

    func.func private @search(%q) { %0 = "tool.invoke"(%q) {id = "web"} ... return %0 }
    func.func @answer(%q) { %0 = call @search(%q) ... }
becomes
    func.func @answer(%q) { %0 = "tool.invoke"(%q) {id = "search.web"} ... }

Ids get the call's own id in front, or the callee's name (`search`, then `search_1`). Locations stay
those of the nested agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlir import ir

from agentc.diagnostics import AgentcError, Diagnostic, error
from agentc.ir.ids import fresh, give_ids, ids_of
from agentc.ir.location import each, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    Functions = Mapping[str, ir.Operation]


def agent_of(root: ir.Operation) -> ir.Operation:
    """Return the agent: the one public `func.func` with a body. Raises AgentcError for none or several."""
    public = [f for f in functions(root).values() if is_public(f) and has_body(f)]
    if not public:
        raise error("no agent here", where(root.location), "an agent is one public func.func")
    if len(public) > 1:
        others = tuple(Diagnostic(f"@{name_of(f)}", where(f.location), severity="note") for f in public)
        message = f"{len(public)} public functions, and an agent is one"
        hint = "make the nested ones `func.func private`"
        raise AgentcError(Diagnostic(message, where(public[1].location), hint, notes=others))
    return public[0]


def functions(root: ir.Operation) -> dict[str, ir.Operation]:
    """Return the functions at the top of a module, by name."""
    top = [op.operation for op in root.regions[0].blocks[0].operations]
    return {name_of(op): op for op in top if op.name == "func.func"}


def name_of(function: ir.Operation) -> str:
    """Return a function's symbol name."""
    return ir.StringAttr(function.attributes["sym_name"]).value


def is_public(function: ir.Operation) -> bool:
    """Whether a function can be called from outside its module."""
    found = function.attributes
    return "sym_visibility" not in found or ir.StringAttr(found["sym_visibility"]).value == "public"


def has_body(function: ir.Operation) -> bool:
    """Whether a function is defined here, not only declared."""
    return len(function.regions[0].blocks) > 0


def calls_in(function: ir.Operation) -> list[ir.Operation]:
    """Return the `func.call` ops of a function, in source order."""
    found: list[ir.Operation] = []
    each(function, lambda op: found.append(op) if op.name == "func.call" else None)
    return found


def give_call_ids(function: ir.Operation) -> None:
    """Write an `id` on every call of a function that has none: the callee's name (`search`, `search_1`)."""
    calls = calls_in(function)
    taken = _ids_in(function) if calls else set[str]()
    taken.update(ir.StringAttr(call.attributes["id"]).value for call in calls if "id" in call.attributes)
    for call in calls:
        if "id" not in call.attributes:
            id = fresh(callee_name(call), taken)
            taken.add(id)
            call.attributes["id"] = ir.StringAttr.get(id, call.context)


def callee_name(call: ir.Operation) -> str:
    """Return the name of the function that a call calls."""
    return ir.FlatSymbolRefAttr(call.attributes["callee"]).value


def inline(root: ir.Operation) -> None:
    """Inline every call below the agent and drop the functions that nobody needs any more.

    Raises AgentcError at the call when agents call each other in a circle, or one has no body.
    """
    agent = agent_of(root)
    known = functions(root)
    _inline_into(agent, known, [name_of(agent)], set())
    for name, function in known.items():
        if name != name_of(agent) and not is_public(function):
            function.erase()


def _inline_into(function: ir.Operation, known: Functions, path: list[str], done: set[str]) -> None:
    calls = calls_in(function)
    if calls:
        give_ids(function)
        give_call_ids(function)
    for call in calls:
        name = callee_name(call)
        callee = known[name]
        _check(call, callee, name, path)
        if name not in done:
            give_ids(callee)
            _inline_into(callee, known, [*path, name], done)
            done.add(name)
        _expand(call, callee, ir.StringAttr(call.attributes["id"]).value)


def _check(call: ir.Operation, callee: ir.Operation, name: str, path: list[str]) -> None:
    if name in path:
        circle = " -> ".join([*path[path.index(name) :], name])
        message = f"agents call each other in a circle: {circle}"
        raise error(message, where(call.location), "use scf.while to repeat")
    if not has_body(callee):
        raise error(f"@{name} has no body", where(call.location), "define it in this file")
    if len(callee.regions[0].blocks) > 1:
        raise error(f"@{name} has several blocks", where(callee.location), "write control flow with scf")


def _expand(call: ir.Operation, callee: ir.Operation, prefix: str) -> None:
    # A copy of the whole function keeps its nested regions' operands right; its body then moves.
    copy = callee.clone(ir.InsertionPoint(callee))
    block = copy.regions[0].blocks[0]
    for argument, operand in zip(block.arguments, call.operands, strict=True):
        argument.replace_all_uses_with(operand)
    *body, end = [op.operation for op in block.operations]
    for result, value in zip(call.results, end.operands, strict=True):
        result.replace_all_uses_with(value)
    for op in body:
        op.move_before(call)
        each(op, lambda inner: _prefix(inner, prefix))
    call.erase()
    copy.erase()


def _prefix(op: ir.Operation, prefix: str) -> None:
    if "id" in op.attributes:
        id = ir.StringAttr(op.attributes["id"]).value
        op.attributes["id"] = ir.StringAttr.get(f"{prefix}.{id}", op.context)


def _ids_in(function: ir.Operation) -> set[str]:
    return set(ids_of(function).values())
