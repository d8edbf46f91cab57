"""Counterfactuals: each answer equals placing the agent anew with that one thing changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from agentc.cli.main import group
from agentc.costmodels.fleet import read_fleet
from agentc.diagnostics import AgentcError, Infeasible
from agentc.ir.graph import Slo
from agentc.placement import place
from agentc.placement.replan import replan
from agentc.placement.verify import verify_manifest
from agentc.placement.whatif import ask, flips, pressures, why_not
from agentc.plan import to_json

EXAMPLES = Path(__file__).parents[3] / "examples"


def usd(plan):
    return plan.totals.usd_per_hour or plan.totals.usd_per_1k_requests


def priced(fleet, tier, usd_per_hour):
    changed = [replace(t, usd_per_hour=usd_per_hour) if t.name == tier else t for t in fleet.tiers]
    return replace(fleet, tiers=tuple(changed))


@pytest.mark.parametrize("rate", [None, 5.0])
def test_why_not_is_the_best_plan_with_the_operator_there(rag, mixed, rate):
    graph = rag(rate, e2e_ms_p95=6000.0)
    q = ask(graph, mixed)
    answer = why_not(q, "facts", "big")
    only = replace(mixed, rules=(forced(mixed, "facts", "big"),))
    assert answer.usd == pytest.approx(usd(place(graph, only)), rel=1e-6)
    assert "more" in answer.reason
    assert answer.moved["facts"] == ("cpu", "big")


def forced(fleet, operator, tier):
    from agentc.costmodels.fleet import Rule

    return Rule((operator,), fleet.tiers[0].location, tiers=(tier,))


def test_why_not_says_what_it_would_break(rag, mixed):
    q = ask(rag(1.0, e2e_ms_p95=4000.0), mixed)
    answer = why_not(q, "draft.decode", "cpu")
    assert answer.usd is None
    assert "it would break" in answer.reason
    assert "e2e_ms_p95" in answer.reason


def test_pressures_are_what_giving_way_saves(rag, mixed):
    fastest = place(rag(10.0), mixed, objective="latency").totals.e2e_ms_p95
    limit = float(round(fastest) + 20)
    graph = rag(10.0, e2e_ms_p95=limit)
    first = next(p for p in pressures(ask(graph, mixed)) if p.demand == "e2e_ms_p95")
    looser = place(replace(graph, slo=Slo(e2e_ms_p95=limit * 1.25)), mixed)
    assert first.saves_usd == pytest.approx(usd(place(graph, mixed)) - usd(looser))
    assert first.changed == f"e2e_ms_p95 = {limit * 1.25:.6g} ms instead of {limit:.6g}"


def test_one_more_device_saves_what_a_wider_fleet_saves(rag, fleet_of):
    text = (
        "tiers:\n"
        "  - {{name: cheap, device: L4, count: {}, usd_per_hour: 0.2}}\n"
        "  - {{name: dear, device: H100-SXM, usd_per_hour: 4.0}}\n"
        "  - {{name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4}}\n"
    )
    graph = rag(2.0)
    binding = {p.demand: p for p in pressures(ask(graph, fleet_of(text.format(1))))}
    saved = usd(place(graph, fleet_of(text.format(1)))) - usd(place(graph, fleet_of(text.format(2))))
    assert saved > 0
    assert binding["devices of cheap"].saves_usd == pytest.approx(saved)
    assert binding["devices of cheap"].changed == "one more L4 on cheap (2 instead of 1)"


@pytest.mark.parametrize("rate", [None, 5.0])
def test_prices_flip_the_plan_exactly_there(rag, mixed, rate):
    graph = rag(rate)
    q = ask(graph, mixed)
    before = {o.id: o.tier for o in place(graph, mixed).operators}
    seen = 0
    for flip in flips(q):
        if flip.flips_at is None or not flip.moved:
            continue
        away = 1.02 if flip.flips_at >= flip.usd_per_hour else 0.98
        beyond = place(graph, priced(mixed, flip.tier, flip.flips_at * away))
        within = place(graph, priced(mixed, flip.tier, flip.flips_at / away))
        assert {o.id: o.tier for o in beyond.operators} != before
        assert {o.id: o.tier for o in within.operators} == before
        seen += 1
    assert seen


# --- replan -----------------------------------------------------------------------------------------


def test_replan_keeps_what_runs_unless_moving_pays(rag, mixed):
    graph = rag(5.0)
    present = place(graph, mixed)
    home = present.operator("draft.decode").tier
    dearer = priced(mixed, home, mixed.tier(home).usd_per_hour * 5)
    free = replan(graph, dearer, present, move_usd=0.0)
    assert free.moves
    assert usd(free.plan) == pytest.approx(usd(place(graph, dearer)))
    assert free.plan.solver.status == "optimal"
    stuck = replan(graph, dearer, present, move_usd=1e6)
    assert stuck.moves == {}
    assert usd(stuck.plan) > usd(free.plan)
    assert stuck.free_usd == pytest.approx(usd(free.plan))
    assert stuck.plan.solver.gap == pytest.approx(1 - usd(free.plan) / usd(stuck.plan), rel=1e-6)
    for found in (free, stuck):
        assert verify_manifest(to_json(found.plan)) == []


def test_replan_moves_at_the_price_of_a_move(rag, mixed):
    graph = rag(5.0)
    present = place(graph, mixed)
    home = present.operator("draft.decode").tier
    dearer = priced(mixed, home, mixed.tier(home).usd_per_hour * 5)
    free, stuck = (replan(graph, dearer, present, move_usd=u, hours=10.0) for u in (0.0, 1e6))
    saved = usd(stuck.plan) - usd(free.plan)
    price = saved * 10.0 / len(free.moves)  # at which moving all of them is worth nothing
    assert replan(graph, dearer, present, move_usd=price * 0.5, hours=10.0).moves
    few = replan(graph, dearer, present, move_usd=price * 1.5, hours=10.0)
    assert len(few.moves) < len(free.moves)


def test_replan_after_a_loss_of_devices(rag, fleet_of):
    text = (
        "tiers:\n"
        "  - {{name: cheap, device: L4, count: {}, usd_per_hour: 0.2}}\n"
        "  - {{name: dear, device: H100-SXM, usd_per_hour: 4.0}}\n"
        "  - {{name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4}}\n"
    )
    graph = rag(2.0)
    present = place(graph, fleet_of(text.format(4)))
    found = replan(graph, fleet_of(text.format(1)), present, move_usd=100.0)
    assert {i for i, (old, _) in found.moves.items() if old == "cheap"} == set(found.moves)
    assert found.moves
    gone = fleet_of("tiers: [{name: cheap, device: L4, count: 1, usd_per_hour: 0.2}]\n")
    with pytest.raises(Infeasible):
        replan(rag(50.0), gone, present)


# --- the commands -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """A build of the paper's worked example, with its fleet."""
    fleet = str(EXAMPLES / "fleets" / "paper_worked_example.yaml")
    out = str(tmp_path_factory.mktemp("builds") / "paper")
    source = str(EXAMPLES / "paper_worked_example.mlir")
    done = CliRunner().invoke(group, ["compile", source, "--fleet", fleet, "-o", out])
    assert done.exit_code == 0
    return out, fleet


