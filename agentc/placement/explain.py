"""What else each operator could do: the plan with that one operator moved to another tier.

The rest of the plan stays on its tiers. The operator takes the best pool of the other tier, those it
leaves behind take the best pool of theirs, and replicas are counted anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.placement.clash import why_no_option
from agentc.placement.evaluate import E2E, TPOT, TTFT, evaluate, pool_loads, replicas, token_ms
from agentc.placement.manifest import PER_1K, tidy, usd_shares
from agentc.placement.problem import US_PER_MS
from agentc.plan import Alternative

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.placement.evaluate import Evaluation, Violation
    from agentc.placement.problem import Option, Problem

SLA = {E2E, TTFT, TPOT}
Assignment = dict[str, str]


def alternatives_of(
    problem: Problem, assignment: Mapping[str, str], found: Evaluation
) -> dict[str, tuple[Alternative, ...]]:
    """For each operator the other tiers: feasible ones first, cheapest first, then the rest."""
    return {i: tuple(_ranked(problem, dict(assignment), found, i)) for i in problem.graph.operators}


def _ranked(problem: Problem, plan: Assignment, found: Evaluation, operator: str) -> list[Alternative]:
    here = problem.pools[plan[operator]].tier
    rated: list[tuple[tuple[bool, bool, int], Alternative]] = []
    for tier in problem.counts:
        if tier == here:
            continue
        moved = best_move(problem, plan, operator, tier)
        if moved is None:
            rated.append(((True, True, 0), _impossible(problem, operator, tier)))
            continue
        there = evaluate(problem, moved)
        rank = (not there.feasible, False, there.objective)
        rated.append((rank, _alternative(problem, operator, moved, there, found)))
    rated.sort(key=lambda r: r[0])
    return [alternative for _, alternative in rated]


def best_move(problem: Problem, plan: Mapping[str, str], operator: str, tier: str) -> Assignment | None:
    """The best plan with one operator on another tier; None when that tier has no option for it."""
    rest = _rest_settled(problem, plan, operator)
    loads = pool_loads(problem, {i: p for i, p in rest.items() if i != operator})
    priced = [
        (_added_money(problem, option, loads), option.latency_p95_us, token_ms(problem, option), option.pool)
        for option in problem.options[operator]
        if problem.pools[option.pool].tier == tier
    ]
    moves = [{**rest, operator: pool} for pool in _worth_a_look(priced)]
    return min(moves, key=lambda moved: _merit(evaluate(problem, moved)), default=None)


def _added_money(problem: Problem, option: Option, loads: Mapping[str, int]) -> int:
    """What an option adds to a plan without it: its visits, and the replicas that it makes necessary."""
    before = replicas(problem, option.pool, loads[option.pool]) if option.pool in loads else 0
    after = replicas(problem, option.pool, loads.get(option.pool, 0) + problem.load(option))
    return problem.option_money(option) + (after - before) * problem.pool_money(option.pool)


def _worth_a_look(priced: list[tuple[int, int, float, str]]) -> list[str]:
    """Pools that no other beats in money, latency and pace; on one tier dearer also means more devices."""
    kept: list[tuple[int, int, float, str]] = []
    for row in sorted(priced, key=lambda r: r[:3]):
        if not any(k[1] <= row[1] and k[2] <= row[2] for k in kept):
            kept.append(row)
    return [row[3] for row in kept]


def _merit(found: Evaluation) -> tuple[int, int, int]:
    return len(found.violations), found.objective, found.e2e_us


def _rest_settled(problem: Problem, plan: Mapping[str, str], operator: str) -> Assignment:
    """The plan in which those that shared the operator's pool take the best pool of their tier for them."""
    left = [i for i, p in plan.items() if p == plan[operator] and i != operator]
    if not left or not problem.provisioned:
        return dict(plan)
    tier = problem.pools[plan[operator]].tier
    common = [
        o.pool
        for o in problem.options[left[0]]
        if problem.pools[o.pool].tier == tier and all(problem.has_option(i, o.pool) for i in left)
    ]
    plans = [{**plan, **dict.fromkeys(left, pool)} for pool in common]
    return min(plans, key=lambda p: _merit(evaluate(problem, p)))


def _alternative(
    problem: Problem, operator: str, moved: Assignment, there: Evaluation, found: Evaluation
) -> Alternative:
    option = problem.option(operator, moved[operator])
    share = usd_shares(problem, moved, there.replicas)[operator]
    return Alternative(
        tier=problem.pools[option.pool].tier,
        usd_per_1k=tidy(share * PER_1K),
        total_usd_per_1k_requests=tidy(with_penalty_usd(problem, there) * PER_1K),
        latency_ms=option.latency_p95_us / US_PER_MS,
        e2e_ms_p95=there.e2e_us / US_PER_MS,
        feasible=there.feasible,
        why_not="; ".join(map(_broken, there.violations)) or _worse(problem, there, found),
    )


def with_penalty_usd(problem: Problem, found: Evaluation) -> float:
    """USD of one request, with what missing a soft limit counts: what plans are compared by."""
    return found.usd_per_request + found.soft * problem.unit_usd / problem.requests


def _impossible(problem: Problem, operator: str, tier: str) -> Alternative:
    refused = problem.refusals.get((operator, tier))
    reason = why_no_option(problem, operator, tier)
    if refused and refused.missing_gb is not None:
        reason = f"needs {refused.missing_gb:.1f} GB more memory: {reason}"
    return Alternative(
        tier=tier,
        usd_per_1k=None,
        total_usd_per_1k_requests=None,
        latency_ms=None,
        e2e_ms_p95=None,
        feasible=False,
        why_not=reason,
    )


def _broken(violation: Violation) -> str:
    unit = " ms" if violation.demand in SLA else ""
    return (
        f"{violation.demand} would be {violation.value:.6g}{unit}, the limit is {violation.limit:.6g}{unit}"
    )


def _worse(problem: Problem, there: Evaluation, found: Evaluation) -> str:
    """What speaks against a move that keeps every demand."""
    now = with_penalty_usd(problem, found)
    usd = (with_penalty_usd(problem, there) - now) * PER_1K
    ms = (there.e2e_us - found.e2e_us) / US_PER_MS
    speed = f"{abs(ms):.4g} ms {'slower' if ms > 0 else 'faster'}" if ms else "as fast"
    if abs(usd) < 1e-9:  # noqa: PLR2004 (a billionth of a dollar)
        return f"costs the same, {speed}"
    more = "more" if usd > 0 else "less"
    part = f" ({abs(usd) / (now * PER_1K):.1%})" if now else ""
    penalty = ", the soft limit's penalty included" if there.soft or found.soft else ""
    return f"costs {abs(usd):.4g} USD {more} per 1,000 requests{part}, {speed}{penalty}"
