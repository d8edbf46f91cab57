"""From a solution to the manifest: names for the pools, shares of the money, the records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels.notes import notes_on_profiles, notes_on_tiers
from agentc.ir.structure import encode
from agentc.placement.energy import shown
from agentc.placement.energy import unit as unit_of
from agentc.placement.evaluate import E2E, TPOT, TTFT, chosen, output_tokens
from agentc.placement.evaluate import replicas as fewest
from agentc.placement.notes import notes_on
from agentc.placement.problem import SECONDS_PER_HOUR, US_PER_MS, limit_us
from agentc.placement.records import (
    assumed,
    constraint_records,
    edge_records,
    link_records,
    tidy,
    tier_record,
)
from agentc.plan import (
    FrontPoint,
    PlacedOperator,
    Plan,
    Pool,
    SloResult,
    Solver,
    Totals,
    Transfer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentc.costmodels.fleet import Fleet, Tier
    from agentc.ir.graph import Slo
    from agentc.placement.evaluate import Crossing, Evaluation
    from agentc.placement.problem import Option, Problem
    from agentc.placement.solve import Objective, Solution
    from agentc.plan import Alternative

MANIFEST_VERSION = "1"
SHARES = 1e9
"""A mix is solved in billionths (`solve.SHARES`)."""
PER_1K = 1000


def make_plan(
    problem: Problem,
    fleet: Fleet,
    solution: Solution,
    *,
    objective: Objective,
    source: str,
    alternatives: Mapping[str, tuple[Alternative, ...]],
    front: Sequence[Solution] = (),
) -> Plan:
    """Write a solution down as a plan."""
    graph, found = problem.graph, solution.evaluation
    names = pool_names(problem, solution.assignment)
    shares = usd_shares(problem, solution.assignment, found.replicas)
    options = chosen(problem, solution.assignment)
    tiers = {t.name: t for t in fleet.tiers}
    pools = tuple(_pool(problem, tiers, options, found, name=names[p], pool=p) for p in names)
    return Plan(
        agentc=MANIFEST_VERSION,
        agent=graph.agent,
        source=source,
        fleet=fleet.name,
        objective=objective,
        mode="provisioned" if problem.provisioned else "metered",
        rate_per_s=graph.rate_per_s,
        soft_usd_per_ms=graph.slo.soft_usd_per_ms,
        solver=_solver(problem, solution, objective),
        pools=pools,
        operators=tuple(_operator(problem, o, names, shares, alternatives) for o in options),
        transfers=tuple(_transfer(c) for c in found.crossings),
        critical_path=found.path,
        totals=_totals(problem, found, sum(p.watts for p in pools)),
        slo=tuple(_slo(graph.slo, found)),
        tiers=tuple(tier_record(t, fleet.gco2_per_kwh(t)) for t in fleet.tiers),
        links=link_records(fleet),
        constraints=tuple(constraint_records(problem, found, solution.assignment)),
        edges=edge_records(graph),
        structure=encode(graph.root),
        results=graph.results,
        defaulted=tuple(assumed(graph)),
        notes=(
            *notes_on_profiles(fleet.tiers, graph.operators.values()),
            *notes_on(graph, pools, fleet),
            *notes_on_tiers(_used(fleet, pools)),
        ),
        front=tuple(_point(problem, s) for s in front),
    )


def _point(problem: Problem, solution: Solution) -> FrontPoint:
    found = solution.evaluation
    return FrontPoint(
        usd_per_hour=None if found.usd_per_hour is None else tidy(found.usd_per_hour),
        usd_per_1k_requests=tidy(found.usd_per_request * PER_1K),
        e2e_ms_p95=found.e2e_us / US_PER_MS,
        gap=tidy(1 - solution.bound / solution.value) if solution.value else 0.0,
        placement={i: problem.pools[p].tier for i, p in solution.assignment.items()},
    )


def _used(fleet: Fleet, pools: Sequence[Pool]) -> list[Tier]:
    names = {p.tier for p in pools}
    return [t for t in fleet.tiers if t.name in names]


def pool_names(problem: Problem, assignment: Mapping[str, str]) -> dict[str, str]:
    """Names for the used pools: `tier.role.model`, and sizes only where two would share a name."""
    used = [p for p in problem.pools if p in set(assignment.values())]
    names: dict[str, str] = {}
    for p in used:
        t = problem.pools[p]
        base = ".".join(part for part in (t.tier, t.role, t.model) if part)
        peers = [q for q in used if _family(problem, q) == _family(problem, p)]
        names[p] = base if len(peers) == 1 else f"{base}.{peers.index(p) + 1}"
    return names


def _family(problem: Problem, pool: str) -> tuple[str, str, str | None]:
    t = problem.pools[pool]
    return t.tier, t.role, t.model


def usd_shares(
    problem: Problem, assignment: Mapping[str, str], replicas: Mapping[str, int]
) -> dict[str, float]:
    """What each operator costs a request: v_i usd_i and its part, by busy time, of its pool's hours."""
    options = chosen(problem, assignment)
    visits = {i: o.visits for i, o in problem.graph.operators.items()}
    paid = {o.operator: visits[o.operator] * o.usd_per_visit for o in options}
    if not problem.provisioned:
        return paid
    for p, n in replicas.items():
        here = [o for o in options if o.pool == p]
        busy = sum(visits[o.operator] * o.busy_s for o in here)
        hours_usd = n * problem.pools[p].usd_per_hour / problem.requests
        for o in here:
            part = visits[o.operator] * o.busy_s / busy if busy else 1 / len(here)
            paid[o.operator] += hours_usd * part
    return paid


