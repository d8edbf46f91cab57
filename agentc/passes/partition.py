"""partition: places the operators on a fleet and writes the plan into the IR.

before
    %0 = "llm.prefill"(%q) {id = "prefill", model = "m"} : (!agent.text) -> !llm.kv
    %1 = "llm.decode"(%0) {id = "decode", model = "m"} : (!llm.kv) -> !agent.text
after
    "place.tier"() {name = "HP", ...} : () -> ()
    "place.tier"() {name = "CO", ...} : () -> ()
    "place.pool"() {name = "m/prefill@HP", tier = "HP", tp = 1, replicas = 1, ...} : () -> ()
    "place.pool"() {name = "m/decode@CO", tier = "CO", tp = 1, replicas = 1, ...} : () -> ()
    %0 = "llm.prefill"(%q) {id = "prefill", model = "m", place.pool = "m/prefill@HP", place.tier = "HP"} ...
    %1 = "place.transfer"(%0) {from = "prefill", bytes = 5000, link = "HP-CO"} : (!llm.kv) -> !llm.kv
    %2 = "llm.decode"(%1) {id = "decode", model = "m", place.pool = "m/decode@CO", place.tier = "CO"} ...

`partition{fleet=fleet.yaml objective=latency}` names the fleet for `agentc opt`. A module that is
placed already is placed anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mlir import ir

from agentc.diagnostics import error
from agentc.ir.bindings import add_pass, make_op
from agentc.ir.ids import ids_of
from agentc.ir.inline import agent_of, calls_in, inline
from agentc.ir.location import each
from agentc.ir.outline import UNPLACED
from agentc.ir.read import outline_of, read_graph
from agentc.ir.sources import Sources
from agentc.ir.values import attributes, set_attributes, to_attributes
from agentc.placement import place
from agentc.placement.objectives import weights_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir.passmanager import PassManager

    from agentc.costmodels.fleet import Fleet
    from agentc.passes.pipeline import PassEnv
    from agentc.placement import Objective
    from agentc.plan import Plan, Pool, Transfer

OPTIONS = ("fleet", "objective")


def add(manager: PassManager, env: PassEnv, options: Mapping[str, str]) -> None:
    """Append the pass."""
    objective = _objective(options.get("objective", env.objective))

    def partition(module: ir.OpView, _pass: object) -> None:
        root = module.operation
        if calls_in(agent_of(root)):
            inline(root)
        fleet = _fleet(env, options)
        source = attributes(root).get("agent.source", "")
        env.plan = place(read_graph(root), fleet, objective=objective, source=source)
        apply_plan(root, env.plan)

    add_pass(manager, partition, "partition")


def _fleet(env: PassEnv, options: Mapping[str, str]) -> Fleet:
    from agentc.costmodels.fleet import read_fleet  # noqa: PLC0415 (reads the catalog; only here)

    if "fleet" in options:
        return read_fleet(Path(options["fleet"]))
    if env.fleet is None:
        raise error("partition needs a fleet", hint="give --fleet FILE, or write partition{fleet=FILE}")
    return env.fleet


def _objective(name: str) -> Objective:
    weights_of(name)
    return name


def apply_plan(module: ir.Module | ir.Operation, plan: Plan) -> None:
    """Write a plan into the module that it was made for: pools, tiers and transfers."""
    agent = agent_of(module.operation)
    _clear(agent)
    placed = {operator.id: operator for operator in plan.operators}
    for op, id in ids_of(agent).items():
        if id in placed:
            set_attributes(op, {"id": id, "place.pool": placed[id].pool, "place.tier": placed[id].tier})
    _transfers(agent, plan)
    _declare(agent, plan)


def _clear(agent: ir.Operation) -> None:
    """Take an earlier plan out."""
    old: list[ir.Operation] = []
    each(agent, lambda op: old.append(op) if op.name.startswith("place.") else None)
    for op in old:
        if op.name not in UNPLACED:
            op.results[0].replace_all_uses_with(op.operands[0])
        op.erase()


def _declare(agent: ir.Operation, plan: Plan) -> None:
    used = {pool.tier for pool in plan.pools}
    point = ir.InsertionPoint.at_block_begin(agent.regions[0].blocks[0])
    for tier in plan.tiers:
        if tier.name in used:
            stated = {"name": tier.name, "device": tier.device, "count": tier.count}
            _make("place.tier", {**stated, "usd_per_hour": tier.usd_per_hour}, agent, point)
    for pool in plan.pools:
        _make("place.pool", _of_pool(pool), agent, point)


def _of_pool(pool: Pool) -> dict[str, object]:
    return {
        "name": pool.id,
        "tier": pool.tier,
        "device": pool.device or None,
        "role": pool.role,
        "model": pool.model,
        "tp": pool.tp,
        "pp": pool.pp,
        "replicas": pool.replicas,
        "devices": pool.devices,
        "max_batch": pool.max_batch,
        "usd_per_hour": pool.usd_per_hour,
    }


def _make(name: str, attrs: Mapping[str, object], agent: ir.Operation, point: ir.InsertionPoint) -> None:
    make_op(name, [], [], to_attributes(attrs, agent.context), at=point, location=agent.location)


def _transfers(agent: ir.Operation, plan: Plan) -> None:
    """Put a transfer on each operand that crosses tiers, right before the operator that reads it."""
    crossing: dict[str, list[Transfer]] = {}
    for transfer in plan.transfers:
        crossing.setdefault(transfer.dst, []).append(transfer)
    outline, _ = outline_of(agent)
    within = {id: frozenset(around) for id, around in outline.around.items()}
    sources = Sources(outline.operators, outline.counts, within)
    # All crossings are found before any is written: what is written would be looked through again.
    found = [
        (op, number, transfer)
        for op, id in outline.operators.items()
        for number, operand in enumerate(op.operands if id in crossing else [])
        for transfer in _of_operand({s.operator for s in sources.of(operand) if not s.order}, crossing[id])
    ]
    for op, number, transfer in found:
        _insert(op, number, transfer)


def _of_operand(sources: set[str], crossing: list[Transfer]) -> list[Transfer]:
    by_source = {transfer.src: transfer for transfer in crossing}
    return [transfer for src, transfer in by_source.items() if src in sources]


def _insert(op: ir.Operation, number: int, transfer: Transfer) -> None:
    value = op.operands[number]
    attrs = {
        "from": transfer.src,
        "bytes": transfer.bytes,
        "link": transfer.link,
        "latency_ms": transfer.latency_ms,
    }
    made = make_op(
        "place.transfer",
        [value],
        [value.type],
        to_attributes(attrs, op.context),
        at=ir.InsertionPoint(op),
        location=op.location,
    )
    op.operands[number] = made.results[0]
