"""The solver's optimum equals a brute force over every assignment; infeasible exactly when it says so.

The brute force shares no code with placement: it reads the plain instance and prices and times all
assignments at once with numpy, in whole microseconds and whole 1e-12 USD.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from agentc.diagnostics import Infeasible
from agentc.placement import place
from agentc.placement.evaluate import evaluate
from agentc.placement.solve import Nothing, Solution, solve
from agentc.placement.verify import verify_manifest
from agentc.plan import to_json

TRILLIONTHS_PER_MILLIONTH = 10**6
METERED, PROVISIONED = 200, 80


class BruteForce:
    """Every assignment of an instance, priced and timed as arrays over assignments."""

    def __init__(self, instance):
        self.instance = instance
        names = list(instance.pools)
        choices = [[names.index(p) for p in o] for o in instance.options]
        self.pool = np.array(list(product(*choices)))
        tiers = np.array([instance.tiers.index(p["tier"]) for p in instance.pools.values()])
        self.tier = tiers[self.pool]
        figures = np.zeros((len(choices), len(names), 3), dtype=np.int64)
        for i, options in enumerate(instance.options):
            for p, figure in options.items():
                figures[i, names.index(p)] = figure
        rows = np.arange(len(choices))
        self.us, self.usd, self.busy = (figures[rows, self.pool, k] for k in range(3))

    def hop(self, edge, what):
        """What an edge's crossing takes (what=0, us) or costs (what=1, millionths)."""
        src, dst, scale, _, _ = edge
        table = np.zeros((len(self.instance.tiers),) * 2, dtype=np.int64)
        for (a, b), figures in self.instance.links.items():
            j, k = self.instance.tiers.index(a), self.instance.tiers.index(b)
            table[j, k] = table[k, j] = figures[what] * scale
        return table[self.tier[:, src], self.tier[:, dst]]

    def money(self):
        """Trillionths of a USD: a request's when metered, an hour's when provisioned."""
        per_request = sum(v * self.usd[:, i] for i, v in enumerate(self.instance.visits))
        per_request = per_request + sum(e[3] * self.hop(e, 1) for e in self.instance.edges)
        total = per_request * (TRILLIONTHS_PER_MILLIONTH // 1000)
        if self.instance.rate is None:
            return total + self.penalty()
        hours = sum(
            n * p["usd_per_hour"] for n, p in zip(self.replicas(), self.instance.pools.values(), strict=True)
        )
        return (total + self.penalty()) * 3600 * self.instance.rate + hours * TRILLIONTHS_PER_MILLIONTH

    def penalty(self):
        if not self.instance.soft or self.instance.e2e_us is None:
            return np.zeros(len(self.pool), dtype=np.int64)
        over = np.maximum(self.e2e() - self.instance.e2e_us, 0)
        return over * self.instance.soft * (TRILLIONTHS_PER_MILLIONTH // 1000)

    def replicas(self):
        """Replicas of each pool: thousandths of a second a second over the capacity, rounded up."""
        for k, pool in enumerate(self.instance.pools.values()):
            used = (self.pool == k).any(axis=1)
            ms = sum((self.pool[:, i] == k) * self.busy[:, i] * v for i, v in enumerate(self.instance.visits))
            load = ms * self.instance.rate * 1000
            yield np.where(used, np.maximum(-(-load // pool["capacity"]), pool["min_replicas"]), 0)

    def kept(self):
        """Which assignments keep every limit."""
        fine = np.ones(len(self.pool), dtype=bool)
        if self.instance.e2e_us is not None and not self.instance.soft:
            fine &= self.e2e() <= self.instance.e2e_us
        if self.instance.rate is None:
            return fine
        counts = list(self.replicas())
        for tier, most in self.instance.counts.items():
            pools = zip(counts, self.instance.pools.values(), strict=True)
            devices = sum(n * p["tp"] for n, p in pools if p["tier"] == tier)
            fine &= True if most is None else devices <= most
        return fine

    def e2e(self):
        return self.block_us(self.instance.structure)

    def block_us(self, block):
        ends = []
        for k, step in enumerate(block):
            start = 0
            for e in self.instance.edges:
                for j in range(k):
                    if not e[4] and e[0] in inside(block[j]) and e[1] in inside(step):
                        start = np.maximum(start, ends[j] + self.hop(e, 0))
            ends.append(start + self.step_us(step))
        finish = np.zeros(len(self.pool), dtype=np.int64)
        for end in ends:
            finish = np.maximum(finish, end)
        return finish

    def step_us(self, step):
        if isinstance(step, int):
            return self.us[:, step]
        if step[0] == "branch":
            return np.max([self.block_us(b) for p, b in step[1] if p > 0], axis=0)
        if step[0] == "map":
            return -(-step[2] // step[3]) * self.block_us(step[1])
        _, test, body, trips = step
        between = carried = np.zeros(len(self.pool), dtype=np.int64)
        tests, bodies = {i for s in test for i in inside(s)}, {i for s in body for i in inside(s)}
        for e in self.instance.edges:
            if {e[0], e[1]} <= tests | bodies:
                if e[4]:
                    carried = np.maximum(carried, self.hop(e, 0))
                elif (e[0] in tests) != (e[1] in tests):
                    between = np.maximum(between, self.hop(e, 0))
        trip = self.block_us(body) + between + carried
        return -(-(trips + 1000) * self.block_us(test) // 1000) - (-trips * trip // 1000)


def inside(step):
    """Operators inside a step."""
    if isinstance(step, int):
        return {step}
    if step[0] == "branch":
        blocks = [b for _, b in step[1]]
    else:
        blocks = [step[1], step[2]] if step[0] == "loop" else [step[1]]
    return {i for b in blocks for s in b for i in inside(s)}


def check(instance, problem):
    brute = BruteForce(instance)
    money, kept, e2e = brute.money(), brute.kept(), brute.e2e()
    found = solve(problem)
    assert isinstance(found, Solution) == bool(kept.any())
    if isinstance(found, Nothing):
        assert found.status == "infeasible"
        return False
    least = money[kept].min()
    unit = round(problem.unit_usd / 1e-15)  # in thousandths of the brute force's unit
    rounded = 0 if unit <= 1000 else unit * (len(instance.edges) + 2 * len(instance.kinds) + 1)
    assert abs(found.value * unit - int(least) * 1000) <= rounded
    if not rounded:
        assert found.evaluation.e2e_us == e2e[kept & (money == least)].min()
    assert found.value == found.bound
    assert found.evaluation.feasible
    return True


@pytest.mark.parametrize("seed", range(METERED))
def test_metered_optimum_equals_brute_force(seed, instances):
    make, problem_of = instances
    instance = make(seed)
    check(instance, problem_of(instance))


@pytest.mark.parametrize("seed", range(PROVISIONED))
def test_provisioned_optimum_equals_brute_force(seed, instances):
    make, problem_of = instances
    instance = make(10_000 + seed, provisioned=True)
    check(instance, problem_of(instance))


def test_every_kind_of_instance_is_among_them(instances):
    make, _ = instances
    metered = [make(s) for s in range(METERED)]
    kinds = {s[0] for m in metered for s in m.structure if isinstance(s, tuple)}
    assert kinds == {"branch", "loop", "map"}
    assert sum(m.soft > 0 for m in metered) > 10
    kept = [BruteForce(m).kept().any() for m in metered]
    assert 20 < sum(kept) < METERED - 20
    assert max(len(m.kinds) for m in metered) == 8
    assert max(len(m.tiers) for m in metered) == 4


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_evaluate_agrees_with_brute_force_on_every_assignment(seed, instances):
    make, problem_of = instances
    instance = make(seed)
    problem, brute = problem_of(instance), BruteForce(instance)
    money, kept, e2e = brute.money(), brute.kept(), brute.e2e()
    names = list(instance.pools)
    for row in range(0, len(money), max(1, len(money) // 25)):
        assignment = {f"op{i}": names[p] for i, p in enumerate(brute.pool[row])}
        found = evaluate(problem, assignment)
        exact = found.objective * round(problem.unit_usd / 1e-15)
        assert (exact, found.e2e_us, found.feasible) == (1000 * int(money[row]), e2e[row], kept[row])


@pytest.mark.parametrize("seed", range(0, METERED, 2))
def test_a_whole_placement_verifies_and_costs_what_brute_force_says(seed, instances, as_fleet):
    make, problem_of = instances
    instance = make(seed)
    brute = BruteForce(instance)
    money, kept = brute.money(), brute.kept()
    graph = problem_of(instance).graph
    if not kept.any():
        with pytest.raises(Infeasible, match="SLA e2e_ms_p95"):
            place(graph, as_fleet(instance))
        return
    plan = place(graph, as_fleet(instance))
    assert verify_manifest(to_json(plan)) == []
    assert plan.solver.objective_usd_per_1k_requests == pytest.approx(money[kept].min() / 1e9, rel=1e-9)
    for operator in plan.operators:
        elsewhere = [t for t in instance.tiers if t != operator.tier]
        assert sorted(a.tier for a in operator.alternatives) == elsewhere
        for other in operator.alternatives:
            row = [o.tier for o in plan.operators]
            row[[o.id for o in plan.operators].index(operator.id)] = other.tier
            if other.total_usd_per_1k_requests is not None:
                names = [f"{t}.0" for t in row]
                place_of = list(instance.pools)
                found = np.flatnonzero((brute.pool == [place_of.index(n) for n in names]).all(axis=1))[0]
                assert kept[found] == other.feasible
                total = other.total_usd_per_1k_requests * 1e9  # the penalty included
                assert total == pytest.approx(money[found], rel=1e-9, abs=1)
