"""annotate: writes down what placement will reckon with, so that the IR file says it all.

before
    %0 = "llm.decode"(%kv) {id = "answer.decode", model = "smollm2-135m"} : (!llm.kv) -> !agent.text
after
    %0 = "llm.decode"(%kv) {id = "answer.decode", model = "smollm2-135m", output_tokens = 256,
           max_tokens = 512, precision = "bf16", bytes = 1024, agent.visits = 1.0,
           agent.theta = {flops = 6.9e10, ...},
           agent.defaulted = ["output_tokens", "max_tokens", "precision", "bytes"]}

`agent.visits` is the expected number of runs in one request, `agent.theta` the resources of one run
(the paper's theta), `agent.defaulted` names the attributes that nobody stated. Control flow gets the
probabilities, trips and items that it was taken to have.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agentc.ir.bindings import add_pass
from agentc.ir.construct import defaulted
from agentc.ir.ids import CONSTRUCTS, ids_of
from agentc.ir.inline import agent_of, calls_in, inline
from agentc.ir.read import read_graph
from agentc.ir.values import attributes, set_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir import ir
    from mlir.passmanager import PassManager

    from agentc.ir.graph import Operator
    from agentc.passes.pipeline import PassEnv

OPTIONS: tuple[str, ...] = ()


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    add_pass(manager, annotate, "annotate")


def annotate(module: ir.OpView, _pass: object) -> None:
    """Write visits, resources, ids and defaults onto every operator of the agent."""
    from agentc.costmodels import parallel_resources  # noqa: PLC0415 (reads the catalog; only here)
    from agentc.costmodels.resources import resources  # noqa: PLC0415

    root = module.operation
    if calls_in(agent_of(root)):
        inline(root)
    graph = read_graph(root)
    for op, id in ids_of(agent_of(root)).items():
        if op.name in CONSTRUCTS:
            _construct(op, id)
        else:
            operator = graph.operators[id]
            part = operator.op in parallel_resources.PARTS
            _operator(op, operator, parallel_resources.resources(operator) if part else resources(operator))


def _construct(op: ir.Operation, id: str) -> None:
    missing = defaulted(op)
    listed = [*attributes(op).get("agent.defaulted", []), *missing]
    set_attributes(op, {"id": id, **missing, "agent.defaulted": listed or None})


def _operator(op: ir.Operation, operator: Operator, theta: Mapping[str, float]) -> None:
    operator = _with_cache_size(operator, theta)
    made: dict[str, Any] = {
        "id": operator.id,
        **{name: operator.attrs[name] for name in operator.defaulted if name in operator.attrs},
        "agent.visits": operator.visits,
        "agent.theta": {name: _readable(amount) for name, amount in theta.items()},
        "agent.defaulted": list(operator.defaulted) or None,
    }
    set_attributes(op, made)


def _readable(amount: float) -> float:
    """Round to six digits: MLIR prints a number that needs more of them in hexadecimal."""
    return float(f"{amount:.6g}")


def _with_cache_size(operator: Operator, theta: Mapping[str, float]) -> Operator:
    """Let a prefill's result be its KV cache, whose size depends on the model."""
    if "bytes" in operator.attrs or "kv_bytes" not in theta or operator.op != "llm.prefill":
        return operator
    attrs = {**operator.attrs, "bytes": round(theta["kv_bytes"])}
    return replace(operator, attrs=attrs, defaulted=(*operator.defaulted, "bytes"))
