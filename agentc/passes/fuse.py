"""fuse: operators that would only pay for a hop are placed with their neighbour.

before
    %a = "tool.compute"(%r) {id = "web.compute", tool = "web"} : (!agent.json) -> !agent.json
    %b = "agent.compute"(%a) {id = "clean", fn = "clean", cpu_ms = 0.5} : (!agent.json) -> !agent.json
after
    %a = "tool.compute"(%r) {id = "web.compute", tool = "web", agent.unit = "web.compute"} ...
    %b = "agent.compute"(%a) {id = "clean", fn = "clean", cpu_ms = 0.5, agent.unit = "web.compute"} ...

Glue is a tool's lookup, or a function of at most `fuse{cpu_ms=1}` (default 1). It joins the neighbour
that it exchanges most bytes with in one request, among those that run on a host's cores as it does:
functions, tools and memories, never a model. Operators of one unit are to be placed on one tier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.diagnostics import error
from agentc.ir.bindings import add_pass
from agentc.ir.ids import ids_of
from agentc.ir.inline import agent_of, calls_in, inline
from agentc.ir.read import read_graph
from agentc.ir.values import set_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir import ir
    from mlir.passmanager import PassManager

    from agentc.ir.graph import Graph, Operator
    from agentc.passes.pipeline import PassEnv

OPTIONS = ("cpu_ms",)
CPU_MS = 1.0
ON_CORES = ("cpu", "tool", "memory")


def add(manager: PassManager, _env: PassEnv, options: Mapping[str, str]) -> None:
    """Append the pass."""
    limit = _milliseconds(options.get("cpu_ms", str(CPU_MS)))

    def fuse(module: ir.OpView, _pass: object) -> None:
        root = module.operation
        if calls_in(agent_of(root)):
            inline(root)
        units = units_of(read_graph(root), limit)
        for op, id in ids_of(agent_of(root)).items():
            if id in units:
                set_attributes(op, {"agent.unit": units[id]})

    add_pass(manager, fuse, "fuse")


def _milliseconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not value >= 0:
        raise error(f"fuse: cpu_ms must be a number from 0 up, not {text!r}")
    return value


def units_of(graph: Graph, limit_cpu_ms: float) -> dict[str, str]:
    """Return the unit of each operator that has one, called after its first operator that is no glue."""
    head = {id: id for id in graph.operators}

    def unit(id: str) -> str:
        while head[id] != id:
            id = head[id]
        return id

    order = {id: number for number, id in enumerate(graph.operators)}
    rank = {id: (_glue(operator, limit_cpu_ms), order[id]) for id, operator in graph.operators.items()}
    exchanged = _exchanged(graph)
    for id, operator in graph.operators.items():
        near = exchanged[id]
        if near and _glue(operator, limit_cpu_ms):
            neighbour = max(near, key=near.__getitem__)
            first, second = sorted((unit(id), unit(neighbour)), key=rank.__getitem__)
            head[second] = first
    members: dict[str, list[str]] = {}
    for id in graph.operators:
        members.setdefault(unit(id), []).append(id)
    return {id: first for first, ids in members.items() if len(ids) > 1 for id in ids}


def _glue(operator: Operator, limit_cpu_ms: float) -> bool:
    small = operator.role == "cpu" and operator.attrs.get("cpu_ms", CPU_MS) <= limit_cpu_ms
    return operator.op == "tool.lookup" or small


def _exchanged(graph: Graph) -> dict[str, dict[str, float]]:
    """Bytes that each operator exchanges in one request with each neighbour on cores."""
    found: dict[str, dict[str, float]] = {id: {} for id in graph.operators}
    for edge in graph.edges:
        for id, other in ((edge.src, edge.dst), (edge.dst, edge.src)):
            if edge.kind == "data" and id != other and graph.operators[other].role in ON_CORES:
                found[id][other] = found[id].get(other, 0.0) + edge.bytes * edge.visits
    return found
