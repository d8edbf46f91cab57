"""Energy, carbon, mixes and the front of cost and latency against every assignment of small instances."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise, product
from math import inf

import pytest

from agentc.placement.evaluate import evaluate
from agentc.placement.pareto import front
from agentc.placement.solve import Solution, solve

SEEDS = range(40)


def make_problem(seed, instances):
    """A small random problem whose pools draw power on grids of their own."""
    make, problem_of = instances
    made = (make(seed * 500 + k, provisioned=seed % 2 == 0) for k in range(100))
    problem = problem_of(next(i for i in made if len(i.kinds) <= 4 and not i.soft))
    rng = random.Random(seed)
    pools = {p: replace(t, watts=float(rng.randint(10, 900))) for p, t in problem.pools.items()}
    grids = {t: float(rng.randint(20, 800)) for t in problem.counts}
    return replace(problem, pools=pools, gco2_per_kwh=grids)


def every_plan(problem):
    """The evaluations of all assignments that keep every demand."""
    for options in product(*problem.options.values()):
        found = evaluate(problem, dict(zip(problem.options, [o.pool for o in options], strict=True)))
        if found.feasible:
            yield found


def energy(problem, found, chosen, factor):
    """Micro-units of power or of a request's energy, times a factor by tier."""
    if problem.provisioned:
        return sum(
            n * round(problem.pools[p].watts * factor[problem.pools[p].tier] * 1e6)
            for p, n in found.replicas.items()
        )
    total = 0
    for i, p in chosen.items():
        option, pool = problem.option(i, p), problem.pools[p]
        visits = problem.graph.operators[i].visits
        total += round(visits * option.busy_s * pool.watts * factor[pool.tier] * 1e6)
    return total


@pytest.mark.parametrize("objective", ["energy", "carbon", "latency"])
@pytest.mark.parametrize("seed", SEEDS)
def test_least_energy_carbon_and_latency(seed, objective, instances):
    problem = make_problem(seed, instances)
    plans = list(every_plan(problem))
    found = solve(problem, objective)
    assert isinstance(found, Solution) == bool(plans)
    if not isinstance(found, Solution):
        return
    assert found.value == found.bound == min(p.value(objective) for p in plans)
    cheapest = min(p.objective for p in plans if p.value(objective) == found.value)
    assert found.evaluation.objective == cheapest
    if objective != "latency":
        factor = problem.gco2_per_kwh if objective == "carbon" else dict.fromkeys(problem.counts, 1.0)
        assert found.value == energy(problem, found.evaluation, found.assignment, factor)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mix_weighs_shares_of_the_least(seed, instances):
    problem = make_problem(seed, instances)
    plans = list(every_plan(problem))
    found = solve(problem, "tco=2,carbon=1,latency=1")
    assert isinstance(found, Solution) == bool(plans)
    if not isinstance(found, Solution):
        return
    weights = {"tco": 0.5, "carbon": 0.25, "latency": 0.25}
    least = {k: max(min(p.value(k) for p in plans), 1) for k in weights}

    def share(plan):
        return sum(w * plan.value(k) / least[k] for k, w in weights.items())

    assert share(found.evaluation) == pytest.approx(min(map(share, plans)), rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_front_is_every_plan_that_nothing_beats(seed, instances):
    problem = make_problem(seed, instances)
    cheapest = solve(problem)
    if not isinstance(cheapest, Solution):
        return
    best = inf
    expected = []
    for plan in sorted(every_plan(problem), key=lambda p: (p.e2e_us, p.objective)):
        if plan.objective < best:
            best = plan.objective
            expected.append((plan.objective, plan.e2e_us))
    found = [(s.evaluation.objective, s.evaluation.e2e_us) for s in front(problem, cheapest, points=1000)]
    far = [p for p, q in pairwise(expected) if q[1] - p[1] <= 200]
    assert found == sorted(found)
    assert set(found) <= set(expected)
    assert far or set(found) == set(expected)


def test_fronts_have_many_points(instances):
    lengths = []
    for seed in SEEDS:
        problem = make_problem(seed, instances)
        cheapest = solve(problem)
        if isinstance(cheapest, Solution):
            lengths.append(len(front(problem, cheapest)))
    assert max(lengths) >= 6
