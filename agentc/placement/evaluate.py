"""What an assignment costs and how long it takes, without the solver.

The solver's answer is evaluated here before anybody sees it, alternatives are priced here, and
tests compare both with a brute force. Every figure follows from the problem, the assignment
(operator id -> pool id) and the number of replicas (pool id -> count).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agentc.placement.availability import cheapest_spares, missing
from agentc.placement.availability import reached as availability_of
from agentc.placement.energy import of_plan
from agentc.placement.problem import KBPS_PER_GBPS, SECONDS_PER_HOUR, US_PER_MS, limit_us
from agentc.placement.rules import reached
from agentc.placement.timeline import MomentClock, Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.ir.graph import Edge, Graph
    from agentc.placement.problem import Hop, Option, Problem

MERCY = 1e-6
E2E, TTFT, TPOT = "e2e_ms_p95", "ttft_ms_p95", "tpot_ms_p95"


@dataclass(frozen=True)
class Crossing:
    """An edge whose ends are on different tiers."""

    edge: Edge
    hop: Hop


@dataclass(frozen=True)
class Violation:
    """A demand that is not kept: its name (`e2e_ms_p95`, `devices of big`), limit and value."""

    demand: str
    limit: float
    value: float


@dataclass(frozen=True)
class Evaluation:
    """One assignment's figures.

    `objective` is money in the problem's units: what the requests and replicas cost and `soft`, the
    penalty of a soft limit. `usd_per_request` is money alone. Times are in microseconds;
    `ttft_us` and `tpot_ms` are None for an agent that returns no generated text. `load` is in
    billionths of one replica, by pool. `limits` is what the plan makes of each rule, by its name;
    availability as a share of time. `energy` and `carbon` are in the units of `energy.py`.
    """

    objective: int
    soft: int
    usd_per_request: float
    usd_per_hour: float | None
    e2e_p50_us: int
    e2e_us: int
    ttft_us: int | None
    tpot_ms: float | None
    path: tuple[str, ...]
    crossings: tuple[Crossing, ...]
    replicas: Mapping[str, int]
    load: Mapping[str, int]
    devices: Mapping[str, int]
    violations: tuple[Violation, ...]
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    energy: int = 0
    carbon: int = 0

    def value(self, objective: str) -> int:
        """The figure that a single objective makes least."""
        own = {"latency": self.e2e_us, "energy": self.energy, "carbon": self.carbon}
        return own.get(objective, self.objective)

    @property
    def feasible(self) -> bool:
        """Whether every demand is kept."""
        return not self.violations


def replicas_for(problem: Problem, assignment: Mapping[str, str]) -> dict[str, int]:
    """The cheapest replicas that carry an assignment, by used pool, in the order of the pools.

    Those are the fewest; a demand on availability adds spares, and a rule may ask for more.
    """
    needed = {p: replicas(problem, p, load) for p, load in pool_loads(problem, assignment).items()}
    least = dict.fromkeys(needed, 1)
    for i, p in assignment.items():
        least[p] = max(least[p], problem.least_replicas.get(i, 1))
    if problem.may_miss is not None:
        return cheapest_spares(problem, needed, least)
    return {p: max(n, least[p]) for p, n in needed.items()} if problem.provisioned else needed


def replicas(problem: Problem, pool: str, load: int) -> int:
    """The fewest replicas of a pool that carry a load: max(least, ceil(load / capacity))."""
    return max(problem.pools[pool].min_replicas, -(-load // problem.pools[pool].capacity))


def pool_loads(problem: Problem, assignment: Mapping[str, str]) -> dict[str, int]:
    """Load on each used pool, in billionths of a replica: lambda * sum of v_i w_ip."""
    loads = dict.fromkeys(sorted(set(assignment.values()), key=problem.pool_order.__getitem__), 0)
    for i, p in assignment.items():
        loads[p] += problem.load(problem.option(i, p))
    return loads


def chosen(problem: Problem, assignment: Mapping[str, str]) -> list[Option]:
    """The options of an assignment, in operator order."""
    return [problem.option(i, assignment[i]) for i in problem.graph.operators]


def evaluate(
    problem: Problem, assignment: Mapping[str, str], counts: Mapping[str, int] | None = None
) -> Evaluation:
    """Price and time an assignment; without `counts` of replicas, with the fewest that carry its load."""
    counts = dict(replicas_for(problem, assignment) if counts is None else counts)
    options = chosen(problem, assignment)
    hops = [_hop(problem, edge, assignment) for edge in problem.graph.edges]
    crossings = tuple(Crossing(e, h) for e, h in zip(problem.graph.edges, hops, strict=True) if h)
    hop_us = [h.us if h else 0 for h in hops]
    p95 = Timeline(problem.frame, MomentClock({o.operator: o.latency_p95_us for o in options}, hop_us, 95))
    p50 = Timeline(problem.frame, MomentClock({o.operator: o.latency_us for o in options}, hop_us, 50))
    end = p95.total()
    ttft = max((p95.finish_of(i).us for i in first_token_operators(problem.graph)), default=None)
    soft = soft_money(problem, end.us)
    money = sum(map(problem.option_money, options)) + sum(problem.hop_money(c.edge, c.hop) for c in crossings)
    money += sum(n * problem.pool_money(p) for p, n in counts.items())
    usd_per_request, usd_per_hour = _usd(problem, options, crossings, counts)
    devices = _devices(problem, counts)
    found = Evaluation(
        objective=money + soft,
        soft=soft,
        usd_per_request=usd_per_request,
        usd_per_hour=usd_per_hour,
        e2e_p50_us=p50.total().us,
        e2e_us=end.us,
        ttft_us=ttft,
        tpot_ms=_tpot_ms(problem, options),
        path=end.path,
        crossings=crossings,
        replicas=counts,
        load=pool_loads(problem, assignment),
        devices=devices,
        violations=(),
        energy=of_plan(problem, assignment, counts, "energy"),
        carbon=of_plan(problem, assignment, counts, "carbon"),
    )
    return _ruled(problem, _judged(problem, found), assignment)


def soft_money(problem: Problem, e2e_us: int) -> int:
    """Penalty of a soft e2e limit: sigma * max(0, e2e - limit); 0 when the limit is hard or absent."""
    limit = problem.graph.slo.e2e_ms_p95
    if limit is None or not problem.soft_money_per_us:
        return 0
    return problem.soft_money_per_us * max(0, e2e_us - limit_us(limit))


def _hop(problem: Problem, edge: Edge, assignment: Mapping[str, str]) -> Hop | None:
    src, dst = (problem.pools[assignment[i]].tier for i in (edge.src, edge.dst))
    return problem.hop(edge, src, dst)


def _usd(
    problem: Problem, options: list[Option], crossings: tuple[Crossing, ...], replicas: Mapping[str, int]
) -> tuple[float, float | None]:
    """USD a request and, provisioned, USD an hour."""
    visits = {i: o.visits for i, o in problem.graph.operators.items()}
    paid = sum(visits[o.operator] * o.usd_per_visit for o in options)
    paid += sum(c.edge.visits * c.hop.usd for c in crossings)
    rate = problem.graph.rate_per_s
    if rate is None:
        return paid, None
    per_hour = paid * problem.requests + sum(n * problem.pools[p].usd_per_hour for p, n in replicas.items())
    return per_hour / (rate * SECONDS_PER_HOUR), per_hour


def _devices(problem: Problem, replicas: Mapping[str, int]) -> dict[str, int]:
    used = dict.fromkeys(problem.counts, 0)
    for p, n in replicas.items():
        used[problem.pools[p].tier] += n * problem.pools[p].devices
    return used


# --- demands ---------------------------------------------------------------------------------------


def _judged(problem: Problem, found: Evaluation) -> Evaluation:
    slo = problem.graph.slo
    checks: list[tuple[str, float | None, float | None]] = [
        (E2E, None if slo.soft_usd_per_ms else slo.e2e_ms_p95, found.e2e_us / US_PER_MS),
        (TTFT, slo.ttft_ms_p95, None if found.ttft_us is None else found.ttft_us / US_PER_MS),
        (TPOT, slo.tpot_ms_p95, found.tpot_ms),
    ]
    if problem.provisioned:
        checks += [(f"devices of {t}", problem.counts[t], n) for t, n in found.devices.items()]
        checks += [(f"link {i}", most, load) for i, most, load in link_loads(problem, found.crossings)]
        checks += [
            (f"capacity of {p}", problem.pools[p].capacity * found.replicas.get(p, 0), load)
            for p, load in found.load.items()
        ]
    known = ((n, limit, v) for n, limit, v in checks if limit is not None and v is not None)
    broken = tuple(Violation(n, limit, v) for n, limit, v in known if v > limit + MERCY)
    return replace(found, violations=broken)


def _ruled(problem: Problem, found: Evaluation, assignment: Mapping[str, str]) -> Evaluation:
    """Count what the plan makes of each rule."""
    if not problem.limits:
        return found
    tiers = {i: problem.pools[p].tier for i, p in assignment.items()}
    counts = {i: found.replicas[p] for i, p in assignment.items()}
    values: dict[str, float] = {}
    broken: list[Violation] = []
    for limit in problem.limits:
        if limit.kind == "availability":
            lost = _missing(problem, found)
            values[limit.name] = availability_of(lost)
            fine = lost <= (problem.may_miss or 0)
        else:
            values[limit.name] = reached(limit, tiers, counts, found.usd_per_hour)
            fine = values[limit.name] <= limit.most + MERCY
        if not fine:
            broken.append(Violation(limit.name, limit.most, values[limit.name]))
    return replace(found, limits=values, violations=(*found.violations, *broken))


def _missing(problem: Problem, found: Evaluation) -> int:
    """What the agent's availability misses to "always", in trillionths of -ln."""
    up = {p: problem.up.get(problem.pools[p].tier, 1.0) for p in found.replicas}
    return sum(missing(up[p], replicas(problem, p, found.load[p]), n) for p, n in found.replicas.items())


