"""What would change: the same problem solved again with one thing changed.

    why_not    the best plan with an operator on another tier
    pressures  what each demand costs: the saving if it gave way a little
    flips      the price of a tier at which another plan becomes the best

Every figure is the difference of two proven optima, so it is exact, not an estimate from duals. A plan's
cost is linear in a tier's price and the least cost is concave in it; so from a price that is far away,
the price at which the best plan there costs as much as ours comes nearer each time, and ends at the
first price at which ours is beaten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agentc.placement.build import build_problem
from agentc.placement.clash import limit_words, minimal_clash, rule_words, why_infeasible, why_no_option
from agentc.placement.constraints import Demand, demands
from agentc.placement.evaluate import evaluate
from agentc.placement.solve import Nothing, Solution, solve

if TYPE_CHECKING:
    from agentc.costmodels.fleet import Fleet
    from agentc.ir.graph import Graph
    from agentc.placement.problem import Problem

LOOSER = 1.25
"""Limits on time are asked for this much more."""
DEARER = 100.0
"""A tier's price is looked at up to this many times its own."""
ROUNDS = 30
CENT = 1e-4
EQUAL = 1e-9
"""Costs this close, relatively, are the same."""


@dataclass(frozen=True)
class Question:
    """An agent on a fleet and its best plan: what everything else is compared with."""

    graph: Graph
    fleet: Fleet
    problem: Problem
    best: Solution
    time_limit_s: float = 20.0

    @property
    def usd(self) -> float:
        """USD an hour, or per 1,000 requests when metered; penalties included."""
        return usd_of(self.problem, self.best)

    @property
    def unit(self) -> str:
        """What the money is for."""
        return "an hour" if self.problem.provisioned else "per 1,000 requests"


def usd_of(problem: Problem, found: Solution) -> float:
    """A plan's objective in USD an hour, or per 1,000 requests."""
    usd = found.evaluation.objective * problem.unit_usd
    return usd if problem.provisioned else usd * 1000


def ask(graph: Graph, fleet: Fleet, time_limit_s: float = 20.0) -> Question:
    """Solve the agent as it is; raises Infeasible when nothing fits."""
    problem = build_problem(graph, fleet)
    best = solve(problem, time_limit_s=time_limit_s)
    if isinstance(best, Nothing):
        raise why_infeasible(build_problem(graph, fleet, beyond_counts=True), time_limit_s)
    return Question(graph, fleet, problem, best, time_limit_s)


# --- why not there ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WhyNot:
    """The best plan with an operator on another tier. `usd` None: there is none, and `reason` says why."""

    operator: str
    tier: str
    usd: float | None
    e2e_ms: float | None
    moved: dict[str, tuple[str, str]]
    reason: str


def why_not(q: Question, operator: str, tier: str) -> WhyNot:
    """Place the agent again with `operator` on `tier`."""
    if tier not in q.problem.tiers_of(operator):
        reason = why_no_option(q.problem, operator, tier)
        return WhyNot(operator, tier, None, None, {}, f"{operator} cannot run on {tier}: {reason}")
    there = Demand("there", -1, lambda m: -m.y[operator, tier], "operators")
    found = solve(q.problem, kept=[*demands(q.problem), there], time_limit_s=q.time_limit_s)
    if isinstance(found, Nothing):
        return WhyNot(operator, tier, None, None, {}, _clash(q, there))
    more = usd_of(q.problem, found) - q.usd
    reason = f"the best plan with {operator} on {tier} costs {more:.4g} USD {q.unit} more"
    if more <= CENT:
        reason = f"the best plan with {operator} on {tier} costs as much: a tie"
    moved = moves(q.problem, q.best.assignment, found.assignment)
    return WhyNot(operator, tier, usd_of(q.problem, found), found.evaluation.e2e_us / 1000, moved, reason)


def _clash(q: Question, there: Demand) -> str:
    """Which demand breaks: the one without which the operator could run there, at the least cost."""
    for demand in demands(q.problem):
        rest = [d for d in demands(q.problem) if d.name != demand.name]
        found = solve(q.problem, kept=[*rest, there], time_limit_s=q.time_limit_s)
        if isinstance(found, Solution):
            broken = next((v for v in found.evaluation.violations if v.demand == demand.name), None)
            what = rule_words(demand.rule) if demand.rule else demand.name
            figures = f" would be {broken.value:.6g}, the limit is {broken.limit:.6g}" if broken else ""
            return f"it would break {what}:{figures}" if figures else f"it would break {what}"
    clashing = [
        d for d in minimal_clash(q.problem, [*demands(q.problem), there], q.time_limit_s) if d is not there
    ]
    return f"it would break one of: {'; '.join(map(limit_words, clashing))}"


