"""Whether a manifest is of the agent beside it: the build's last IR, read anew.

Part of `verify`: shares no code with the rest of placement. The IR is read by `agentc.ir`, which knows
no fleet and no plan, and only where a build holds it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from agentc.placement.verify_parts import close

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mlir import ir

    from agentc.ir.graph import Graph, Operator

Json = Any
LIMITS = ("e2e_ms_p95", "ttft_ms_p95", "tpot_ms_p95", "availability")
OF_POOL = ("tier", "device", "role", "model", "tp", "pp", "replicas", "devices", "max_batch", "usd_per_hour")


def check_build(m: Json, folder: Path) -> Iterator[str]:
    """Demands, operators, edges, structure and pools are those of the IR beside it, where there is one."""
    stages = sorted((folder / "ir").glob("*-partition.mlir"))
    if not stages:
        return
    from agentc.diagnostics import AgentcError  # noqa: PLC0415 (imports MLIR, where a build has IR)
    from agentc.ir.parse import parse_file  # noqa: PLC0415
    from agentc.ir.read import read_graph  # noqa: PLC0415

    try:
        module = parse_file(stages[-1])
        graph = read_graph(module)
    except AgentcError as e:
        yield f"ir/{stages[-1].name} cannot be read: {e.diagnostics[0].message}"
        return
    yield from check_graph(m, graph)
    yield from _pools(m, module)
    yield from _source(m, module)


def check_graph(m: Json, graph: Graph) -> Iterator[str]:
    """What the IR says of the agent."""
    from agentc.ir.structure import encode  # noqa: PLC0415 (as above)

    yield from _demands(m, graph)
    placed = {o["id"]: o for o in m["operators"]}
    for i in placed.keys() ^ graph.operators.keys():
        yield f"operator {i} is in {'the manifest' if i in placed else 'the IR'} alone"
    for i, operator in graph.operators.items():
        if i in placed:
            yield from _operator(placed[i], operator)
    mine = Counter(_edge(e) for e in m["edges"])
    theirs = Counter((e.src, e.dst, e.bytes, f"{e.visits:.6g}", e.kind, e.carried) for e in graph.edges)
    for name, lost in (("the IR", theirs - mine), ("the manifest", mine - theirs)):
        yield from (f"the edge {e[0]} -> {e[1]} of {e[2]} bytes is in {name} alone" for e in lost)
    if m["results"] != list(graph.results):
        yield f"the results are {', '.join(m['results'])}, those of the IR {', '.join(graph.results)}"
    if m["structure"] != encode(graph.root):
        yield "the structure is not that of the IR"
    if m["agent"] != graph.agent:
        yield f"the agent is {m['agent']}, that of the IR {graph.agent}"


def _demands(m: Json, graph: Graph) -> Iterator[str]:
    stated = {s["name"]: s["limit"] for s in m["slo"]}
    for name in LIMITS:
        asked = getattr(graph.slo, name)
        if asked != stated.get(name):
            yield f"the limit {name} is {stated.get(name)}, the IR demands {asked}"
    for name, mine, theirs in (
        ("soft_usd_per_ms", m["soft_usd_per_ms"], graph.slo.soft_usd_per_ms),
        ("rate_per_s", m["rate_per_s"], graph.rate_per_s),
    ):
        if mine != theirs:
            yield f"{name} is {mine}, in the IR {theirs}"


def _operator(placed: Json, operator: Operator) -> Iterator[str]:
    name = f"operator {operator.id}"
    if placed["op"] != operator.op:
        yield f"{name} is {placed['op']}, in the IR {operator.op}"
    if not close(placed["visits"], operator.visits):
        yield f"{name} is visited {placed['visits']:g} times, in the IR {operator.visits:g}"
    if placed["loc"] != str(operator.location):
        yield f"{name} is at {placed['loc']}, in the IR at {operator.location}"
    if operator.op == "llm.decode" and placed["output_tokens"] != operator.attrs.get("output_tokens"):
        told = operator.attrs.get("output_tokens")
        yield f"{name} writes {placed['output_tokens']} tokens, in the IR {told}"
    for mine, theirs in (("pool", "place.pool"), ("tier", "place.tier")):
        if operator.attrs.get(theirs, placed[mine]) != placed[mine]:
            yield f"{name} is on {mine} {placed[mine]}, in the IR on {operator.attrs[theirs]}"


def _edge(e: Json) -> tuple[Json, ...]:
    return e["from"], e["to"], e["bytes"], f"{e['visits']:.6g}", e["kind"], e["carried"]


def _pools(m: Json, module: ir.Module) -> Iterator[str]:
    from agentc.ir.location import each  # noqa: PLC0415 (as above)
    from agentc.ir.values import attributes  # noqa: PLC0415

    declared: dict[str, Mapping[str, Any]] = {}

    def keep(op: ir.Operation) -> None:
        if op.name == "place.pool":
            found = attributes(op)
            declared[found["name"]] = found

    each(module.operation, keep)
    for p in m["pools"]:
        if p["id"] not in declared:
            yield f"pool {p['id']} is not in the IR"
            continue
        for key in OF_POOL:
            mine, theirs = p[key] or None, declared[p["id"]].get(key) or None
            same = close(mine, theirs) if isinstance(mine, float) and theirs is not None else mine == theirs
            if not same:
                yield f"{key} of pool {p['id']} is {mine}, in the IR {theirs}"
    for i in declared.keys() - {p["id"] for p in m["pools"]}:
        yield f"pool {i} is in the IR alone"


def _source(m: Json, module: ir.Module) -> Iterator[str]:
    from agentc.ir.values import attributes  # noqa: PLC0415 (as above)

    told = attributes(module.operation).get("agent.source", "")
    if m["source"] != told:
        yield f"the source is {m['source']}, in the IR {told}"
