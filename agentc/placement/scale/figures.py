"""A problem's figures as arrays, one row an option.

Money and time are float64 holding the whole numbers of `problem.py` (all below 2^53, so exact). The
arithmetic is that of `Problem.option_money`, `.load`, `.hop` and `.hop_money`, operation by
operation, so that a sum over rows is what `evaluate` finds.

Shapes: O options, N operators, P pools, T tiers, L links of distinct ends, E edges that may cross,
Q pairs of operators with such edges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.evaluate import MERCY, returned_decodes, token_ms
from agentc.placement.problem import COARSEST_TOTAL, FINEST_UNIT_USD, REPLICA_LOAD, US_PER_MS
from agentc.placement.timeline import longest_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agentc.costmodels.fleet import Link
    from agentc.ir.graph import Edge
    from agentc.placement.problem import Problem

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Figures:
    """Rows of options, operator by operator: row r belongs to operator `op[r]`, `start[i]` is i's first.

    `least` is by row: replicas that its pool needs once the option is chosen. `edges` are indices
    into `graph.edges` of the data edges between two operators, `pair` the pair each belongs to,
    `ends[q]` = (a, b) a pair's operators.
    """

    problem: Problem
    ids: list[str]
    pools: list[str]
    tiers: list[str]
    start: Ints
    op: Ints
    pool: Ints
    tier: Ints
    money: Floats
    us: Floats
    load: Floats
    least: Floats
    allowed: Flags
    edges: Ints
    pair: Ints
    ends: Ints

    @property
    def operators(self) -> int:
        """N."""
        return len(self.ids)

    @cached_property
    def pool_money(self) -> Floats:
        """Of one replica; zero when metered (P)."""
        return np.array([self.problem.pool_money(p) for p in self.pools], dtype=float)

    @cached_property
    def capacity(self) -> Floats:
        """Of one replica, in billionths (P)."""
        return np.array([self.problem.pools[p].capacity for p in self.pools], dtype=float)

    @cached_property
    def devices(self) -> Floats:
        """Of one replica (P)."""
        return np.array([self.problem.pools[p].devices for p in self.pools], dtype=float)

    @cached_property
    def pool_tier(self) -> Ints:
        """Tier of each pool (P)."""
        place = {t: j for j, t in enumerate(self.tiers)}
        return np.array([place[self.problem.pools[p].tier] for p in self.pools], dtype=np.int64)

    @cached_property
    def _crossing(self) -> list[Edge]:
        numbers: list[int] = self.edges.tolist()
        return [self.problem.graph.edges[e] for e in numbers]

    @cached_property
    def bytes(self) -> Floats:
        """Of each edge (E)."""
        return np.array([e.bytes for e in self._crossing], dtype=float)

    @cached_property
    def edge_visits(self) -> Floats:
        """Of each edge (E)."""
        return np.array([e.visits for e in self._crossing], dtype=float)

    @cached_property
    def kbps(self) -> Floats:
        """Kilobits a second that each edge puts on a link (E)."""
        return np.array([self.problem.edge_kbps(e) for e in self._crossing], dtype=float)

    @cached_property
    def link(self) -> list[list[Link | None]]:
        """The link between two tiers (T, T)."""
        links = self.problem.links
        return [[None if a == b else links[a, b] for b in self.tiers] for a in self.tiers]

    def _of_links(self, what: str, inside: float) -> Floats:
        rows = [[inside if k is None else getattr(k, what) for k in row] for row in self.link]
        return np.array(rows, dtype=float).reshape(len(self.tiers), len(self.tiers))

    @cached_property
    def _links(self) -> tuple[Floats, Floats, Floats, Floats]:
        whats = (("latency_us", 0.0), ("gbps", np.inf), ("usd_per_transfer", 0.0), ("usd_per_gb", 0.0))
        latency_us, gbps, per_transfer, per_gb = (self._of_links(*w) for w in whats)
        return latency_us, gbps, per_transfer, per_gb

    def hop_us(self, which: Ints) -> Floats:
        """Microseconds of these edges between any two tiers (which, T, T)."""
        latency_us, gbps, _, _ = self._links
        ms = latency_us / 1e3 + self.bytes[which, None, None] * 8.0 / (gbps * 1e6)
        return np.floor(ms * US_PER_MS + 0.5)

    def hop_money(self, which: Ints) -> Floats:
        """Money of these edges' crossings between any two tiers (which, T, T)."""
        _, _, per_transfer, per_gb = self._links
        usd = per_transfer + self.bytes[which, None, None] / 1e9 * per_gb
        times = self.problem.requests * self.edge_visits[which, None, None]
        return np.rint(times * usd / self.problem.unit_usd)

    def assignment(self, rows: Ints) -> dict[str, str]:
        """The assignment that chooses these rows, one an operator."""
        return {self.ids[i]: self.pools[p] for i, p in enumerate(self.pool[rows])}

    def rows_of(self, assignment: dict[str, str]) -> Ints:
        """The rows of an assignment."""
        place = {p: k for k, p in enumerate(self.pools)}
        found = np.zeros(self.operators, dtype=np.int64)
        for i, id in enumerate(self.ids):
            here = slice(self.start[i], self.start[i + 1])
            found[i] = self.start[i] + int(np.flatnonzero(self.pool[here] == place[assignment[id]])[0])
        return found