def _solver(problem: Problem, solution: Solution, objective: Objective) -> Solver:
    """The proof. Money is the evaluation's, equal to the totals; the bound keeps the proven ratio."""
    proven = solution.bound / solution.value if solution.value else 1.0
    found = solution.evaluation
    per_request = found.usd_per_request + found.soft * problem.unit_usd / problem.requests
    tco = objective in {"tco", "pareto"}
    hour = per_request * problem.requests if tco and problem.provisioned else None
    thousand = per_request * PER_1K if tco and not problem.provisioned else None
    ms = solution.value / US_PER_MS if objective == "latency" else None

    other, unit = _other(problem, solution, objective)

    def bound(value: float | None) -> float | None:
        return None if value is None else tidy(value * proven)

    return Solver(
        status=solution.status,
        objective_usd_per_hour=None if hour is None else tidy(hour),
        bound_usd_per_hour=bound(hour),
        objective_usd_per_1k_requests=None if thousand is None else tidy(thousand),
        bound_usd_per_1k_requests=bound(thousand),
        objective_ms=ms,
        bound_ms=bound(ms),
        objective=other,
        bound=bound(other),
        unit=unit,
        gap=tidy(1 - proven),
        wall_s=round(solution.wall_s, 3),
    )


def _other(problem: Problem, solution: Solution, objective: Objective) -> tuple[float | None, str | None]:
    """(value, unit) of an objective that is neither money nor time."""
    if objective in {"tco", "pareto", "latency"}:
        return None, None
    if objective == "energy" or objective == "carbon":  # noqa: PLR1714 (narrows the type)
        return tidy(shown(problem, solution.value, objective)), unit_of(problem, objective)
    return tidy(solution.value / SHARES), "weighted shares of the least"


def _pool(
    problem: Problem,
    tiers: Mapping[str, Tier],
    options: Sequence[Option],
    found: Evaluation,
    *,
    name: str,
    pool: str,
) -> Pool:
    t, replicas = problem.pools[pool], found.replicas[pool]
    device = tiers[t.tier].device
    busy = sum(problem.graph.operators[o.operator].visits * o.busy_s for o in options if o.pool == pool)
    return Pool(
        id=name,
        tier=t.tier,
        device=device.name if device else "",
        role=t.role,
        model=t.model,
        tp=t.tp,
        pp=t.pp,
        replicas=replicas,
        devices=t.devices,
        max_batch=t.max_batch,
        utilisation=tidy((problem.graph.rate_per_s or 0.0) * busy / replicas),
        memory_gb=tidy(t.memory_gb),
        usd_per_hour=tidy(replicas * t.usd_per_hour),
        watts=tidy(replicas * t.watts),
        needed=fewest(problem, pool, found.load[pool]) if problem.provisioned else 1,
    )