def test_explain_says_what_binds(build):
    out, fleet = build
    done = CliRunner().invoke(group, ["explain", out, "--fleet", fleet])
    assert done.exit_code == 0, done.output
    assert "the plan costs 95 USD per 1,000 requests, proven least" in done.stdout
    assert "e2e_ms_p95 = 150 ms instead of 120" not in done.stdout  # saves nothing: all-CO takes 160 ms
    told = json.loads(CliRunner().invoke(group, ["explain", out, "--fleet", fleet, "--json"]).stdout)
    assert told["usd"] == pytest.approx(95.0)


def test_explain_why_not(build):
    out, fleet = build
    name = next(o.id for o in place_of(out).operators if o.op == "llm.decode")
    done = CliRunner().invoke(group, ["explain", out, name, "--why-not", "HP", "--fleet", fleet])
    assert "costs 15 USD per 1,000 requests more" in done.stdout
    assert "e2e p95 105 ms" in done.stdout


def place_of(out):
    from agentc.plan import read_plan

    return read_plan(Path(out) / "manifest.json")


def test_explain_refuses_what_is_not_there(build, tmp_path):
    out, fleet = build
    for line, words in (
        (["explain", out, "nobody", "--fleet", fleet], "no operator 'nobody'"),
        (["explain", out, "--why-not", "moon", "--fleet", fleet], "no tier 'moon'"),
        (["explain", str(tmp_path), "--fleet", fleet], "no build here"),
    ):
        done = CliRunner().invoke(group, line)
        assert isinstance(done.exception, AgentcError)
        assert words in str(done.exception)


def test_replan_command(build):
    out, fleet = build
    done = CliRunner().invoke(
        group, ["replan", out, "--fleet", fleet, "--slo", "e2e=200ms", "--move-usd", "0"]
    )
    assert done.exit_code == 0, done.output
    assert "1 of 2 operators move" in done.stdout
    kept = CliRunner().invoke(group, ["replan", out, "--fleet", fleet])
    assert "0 of 2 operators move" in kept.stdout
    assert read_fleet(fleet).name == "paper-worked-example"
