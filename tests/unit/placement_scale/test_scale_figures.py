"""Arrays say what the problem says, digit for digit."""

from __future__ import annotations

import numpy as np
import pytest

from agentc.placement.evaluate import evaluate, replicas_for
from agentc.placement.scale.figures import figures_of
from agentc.placement.scale.generate import crossings_of
from agentc.placement.scale.goal import goal_of
from agentc.placement.scale.plans import Pricer
from agentc.placement.scale.relax import Master
from agentc.placement.scale.schedule import schedule_of

KINDS = [("metered", "layered"), ("metered", "fleet"), ("provisioned", "dag"), ("provisioned", "fleet")]


def made(families, kind, family, n=40, seed=3):
    return getattr(families, kind)(family, n, 8, seed=seed)


@pytest.mark.parametrize(("kind", "family"), KINDS)
def test_options_cost_and_load_what_the_problem_says(families, kind, family):
    problem = made(families, kind, family)
    g = figures_of(problem)
    every = [o for options in problem.options.values() for o in options]
    assert g.money.tolist() == [problem.option_money(o) for o in every]
    assert g.load.tolist() == [problem.load(o) for o in every]
    assert [g.tiers[j] for j in g.tier] == [problem.pools[o.pool].tier for o in every]


@pytest.mark.parametrize(("kind", "family"), KINDS)
def test_crossings_cost_and_take_what_the_problem_says(families, kind, family):
    problem = made(families, kind, family)
    g = figures_of(problem)
    money, us = g.hop_money(np.arange(len(g.edges))), g.hop_us(np.arange(len(g.edges)))
    for k, e in enumerate(g.edges):
        edge = problem.graph.edges[e]
        for a, src in enumerate(g.tiers):
            for b, dst in enumerate(g.tiers):
                hop = problem.hop(edge, src, dst)
                assert us[k, a, b] == (hop.us if hop else 0)
                assert money[k, a, b] == (problem.hop_money(edge, hop) if hop else 0)


@pytest.mark.parametrize(("kind", "family"), KINDS)
def test_unit_and_horizon_are_those_that_the_problem_finds_itself(families, kind, family):
    problem, again = made(families, kind, family), made(families, kind, family)
    vars(problem).pop("unit_usd", None)
    vars(problem).pop("horizon_us", None)
    figures_of(problem)
    assert vars(problem)["unit_usd"] == again.unit_usd
    assert vars(problem)["horizon_us"] == again.horizon_us


@pytest.mark.parametrize(("kind", "family"), KINDS)
def test_a_plan_costs_and_takes_what_evaluate_says(families, kind, family):
    problem = made(families, kind, family)
    g = figures_of(problem)
    s = schedule_of(g)
    everything = np.ones(len(g.op), dtype=bool)
    master = Master(
        g,
        s,
        goal_of(g, s, "tco"),
        crossings_of(g, np.ones(len(g.ends), dtype=bool)),
        np.zeros(len(g.op)),
        everything,
        everything,
    )
    pricer = Pricer(master)
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows = g.start[:-1] + rng.integers(0, np.diff(g.start))
        assignment = g.assignment(rows)
        found, cost = evaluate(problem, assignment), pricer(rows)
        assert cost.value == found.objective
        assert pricer.times(rows)[1][0] == found.e2e_us
        assert (cost.broken == 0) == found.feasible
        assert pricer.late(rows) == any(v.demand == "e2e_ms_p95" for v in found.violations)
        assert g.rows_of(assignment).tolist() == rows.tolist()
        if problem.provisioned:
            used = {p: n for p, n in zip(g.pools, pricer.replicas(rows), strict=True) if n}
            assert used == replicas_for(problem, assignment)
