"""What operators take of a host's memory, and how many visits fit into it at once.

A replica of a host holds each model and each store once, and beside them the memory of the visits
that it runs at once:

    memory = sum of what is held + c * (the most that a visit takes)

    c   visits at once: as many as the smallest share of the host allows, and no more than fit beside
        what is held. A visit then takes at least 1/c of the host, however few cores it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

from agentc.costmodels.host import CALLS, share_of_host
from agentc.costmodels.results import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentc.costmodels.fleet import Tier
    from agentc.ir.graph import Operator
    from agentc.placement.offers import Offer

ON_HOSTS = frozenset({"memory", "tool", "cpu"})
"""Roles that run on a host's cores, whatever the device beside them."""
ENCODERS = frozenset({"embed", "rerank"})
"""Roles that run there as well where the device is the host."""
SHARED = "cpu"
"""The role of a pool whose operators are of several of these."""
DUST = 1e-6


@dataclass(frozen=True)
class Holding:
    """An operator's memory: `gb` of `what` for as long as a replica runs, `visit_gb` for each visit."""

    what: str | None = None
    gb: float = 0.0
    visit_gb: float = 0.0


def holding_of(operator: Operator, memory_gb: float) -> Holding:
    """How an operator holds the memory that its estimate says it needs."""
    if operator.op in CALLS:
        return Holding(visit_gb=memory_gb)
    if operator.role in ENCODERS:
        return Holding(operator.model, memory_gb)
    if operator.role == "memory" and memory_gb:
        return Holding(str(operator.attrs.get("store") or operator.id), memory_gb)
    return Holding()


@dataclass(frozen=True)
class Room:
    """A replica on a host: visits at once, memory of all, and by operator the longer busy time's factor."""

    visits: int
    memory_gb: float
    stretch: Mapping[str, float]


def room_for(operators: Sequence[Operator], offers: Sequence[Offer], tier: Tier) -> Room | None:
    """The room that operators share on one replica of a tier; None when it is too small."""
    holdings = [holding_of(o, f.memory_gb) for o, f in zip(operators, offers, strict=True)]
    held_gb = sum(held_once(holdings).values())
    visit_gb = max(h.visit_gb for h in holdings)
    shares = {o.id: _share(o, tier) for o in operators}
    visits = floor(1 / min(shares.values()) + DUST)
    limited = False
    if tier.device is not None and (held_gb or visit_gb):
        free_gb = tier.device.host_memory_gb - held_gb
        fit = floor(free_gb / visit_gb + DUST) if visit_gb else visits
        if free_gb < 0 or fit < 1:
            return None
        limited, visits = fit < visits, min(visits, fit)
    stretch = {i: max(1.0, 1 / (visits * s)) if limited else 1.0 for i, s in shares.items()}
    return Room(visits, held_gb + visits * visit_gb, stretch)


def held_once(holdings: Sequence[Holding]) -> dict[str, float]:
    """GB of each model and store, however many operators use it."""
    held: dict[str, float] = {}
    for h in holdings:
        if h.what is not None:
            held[h.what] = max(held.get(h.what, 0.0), h.gb)
    return held


def _share(operator: Operator, tier: Tier) -> float:
    """The part of the host that a visit holds; all of it where that is not known."""
    share = share_of_host(operator, tier.device) if tier.device else 1.0
    return 1.0 if isinstance(share, Refusal) or share <= 0 else min(share, 1.0)
