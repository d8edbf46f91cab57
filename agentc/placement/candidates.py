"""A team on some number of replicas: how long each of its operators takes there, waits included.

The formulas are those of `pools.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import ceil, exp, floor, log
from typing import TYPE_CHECKING

from agentc.costmodels.queueing import wait_quantile_ms
from agentc.placement.problem import microseconds

if TYPE_CHECKING:
    from agentc.ir.graph import Operator
    from agentc.placement.offers import Offer

FULLEST = 0.95
"""No replica is planned to be busier than this."""
ROUNDED = 0.01
"""Visits at once that rounding to microseconds may have taken off."""
US_PER_S = 1e6


@dataclass(frozen=True)
class Member:
    """One operator of a team on replicas of one size: its idle figures, and its load in replicas.

    `paced`: a limit on the time per token makes its pace matter beside its latency.
    """

    operator: Operator
    offer: Offer
    load: float
    paced: bool


@dataclass(frozen=True)
class Replica:
    """One replica that a team shares: the memory that it needs and the visits that it runs at once."""

    members: tuple[Member, ...]
    memory_gb: float
    max_batch: int


@dataclass(frozen=True)
class Candidate:
    """A team on `n` replicas of one size. `latencies` are (p95, median, wait p95) by member."""

    replica: Replica
    n: int
    latencies: tuple[tuple[int, int, int], ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """The team's operators on the replica."""
        return self.replica.members

    @property
    def devices(self) -> int:
        """Devices of all replicas."""
        return self.n * self.members[0].offer.devices

    @cached_property
    def judged(self) -> tuple[tuple[int, int], ...]:
        """By member: p95, and the tokens' pace (p95 less the wait) where that matters."""
        both = zip(self.members, self.latencies, strict=True)
        return tuple((p95, p95 - wait if m.paced else 0) for m, (p95, _, wait) in both)

    @cached_property
    def merit(self) -> tuple[int, ...]:
        """What it is judged by, the less the better: devices, p95s and paces."""
        return (self.devices, *(x for judged in self.judged for x in judged))


def idle_candidate(replica: Replica, n: int, *, serving: bool) -> Candidate | None:
    """The candidate as if nobody waited; None where prefill leaves decode no time."""
    members = replica.members
    if not serving:
        return Candidate(replica, n, tuple((m.offer.latency_p95_us, m.offer.latency_us, 0) for m in members))
    phi = _prefill_share(members, n)
    if phi >= FULLEST:
        return None
    step_us = max(_step_us(m) for m in members if m.operator.role == "decode")

    def slowed(m: Member, us: int) -> int:
        return us + step_us if m.operator.role == "prefill" else ceil(us / (1 - phi))

    latencies = tuple((slowed(m, m.offer.latency_p95_us), slowed(m, m.offer.latency_us), 0) for m in members)
    return Candidate(replica, n, latencies)


def _prefill_share(members: tuple[Member, ...], n: int) -> float:
    """phi: the share of the replicas' time that prefill takes."""
    return sum(m.load for m in members if m.operator.role == "prefill") / n


def _step_us(member: Member) -> int:
    tokens = max(int(member.operator.attrs.get("output_tokens", 1)), 1)
    return ceil(member.offer.latency_us / tokens)


def with_waits(idle: Candidate, *, serving: bool) -> Candidate:
    """The candidate with the wait in its queues: one for all members, or prefill and decode apart."""

    def queue_of(member: Member) -> str:
        return member.operator.role if serving else ""

    waits: dict[str, tuple[int, int]] = {}
    for name in dict.fromkeys(map(queue_of, idle.members)):
        queue = [m for m in idle.members if queue_of(m) == name]
        shared = name == "decode"
        stretch = 1 / (1 - _prefill_share(idle.members, idle.n)) if shared else 1.0
        waits[name] = _wait_us(queue, idle.n, stretch)
    latencies = tuple(
        (p95 + waits[queue_of(m)][0], p50 + waits[queue_of(m)][1], waits[queue_of(m)][0])
        for m, (p95, p50, _) in zip(idle.members, idle.latencies, strict=True)
    )
    return replace(idle, latencies=latencies)


def _wait_us(queue: list[Member], n: int, stretch: float) -> tuple[int, int]:
    """(p95, median) of the wait in one queue: M/M/c with c = n s, service s max(w) stretched."""
    occupied_s = [max(m.offer.busy_s, 1e-12) for m in queue]
    slots = max(
        1,
        min(
            floor(m.offer.latency_us / US_PER_S / w + ROUNDED) for m, w in zip(queue, occupied_s, strict=True)
        ),
    )
    service_s = slots * max(occupied_s) * stretch
    arrivals_per_s = sum(m.load for m in queue) * stretch * slots / service_s
    p95 = _quantile_ms(n * slots, arrivals_per_s, service_s, 0.95)
    p50 = _quantile_ms(n * slots, arrivals_per_s, service_s, 0.5) if p95 else 0.0
    return microseconds(p95), microseconds(p50)


@lru_cache(maxsize=100_000)
def _quantile_ms(servers: int, arrivals_per_s: float, service_s: float, q: float) -> float:
    """Kept, as the same queues come up again: in teams that share them, in a problem built anew."""
    if _nobody_waits(servers, arrivals_per_s * service_s, 1 - q):
        return 0.0
    return wait_quantile_ms(servers, arrivals_per_s, service_s, q)


def _nobody_waits(c: int, a: float, share: float) -> bool:
    """Whether a bound shows that fewer than `share` of the arrivals wait: spares thousands of servers' sum.

    With I = c ln(c/a) - c + a: a Poisson number of mean a is c with probability at most e^-I, and at
    most c with at least 1/2, so C <= 2 e^-I / (1 - a/c).
    """
    return 0 < a < c - 1 and 2 * exp(c - a - c * log(c / a)) / (1 - a / c) <= share
