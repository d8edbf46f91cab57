"""Plans at scale: good, feasible, honest; and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentc.ir.graph import Slo
from agentc.placement import scale
from agentc.placement.evaluate import evaluate
from agentc.placement.scale.apart import apart
from agentc.placement.solve import Solution


def checked(problem, found):
    assert isinstance(found, Solution)
    assert found.evaluation == evaluate(problem, found.assignment)
    assert found.evaluation.feasible
    assert found.value == found.evaluation.objective
    assert 0 < found.bound <= found.value
    return found.value / found.bound - 1


@pytest.mark.parametrize("family", ["layered", "dag", "fleet"])
def test_a_thousand_operators_on_twenty_pools(families, family):
    problem = families.provisioned(family, 600, 20, seed=11)
    assert checked(problem, scale.solve(problem, gap=0.05, time_limit_s=10)) < 0.1


def test_a_metered_fleet_is_placed_agent_by_agent(families):
    problem = families.metered("fleet", 150, 6, seed=5)
    split = apart(problem, "tco")
    assert split is not None
    assert sum(len(p.options) for p in split.pieces) == 150
    assert checked(problem, scale.solve(problem, gap=0.005, time_limit_s=20)) < 0.01


def test_a_soft_limit_or_a_load_keeps_agents_together(families):
    problem = families.metered("fleet", 100, 4, seed=5)
    limit = problem.graph.slo.e2e_ms_p95
    soft = replace(problem.graph, slo=Slo(e2e_ms_p95=limit, soft_usd_per_ms=1e-5))
    assert apart(replace(problem, graph=soft), "tco") is None
    assert apart(problem, "latency") is None
    assert apart(families.provisioned("fleet", 100, 8), "tco") is None


def test_a_small_agent_is_placed_optimally(families):
    problem = families.metered("layered", 20, 5, seed=2)
    found = scale.solve(problem, gap=0.0, time_limit_s=10)
    checked(problem, found)
    assert found.status == "optimal"


def test_an_impossible_limit_has_no_plan(families):
    problem = families.metered("dag", 40, 4, seed=1)
    graph = replace(problem.graph, slo=Slo(e2e_ms_p95=1.0))
    found = scale.solve(replace(problem, graph=graph), time_limit_s=3)
    assert not isinstance(found, Solution)


def test_other_objectives_are_refused(families):
    with pytest.raises(ValueError, match="carbon"):
        scale.solve(families.metered("dag", 5, 2), "carbon")


def test_instances_are_the_same_for_the_same_seed(families):
    for family in families.FAMILIES:
        one, two, other = (families.metered(family, 30, 4, seed=s) for s in (1, 1, 2))
        assert one.options == two.options
        assert one.options != other.options
