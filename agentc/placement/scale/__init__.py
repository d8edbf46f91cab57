"""Placement of large problems: a good plan, and a proof of how good it is.

    figures     the problem as arrays             schedule  its time as linear rows
    goal        what is minimized, what limits    linear    linear programs from arrays
    relax       the relaxation over some options  prices    the bound that any prices prove
    generate    options added until none is missing
    piece       part of a placement in CP-SAT     parts, lifts   a sharper bound, part by part
    plans, change, packing, whole, seek   better plans    apart     problems that fall into pieces
    search      the order of it all

The bound holds for the problem as `evaluate` defines it, whatever made it: it follows from prices,
and any prices prove one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentc.placement.problem import Problem
    from agentc.placement.solve import Nothing, Objective, Solution


def solve(
    problem: Problem,
    objective: Objective = "tco",
    *,
    gap: float = 0.01,
    time_limit_s: float = 60.0,
    seed: int = 0,
    workers: int = 2,
) -> Solution | Nothing:
    """A plan within `gap` of the optimum, or the best found in the time, with its proven bound.

    Args:
        problem: what may run where.
        objective: `tco` for the least money, `latency` for the least e2e p95.
        gap: stop when (value - bound) / bound is no more than this.
        time_limit_s: stop then at the latest, give or take a second.
        seed: of the choice of neighbourhoods.
        workers: threads; the second one works on the bound.

    Rules beyond the limits of an SLA (affinity, budgets and so on) are checked of the plan, and the
    bound, which looks past them, holds with them too.

    Raises:
        ValueError: another objective.
    """
    if objective not in {"tco", "latency"}:
        raise ValueError(f"placement at scale minimizes tco or latency, not {objective}")
    from agentc.placement.scale.search import search  # noqa: PLC0415 (imports the solvers)

    return search(problem, objective, gap=gap, time_limit_s=time_limit_s, seed=seed, workers=workers)
