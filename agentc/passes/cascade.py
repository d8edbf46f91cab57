"""cascade: a small model answers first; the big one only where a gate is not content.

before
    %0 = "llm.call"(%q) {id = "answer", model = "llama-3.1-70b"} : (!agent.text) -> !agent.text
after
    %1 = "llm.call"(%q) {id = "answer.small", model = "llama-3.1-8b"} : (!agent.text) -> !agent.text
    %2 = "agent.test"(%1) {id = "answer.gate", fn = "confident", effects = "none"} : (!agent.text) -> i1
    %0 = scf.if %2 -> (!agent.text) {
      scf.yield %1 : !agent.text
    } else {
      %3 = "llm.call"(%q) {id = "answer", model = "llama-3.1-70b"} : (!agent.text) -> !agent.text
      scf.yield %3 : !agent.text
    } {agent.probability = 0.8, id = "answer.cascade"}

`cascade{model=llama-3.1-70b small=llama-3.1-8b gate=confident probability=0.8}`: this changes answers, so
it happens only where it is asked for. `probability` is that of a content gate. A call stays as it is where
the small model does not pay: its parameters at work must be less than `probability` times the big one's,
and `pays` in the environment must agree, where it is given; and where the call has effects, because the
gate would then decide about a write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlir import ir

from agentc.diagnostics import error
from agentc.ir.bindings import add_pass, append_block, make_op
from agentc.ir.effects import effects_of, text_attribute
from agentc.ir.inline import functions, has_body
from agentc.ir.location import each
from agentc.ir.values import attributes, to_attributes
from agentc.passes.speculate import share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS = ("model", "small", "gate", "probability")
PROBABILITY = 0.7


@dataclass(frozen=True)
class Cascade:
    """What the options ask for."""

    model: str
    small: str
    gate: str
    probability: float


def add(manager: PassManager, env: PassEnv, options: Mapping[str, str]) -> None:
    """Append the pass."""
    missing = [name for name in ("model", "small", "gate") if name not in options]
    if missing:
        hint = "write cascade{model=BIG small=SMALL gate=FUNCTION}"
        raise error(f"cascade needs {' and '.join(missing)}", hint=hint)
    chance = share(options.get("probability", str(PROBABILITY)), "cascade", "probability")
    asked = Cascade(options["model"], options["small"], options["gate"], chance)

    def cascade(module: ir.OpView, _pass: object) -> None:
        if not _cheaper(asked):
            return
        calls: list[ir.Operation] = []
        for function in functions(module.operation).values():
            if has_body(function):
                each(function, lambda op: calls.append(op) if _fits(op, asked) else None)
        for op in calls:
            if env.pays is None or env.pays(op, asked.probability - 1.0):
                _route(op, asked)

    add_pass(manager, cascade, "cascade")


def _cheaper(asked: Cascade) -> bool:
    """Whether the small model costs less than what it spares; an unknown model is an error."""
    from agentc.costmodels import shape  # noqa: PLC0415 (reads the catalog; only here)
    from agentc.costmodels.catalog.read import find_model  # noqa: PLC0415

    small, big = (shape.active_parameters(find_model(name)) for name in (asked.small, asked.model))
    return small < asked.probability * big


def _fits(op: ir.Operation, asked: Cascade) -> bool:
    if op.name != "llm.call" or effects_of(op) != "none" or text_attribute(op, "model") != asked.model:
        return False
    around = op.parent
    return around is None or text_attribute(around.operation, "id") != f"{text_attribute(op, 'id')}.cascade"


def _route(op: ir.Operation, asked: Cascade) -> None:
    id, place, at = text_attribute(op, "id"), op.location, ir.InsertionPoint(op)
    answer = op.results[0]
    attrs = {**attributes(op), "id": f"{id}.small", "model": asked.small}
    made = [value.type for value in op.results]
    small = make_op(
        "llm.call", list(op.operands), made, to_attributes(attrs, op.context), at=at, location=place
    )
    gate = {"id": f"{id}.gate", "fn": asked.gate, "effects": "none"}
    i1 = ir.IntegerType.get_signless(1, op.context)
    test = make_op(
        "agent.test", [small.results[0]], [i1], to_attributes(gate, op.context), at=at, location=place
    )
    stated = to_attributes({"id": f"{id}.cascade", "agent.probability": asked.probability}, op.context)
    route = make_op("scf.if", [test.results[0]], made, stated, at=at, location=place, regions=2)
    answer.replace_all_uses_with(route.results[0])
    for region, value in zip(route.regions, (small.results[0], answer), strict=True):
        block = append_block(region, [], place)
        make_op("scf.yield", [value], [], {}, at=ir.InsertionPoint(block), location=place)
    op.move_before(route.regions[1].blocks[0].operations[0])
