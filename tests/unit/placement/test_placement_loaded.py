"""Plans for a load: replicas, capacity, waits, shared replicas, fleets that run out."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from math import ceil

import pytest
from msgspec import convert

from agentc.costmodels.queueing import wait_quantile_ms
from agentc.diagnostics import AgentcError, Infeasible, render
from agentc.ir.graph import Slo
from agentc.placement import place
from agentc.placement.build import build_problem
from agentc.placement.evaluate import evaluate, replicas_for
from agentc.placement.pools import FULLEST
from agentc.placement.solve import Solution, solve
from agentc.placement.teams import splits_of, teams_of
from agentc.placement.verify import verify_manifest
from agentc.plan import Plan, to_json


@pytest.mark.parametrize("rate", [0.01, 1.0, 10.0, 100.0])
def test_replicas_carry_the_load(rag, mixed, rate):
    plan = place(rag(rate), mixed)
    assert verify_manifest(to_json(plan)) == []
    assert all(p.utilisation <= FULLEST + 1e-9 for p in plan.pools)
    transfers = sum(t.usd_per_1k for t in plan.transfers) / 1000
    paid = sum(p.usd_per_hour for p in plan.pools) + rate * 3600 * (0.0001 + transfers)
    assert plan.totals.usd_per_hour == pytest.approx(paid)
    assert plan.solver.objective_usd_per_hour == plan.totals.usd_per_hour
    assert plan.solver.objective_usd_per_1k_requests is None


def test_more_load_never_costs_less(rag, mixed):
    costs = [place(rag(rate), mixed).totals.usd_per_hour or 0.0 for rate in (0.5, 2.0, 8.0, 32.0)]
    assert costs == sorted(costs)
    assert costs[-1] > costs[0]


def test_a_tighter_limit_never_costs_less(rag, mixed):
    loose, tight = (place(rag(10.0, e2e_ms_p95=ms), mixed) for ms in (20_000.0, 2000.0))
    assert (tight.totals.usd_per_hour or 0.0) >= (loose.totals.usd_per_hour or 0.0)
    assert tight.totals.e2e_ms_p95 <= 2000.0


def test_less_latency_for_more_money(rag, mixed):
    cheap, fast = (place(rag(10.0), mixed, objective=o) for o in ("tco", "latency"))
    assert fast.totals.e2e_ms_p95 < cheap.totals.e2e_ms_p95
    assert (fast.totals.usd_per_hour or 0.0) > (cheap.totals.usd_per_hour or 0.0)
    assert fast.solver.objective_ms == fast.totals.e2e_ms_p95
    assert verify_manifest(to_json(fast)) == []


def test_waits_are_those_of_the_queue(rag, mixed):
    problem = build_problem(rag(10.0), mixed)
    seen = 0
    for option in problem.options["draft.decode"]:
        pool = problem.pools[option.pool]
        if pool.role != "decode":
            continue
        idle_s = (option.latency_p95_us - option.wait_p95_us) / 1e6
        servers = pool.min_replicas * pool.max_batch
        wait_ms = wait_quantile_ms(servers, 10.0, idle_s)
        assert option.wait_p95_us / 1000 == pytest.approx(wait_ms, rel=0.01, abs=0.01)
        seen += option.wait_p95_us > 0
    assert seen


def test_templates_are_sized_for_their_team(rag, mixed):
    problem = build_problem(rag(10.0), mixed)
    for name, pool in problem.pools.items():
        users = [i for i in problem.options if problem.has_option(i, name)]
        load = sum(problem.load(problem.option(i, name)) for i in users)
        assert load <= pool.capacity * pool.min_replicas
        assert pool.capacity <= ceil(FULLEST * 1e9) + len(users)
        count = problem.counts[pool.tier]
        assert count is None or pool.min_replicas * pool.devices <= count


def test_no_template_is_dominated_by_its_peers(rag, mixed):
    problem = build_problem(rag(10.0), mixed)
    rows = {}
    for option in problem.options["draft.decode"]:
        pool = problem.pools[option.pool]
        if pool.role == "decode":
            rows.setdefault(pool.tier, []).append((pool.min_replicas * pool.devices, option.latency_p95_us))
    for tier, points in rows.items():
        assert len(set(points)) == len(points), tier
        assert not [a for a in points for b in points if a != b and a[0] <= b[0] and a[1] <= b[1]], tier


def test_prefill_and_decode_share_replicas_where_that_is_cheaper(rag, mixed):
    plan = place(rag(2.0), mixed)
    prefill, decode = plan.operator("draft.prefill"), plan.operator("draft.decode")
    assert prefill.pool == decode.pool
    assert plan.pool(prefill.pool).role == "serve"
    assert any("serve prefill and decode together" in note for note in plan.notes)


def test_shared_replicas_slow_each_other_down(rag, mixed):
    problem = build_problem(rag(10.0), mixed)
    load = {o.pool: problem.load(o) for o in problem.options["draft.prefill"]}
    alone = {
        (p.tier, p.tp, p.max_batch): o.latency_p95_us - o.wait_p95_us
        for o in problem.options["draft.decode"]
        if (p := problem.pools[o.pool]).role == "decode"
    }
    compared = 0
    for option in problem.options["draft.decode"]:
        pool = problem.pools[option.pool]
        idle = alone.get((pool.tier, pool.tp, pool.max_batch))
        if pool.role == "serve" and idle:
            phi = load[option.pool] / 1e9 / pool.min_replicas
            assert option.latency_p95_us - option.wait_p95_us == pytest.approx(idle / (1 - phi), rel=1e-3)
            compared += 1
    assert compared


def test_teams_share_one_model_and_role(shaped):
    teams = list(teams_of(shaped(2.0)))
    assert {t.role for t in teams} == {"cpu", "tool", "prefill", "decode", "serve"}
    for team in teams:
        assert len({o.model for o in team.operators}) == 1
        if team.on_hosts:
            assert {o.role for o in team.operators} <= {"cpu", "tool"}
        elif not team.serving:
            assert {o.role for o in team.operators} == {team.role}
    whole = next(t for t in teams if t.serving and len(t.operators) == 4)
    parts = [{teams[a].role, teams[b].role} for a, b in splits_of(teams, whole)]
    assert {"prefill", "decode"} in parts
    assert {"serve"} in parts


def test_leaving_out_split_templates_changes_no_optimum(shaped, mixed, monkeypatch):
    def optimum(problem):
        found = solve(problem)
        return found.value * problem.unit_usd if isinstance(found, Solution) else found.status

    graphs = [shaped(rate, e2e_ms_p95=ms) for rate in (1.0, 20.0) for ms in (4000.0, 30_000.0)]
    fewer = [optimum(build_problem(g, mixed)) for g in graphs]
    monkeypatch.setattr("agentc.placement.pools._unsplit", lambda front, splits: front)
    every = [optimum(build_problem(g, mixed)) for g in graphs]
    assert fewer == pytest.approx(every)


def test_replicas_are_counted_again_by_evaluate(rag, mixed):
    problem = build_problem(rag(50.0), mixed)
    found = solve(problem)
    assert isinstance(found, Solution)
    counts = replicas_for(problem, found.assignment)
    fewer = {p: n - 1 for p, n in counts.items()}
    assert evaluate(problem, found.assignment).feasible
    broken = {v.demand for v in evaluate(problem, found.assignment, fewer).violations}
    assert broken == {f"capacity of {p}" for p in counts}


# --- demands that cannot be kept --------------------------------------------------------------------


def test_a_fleet_that_runs_out_names_its_devices(rag, fleet_of):
    fleet = fleet_of(
        "tiers:\n"
        "  - {name: big, device: H100-SXM, count: 2, usd_per_hour: 2.95}\n"
        "  - {name: cpu, device: m7i.2xlarge, count: 40, usd_per_hour: 0.4}\n"
    )
    assert place(rag(10.0, e2e_ms_p95=3000.0), fleet)
    with pytest.raises(Infeasible) as caught:
        place(rag(400.0, e2e_ms_p95=3000.0), fleet)
    told = render(caught.value.diagnostics[0], source=False)
    assert "devices" in told
    assert "big" in told
    assert caught.value.exit_code == 1


def test_clashing_demands_are_all_named_with_what_would_do(rag, fleet_of):
    fleet = fleet_of(
        "tiers:\n"
        "  - {name: big, device: H100-SXM, count: 1, usd_per_hour: 2.95}\n"
        "  - {name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4}\n"
    )
    graph = rag(20.0, e2e_ms_p95=1500.0)
    with pytest.raises(Infeasible) as caught:
        place(graph, fleet)
    told = render(caught.value.diagnostics[0], source=False)
    assert "keeps all of these: the SLA e2e_ms_p95 = 1500 ms; the 1 device of big" in told
    assert "with the others kept, the fastest path" in told
    # each relaxation alone makes it feasible
    enough = float(caught.value.diagnostics[0].hint.split("e2e_ms_p95 = ")[1].split(" can be kept")[0])
    assert place(replace(graph, slo=Slo(e2e_ms_p95=enough)), fleet)
    with pytest.raises(Infeasible):
        place(replace(graph, slo=Slo(e2e_ms_p95=enough - 0.01)), fleet)


def test_a_link_that_is_too_narrow_is_named(rag, fleet_of):
    far = fleet_of(
        "tiers:\n"
        "  - {name: api, profile: {prefill: {latency_ms: 10, usd: 0.1}, decode: {latency_ms: 10, usd: 0.1},"
        " embed: {latency_ms: 5, usd: 0.01}, cpu: {latency_ms: 1, usd: 0.01}}}\n"
        "  - {name: host, profile: {tool: {latency_ms: 9, usd: 0.1}, memory: {latency_ms: 9, usd: 0.1}}}\n"
        "links: [{between: [api, host], gbps: 0.001}]\n"
    )
    with pytest.raises(Infeasible, match=r"the 0\.001 Gbit/s of link api--host: "):
        place(rag(100.0), far)


def test_an_operator_without_a_home_says_how_much_memory_is_missing(rag, fleet_of):
    fleet = fleet_of(
        "tiers:\n"
        "  - {name: card, device: L4, count: 1, usd_per_hour: 0.8}\n"
        "  - {name: host, device: c7i.2xlarge, usd_per_hour: 0.4}\n"
    )
    big = {"model": "llama-3.1-70b", "precision": "bf16"}
    graph = rag()
    heavy = {
        i: replace(o, attrs={**o.attrs, **big}) if "draft" in i else o for i, o in graph.operators.items()
    }
    with pytest.raises(Infeasible) as caught:
        place(replace(graph, operators=heavy), fleet)
    told = caught.value.diagnostics[0]
    assert "no tier can hold llama-3.1-70b of operator draft.prefill" in told.message
    assert "GB are missing" in told.message
    assert told.location == graph.operators["draft.prefill"].location
    assert [n.message.split(":")[0] for n in told.notes][:1] != []


def test_limits_on_tokens_are_refused_where_no_text_is_returned(rag, mixed):
    graph = replace(rag(ttft_ms_p95=100.0), results=("hits.lookup",))
    with pytest.raises(
        AgentcError, match="ttft_ms_p95 is meaningless: answer returns no generated text"
    ) as caught:
        place(graph, mixed)
    assert caught.value.exit_code == 2
    assert caught.value.diagnostics[0].location == graph.location
    with pytest.raises(AgentcError, match="tpot_ms_p95 is meaningless"):
        place(replace(graph, slo=Slo(tpot_ms_p95=10.0)), mixed)


def test_too_little_time_is_not_called_infeasible(rag, mixed):
    with pytest.raises(AgentcError, match="no plan was found within 1e-06 s") as caught:
        place(rag(10.0), mixed, time_limit_s=1e-6)
    assert not isinstance(caught.value, Infeasible)


# --- alternatives -----------------------------------------------------------------------------------


def test_each_operator_says_what_every_other_tier_would_cost(rag, mixed):
    plan = place(rag(10.0, e2e_ms_p95=4000.0), mixed)
    for operator in plan.operators:
        assert {operator.tier, *(a.tier for a in operator.alternatives)} == {"big", "small", "cpu"}
        feasible = [a.total_usd_per_1k_requests or 0.0 for a in operator.alternatives if a.feasible]
        assert feasible == sorted(feasible)
        possible = [a.feasible for a in operator.alternatives]
        assert possible == sorted(possible, reverse=True)
        assert all(total >= plan.totals.usd_per_1k_requests * (1 - 1e-9) for total in feasible)
        assert all(a.why_not for a in operator.alternatives)


def test_an_alternative_says_which_limit_breaks(rag, mixed):
    plan = place(rag(1.0, e2e_ms_p95=4000.0), mixed)
    slow = next(a for a in plan.operator("draft.decode").alternatives if a.tier == "cpu")
    assert not slow.feasible
    assert "e2e_ms_p95 would be" in slow.why_not
    assert "the limit is 4000 ms" in slow.why_not


def test_an_alternative_says_how_much_memory_is_missing(rag, fleet_of):
    fleet = fleet_of(
        "tiers:\n"
        "  - {name: big, device: H100-SXM, usd_per_hour: 2.95}\n"
        "  - {name: tiny, device: L4, count: 1, usd_per_hour: 0.8}\n"
    )
    graph = rag()
    heavy = {
        i: replace(o, attrs={**o.attrs, "model": "llama-3.1-70b"}) if "draft" in i else o
        for i, o in graph.operators.items()
    }
    plan = place(replace(graph, operators=heavy), fleet)
    tiny = plan.operator("draft.decode").alternatives[0]
    assert tiny.tier == "tiny"
    assert tiny.total_usd_per_1k_requests is None
    assert "GB more memory" in tiny.why_not


def test_an_only_tier_leaves_no_alternatives(rag, fleet_of):
    plan = place(rag(), fleet_of("tiers: [{name: big, device: H100-SXM, usd_per_hour: 2.95}]\n"))
    assert all(o.alternatives == () for o in plan.operators)


# --- the manifest -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [None, 5.0])
def test_equal_input_gives_equal_bytes(shaped, mixed, rate):
    plans = [place(shaped(rate, e2e_ms_p95=20_000.0), mixed, source="a.py:answer") for _ in range(2)]
    timeless = [to_json(replace_wall(p)) for p in plans]
    assert timeless[0] == timeless[1]


def replace_wall(plan):
    raw = json.loads(to_json(plan))
    raw["solver"]["wall_s"] = 0.0
    return convert(raw, Plan)


def test_notes_say_how_control_flow_was_read(shaped, mixed):
    notes = " ".join(place(shaped(), mixed).notes)
    assert "Branches" in notes
    assert "a bound" in notes
    assert "Loops" in notes
    assert "Maps" in notes


def test_availability_without_a_load_is_said_not_to_be_checked(rag, mixed):
    plan = place(rag(availability=0.999), mixed)
    assert [s.name for s in plan.slo if s.name == "availability"] == []
    assert any(note.startswith("Not checked: availability") for note in plan.notes)


def test_availability_is_among_the_limits(rag, mixed):
    plan = place(rag(2.0, availability=0.9999), mixed)
    stated = next(s for s in plan.slo if s.name == "availability")
    assert (stated.limit, stated.met, stated.value) == (0.9999, True, plan.totals.availability)
    assert stated.value >= 0.9999
    assert verify_manifest(to_json(plan)) == []


def test_pool_names_are_unique_and_readable(shaped, mixed):
    plan = place(shaped(5.0), mixed)
    names = [p.id for p in plan.pools]
    assert len(set(names)) == len(names)
    assert all(p.id.startswith(f"{p.tier}.{p.role}") for p in plan.pools)


def test_importing_placement_imports_no_solver():
    code = "import sys, agentc.placement; print(*({'ortools', 'mlir', 'msgspec'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
