"""Numbers that cannot be counted exactly are refused, and large ones that can are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentc.diagnostics import AgentcError
from agentc.placement import place
from agentc.placement.build import build_problem
from agentc.placement.exact import check_sizes
from agentc.placement.verify import verify_manifest
from agentc.plan import to_json

UNLIMITED = """
fleet: unlimited
tiers:
  - {name: a, device: H100-SXM, usd_per_hour: 2.95}
  - {name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4}
"""


def stated(graph, operator, **attrs):
    changed = graph.operators[operator]
    changed = replace(changed, attrs={**changed.attrs, **attrs})
    return replace(graph, operators={**graph.operators, operator: changed})


@pytest.mark.parametrize("rate", [None, 2.0])
@pytest.mark.parametrize(
    ("operator", "attrs"),
    [
        ("cite", {"cpu_ms": 1e308}),
        ("cite", {"cpu_ms": 1e20}),
        ("facts", {"usd_per_call": 1e308}),
        ("facts", {"latency_ms_p50": 1e17, "latency_ms_p95": 1e18}),
        ("hits.embed", {"input_tokens": 10**30}),
    ],
)
def test_numbers_too_large_are_refused(rag, fleet_of, rate, operator, attrs):
    with pytest.raises(AgentcError, match="too large to place exactly") as refused:
        place(stated(rag(rate), operator, **attrs), fleet_of(UNLIMITED))
    assert refused.value.exit_code == 2
    assert refused.value.diagnostics[0].location


def test_a_load_too_large_is_refused(rag, fleet_of):
    with pytest.raises(AgentcError, match="too large to place exactly"):
        place(rag(1e15), fleet_of(UNLIMITED))


def test_a_large_load_is_placed(rag, fleet_of):
    plan = place(rag(100_000.0), fleet_of(UNLIMITED))
    assert plan.solver.status == "optimal"
    assert verify_manifest(to_json(plan)) == []


@pytest.mark.parametrize("demand", ["e2e_ms_p95", "ttft_ms_p95", "tpot_ms_p95"])
def test_a_limit_beyond_counting_is_no_limit(rag, fleet_of, demand):
    graph = rag(2.0)
    graph = replace(
        graph,
        operators={i: o for i, o in graph.operators.items() if i != "cite"},
        edges=tuple(e for e in graph.edges if e.dst != "cite"),
        results=("draft.decode",),
        root=replace(graph.root, steps=graph.root.steps[:-1]),
        slo=replace(graph.slo, **{demand: 1e200}),
    )
    plan = place(graph, fleet_of(UNLIMITED))
    assert plan.slo[0].met
    assert plan.slo[0].limit == 1e200


def test_check_sizes_names_the_figure(rag, fleet_of):
    problem = build_problem(rag(2.0), fleet_of(UNLIMITED))
    check_sizes(problem)
    large = replace(problem, graph=replace(problem.graph, rate_per_s=1e12))
    with pytest.raises(AgentcError, match=r"a load in billionths of a replica of"):
        check_sizes(large)
