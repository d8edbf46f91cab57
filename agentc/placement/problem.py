"""The placement problem as plain data: what may run where, what it takes, what it costs.

Nothing here knows the solver or MLIR. Time is exact in whole microseconds and money in whole
multiples of `Problem.unit_usd`, so that the solver, `evaluate` and a brute force agree to the last
digit and a plan that sits exactly on its limit is inside it.

Two modes, by whether the graph states a load (`Graph.rate_per_s`):

*   metered: a request pays for what it uses. One request is what the objective counts.
*   provisioned: whole replicas are paid by the hour. One hour is what the objective counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING

from agentc.costmodels.transfer import transfer_ms, transfer_usd
from agentc.placement.availability import MOST_SPARES, may_miss
from agentc.placement.frames import frame_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.costmodels.fleet import Link
    from agentc.ir.graph import Edge, Graph
    from agentc.placement.frames import Frame
    from agentc.placement.rules import Limit
    from agentc.plan import Basis

US_PER_MS = 1000
REPLICA_LOAD = 1_000_000_000
"""The load that keeps one replica busy all the time: loads count in billionths of a replica."""

SECONDS_PER_HOUR = 3600.0
KBPS_PER_GBPS = 1_000_000
FINEST_UNIT_USD = 1e-15
COARSEST_TOTAL = 4e15
"""Totals stay below this many money units: well inside 64 bits, and exact as a float."""


def microseconds(ms: float) -> int:
    """Round a time in ms to whole microseconds, halves up."""
    return floor(ms * US_PER_MS + 0.5)


def limit_us(ms: float) -> int:
    """A limit in ms as the greatest whole number of microseconds inside it (1 ns of mercy)."""
    return floor(ms * US_PER_MS + 1e-3)


@dataclass(frozen=True)
class PoolTemplate:
    """A kind of replica that a plan may rent: one model (or none) in one role on one tier.

    `usd_per_hour`, `watts` and `memory_gb` are of one replica of `devices` = tp x pp devices.
    `capacity` is how much load one replica takes, in billionths: the utilisation that the waits of
    its options were computed for. `min_replicas` is the number of replicas they were computed for;
    more replicas at the same utilisation only wait less.
    """

    id: str
    tier: str
    role: str
    model: str | None = None
    tp: int = 1
    pp: int = 1
    max_batch: int = 1
    usd_per_hour: float = 0.0
    watts: float = 0.0
    memory_gb: float = 0.0
    capacity: int = REPLICA_LOAD
    min_replicas: int = 1

    @property
    def devices(self) -> int:
        """Devices of one replica."""
        return self.tp * self.pp


@dataclass(frozen=True)
class Option:
    """One operator on one pool: figures of one visit.

    Latencies include the wait in the queue (`wait_p95_us` of the p95). `busy_s` is how long a
    visit occupies a whole replica. `usd_per_visit` is what a visit pays beside the pool's hours:
    all of it when metered, a call's price when provisioned. A replica holds `holds_gb` of the model
    or store `holds`, once for all that use it, and `visit_gb` for each visit that it runs; operators
    that generate text state neither.
    """

    operator: str
    pool: str
    latency_us: int
    latency_p95_us: int
    wait_p95_us: int = 0
    busy_s: float = 0.0
    usd_per_visit: float = 0.0
    usd_per_call: float = 0.0
    basis: Basis = "datasheet"
    holds: str | None = None
    holds_gb: float = 0.0
    visit_gb: float = 0.0


@dataclass(frozen=True)
class Refused:
    """Why an operator cannot run on a tier at all; `missing_gb` where memory is the reason."""

    reason: str
    missing_gb: float | None = None


@dataclass(frozen=True)
class Hop:
    """One operand over one link, once."""

    us: int
    usd: float
    link: str


@dataclass(frozen=True)
class Problem:
    """Everything that placement decides on.

    `counts` holds the tiers in fleet order with their device counts (None: as many as wanted).
    `options` holds each operator's options in a fixed order, best known first or not: the order
    breaks ties. `links` has both directions of each pair of different tiers. `refusals` says for
    (operator, tier) why there is no option. `limits` are the rules, `least_replicas` those that a pool
    of an operator must have, `up` the share of time that a tier's replica is up, `gco2_per_kwh` what
    its power emits.
    """

    graph: Graph
    counts: Mapping[str, int | None]
    pools: Mapping[str, PoolTemplate]
    options: Mapping[str, tuple[Option, ...]]
    links: Mapping[tuple[str, str], Link]
    refusals: Mapping[tuple[str, str], Refused] = field(default_factory=dict[tuple[str, str], Refused])
    limits: tuple[Limit, ...] = ()
    least_replicas: Mapping[str, int] = field(default_factory=dict[str, int])
    up: Mapping[str, float] = field(default_factory=dict[str, float])
    gco2_per_kwh: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def provisioned(self) -> bool:
        """Whether a load is stated and replicas are paid by the hour."""
        return self.graph.rate_per_s is not None

    @property
    def requests(self) -> float:
        """Requests that the objective counts: one when metered, an hour's when provisioned."""
        rate = self.graph.rate_per_s
        return 1.0 if rate is None else rate * SECONDS_PER_HOUR

    @cached_property
    def may_miss(self) -> int | None:
        """What the agent's availability may miss to "always" (see `availability.py`); None: no demand."""
        wanted = [limit.most for limit in self.limits if limit.kind == "availability"]
        return may_miss(min(wanted)) if wanted else None

    @cached_property
    def unit_usd(self) -> float:
        """The money unit: 1e-15 USD, or the next thousandfold that keeps totals exact."""
        unit = FINEST_UNIT_USD
        while self.worst_usd / unit > COARSEST_TOTAL:
            unit *= 1000
        return unit

    @cached_property
    def worst_usd(self) -> float:
        """More money than any plan takes, penalties included."""
        visits = {i: o.visits for i, o in self.graph.operators.items()}
        worst = sum(
            max(
                (self.requests * visits[i] * o.usd_per_visit + self._hours_usd(o) for o in options),
                default=0.0,
            )
            for i, options in self.options.items()
        )
        for edge in self.graph.edges:
            worst += max(
                (self.requests * edge.visits * self._hop_usd(edge, ab) for ab in self.links), default=0.0
            )
        soft = self.graph.slo.soft_usd_per_ms or 0.0
        return worst + self.requests * soft * self.horizon_us / US_PER_MS

    def _hop_usd(self, edge: Edge, ends: tuple[str, str]) -> float:
        return transfer_usd(edge.bytes, self.links[ends])

    def _hours_usd(self, option: Option) -> float:
        if not self.provisioned:
            return 0.0
        pool = self.pools[option.pool]
        return pool.usd_per_hour * (pool.min_replicas + ceil(self.load(option) / max(pool.capacity, 1)))

    @cached_property
    def frame(self) -> Frame:
        """The graph's blocks with its edges resolved."""
        return frame_of(self.graph)

    @cached_property
    def horizon_us(self) -> int:
        """A time that no schedule exceeds: everything at its slowest, one after another."""
        from agentc.placement.timeline import longest_us  # noqa: PLC0415 (timeline reads problems)

        return longest_us(self)

    @cached_property
    def worst_rank(self) -> int:
        """The greatest tie-break that a plan can have: option places and replicas (`constraints.ranks`)."""
        places = sum(len(options) for options in self.options.values())
        loads = dict.fromkeys(self.pools, 0) if self.provisioned else {}
        for options in self.options.values():
            for o in options if self.provisioned else ():
                loads[o.pool] += self.load(o)
        most = (max(self.pools[p].min_replicas, -(-w // self.pools[p].capacity)) for p, w in loads.items())
        spares = len(loads) * (MOST_SPARES if self.may_miss is not None else 0)
        return places + sum(most) + spares + sum(self.least_replicas.values())

    def money(self, usd: float) -> int:
        """USD in whole money units, nearest."""
        return round(usd / self.unit_usd)

    def option_money(self, option: Option) -> int:
        """What choosing an option adds to the objective, its pool's hours aside."""
        visits = self.graph.operators[option.operator].visits
        return self.money(self.requests * visits * option.usd_per_visit)

    def pool_money(self, pool: str) -> int:
        """What one replica adds to the objective: an hour of it, or nothing when metered."""
        return self.money(self.pools[pool].usd_per_hour) if self.provisioned else 0

    def hop_money(self, edge: Edge, hop: Hop) -> int:
        """What an operand's crossings add to the objective."""
        return self.money(self.requests * edge.visits * hop.usd)

    @cached_property
    def soft_money_per_us(self) -> int:
        """What one microsecond over a soft e2e limit adds to the objective; 0 when it is hard."""
        soft = self.graph.slo.soft_usd_per_ms or 0.0
        return self.money(self.requests * soft / US_PER_MS)

    def load(self, option: Option) -> int:
        """Load that an option puts on its pool, in billionths of a replica, rounded up."""
        if self.graph.rate_per_s is None:
            return 0
        visits = self.graph.operators[option.operator].visits
        return ceil(self.graph.rate_per_s * visits * option.busy_s * REPLICA_LOAD - 1e-6)

    def edge_kbps(self, edge: Edge) -> int:
        """Kilobits a second that an edge puts on the link it crosses, rounded up."""
        return ceil((self.graph.rate_per_s or 0.0) * edge.visits * edge.bytes * 8 / 1000 - 1e-6)

    def link_kbps(self, link: Link) -> int:
        """Kilobits a second that a link carries."""
        return floor(link.gbps * KBPS_PER_GBPS + 1e-6)

    def hop(self, edge: Edge, src_tier: str, dst_tier: str) -> Hop | None:
        """The crossing of an edge between two tiers; None inside a tier and for order edges."""
        if src_tier == dst_tier or edge.kind == "order":
            return None
        link = self.links[src_tier, dst_tier]
        return Hop(microseconds(transfer_ms(edge.bytes, link)), transfer_usd(edge.bytes, link), link.id)

    def option(self, operator: str, pool: str) -> Option:
        """The option of an operator on a pool; KeyError when there is none."""
        return self._by_pool[operator, pool]

    @cached_property
    def pool_order(self) -> dict[str, int]:
        """Each pool's place among the pools."""
        return {p: k for k, p in enumerate(self.pools)}

    def has_option(self, operator: str, pool: str) -> bool:
        """Whether an operator may run on a pool."""
        return (operator, pool) in self._by_pool

    @cached_property
    def _by_pool(self) -> dict[tuple[str, str], Option]:
        return {(i, o.pool): o for i, options in self.options.items() for o in options}

    def tiers_of(self, operator: str) -> tuple[str, ...]:
        """Tiers on which an operator has an option, in fleet order."""
        found = {self.pools[o.pool].tier for o in self.options[operator]}
        return tuple(t for t in self.counts if t in found)
