"""What a report says about a plan, before anybody draws it: shared by the page and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.report.figures import duration, money, percent

if TYPE_CHECKING:
    from agentc.plan import Alternative, PlacedOperator, Plan, Pool, Transfer

EXACT = 1e-9
TENTH = 0.1
UNNAMED = "profiled"  # a tier may name no device, and then holds only what it has profiles for


def alternatives(plan: Plan, operator: PlacedOperator) -> list[Alternative]:
    """The other tiers of one operator, the best first: those that are allowed, then by the objective."""
    return sorted(operator.alternatives, key=lambda a: (not a.feasible, _score(plan, a), a.tier))


def runner_up(plan: Plan, operator: PlacedOperator) -> Alternative | None:
    """The best tier that was not chosen; None when no other tier can run the operator."""
    return next((a for a in alternatives(plan, operator) if a.feasible), None)


def _score(plan: Plan, other: Alternative) -> float:
    value = other.e2e_ms_p95 if plan.objective == "latency" else other.total_usd_per_1k_requests
    return float("inf") if value is None else value


def runner_up_words(plan: Plan, operator: PlacedOperator) -> str:
    """The runner-up tier and what the whole plan would cost with it, against what it costs now."""
    other = runner_up(plan, operator)
    if other is None:
        return "none possible" if operator.alternatives else "no other tier"
    if plan.objective == "latency":
        return f"{other.tier} {duration(other.e2e_ms_p95)}"
    total, now = other.total_usd_per_1k_requests, counted_usd_per_1k(plan)
    if total is None:
        return other.tier
    return f"{other.tier} {money(total)}{_change(total, now)}"


def counted_usd_per_1k(plan: Plan) -> float:
    """What plans are compared by: the cost, and the penalty of missing a soft limit."""
    return plan.totals.usd_per_1k_requests + plan.totals.soft_usd_per_1k_requests


def _change(total: float, now: float) -> str:
    if not now:
        return ""
    share = (total - now) / now
    return f" ({share:+.0%})" if abs(share) >= TENTH else f" ({share:+.1%})"


def tier_numbers(plan: Plan) -> dict[str, int]:
    """A number for each tier, in the fleet's order: its color in every figure."""
    names = [t.name for t in plan.tiers] + [o.tier for o in plan.operators]
    return {name: i for i, name in enumerate(dict.fromkeys(names))}


def device_of(plan: Plan, operator: PlacedOperator) -> str:
    """The device of an operator's pool and how many of them one replica takes."""
    pool = pool_of(plan, operator.pool)
    return device_words(pool) if pool else UNNAMED


def device_words(pool: Pool) -> str:
    """A pool's device, with ` tp2`, ` pp4`, ` tp2 pp4` where a replica takes more than one."""
    parts = [f"{name}{n}" for name, n in (("tp", pool.tp), ("pp", pool.pp)) if n > 1]
    return " ".join([pool.device or UNNAMED, *parts])


def pool_of(plan: Plan, id: str) -> Pool | None:
    """The pool with this id, where the plan lists it."""
    return next((p for p in plan.pools if p.id == id), None)


def headline(plan: Plan) -> str:
    """The cost in one phrase: by the hour with a load, by the thousand requests without."""
    per_1k = f"{money(plan.totals.usd_per_1k_requests)} per 1,000 requests"
    penalty = plan.totals.soft_usd_per_1k_requests
    if penalty:
        per_1k += f" + {money(penalty)} penalty"
    if plan.totals.usd_per_hour is None:
        return per_1k
    return f"{money(plan.totals.usd_per_hour)} an hour ({per_1k})"


def gap_words(plan: Plan) -> str:
    """What the solver proved, in words."""
    if plan.solver.status == "optimal" and plan.solver.gap <= EXACT:
        return "proven optimal"
    return f"{plan.solver.status}, at most {percent(plan.solver.gap)} from the best possible"


def mistakes(plan: Plan) -> list[str]:
    """Notes on what its author would mend at once: shown wherever a plan is."""
    return [note for note in plan.notes if note.startswith(("profile key ", "Not checked: "))]


def slo_words(plan: Plan) -> str:
    """How many of the demands are met."""
    if not plan.slo:
        return "no SLO stated"
    missed = [s for s in plan.slo if not s.met]
    if not missed:
        return "the SLO is met" if len(plan.slo) == 1 else f"all {len(plan.slo)} SLOs are met"
    return f"missed: {', '.join(s.name for s in missed)}"


def transfer_between(plan: Plan, src: str, dst: str) -> Transfer | None:
    """The transfer on this edge, where the edge crosses tiers."""
    return next((t for t in plan.transfers if (t.src, t.dst) == (src, dst)), None)


def crossing_cost_usd_per_1k(plan: Plan) -> float:
    """All transfers together, USD per 1,000 requests."""
    return sum(t.usd_per_1k for t in plan.transfers)
