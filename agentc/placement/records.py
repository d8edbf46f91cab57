"""Records of a manifest that say what was given: tiers, links, rules."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from agentc.plan import ConstraintRecord
from agentc.plan_inputs import EdgeRecord, LinkRecord, TierRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentc.costmodels.fleet import Fleet, Tier
    from agentc.ir.graph import Graph
    from agentc.placement.evaluate import Evaluation
    from agentc.placement.problem import Problem

SIGNIFICANT_DIGITS = 12


def tidy(value: float) -> float:
    """A figure without the dust of binary fractions."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def tier_record(tier: Tier, gco2_per_kwh: float) -> TierRecord:
    """One tier as the plan saw it."""
    return TierRecord(
        name=tier.name,
        device=tier.device.name if tier.device else None,
        kind=tier.device.kind if tier.device else None,
        count=tier.count,
        usd_per_hour=tidy(tier.usd_per_hour),
        watts=tidy(tier.watts),
        memory_gb=tier.device.memory_gb if tier.device else None,
        host_memory_gb=tier.device.host_memory_gb if tier.device else None,
        price_basis=tier.price_basis,
        price_source=tier.price_source,
        price_date=tier.price_date,
        regions=tier.regions,
        labels=tier.labels,
        spot=tier.spot is not None,
        up=tidy(tier.up),
        gco2_per_kwh=tidy(gco2_per_kwh),
    )


def link_records(fleet: Fleet) -> tuple[LinkRecord, ...]:
    """The link between each two tiers."""
    pairs = combinations([t.name for t in fleet.tiers], 2)
    found = [((a, b), fleet.link(a, b)) for a, b in pairs]
    return tuple(
        LinkRecord(
            id=link.id,
            between=ends,
            gbps=link.gbps,
            latency_us=link.latency_us,
            usd_per_gb=link.usd_per_gb,
            usd_per_transfer=link.usd_per_transfer,
        )
        for ends, link in found
    )


def constraint_records(
    problem: Problem, found: Evaluation, assignment: Mapping[str, str]
) -> Iterator[ConstraintRecord]:
    """Every rule, with what the plan makes of it."""
    for limit in problem.limits:
        yield ConstraintRecord(
            kind=limit.kind,
            name=limit.name,
            operators=limit.operators,
            tiers=limit.tiers,
            refused=limit.refused,
            limit=limit.most,
            value=tidy(found.limits[limit.name]),
            why=limit.why,
        )
    for i, least in problem.least_replicas.items():
        yield ConstraintRecord(
            kind="min_replicas",
            name=f"min_replicas of {i}",
            operators=(i,),
            limit=least,
            value=found.replicas[assignment[i]],
        )


def assumed(graph: Graph) -> Iterator[str]:
    """`hits.embed.input_tokens = 50`: what nobody stated, and what it was taken to be."""
    for i, operator in graph.operators.items():
        for name in operator.defaulted:
            value = operator.bytes if name == "bytes" else operator.attrs.get(name)
            yield f"{i}.{name}" if value is None else f"{i}.{name} = {_word(value)}"


def _word(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def edge_records(graph: Graph) -> tuple[EdgeRecord, ...]:
    """The graph's edges, crossing tiers or not."""
    return tuple(
        EdgeRecord(
            src=e.src,
            dst=e.dst,
            bytes=e.bytes,
            visits=e.visits,
            kind="order" if e.kind == "order" else "data",
            carried=e.carried,
        )
        for e in graph.edges
    )
