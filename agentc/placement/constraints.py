"""The constraints of a placement, one function each, as CP-SAT sees them.

Letters: operators i, pools p, tiers j, edges e; x[i,p] = 1 when i runs on p, y[i,j] = 1 when i runs
on tier j, z[e,j,k] = 1 when edge e crosses from tier j to tier k, n[p] replicas. All figures are
whole microseconds, money units and billionths of a replica (`problem.py`).
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++; its expressions stay inside this file and solve.py.

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from ortools.sat.python import cp_model

from agentc.placement.evaluate import E2E, TPOT, TTFT, first_token_operators, returned_decodes, token_ms
from agentc.placement.model_clock import ModelClock, z_of
from agentc.placement.policies import UNITS, add_spares, amount, most_of, per_unit
from agentc.placement.problem import KBPS_PER_GBPS, US_PER_MS, limit_us
from agentc.placement.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agentc.placement.problem import Option, Problem
    from agentc.placement.rules import Limit

NS_PER_MS = 1_000_000
NO_LIMIT = 10**17
"""More than any amount that the solver counts (`exact.py`)."""
Expr = Any
"""A CP-SAT linear expression, variable or whole number."""


@dataclass
class Model:
    """A CP-SAT model under construction, with its variables by what they stand for."""

    problem: Problem
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    x: dict[tuple[str, str], Expr] = field(default_factory=dict[tuple[str, str], Expr])
    y: dict[tuple[str, str], Expr] = field(default_factory=dict[tuple[str, str], Expr])
    z: dict[tuple[str, str], dict[tuple[str, str], Expr]] = field(
        default_factory=dict[tuple[str, str], dict[tuple[str, str], Expr]]
    )
    n: dict[str, Expr] = field(default_factory=dict[str, Expr])
    missing: dict[str, Expr] = field(default_factory=dict[str, Expr])
    e2e: Expr = 0
    slack: Expr = 0
    timeline: Timeline[Expr] | None = None


def add_assignment(m: Model) -> None:
    """Each operator runs on exactly one pool: sum over p of x[i,p] = 1."""
    for i, options in m.problem.options.items():
        for o in options:
            m.x[i, o.pool] = m.cp.new_bool_var(f"x[{i},{o.pool}]")
        m.cp.add_exactly_one(m.x[i, o.pool] for o in options)


def add_tiers(m: Model) -> None:
    """y[i,j] = sum of x[i,p] over the pools p of tier j."""
    for i, options in m.problem.options.items():
        for j in m.problem.tiers_of(i):
            here = [m.x[i, o.pool] for o in options if m.problem.pools[o.pool].tier == j]
            if len(here) == 1:
                m.y[i, j] = here[0]
                continue
            m.y[i, j] = m.cp.new_bool_var(f"y[{i},{j}]")
            m.cp.add(sum(here) == m.y[i, j])


def add_crossings(m: Model) -> None:
    """Tie z to both ends' tiers: sum over k of z[e,j,k] = y[a,j], sum over j of z[e,j,k] = y[b,k].

    Edges between the same two operators share their z. The marginals make the relaxation tight: no
    crossing is half taken.
    """
    for edge in m.problem.graph.edges:
        a, b = edge.src, edge.dst
        if edge.kind == "order" or a == b or (a, b) in m.z:
            continue
        m.z[a, b] = {}
        for j in m.problem.tiers_of(a):
            for k in m.problem.tiers_of(b):
                m.z[a, b][j, k] = m.cp.new_bool_var(f"z[{a},{b},{j},{k}]")
        for j in m.problem.tiers_of(a):
            m.cp.add(sum(v for (s, _), v in m.z[a, b].items() if s == j) == m.y[a, j])
        for k in m.problem.tiers_of(b):
            m.cp.add(sum(v for (_, t), v in m.z[a, b].items() if t == k) == m.y[b, k])


def add_capacity(m: Model) -> None:
    """Replicas carry their load: sum over i of x[i,p] load[i,p] <= capacity[p] n[p], n[p] >= least[p] x[i,p].

    load[i,p] = lambda v_i w_ip. A demand on availability adds spares to those needed, a rule may ask
    for more. Metered problems reserve nothing and have no n.
    """
    if not m.problem.provisioned:
        return
    for p, users in _users(m.problem).items():
        pool = m.problem.pools[p]
        loads = {i: m.problem.load(m.problem.option(i, p)) for i in users}
        most = max(pool.min_replicas, -(-sum(loads.values()) // pool.capacity))
        wanted = {i: m.problem.least_replicas.get(i, 0) for i in users}
        if m.problem.may_miss is None:
            top = max(most, *wanted.values())
            none_or_enough = cp_model.Domain.from_intervals([[0, 0], [pool.min_replicas, top]])
            needed = m.n[p] = m.cp.new_int_var_from_domain(none_or_enough, f"n[{p}]")
        else:
            needed, m.n[p] = add_spares(m, p, (pool.min_replicas, most), max(wanted.values()))
        m.cp.add(sum(m.x[i, p] * w for i, w in loads.items()) <= pool.capacity * needed)
        for i, w in loads.items():
            m.cp.add(needed >= max(pool.min_replicas, -(-w // pool.capacity)) * m.x[i, p])
            if wanted[i]:
                m.cp.add(m.n[p] >= wanted[i] * m.x[i, p])


def _users(problem: Problem) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for i, options in problem.options.items():
        for o in options:
            users.setdefault(o.pool, []).append(i)
    return users


def devices_used(m: Model, tier: str) -> Expr:
    """Devices of a tier: sum over p on j of n[p] devices[p]."""
    pools = m.problem.pools
    return sum(n * pools[p].devices for p, n in m.n.items() if pools[p].tier == tier)


def link_traffic(m: Model, link_id: str) -> Expr:
    """Kilobits a second on a link: sum over the edges e crossing it of lambda v_e bytes_e."""
    ends_of = {ends for ends, link in m.problem.links.items() if link.id == link_id}
    return sum(
        m.problem.edge_kbps(edge) * z
        for edge in m.problem.graph.edges
        for ends, z in z_of(m, edge).items()
        if ends in ends_of
    )


def first_token(m: Model) -> Expr:
    """Time to the first token: at least the finish of each prefill that feeds the returned text."""
    assert m.timeline is not None
    ttft = m.cp.new_int_var(0, max(m.problem.horizon_us, 1), "ttft")
    for i in first_token_operators(m.problem.graph):
        m.cp.add(ttft >= m.timeline.finish_of(i))
    return ttft


def token_pace(m: Model) -> Expr:
    """Nanoseconds per output token: at least x[i,p] pace[i,p] of each returned decode."""
    pace = m.cp.new_int_var(0, 10**15, "tpot")
    for i in returned_decodes(m.problem.graph):
        m.cp.add(pace >= sum(pace_ns(m.problem, o) * m.x[i, o.pool] for o in m.problem.options[i]))
    return pace


def pace_ns(problem: Problem, option: Option) -> int:
    """Nanoseconds per output token, rounded up."""
    return ceil(token_ms(problem, option) * NS_PER_MS - 1e-3)


def add_schedule(m: Model) -> None:
    """Critical path: finish[k] >= finish[i] + transfer[i,k] + latency[k], over the block structure.

    latency[i] = sum over p of x[i,p] t_ip and transfer[e] = sum over j,k of z[e,j,k] d_ejk are linear,
    so no big-M is needed; e2e is at least every sink's finish.
    """
    m.timeline = Timeline(m.problem.frame, ModelClock(m))
    m.e2e = m.cp.new_int_var(0, max(m.problem.horizon_us, 1), "e2e")
    m.cp.add(m.e2e >= m.timeline.total())


def add_soft_e2e(m: Model) -> None:
    """Slack of a soft limit: slack >= e2e - T, slack >= 0, paid with sigma per microsecond."""
    limit = m.problem.graph.slo.e2e_ms_p95
    if limit is None or not m.problem.soft_money_per_us:
        return
    m.slack = m.cp.new_int_var(0, max(m.problem.horizon_us, 1), "slack")
    m.cp.add(m.slack >= m.e2e - limit_us(limit))


@dataclass(frozen=True)
class Demand:
    """A demand that may clash with others: `amount` <= `limit`, both in whole `per_unit`ths of `unit`."""

    name: str
    limit: int
    amount: Callable[[Model], Expr]
    unit: str
    per_unit: int = 1
    rule: Limit | None = None


def demands(problem: Problem) -> list[Demand]:
    """The demands of a problem: SLA first, then rules, then devices of tiers, then links."""
    slo = problem.graph.slo
    found: list[Demand] = []
    if slo.e2e_ms_p95 is not None and not slo.soft_usd_per_ms:
        found.append(Demand(E2E, limit_us(slo.e2e_ms_p95), lambda m: m.e2e, "ms", US_PER_MS))
    if slo.ttft_ms_p95 is not None:
        found.append(Demand(TTFT, limit_us(slo.ttft_ms_p95), first_token, "ms", US_PER_MS))
    if slo.tpot_ms_p95 is not None:
        found.append(Demand(TPOT, floor(slo.tpot_ms_p95 * NS_PER_MS + 1e-3), token_pace, "ms", NS_PER_MS))
    found += [_of_limit(problem, limit) for limit in problem.limits]
    found += _of_tiers_and_links(problem)
    return [replace(d, limit=min(d.limit, NO_LIMIT)) for d in found]


def _of_tiers_and_links(problem: Problem) -> list[Demand]:
    found: list[Demand] = []
    if not problem.provisioned:
        return found
    for j, count in problem.counts.items():
        if count is not None:
            found.append(Demand(f"devices of {j}", count, lambda m, j=j: devices_used(m, j), "devices"))
    widths = {link.id: problem.link_kbps(link) for link in problem.links.values()}
    for k, width in sorted(widths.items()):
        found.append(Demand(f"link {k}", width, lambda m, k=k: link_traffic(m, k), "Gbit/s", KBPS_PER_GBPS))
    return found


def _of_limit(problem: Problem, limit: Limit) -> Demand:
    scale = per_unit(problem, limit)
    return Demand(
        limit.name, most_of(problem, limit), lambda m: amount(m, limit), UNITS[limit.kind], scale, limit
    )


def build_model(problem: Problem, kept: Iterable[Demand]) -> Model:
    """The model of a problem under the demands in `kept`."""
    m = Model(problem)
    add_assignment(m)
    add_tiers(m)
    add_crossings(m)
    add_capacity(m)
    add_schedule(m)
    add_soft_e2e(m)
    for demand in kept:
        m.cp.add(demand.amount(m) <= demand.limit)
    return m


def ranks(m: Model) -> Expr:
    """Tie-break: earlier options of each operator first, and no replica that nobody needs."""
    order = sum(r * m.x[i, o.pool] for i, options in m.problem.options.items() for r, o in enumerate(options))
    return order + sum(m.n.values())
