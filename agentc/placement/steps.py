"""The steps of placing one agent: build the problem, solve it, explain the answer, write it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.diagnostics import error
from agentc.placement.build import build_problem
from agentc.placement.clash import refuse_homeless, why_infeasible
from agentc.placement.evaluate import first_token_operators, returned_decodes
from agentc.placement.explain import alternatives_of
from agentc.placement.manifest import make_plan
from agentc.placement.pareto import front
from agentc.placement.solve import Nothing, solve

if TYPE_CHECKING:
    from agentc.costmodels.fleet import Fleet
    from agentc.ir.graph import Graph
    from agentc.placement.solve import Objective
    from agentc.plan import Plan


def place_agent(graph: Graph, fleet: Fleet, objective: Objective, source: str, time_limit_s: float) -> Plan:
    """Place an agent on a fleet (see `agentc.placement.place`)."""
    _check_demands(graph)
    _check_rules(graph, fleet)
    problem = build_problem(graph, fleet)
    found = solve(problem, objective, time_limit_s=time_limit_s)
    if isinstance(found, Nothing):
        if found.status == "unknown":
            hint = "give it more time, or a smaller fleet"
            raise error(f"no plan was found within {time_limit_s:g} s", graph.location, hint)
        wider = build_problem(graph, fleet, beyond_counts=True)
        refuse_homeless(wider)
        raise why_infeasible(wider, time_limit_s)
    alternatives = alternatives_of(problem, found.assignment, found.evaluation)
    points = front(problem, found, time_limit_s=time_limit_s) if objective == "pareto" else []
    return make_plan(
        problem,
        fleet,
        found,
        objective=objective,
        source=source,
        alternatives=alternatives,
        front=points,
    )


def _check_demands(graph: Graph) -> None:
    """Refuse limits on tokens for an agent that returns no generated text."""
    slo = graph.slo
    hint = "limit e2e_ms_p95 instead, or return what an llm call wrote"
    if slo.ttft_ms_p95 is not None and not first_token_operators(graph):
        message = f"ttft_ms_p95 is meaningless: {graph.agent} returns no generated text, so no first token"
        raise error(message, graph.location, hint)
    if slo.tpot_ms_p95 is not None and not returned_decodes(graph):
        message = f"tpot_ms_p95 is meaningless: {graph.agent} returns no generated text, token by token"
        raise error(message, graph.location, hint)


def _check_rules(graph: Graph, fleet: Fleet) -> None:
    """Refuse rules on replicas and money an hour for an agent without a load."""
    for rule in fleet.rules if graph.rate_per_s is None else ():
        for key in ("budget_usd_per_hour", "max_replicas", "min_replicas"):
            if getattr(rule, key) is not None:
                message = f"{key} is meaningless without a load: {graph.agent} reserves nothing"
                raise error(message, rule.location, "state a load, such as --load rate=5/s")
