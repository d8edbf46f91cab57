"""What placement at scale proves is true: its bound is never above the optimum, its value never below.

The optimum is the exact solver's, which `test_placement_brute_force.py` holds to a brute force.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from time import perf_counter

import numpy as np
import pytest

from agentc.placement import scale
from agentc.placement.scale.figures import figures_of
from agentc.placement.scale.generate import crossings_of, first_options, rounds
from agentc.placement.scale.goal import goal_of
from agentc.placement.scale.lifts import Lifts
from agentc.placement.scale.parts import lift, open_of
from agentc.placement.scale.prices import Prices, bound_of
from agentc.placement.scale.relax import Master
from agentc.placement.scale.schedule import schedule_of
from agentc.placement.scale.search import State
from agentc.placement.solve import Nothing, Solution, solve

FAR = 1e9
"""A deadline that never comes."""


def master_of(problem, objective="tco"):
    figures = figures_of(problem)
    schedule = schedule_of(figures)
    goal = goal_of(figures, schedule, objective)
    barred = np.where(figures.allowed, 0.0, np.inf)
    active = first_options(figures, goal, barred)
    crossings = crossings_of(figures, np.ones(len(figures.ends), dtype=bool))
    return Master(figures, schedule, goal, crossings, barred, active, np.zeros_like(active))


def holds(problem, objective="tco", gap=0.0):
    exact = solve(problem, objective)
    found = scale.solve(problem, objective, gap=gap, time_limit_s=3.0, workers=1)
    if isinstance(exact, Nothing):
        assert exact.status == "infeasible"
        assert isinstance(found, Nothing)
        return None
    assert isinstance(found, Solution)
    assert found.bound <= exact.value <= found.value
    assert found.evaluation.feasible
    assert list(found.assignment) == list(problem.options)
    return found, exact


@pytest.mark.parametrize("seed", range(0, 200, 2))
def test_metered_bound_and_value_enclose_the_optimum(seed, instances):
    make, problem_of = instances
    result = holds(problem_of(make(seed)))
    if result is not None:
        found, exact = result
        assert found.value <= exact.value * 1.0001 + 1e6


@pytest.mark.parametrize("seed", range(40))
def test_provisioned_bound_and_value_enclose_the_optimum(seed, instances):
    make, problem_of = instances
    holds(problem_of(make(20_000 + seed, provisioned=True)), gap=0.3)


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_latency_bound_and_value_enclose_the_optimum(seed, instances):
    make, problem_of = instances
    holds(problem_of(make(seed)), "latency", gap=0.1)


@pytest.mark.parametrize("seed", range(0, 120, 3))
@pytest.mark.parametrize("provisioned", [False, True])
def test_any_prices_prove_a_bound(seed, provisioned, instances):
    """Not only good ones: random prices, after repair, never prove too much."""
    make, problem_of = instances
    problem = problem_of(make(30_000 + seed, provisioned=provisioned))
    exact = solve(problem)
    if isinstance(exact, Nothing):
        return
    m = master_of(problem)
    g, s = m.figures, m.schedule
    rng = np.random.default_rng(seed)
    rate = m.goal.scale / m.goal.time_us
    shape = (len(m.crossings.pairs), len(g.tiers))
    for _ in range(20):
        prices = Prices(
            flow=rng.exponential(rate, s.rows + len(s.limits_us)) * (rng.random() < 0.8),
            side=(rng.normal(0, m.goal.scale / 10, shape), rng.normal(0, m.goal.scale / 10, shape)),
            capacity=rng.exponential(1.0, len(g.pools)) * g.pool_money / g.capacity,
            linked=rng.exponential(1.0, len(g.op)) * g.pool_money[g.pool] / 3,
            devices=rng.exponential(m.goal.scale / 10, len(m.goal.device_limits)),
            links=rng.exponential(m.goal.scale, len(m.goal.link_limits[0])) / m.goal.link_limits[0],
        )
        assert bound_of(m, prices).value <= exact.value


@pytest.mark.parametrize("seed", range(0, 200, 3))
def test_lifted_bounds_stay_below_the_optimum(seed, instances):
    make, problem_of = instances
    problem = problem_of(make(seed))
    exact = solve(problem)
    if isinstance(exact, Nothing):
        return
    m = master_of(problem)
    best = max((r.bound for r in rounds(m, FAR)), key=lambda b: b.value)
    left = exact.value - best.value
    open = open_of(m, best, left)
    n = m.figures.operators
    for size in (2, 3, n):
        part = np.arange(n) // size
        lifted = sum(lift(m, best, open, part == k, 5.0) for k in range(part[-1] + 1))
        assert best.value + lifted <= exact.value * (1 + 1e-9) + 1


def test_lifting_lifts(instances):
    """The sharper bound is sharper somewhere, or it would not be worth its time."""
    make, problem_of = instances
    gains = 0
    for seed in range(60):
        problem = problem_of(make(seed))
        exact = solve(problem)
        if isinstance(exact, Nothing):
            continue
        m = master_of(problem)
        best = max((r.bound for r in rounds(m, FAR)), key=lambda b: b.value)
        open = open_of(m, best, exact.value - best.value)
        every = np.ones(m.figures.operators, dtype=bool)
        gains += lift(m, best, open, every, 5.0) > 1e-6 * exact.value
    assert gains > 5


def test_soft_limits_are_priced_the_same(instances):
    make, problem_of = instances
    softened = [p for p in map(problem_of, map(make, range(80))) if p.graph.slo.soft_usd_per_ms]
    assert len(softened) > 5
    for problem in softened[:10]:
        holds(problem)


def test_an_operator_without_options_is_infeasible(instances):
    make, problem_of = instances
    problem = problem_of(make(1))
    none = replace(problem, options={**problem.options, "op0": ()})
    assert scale.solve(none).status == "infeasible"


@pytest.mark.parametrize("seed", range(1, 200, 4))
def test_branch_and_bound_stays_below_the_optimum(seed, instances):
    make, problem_of = instances
    problem = problem_of(make(seed))
    exact = solve(problem)
    if isinstance(exact, Nothing):
        return
    m = master_of(problem)
    best = max((r.bound for r in rounds(m, FAR)), key=lambda b: b.value)
    state = State(np.zeros(0), float(exact.value), float(best.value), 0.0, perf_counter() + 5, Event())
    Lifts(m, best).branch(state)
    assert best.value <= state.bound <= exact.value