def _operator(
    problem: Problem,
    option: Option,
    names: Mapping[str, str],
    shares: Mapping[str, float],
    alternatives: Mapping[str, tuple[Alternative, ...]],
) -> PlacedOperator:
    operator = problem.graph.operators[option.operator]
    return PlacedOperator(
        id=operator.id,
        op=operator.op,
        pool=names[option.pool],
        tier=problem.pools[option.pool].tier,
        visits=operator.visits,
        latency_ms=option.latency_us / US_PER_MS,
        latency_ms_p95=option.latency_p95_us / US_PER_MS,
        wait_ms_p95=option.wait_p95_us / US_PER_MS,
        busy_s=tidy(option.busy_s),
        usd_per_call=tidy(option.usd_per_call),
        usd_per_visit=tidy(option.usd_per_visit),
        usd_per_1k=tidy(shares[operator.id] * PER_1K),
        basis=option.basis,
        loc=str(operator.location),
        output_tokens=output_tokens(problem.graph, operator.id),
        holds=option.holds,
        holds_gb=tidy(option.holds_gb),
        visit_gb=tidy(option.visit_gb),
        alternatives=alternatives.get(operator.id, ()),
    )


def _transfer(crossing: Crossing) -> Transfer:
    edge, hop = crossing.edge, crossing.hop
    return Transfer(
        src=edge.src,
        dst=edge.dst,
        bytes=edge.bytes,
        latency_ms=hop.us / US_PER_MS,
        link=hop.link,
        visits=edge.visits,
        usd_per_1k=tidy(edge.visits * hop.usd * PER_1K),
    )


def _totals(problem: Problem, found: Evaluation, watts: float) -> Totals:
    requests = problem.requests
    per_hour = requests if problem.provisioned else 1.0
    joules = shown(problem, found.energy, "energy") * (SECONDS_PER_HOUR if problem.provisioned else 1.0)
    return Totals(
        usd_per_hour=None if found.usd_per_hour is None else tidy(found.usd_per_hour),
        usd_per_1k_requests=tidy(found.usd_per_request * PER_1K),
        soft_usd_per_1k_requests=tidy(found.soft * problem.unit_usd / requests * PER_1K),
        e2e_ms_p50=found.e2e_p50_us / US_PER_MS,
        e2e_ms_p95=found.e2e_us / US_PER_MS,
        ttft_ms_p95=None if found.ttft_us is None else found.ttft_us / US_PER_MS,
        tpot_ms_p95=None if found.tpot_ms is None else tidy(found.tpot_ms),
        watts=tidy(watts) if problem.provisioned else None,
        joules_per_request=tidy(joules / problem.requests),
        gco2_per_1k_requests=tidy(shown(problem, found.carbon, "carbon") / per_hour * PER_1K),
        availability=None if problem.may_miss is None else tidy(found.limits["availability"]),
    )


def _slo(slo: Slo, found: Evaluation) -> Iterator[SloResult]:
    e2e_ms = found.e2e_us / US_PER_MS
    if slo.e2e_ms_p95 is not None:
        met = found.e2e_us <= limit_us(slo.e2e_ms_p95)
        yield SloResult(name=E2E, limit=slo.e2e_ms_p95, value=e2e_ms, met=met, soft=bool(slo.soft_usd_per_ms))
    broken = {v.demand for v in found.violations}
    if slo.ttft_ms_p95 is not None and found.ttft_us is not None:
        value = found.ttft_us / US_PER_MS
        yield SloResult(name=TTFT, limit=slo.ttft_ms_p95, value=value, met=TTFT not in broken)
    if slo.tpot_ms_p95 is not None and found.tpot_ms is not None:
        yield SloResult(name=TPOT, limit=slo.tpot_ms_p95, value=tidy(found.tpot_ms), met=TPOT not in broken)
    if slo.availability is not None and "availability" in found.limits:
        value, met = tidy(found.limits["availability"]), "availability" not in broken
        yield SloResult(name="availability", limit=slo.availability, value=value, met=met)
