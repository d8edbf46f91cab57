"""Objectives by name, from a fleet to a plan that verifies."""

from __future__ import annotations

import pytest

from agentc.diagnostics import AgentcError
from agentc.placement import place
from agentc.placement.objectives import weights_of
from agentc.placement.verify import verify_manifest
from agentc.plan import to_json

GRIDS = """
tiers:
  - {name: coal, device: L4, usd_per_hour: 0.5, gco2_per_kwh: 800}
  - {name: hydro, device: L4, usd_per_hour: 0.9, gco2_per_kwh: 20}
  - {name: big, device: H100-SXM, usd_per_hour: 2.95, gco2_per_kwh: 800}
  - {name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4}
defaults: {pue: 1.5, gco2_per_kwh: 100}
"""


@pytest.fixture(scope="module")
def grids(fleet_of):
    """Tiers on grids of their own."""
    return fleet_of(GRIDS)


@pytest.mark.parametrize("rate", [None, 2.0])
def test_each_objective_is_least_in_its_own_plan(rag, grids, rate):
    plans = {o: place(rag(rate), grids, objective=o) for o in ("tco", "latency", "energy", "carbon")}
    figures = {
        "tco": lambda p: p.totals.usd_per_1k_requests,
        "latency": lambda p: p.totals.e2e_ms_p95,
        "energy": lambda p: p.totals.joules_per_request,
        "carbon": lambda p: p.totals.gco2_per_1k_requests,
    }
    for name, figure in figures.items():
        assert figure(plans[name]) == pytest.approx(min(map(figure, plans.values())), rel=1e-6), name
    assert plans["tco"].operator("draft.decode").tier in {"coal", "big"}
    assert plans["carbon"].operator("draft.decode").tier == "hydro"
    assert plans["carbon"].solver.unit == ("gCO2/request" if rate is None else "gCO2/h")
    for plan in plans.values():
        assert verify_manifest(to_json(plan)) == []


def test_energy_is_power_over_the_load(rag, grids):
    plan = place(rag(2.0), grids, objective="energy")
    watts = sum(p.watts for p in plan.pools)
    assert plan.totals.joules_per_request == pytest.approx(watts / 2.0)
    assert plan.solver.objective == pytest.approx(watts)
    tiers = {t.name: t.gco2_per_kwh for t in plan.tiers}
    assert tiers == {"coal": 1200, "hydro": 30, "big": 1200, "cpu": 150}
    grams = sum(p.watts / 1000 * tiers[p.tier] for p in plan.pools) / (2 * 3600) * 1000
    assert plan.totals.gco2_per_1k_requests == pytest.approx(grams)


def test_a_mix_lies_between(rag, grids):
    tco, mix, carbon = (place(rag(2.0), grids, objective=o) for o in ("tco", "tco=0.5,carbon=0.5", "carbon"))
    assert (
        tco.totals.usd_per_1k_requests <= mix.totals.usd_per_1k_requests <= carbon.totals.usd_per_1k_requests
    )
    assert carbon.totals.gco2_per_1k_requests <= mix.totals.gco2_per_1k_requests
    assert mix.objective == "tco=0.5,carbon=0.5"
    assert verify_manifest(to_json(mix)) == []


@pytest.mark.parametrize("rate", [None, 5.0])
def test_the_front_is_in_the_plan(rag, mixed, rate):
    plan = place(rag(rate, e2e_ms_p95=20_000.0), mixed, objective="pareto")
    assert verify_manifest(to_json(plan)) == []
    assert len(plan.front) >= 3
    assert plan.front[0].usd_per_1k_requests == plan.totals.usd_per_1k_requests
    assert plan.front[-1].e2e_ms_p95 == place(rag(rate), mixed, objective="latency").totals.e2e_ms_p95
    assert all(f.gap == 0 for f in plan.front)


@pytest.mark.parametrize("text", ["speed", "tco=", "tco=-1", "tco=0.5,joy=1", "pareto=1", "tco=nan"])
def test_what_is_no_objective_is_refused(text):
    with pytest.raises(AgentcError) as caught:
        weights_of(text)
    assert caught.value.exit_code == 2


def test_weights_sum_to_one():
    assert weights_of("tco=2, carbon=2") == {"tco": 0.5, "carbon": 0.5}
    assert weights_of("pareto") == {"tco": 1.0}