def link_loads(problem: Problem, crossings: tuple[Crossing, ...]) -> list[tuple[str, float, float]]:
    """(link, Gbit/s it has, Gbit/s the load puts on it) for each link that a plan uses."""
    used: dict[str, int] = {}
    for c in crossings:
        used[c.hop.link] = used.get(c.hop.link, 0) + problem.edge_kbps(c.edge)
    widths = {link.id: problem.link_kbps(link) for link in problem.links.values()}
    return [(i, widths[i] / KBPS_PER_GBPS, load / KBPS_PER_GBPS) for i, load in sorted(used.items())]


# --- what the user sees first ----------------------------------------------------------------------


def returned_decodes(graph: Graph) -> tuple[str, ...]:
    """Decode operators whose text the agent returns, followed back through plain compute."""
    found: list[str] = []
    seen: set[str] = set()
    waiting = list(graph.results)
    while waiting:
        id = waiting.pop(0)
        if id in seen:
            continue
        seen.add(id)
        operator = graph.operators[id]
        if operator.role == "decode":
            found.append(id)
        elif operator.role == "cpu":
            waiting += [e.src for e in graph.edges if e.dst == id and e.kind == "data"]
    return tuple(sorted(found, key=list(graph.operators).index))


def first_token_operators(graph: Graph) -> tuple[str, ...]:
    """Prefill operators that feed the returned text: its first token is there when they finish."""
    decodes = set(returned_decodes(graph))
    feeding = {e.src for e in graph.edges if e.dst in decodes and e.kind == "data"}
    return tuple(i for i in graph.operators if i in feeding and graph.operators[i].role == "prefill")


def output_tokens(graph: Graph, operator: str) -> int | None:
    """Tokens that a decode operator is expected to make; None for other operators."""
    found = graph.operators[operator]
    return max(int(found.attrs.get("output_tokens", 1)), 1) if found.role == "decode" else None


def _tpot_ms(problem: Problem, options: list[Option]) -> float | None:
    """Slowest time per output token of the returned decodes, their wait in the queue aside."""
    decodes = returned_decodes(problem.graph)
    return max((token_ms(problem, o) for o in options if o.operator in decodes), default=None)


def token_ms(problem: Problem, option: Option) -> float:
    """Time per output token of a decode option (p95): (latency - wait) / output tokens."""
    tokens = output_tokens(problem.graph, option.operator) or 1
    return (option.latency_p95_us - option.wait_p95_us) / US_PER_MS / tokens
