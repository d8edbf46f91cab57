"""The paper's worked example, to the digit: from its program and fleet, and as plain data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from agentc.cli.main import group
from agentc.diagnostics import AgentcError, Infeasible
from agentc.placement import place
from agentc.report.facts import headline, runner_up_words

EXAMPLES = Path(__file__).parents[3] / "examples"
SOURCE = str(EXAMPLES / "paper_worked_example.mlir")
FLEET = str(EXAMPLES / "fleets" / "paper_worked_example.yaml")


def tiers(plan):
    return {o.id: o.tier for o in plan.operators}


def test_fast_prefill_and_cheap_decode_exactly_on_the_limit(paper):
    graph, fleet = paper
    plan = place(graph(e2e_ms_p95=120.0), fleet)
    assert tiers(plan) == {"prefill": "HP", "decode": "CO"}
    assert plan.totals.e2e_ms_p95 == 120.0
    assert plan.totals.usd_per_1k_requests == 95.0
    assert plan.solver.status == "optimal"
    assert plan.solver.gap == 0
    assert plan.slo[0].met
    assert plan.critical_path == ("prefill", "decode")


@pytest.mark.parametrize("limit", [119.0, 119.999, 105.0])
def test_a_tighter_limit_makes_it_all_fast(paper, limit):
    graph, fleet = paper
    plan = place(graph(e2e_ms_p95=limit), fleet)
    assert set(tiers(plan).values()) == {"HP"}
    assert (plan.totals.e2e_ms_p95, plan.totals.usd_per_1k_requests) == (105.0, 110.0)


def test_no_limit_makes_it_all_cheap(paper):
    graph, fleet = paper
    plan = place(graph(), fleet)
    assert (plan.totals.e2e_ms_p95, plan.totals.usd_per_1k_requests) == (160.0, 60.0)


@pytest.mark.parametrize("limit", [104.0, 104.999])
def test_an_impossible_limit_names_the_sla_and_its_path(paper, limit):
    graph, fleet = paper
    with pytest.raises(Infeasible) as caught:
        place(graph(e2e_ms_p95=limit), fleet)
    told = caught.value.diagnostics[0]
    assert f"SLA e2e_ms_p95 = {limit:g} ms" in told.message
    assert "prefill on HP (80 ms) -> decode on HP (25 ms), takes 105 ms" in told.message
    assert told.location == graph().location
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("usd_per_ms", "tier"), [(0.0008, "CO"), (0.000874, "CO"), (0.000876, "HP"), (0.0009, "HP")]
)
def test_a_soft_limit_turns_at_its_price(paper, usd_per_ms, tier):
    graph, fleet = paper
    plan = place(graph(e2e_ms_p95=120.0, soft_usd_per_ms=usd_per_ms), fleet)
    assert tiers(plan) == {"prefill": tier, "decode": "CO"}
    penalty = 40.0 * usd_per_ms * 1000 if tier == "CO" else 0.0
    assert plan.totals.soft_usd_per_1k_requests == pytest.approx(penalty)
    money = plan.totals.usd_per_1k_requests + penalty
    assert plan.solver.objective_usd_per_1k_requests == pytest.approx(money)
    assert plan.slo[0].soft
    others = [a.total_usd_per_1k_requests for o in plan.operators for a in o.alternatives if a.feasible]
    assert others
    assert all(total is not None and total >= money - 1e-9 for total in others)


def test_no_runner_up_of_an_optimal_plan_under_a_soft_limit_looks_better(paper):
    """Two operators on CO cost 40 USD less than the plan, and 40 ms of penalty more."""
    graph, fleet = paper
    plan = place(graph(e2e_ms_p95=120.0, soft_usd_per_ms=0.0009), fleet)
    moved = next(a for a in plan.operator("prefill").alternatives if a.tier == "CO")
    assert moved.total_usd_per_1k_requests == pytest.approx(60 + 36)
    assert "penalty included" in moved.why_not
    assert runner_up_words(plan, plan.operator("prefill")) == "CO $96.00 (+1.1%)"
    missed = place(graph(e2e_ms_p95=120.0, soft_usd_per_ms=0.0008), fleet)
    assert headline(missed) == "$60.00 per 1,000 requests + $32.00 penalty"


def test_least_latency(paper):
    graph, fleet = paper
    plan = place(graph(e2e_ms_p95=120.0), fleet, objective="latency")
    assert set(tiers(plan).values()) == {"HP"}
    assert plan.solver.objective_ms == plan.solver.bound_ms == 105.0
    assert plan.solver.objective_usd_per_1k_requests is None


def test_first_token_limit(paper):
    graph, fleet = paper
    assert place(graph(ttft_ms_p95=80.0), fleet).totals.ttft_ms_p95 == 80.0
    with pytest.raises(Infeasible, match="SLA ttft_ms_p95 = 79 ms: the first token takes 80 ms at best"):
        place(graph(ttft_ms_p95=79.0), fleet)


def test_time_per_token_limit(paper):
    graph, fleet = paper
    assert tiers(place(graph(tpot_ms_p95=0.05), fleet))["decode"] == "HP"
    with pytest.raises(Infeasible, match=r"SLA tpot_ms_p95 = 0\.04 ms: the best pace is 0\.05 ms a token"):
        place(graph(tpot_ms_p95=0.04), fleet)


def compile_example(out, *options):
    return CliRunner().invoke(group, ["compile", SOURCE, "--fleet", FLEET, "-o", str(out), *options])


@pytest.mark.parametrize(
    ("options", "expected", "ms", "usd_per_1k"),
    [
        ([], ["HP", "CO"], 120.0, 95.0),
        (["--slo", "e2e_ms_p95=119"], ["HP", "HP"], 105.0, 110.0),
        (["--slo", "soft_usd_per_ms=0.0008"], ["CO", "CO"], 160.0, 60.0),
        (["--slo", "soft_usd_per_ms=0.0009"], ["HP", "CO"], 120.0, 95.0),
    ],
)
def test_from_the_program(tmp_path, options, expected, ms, usd_per_1k):
    done = compile_example(tmp_path / "build", *options)
    assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / "build" / "manifest.json").read_text())
    assert [o["tier"] for o in manifest["operators"]] == expected
    assert manifest["totals"]["e2e_ms_p95"] == ms
    assert manifest["totals"]["usd_per_1k_requests"] == usd_per_1k
    verified = CliRunner().invoke(group, ["verify", str(tmp_path / "build")])
    assert verified.exit_code == 0, verified.output


def test_from_the_program_infeasible(tmp_path):
    done = compile_example(tmp_path / "build", "--slo", "e2e_ms_p95=104")
    assert isinstance(done.exception, AgentcError)
    assert done.exception.exit_code == 1
    assert "SLA" in str(done.exception)
    assert "prefill on HP (80 ms) -> decode on HP (25 ms)" in str(done.exception)
    assert not (tmp_path / "build").exists()