def moves(problem: Problem, before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Operators on another tier than before: (from, to)."""
    tiers = {i: (problem.pools[before[i]].tier, problem.pools[after[i]].tier) for i in after}
    return {i: (a, b) for i, (a, b) in tiers.items() if a != b}


# --- what each demand costs ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Pressure:
    """A demand that binds: what would be saved if it gave way to `changed`."""

    demand: str
    changed: str
    saves_usd: float
    saves: float


def pressures(q: Question) -> list[Pressure]:
    """The demands that bind, those that cost most first."""
    every = demands(q.problem)
    found: list[Pressure] = []
    for demand in every:
        if demand.name.startswith(("devices of", "link ")):
            continue
        rest = [d for d in every if d is not demand]
        if demand.rule is None:
            looser = replace(demand, limit=round(demand.limit * LOOSER))
            shown = f"{demand.name} = {looser.limit / demand.per_unit:.6g} {demand.unit}"
            words = f"{shown} instead of {demand.limit / demand.per_unit:.6g}"
            found += _saving(q, q.problem, demand.name, words, [*rest, looser])
        else:
            found += _saving(q, q.problem, demand.name, f"without {rule_words(demand.rule)}", rest)
    for tier in q.fleet.tiers if q.problem.provisioned else ():
        if tier.count is not None:
            more = [replace(t, count=tier.count + 1) if t is tier else t for t in q.fleet.tiers]
            wider = build_problem(q.graph, replace(q.fleet, tiers=tuple(more)))
            device = tier.device.name if tier.device else "device"
            words = f"one more {device} on {tier.name} ({tier.count + 1} instead of {tier.count})"
            found += _saving(q, wider, f"devices of {tier.name}", words, demands(wider))
    return sorted(found, key=lambda p: -p.saves_usd)


def _saving(q: Question, problem: Problem, name: str, words: str, kept: list[Demand]) -> list[Pressure]:
    found = solve(problem, kept=kept, time_limit_s=q.time_limit_s)
    saves = q.usd - usd_of(problem, found) if isinstance(found, Solution) else 0.0
    return [Pressure(name, words, saves, saves / q.usd if q.usd else 0.0)] if saves > CENT else []


# --- prices at which decisions flip -------------------------------------------------------------------


@dataclass(frozen=True)
class Flip:
    """The price of a tier's device-hour at which another plan becomes the best; None: at none looked at."""

    tier: str
    usd_per_hour: float
    flips_at: float | None
    moved: dict[str, tuple[str, str]]


def flips(q: Question) -> list[Flip]:
    """By tier: in use, the price up to which the plan is best; else that below which it would be used."""
    used = {q.problem.pools[p].tier for p in q.best.assignment.values()}
    priced = [t for t in q.fleet.tiers if t.usd_per_hour > 0]
    return [
        _flip(q, t.name, t.usd_per_hour, t.usd_per_hour * (DEARER if t.name in used else 0)) for t in priced
    ]


def _flip(q: Question, tier: str, now: float, far: float) -> Flip:
    """From a far price towards the present one, while another plan is better there."""
    at, moved, flipped = far, dict[str, tuple[str, str]](), None
    for _ in range(ROUNDS):
        problem = _priced(q, tier, at)
        found = solve(problem, time_limit_s=q.time_limit_s)
        ours = _usd(problem, q.best)
        if isinstance(found, Nothing) or _usd(problem, found) >= ours * (1 - EQUAL):
            break
        flipped, moved = at, moves(problem, q.best.assignment, found.assignment)
        # both costs are lines in the price: they cross where the present lead is used up
        lead_far, lead_now = ours - _usd(problem, found), _usd(q.problem, found) - _usd(q.problem, q.best)
        if lead_now <= 0:
            return Flip(tier, now, now, moved)
        at = now + (at - now) * lead_now / (lead_now + lead_far)
        flipped = at
    return Flip(tier, now, flipped, moved)


def _priced(q: Question, tier: str, usd_per_hour: float) -> Problem:
    """The same pools and options with another price of one tier; nothing else moves."""
    problem = q.problem
    now = q.fleet.tier(tier).usd_per_hour
    pools = {
        p: replace(t, usd_per_hour=t.devices * usd_per_hour) if t.tier == tier else t
        for p, t in problem.pools.items()
    }
    if problem.provisioned:
        return replace(problem, pools=pools)
    options = {
        i: tuple(
            replace(
                o,
                usd_per_visit=o.usd_per_visit
                + o.busy_s * pools[o.pool].devices * (usd_per_hour - now) / 3600,
            )
            if pools[o.pool].tier == tier and o.basis != "profile"
            else o
            for o in rows
        )
        for i, rows in problem.options.items()
    }
    return replace(problem, pools=pools, options=options)


def _usd(problem: Problem, found: Solution) -> float:
    """A plan's cost under a problem's prices."""
    there = evaluate(problem, found.assignment, found.evaluation.replicas)
    return there.objective * problem.unit_usd * (1 if problem.provisioned else 1000)
