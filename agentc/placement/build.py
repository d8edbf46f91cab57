"""From a graph and a fleet to a placement problem.

Metered: an operator has, on each tier, one option for each tensor-parallel degree that fits and is
not dominated, at batch 1: the latency of an idle system. Provisioned: the options are pool templates
sized for the load (`pools.py`).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

from agentc.placement.exact import check_sizes, too_large
from agentc.placement.offers import Offer, offers_of
from agentc.placement.pools import provision
from agentc.placement.problem import Option, PoolTemplate, Problem, Refused
from agentc.placement.rules import least_replicas, limits_of

if TYPE_CHECKING:
    from agentc.costmodels.fleet import Fleet, Tier
    from agentc.ir.graph import Graph, Operator


def build_problem(graph: Graph, fleet: Fleet, *, beyond_counts: bool = False) -> Problem:
    """Make the problem of placing `graph` on `fleet`.

    `beyond_counts` offers pools of more devices than a tier has: no plan can use them, but they tell
    whether devices are what lacks.

    Raises:
        AgentcError: an operator names an unknown model; numbers are too large; located.
    """
    try:
        problem = _problem(graph, fleet, beyond_counts=beyond_counts)
        check_sizes(problem)
    except OverflowError:
        raise too_large(graph) from None
    return problem


def _problem(graph: Graph, fleet: Fleet, *, beyond_counts: bool) -> Problem:
    found: dict[tuple[str, str], list[Offer]] = {}
    refused: dict[tuple[str, str], Refused] = {}
    for operator in graph.operators.values():
        for tier in fleet.tiers:
            offers = offers_of(operator, tier, provisioned=graph.rate_per_s is not None)
            if isinstance(offers, Refused):
                refused[operator.id, tier.name] = offers
            else:
                found[operator.id, tier.name] = offers
    if graph.rate_per_s is None:
        pools, options = _metered(graph, fleet, found)
    else:
        pools, options = provision(graph, fleet, found, beyond_counts=beyond_counts)
    names = [t.name for t in fleet.tiers]
    links = {(a, b): fleet.link(a, b) for a, b in permutations(names, 2)}
    counts = {t.name: t.count for t in fleet.tiers}
    return Problem(
        graph,
        counts,
        pools,
        options,
        links,
        refused,
        limits=limits_of(graph, fleet),
        least_replicas=least_replicas(graph, fleet) if graph.rate_per_s is not None else {},
        up={t.name: t.up for t in fleet.tiers},
        gco2_per_kwh={t.name: fleet.gco2_per_kwh(t) for t in fleet.tiers},
    )


Built = tuple[dict[str, PoolTemplate], dict[str, tuple[Option, ...]]]


def _metered(graph: Graph, fleet: Fleet, found: dict[tuple[str, str], list[Offer]]) -> Built:
    pools: dict[str, PoolTemplate] = {}
    options: dict[str, tuple[Option, ...]] = {}
    for operator in graph.operators.values():
        mine: list[Option] = []
        for tier in fleet.tiers:
            for offer in undominated(found.get((operator.id, tier.name), [])):
                pool = _price_tag(operator, tier, offer)
                earlier = pools.get(pool.id)
                held = max(pool.memory_gb, earlier.memory_gb if earlier else 0.0)
                pools[pool.id] = replace(pool, memory_gb=held)
                mine.append(_option(operator, pool, offer))
        options[operator.id] = tuple(mine)
    return pools, options


def undominated(offers: list[Offer]) -> list[Offer]:
    """Offers of one operator on one tier that no other equals or beats in price and every latency."""
    kept: list[Offer] = []
    for offer in sorted(offers, key=lambda o: (*_merit(o), o.devices)):
        if not any(all(x <= y for x, y in zip(_merit(k), _merit(offer), strict=True)) for k in kept):
            kept.append(offer)
    return sorted(kept, key=lambda o: o.devices)


def _merit(offer: Offer) -> tuple[float, int, int]:
    return offer.usd_per_visit, offer.latency_p95_us, offer.latency_us


def _price_tag(operator: Operator, tier: Tier, offer: Offer) -> PoolTemplate:
    size = f"tp{offer.tp}pp{offer.pp}"
    return PoolTemplate(
        id="/".join(
            str(part) for part in (tier.name, operator.role, operator.model or "", offer.precision, size)
        ),
        tier=tier.name,
        role=operator.role,
        model=operator.model,
        tp=offer.tp,
        pp=offer.pp,
        usd_per_hour=tier.usd_per_hour * offer.devices,
        watts=tier.watts * offer.devices,
        memory_gb=offer.memory_gb,
    )


def _option(operator: Operator, pool: PoolTemplate, offer: Offer) -> Option:
    return Option(
        operator=operator.id,
        pool=pool.id,
        latency_us=offer.latency_us,
        latency_p95_us=offer.latency_p95_us,
        busy_s=offer.busy_s,
        usd_per_visit=offer.usd_per_visit,
        usd_per_call=offer.usd_per_call,
        basis=offer.basis,
    )