def figures_of(problem: Problem) -> Figures:
    """Read a problem. Its money unit and horizon are found on the way and remembered in it."""
    ids, pools, tiers = list(problem.options), list(problem.pools), list(problem.counts)
    sizes = [len(problem.options[i]) for i in ids]
    start = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    every = [o for i in ids for o in problem.options[i]]
    op = np.repeat(np.arange(len(ids)), sizes)
    place = {p: k for k, p in enumerate(pools)}
    pool = np.fromiter((place[o.pool] for o in every), np.int64, len(every))
    usd = np.fromiter((o.usd_per_visit for o in every), float, len(every))
    busy_s = np.fromiter((o.busy_s for o in every), float, len(every))
    us = np.fromiter((o.latency_p95_us for o in every), float, len(every))
    visits = np.array([problem.graph.operators[i].visits for i in ids], dtype=float)[op]
    load = np.ceil((problem.graph.rate_per_s or 0.0) * visits * busy_s * REPLICA_LOAD - 1e-6) + 0.0
    templates = [problem.pools[p] for p in pools]
    capacity = np.array([t.capacity for t in templates], dtype=float)[pool]
    min_replicas = np.array([t.min_replicas for t in templates], dtype=float)[pool]
    edges, pair, ends = _pairs(problem, ids)
    found = Figures(
        problem=problem,
        ids=ids,
        pools=pools,
        tiers=tiers,
        start=start,
        op=op,
        pool=pool,
        tier=np.zeros(0, np.int64),
        money=usd,
        us=us,
        load=load,
        least=np.maximum(min_replicas, np.ceil(load / capacity)) if problem.provisioned else min_replicas,
        allowed=_allowed(problem, ids, start),
        edges=edges,
        pair=pair,
        ends=ends,
    )
    _prime(found, problem.requests * visits * usd, min_replicas, np.ceil(load / np.maximum(capacity, 1)))
    money = np.rint(problem.requests * visits * usd / problem.unit_usd)
    return replace(found, tier=found.pool_tier[pool], money=money)


def _allowed(problem: Problem, ids: list[str], start: Ints) -> Flags:
    """Options that no limit on the time per token excludes."""
    allowed = np.ones(start[-1], dtype=bool)
    limit = problem.graph.slo.tpot_ms_p95
    if limit is None:
        return allowed
    place = {i: k for k, i in enumerate(ids)}
    for i in returned_decodes(problem.graph):
        fine = [token_ms(problem, o) <= limit + MERCY for o in problem.options[i]]
        allowed[start[place[i]] : start[place[i] + 1]] = fine
    return allowed


def _pairs(problem: Problem, ids: list[str]) -> tuple[Ints, Ints, Ints]:
    place = {i: k for k, i in enumerate(ids)}
    pairs: dict[tuple[int, int], int] = {}
    edges: list[int] = []
    pair: list[int] = []
    for index, e in enumerate(problem.graph.edges):
        if e.kind != "order" and e.src != e.dst:
            edges.append(index)
            pair.append(pairs.setdefault((place[e.src], place[e.dst]), len(pairs)))
    ends = np.array(list(pairs), dtype=np.int64).reshape(len(pairs), 2)
    return np.array(edges, dtype=np.int64), np.array(pair, dtype=np.int64), ends


def _prime(found: Figures, paid: Floats, least: Floats, replicas: Floats) -> None:
    """Remember the problem's money unit and horizon, found with one link of each kind.

    `Problem` finds both by walking every edge over every link, minutes at 10,000 operators. Equal
    links give equal maxima, so these are the same numbers (a test compares them).
    """
    problem = found.problem
    known = vars(problem)
    kinds = {
        (k.gbps, k.latency_us, k.usd_per_gb, k.usd_per_transfer): ends for ends, k in problem.links.items()
    }
    if "horizon_us" not in known:
        known["horizon_us"] = longest_us(
            replace(problem, links={ends: problem.links[ends] for ends in kinds.values()})
        )
    if "unit_usd" in known:
        return
    usd_per_hour = np.array([problem.pools[p].usd_per_hour for p in found.pools], dtype=float)[found.pool]
    hours = usd_per_hour * (least + replicas) if problem.provisioned else np.zeros(len(paid))
    worst = sum(np.maximum.reduceat(paid + hours, found.start[:-1]).tolist()) if len(paid) else 0.0
    per = [problem.links[ends] for ends in kinds.values()]
    for edge in problem.graph.edges:
        usd = (k.usd_per_transfer + edge.bytes / 1e9 * k.usd_per_gb for k in per)
        worst += max((problem.requests * edge.visits * u for u in usd), default=0.0)
    soft = problem.graph.slo.soft_usd_per_ms or 0.0
    worst += problem.requests * soft * problem.horizon_us / US_PER_MS
    unit = FINEST_UNIT_USD
    while worst / unit > COARSEST_TOTAL:
        unit *= 1000
    known["unit_usd"] = unit
