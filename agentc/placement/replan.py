"""Replan: the cheapest plan near the present one, after a loss of devices, a new price or a new load.

Moving an operator to another tier costs money once; spread over the hours that the new plan is expected
to run, it joins the objective:

    minimize   cost + move / hours * (operators on another tier than now)

Metered, nothing is reserved and a move costs nothing an hour: it is spread over requests instead.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++.

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agentc.placement.build import build_problem
from agentc.placement.clash import refuse_homeless, why_infeasible
from agentc.placement.constraints import demands
from agentc.placement.explain import alternatives_of
from agentc.placement.manifest import make_plan
from agentc.placement.solve import Near, Nothing, Solution, solve, solve_near

if TYPE_CHECKING:
    from agentc.costmodels.fleet import Fleet
    from agentc.ir.graph import Graph
    from agentc.plan import Plan

MOVE_USD = 1.0
HOURS = 24.0


@dataclass(frozen=True)
class Replan:
    """The new plan, the operators that move (from, to), and what a plan free to move anything costs."""

    plan: Plan
    moves: dict[str, tuple[str, str]]
    move_usd: float
    free_usd: float
    unit: str


def replan(
    graph: Graph,
    fleet: Fleet,
    present: Plan,
    *,
    move_usd: float = MOVE_USD,
    hours: float = HOURS,
    time_limit_s: float = 60.0,
) -> Replan:
    """Place an agent again, near where it runs now.

    Args:
        graph: the agent with its present demands.
        fleet: the fleet as it is now.
        present: the plan that runs.
        move_usd: what moving one operator costs, once.
        hours: how long the new plan is expected to run (metered: thousands of requests).
        time_limit_s: for the search.

    Raises:
        Infeasible: no plan keeps all demands any more; the message names those that clash.
    """
    problem = build_problem(graph, fleet)
    homes = {o.id: o.tier for o in present.operators if o.id in problem.options}
    near = Near(homes, problem.money(move_usd / hours / (1 if problem.provisioned else 1000)))
    found = solve_near(problem, near, demands(problem), time_limit_s)
    if isinstance(found, Nothing):
        wider = build_problem(graph, fleet, beyond_counts=True)
        refuse_homeless(wider)
        raise why_infeasible(wider, time_limit_s)
    free = solve(problem, time_limit_s=time_limit_s)
    found = _proven(found, free)
    scale = problem.unit_usd * (1 if problem.provisioned else 1000)
    tiers = {i: problem.pools[p].tier for i, p in found.assignment.items()}
    alternatives = alternatives_of(problem, found.assignment, found.evaluation)
    return Replan(
        plan=make_plan(
            problem, fleet, found, objective="tco", source=present.source, alternatives=alternatives
        ),
        moves={i: (homes[i], t) for i, t in tiers.items() if homes.get(i, t) != t},
        move_usd=move_usd,
        free_usd=free.evaluation.objective * scale if isinstance(free, Solution) else 0.0,
        unit="an hour" if problem.provisioned else "per 1,000 requests",
    )


def _proven(found: Solution, free: Solution | Nothing) -> Solution:
    """The plan with its cost alone, bounded by what a plan free to move anything costs at least."""
    cost = found.evaluation.objective
    bound = min(free.bound, cost) if isinstance(free, Solution) else 0
    return replace(found, value=cost, bound=bound, status="optimal" if bound == cost else "feasible")
