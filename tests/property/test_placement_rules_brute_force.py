"""Rules on top of random instances: the optimum equals a brute force, and each kind of rule matters.

Kinds: allowed tiers (residency, labels and spot are the same rule), one tier together, tiers apart,
KV caches that cannot cross, most and fewest replicas, a budget, availability, widths of links.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from math import comb, inf

import pytest

from agentc.placement.evaluate import evaluate
from agentc.placement.rules import Limit
from agentc.placement.solve import Solution, solve

KINDS = ["tiers", "together", "apart", "kv", "max_replicas", "least", "budget", "availability", "link"]
EACH = 40
HOUR_S = 3600
MOST_SPARES = 6


def make_case(kind, seed, instances):
    """(instance, problem with one rule, problem without)."""
    make, problem_of = instances
    hourly = kind in {"max_replicas", "least", "budget", "availability", "link"}
    most = 3 if kind == "availability" else 4
    made = (make(seed * 1000 + k, provisioned=hourly or seed % 2 == 0) for k in range(100))
    instance = next(i for i in made if len(i.kinds) <= most)
    rng = random.Random(f"{kind} {seed}")
    plain = problem_of(instance)
    return instance, ruled(plain, kind, rng), plain


def ruled(problem, kind, rng):
    operators, tiers = list(problem.graph.operators), list(problem.counts)
    some = tuple(sorted(rng.sample(operators, rng.randint(1, len(operators)))))
    two = tuple(rng.sample(operators, 2))
    match kind:
        case "tiers":
            limit = Limit(kind, some, tuple(rng.sample(tiers, rng.randint(1, len(tiers)))), why="tiers")
        case "together" | "apart":
            limit = Limit(kind, two, most=1)
        case "kv":
            edges = [e for e in problem.graph.edges if e.src != e.dst and e.kind == "data"]
            if not edges:
                return problem
            edge = rng.choice(edges)
            pairs = [(a, b) for a in tiers for b in tiers if a != b and rng.random() < 0.6]
            limit = Limit(kind, (edge.src, edge.dst), refused=tuple(pairs))
        case "max_replicas":
            limit = Limit(kind, some, most=rng.randint(1, 3))
        case "least":
            return replace(problem, least_replicas=dict.fromkeys(some, rng.randint(2, 4)))
        case "budget":
            found = solve(problem)
            if not isinstance(found, Solution):
                return problem
            usd = found.evaluation.usd_per_hour or 0.0
            limit = Limit(kind, most=usd * rng.choice([0.5, 0.999, 1.0, 1.5]))
        case "availability":
            up = {t: rng.choice([0.96, 0.99, 0.999]) for t in tiers}
            wanted = rng.choice([0.8, 0.95, 0.99, 0.9999])
            return replace(problem, limits=(Limit(kind, most=wanted),), up=up)
        case _:
            width = rng.choice([0.5, 5.0, 50.0])  # Gbit/s: an edge moves 8 Gbit and more
            links = {ends: replace(link, gbps=width) for ends, link in problem.links.items()}
            return replace(problem, links=links)
    return replace(problem, limits=(limit,))


# --- brute force: plain loops over assignments, and over replicas where spares can be bought ----------


def least_money(problem):
    """The least objective over all plans that keep everything, in money units; infinite for none."""
    ids = list(problem.options)
    best = inf
    for options in product(*problem.options.values()):
        plan = dict(zip(ids, options, strict=True))
        tier = {i: problem.pools[o.pool].tier for i, o in plan.items()}
        if not placed_well(problem, tier):
            continue
        fixed, e2e_us = fixed_money(problem, plan, tier)
        if e2e_us is None or fixed >= best:
            continue
        for counts, money in replica_choices(problem, plan):
            if fixed + money < best and counted_well(problem, plan, tier, counts, fixed + money):
                best = fixed + money
    return best


def placed_well(problem, tier):
    for limit in problem.limits:
        mine = [tier[i] for i in limit.operators]
        if limit.kind == "tiers" and any(t not in limit.tiers for t in mine):
            return False
        if limit.kind == "together" and len(set(mine)) > 1:
            return False
        if limit.kind == "apart" and len(set(mine)) < len(mine):
            return False
        if limit.kind == "kv" and tuple(mine) in limit.refused:
            return False
    return True


def fixed_money(problem, plan, tier):
    """(money of visits, transfers and lateness, e2e or None where a limit breaks)."""
    bare = replace(problem, limits=(), least_replicas={}, counts=dict.fromkeys(problem.counts))
    found = evaluate(bare, {i: o.pool for i, o in plan.items()})
    hours = sum(n * problem.pool_money(p) for p, n in found.replicas.items())
    late = any(v.demand.startswith(("e2e", "link")) for v in found.violations)
    return found.objective - hours, None if late else found.e2e_us


def replica_choices(problem, plan):
    """Numbers of replicas by pool worth looking at, with their money."""
    if not problem.provisioned:
        yield {}, 0
        return
    loads = {}
    for i, o in plan.items():
        visits = problem.graph.operators[i].visits
        loads[o.pool] = loads.get(o.pool, 0) + round(problem.graph.rate_per_s * visits * o.busy_s * 1e9)
    ranges = []
    for p, load in loads.items():
        pool = problem.pools[p]
        fewest = max(pool.min_replicas, -(-load // pool.capacity))
        start = max([fewest, *(problem.least_replicas.get(i, 0) for i, o in plan.items() if o.pool == p)])
        more = MOST_SPARES if any(x.kind == "availability" for x in problem.limits) else 0
        ranges.append([(p, n, fewest) for n in range(start, start + more + 1)])
    for chosen in product(*ranges):
        yield (
            {p: (n, fewest) for p, n, fewest in chosen},
            sum(n * problem.pool_money(p) for p, n, _ in chosen),
        )


def counted_well(problem, plan, tier, counts, money):
    devices = dict.fromkeys(problem.counts, 0)
    works = 1.0
    for p, (n, needed) in counts.items():
        pool = problem.pools[p]
        devices[pool.tier] += n * pool.tp
        a = problem.up.get(pool.tier, 1.0)
        works *= sum(comb(n, k) * a ** (n - k) * (1 - a) ** k for k in range(n - needed + 1))
    if any(most is not None and devices[t] > most for t, most in problem.counts.items()):
        return False
    for limit in problem.limits:
        if limit.kind == "max_replicas" and any(
            counts[plan[i].pool][0] > limit.most for i in limit.operators
        ):
            return False
        if limit.kind == "availability" and works < limit.most - 1e-9:
            return False
        soft = 0 if not problem.soft_money_per_us else inf
        if limit.kind == "budget" and not soft and money * problem.unit_usd > limit.most + 1e-9:
            return False
    return True


def optimum(problem):
    found = solve(problem)
    if isinstance(found, Solution):
        assert found.evaluation.feasible
        assert found.status == "optimal"
        return found.value
    assert found.status == "infeasible"
    return inf


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(EACH))
def test_optimum_under_a_rule_equals_brute_force(kind, seed, instances):
    instance, problem, _ = make_case(kind, seed, instances)
    if kind == "budget" and instance.soft:
        problem = replace(problem, limits=())
    assert optimum(problem) == least_money(problem)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_changes_the_answer_and_can_be_impossible(kind, instances):
    cases = [make_case(kind, seed, instances) for seed in range(EACH)]
    answers = [(optimum(with_rule), optimum(without)) for _, with_rule, without in cases]
    assert all(a >= b for a, b in answers)
    assert any(b < a < inf for a, b in answers) or kind == "budget"
    assert any(a == inf > b for a, b in answers) or kind in {"least", "apart", "kv"}
    assert any(a == b < inf for a, b in answers)
