"""What a reader of a plan must know to read its figures right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels.fleet import UP
from agentc.costmodels.kv_transfer import kv_is_tested
from agentc.costmodels.notes import notes_on_llms
from agentc.ir.graph import Branch, Loop, Map, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentc.costmodels.fleet import Fleet
    from agentc.ir.graph import Block, Graph, Step
    from agentc.plan import Pool


def notes_on(graph: Graph, pools: tuple[Pool, ...], fleet: Fleet) -> Iterator[str]:
    """Say how control flow, shared replicas and demands outside of placement were read."""
    steps = list(_steps(graph.root))
    if any(isinstance(s, Branch) for s in steps):
        yield (
            "Branches: money by probability; the p95 takes the slowest branch that can happen, a bound "
            "that holds whichever is taken; the median takes the likeliest."
        )
    if any(isinstance(s, Loop) for s in steps):
        yield "Loops: money and time take the expected number of trips."
    if any(isinstance(s, Map) for s in steps):
        yield "Maps: money for every item; time for ceil(items / width) rounds of the body."
    if any(p.role == "serve" for p in pools):
        yield (
            "Pools that serve prefill and decode together: decode is slowed by the share of time that "
            "prefill may take, prefill waits for one step of decode."
        )
    yield from _on_availability(graph, pools, fleet)
    yield from _on_kv_caches(pools, fleet)
    yield from _on_llms(graph, pools, fleet)


def _on_availability(graph: Graph, pools: tuple[Pool, ...], fleet: Fleet) -> Iterator[str]:
    used = {p.tier for p in pools}
    if graph.slo.availability is not None and graph.rate_per_s is None:
        yield "Not checked: availability. Without a load nothing is reserved that could be up or down."
    elif graph.slo.availability is not None:
        assumed = [t.name for t in fleet.tiers if t.name in used and t.availability is None and not t.spot]
        if assumed:
            share = f"{UP:.1%}"
            yield f"Availability: replicas of {', '.join(assumed)} are taken to be up {share} of the time."
    for tier in fleet.tiers:
        if tier.spot and tier.name in used:
            yield (
                f"Tier {tier.name} is spot: {tier.spot.interruptions_per_hour:g} interruptions an hour of "
                f"{tier.spot.restart_minutes:g} minutes; a replica is up {tier.spot.up:.2%} of the time."
            )


def _on_kv_caches(pools: tuple[Pool, ...], fleet: Fleet) -> Iterator[str]:
    """Prefill and decode of one model apart, between vendors that nobody reported to work together."""
    for a in pools:
        for b in pools:
            apart = (a.role, b.role) == ("prefill", "decode") and a.model == b.model and a.tier != b.tier
            if apart and not kv_is_tested(fleet.tier(a.tier), fleet.tier(b.tier)):
                yield (
                    f"The KV cache of {a.model} goes from {a.device} to {b.device}: their engines share a "
                    "connector and a layout, but nobody reported this pair to work."
                )


def _on_llms(graph: Graph, pools: tuple[Pool, ...], fleet: Fleet) -> Iterator[str]:
    """Once for each tier that generates: the serving stack that its figures are for."""
    said: set[str] = set()
    for pool in pools:
        if pool.role not in {"prefill", "decode", "serve"} or pool.tier in said:
            continue
        of_pool = [
            o for o in graph.operators.values() if o.model == pool.model and o.role in {pool.role, "serve"}
        ]
        for note in notes_on_llms(fleet.tier(pool.tier), of_pool, tp=pool.tp, pp=pool.pp):
            said.add(pool.tier)
            yield note


def _steps(block: Block) -> Iterator[Step]:
    for step in block.steps:
        yield step
        for inner in blocks_of(step):
            yield from _steps(inner)
