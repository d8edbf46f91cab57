"""Writing a hand-made plan into the IR: pools, tiers, transfers, and reading it all back."""

from __future__ import annotations

from typing import Any

import pytest

from agentc.ir.inline import agent_of
from agentc.ir.location import each
from agentc.ir.parse import parse_text
from agentc.ir.printing import to_text
from agentc.ir.read import read_graph
from agentc.ir.values import attributes
from agentc.passes.partition import apply_plan
from agentc.plan import PlacedOperator, Plan, Pool, Solver, Totals, Transfer
from agentc.plan_inputs import EdgeRecord, TierRecord

AGENT = """\
func.func @answer(%q: !agent.text, %c: i1) -> !agent.text {
  %0 = "tool.compute"(%q) {id = "tool", tool = "t"} : (!agent.text) -> !agent.text
  %1 = scf.if %c -> (!agent.text) {
    %kv = "llm.prefill"(%q, %0) {id = "prefill", model = "m"} : (!agent.text, !agent.text) -> !llm.kv
    %2 = "llm.decode"(%kv) {id = "decode", model = "m"} : (!llm.kv) -> !agent.text
    scf.yield %2 : !agent.text
  } else {
    scf.yield %0 : !agent.text
  }
  %3 = "agent.compute"(%1) {id = "last", fn = "f"} : (!agent.text) -> !agent.text
  return %3 : !agent.text
}
"""
TIERS = {"tool": "cpu", "prefill": "big", "decode": "small", "last": "cpu"}
CROSSINGS = [("tool", "prefill"), ("prefill", "decode"), ("decode", "last")]


def pool(tier: str) -> Pool:
    return Pool(
        id=f"{tier}-pool", tier=tier, device="", role="cpu", model=None, tp=1, pp=1, replicas=2, devices=1,
        max_batch=4, utilisation=0.5, memory_gb=1.0, usd_per_hour=1.5, watts=100.0,
    )  # fmt: skip


def placed(id: str, tier: str) -> PlacedOperator:
    return PlacedOperator(
        id=id, op="x", pool=f"{tier}-pool", tier=tier, visits=1.0, latency_ms=1.0, latency_ms_p95=1.0,
        busy_s=0.001, usd_per_1k=0.1, basis="datasheet", loc="a.mlir:1:1",
    )  # fmt: skip


def plan(tiers: dict[str, str], crossings: list[tuple[str, str]]) -> Plan:
    used = sorted(set(tiers.values()))
    return Plan(
        agentc="1", agent="answer", source="", fleet="f", objective="tco", mode="metered", rate_per_s=None,
        solver=Solver(
            status="optimal", objective_usd_per_hour=None, bound_usd_per_hour=None, gap=0.0, wall_s=0.0
        ),
        pools=tuple(pool(tier) for tier in used),
        operators=tuple(placed(id, tier) for id, tier in tiers.items()),
        transfers=tuple(
            Transfer(src=a, dst=b, bytes=100, latency_ms=1.0, link=f"{tiers[a]}--{tiers[b]}")
            for a, b in crossings
        ),
        critical_path=(),
        totals=Totals(
            usd_per_hour=None, usd_per_1k_requests=1.0, e2e_ms_p50=1.0, e2e_ms_p95=1.0, ttft_ms_p95=None,
            tpot_ms_p95=None, watts=None,
        ),
        slo=(),
        tiers=tuple(
            TierRecord(
                name=name, device=None, count=None, usd_per_hour=1.0, watts=1.0, memory_gb=None,
                price_basis="", price_source="", price_date="",
            )
            for name in [*used, "unused"]
        ),
        links=(), edges=tuple[EdgeRecord, ...](), structure=[], results=(),
    )  # fmt: skip


def ops_named(module, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    each(module.operation, lambda op: found.append(attributes(op)) if op.name == name else None)
    return found


@pytest.fixture
def module():
    return parse_text(AGENT, "a.mlir")


def test_a_plan_is_written(module) -> None:
    apply_plan(module, plan(TIERS, CROSSINGS))
    assert [t["name"] for t in ops_named(module, "place.tier")] == ["big", "cpu", "small"]
    assert [(p["name"], p["tier"], p["replicas"]) for p in ops_named(module, "place.pool")] == [
        ("big-pool", "big", 2), ("cpu-pool", "cpu", 2), ("small-pool", "small", 2),
    ]  # fmt: skip
    tiers = {}
    each(
        agent_of(module.operation),
        lambda op: (
            tiers.update({attributes(op)["id"]: attributes(op)["place.tier"]})
            if "place.tier" in op.attributes
            else None
        ),
    )
    assert tiers == TIERS
    moved = ops_named(module, "place.transfer")
    assert [(t["from"], t["link"], t["bytes"]) for t in moved] == [
        ("tool", "cpu--big", 100), ("prefill", "big--small", 100), ("decode", "small--cpu", 100),
    ]  # fmt: skip


def test_a_placed_module_parses_and_reads_as_before(module) -> None:
    before = read_graph(module)
    apply_plan(module, plan(TIERS, CROSSINGS))
    text = to_text(module)
    again = parse_text(text, "b.mlir")
    assert to_text(again) == text
    assert read_graph(again) == before


def test_a_second_plan_replaces_the_first(module) -> None:
    apply_plan(module, plan(TIERS, CROSSINGS))
    once = to_text(module)
    apply_plan(module, plan(TIERS, CROSSINGS))
    assert to_text(module) == once
    apply_plan(module, plan(dict.fromkeys(TIERS, "cpu"), []))
    assert ops_named(module, "place.transfer") == []
    assert [t["name"] for t in ops_named(module, "place.tier")] == ["cpu"]
