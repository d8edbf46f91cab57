"""A plan made by hand, with everything that a report has to show."""

from typing import Any

import pytest

from agentc.plan import (
    Alternative,
    PlacedOperator,
    Plan,
    Pool,
    SloResult,
    Solver,
    Totals,
    Transfer,
)
from agentc.plan_inputs import EdgeRecord, LinkRecord, TierRecord

TIERS = {
    "big": ("H100-SXM", 16, 2.95, 700.0, 80.0),
    "cheap": ("Gaudi3", 16, 1.10, 600.0, 128.0),
    "wide": ("MI300X", 8, 2.10, 750.0, 192.0),
    "cpu": ("m7i.2xlarge", None, 0.4032, 80.0, 32.0),
}
# id, op, tier, latency, usd per 1k, visits, basis
OPERATORS = [
    ("hits.embed", "llm.embed", "cpu", 6.8, 0.0008, 1.0, "datasheet"),
    ("hits.lookup", "memory.lookup", "cpu", 3.9, 0.0004, 1.0, "datasheet"),
    ("search.lookup", "tool.lookup", "cpu", 0.1, 0.00001, 1.0, "datasheet"),
    ("search.compute", "tool.compute", "cpu", 120.0, 0.0132, 1.0, "profile"),
    ("draft.prefill", "llm.prefill", "big", 41.2, 0.0412, 1.0, "calibrated"),
    ("draft.decode", "llm.decode", "wide", 2310.0, 0.71, 1.0, "calibrated"),
    ("enough", "agent.test", "cpu", 0.2, 0.00002, 2.6, "datasheet"),
    ("refine.prefill", "llm.prefill", "big", 38.0, 0.06, 1.6, "calibrated"),
    ("refine.decode", "llm.decode", "wide", 1400.0, 0.67, 1.6, "calibrated"),
    ("read", "tool.compute", "cpu", 80.0, 0.08, 8.0, "profile"),
    ("apologize", "agent.compute", "cpu", 1.0, 0.00001, 0.3, "datasheet"),
    ("answer.prefill", "llm.prefill", "big", 30.5, 0.03, 1.0, "calibrated"),
    ("answer.decode", "llm.decode", "wide", 2100.0, 0.64, 1.0, "calibrated"),
]
EDGES = [
    ("hits.embed", "hits.lookup", 1536, False),
    ("search.lookup", "search.compute", 400, False),
    ("hits.lookup", "draft.prefill", 3200, False),
    ("search.compute", "draft.prefill", 2400, False),
    ("draft.prefill", "draft.decode", 131_072_000, False),
    ("draft.decode", "enough", 1200, False),
    ("draft.decode", "refine.prefill", 1200, False),
    ("refine.prefill", "refine.decode", 90_000_000, False),
    ("refine.decode", "enough", 1200, True),
    ("refine.decode", "read", 1200, False),
    ("refine.decode", "apologize", 1200, False),
    ("refine.decode", "answer.prefill", 1200, False),
    ("read", "answer.prefill", 800, False),
    ("hits.lookup", "answer.prefill", 3200, False),
    ("apologize", "answer.prefill", 80, False),
    ("answer.prefill", "answer.decode", 120_000_000, False),
]
STRUCTURE: list[Any] = [
    "hits.embed",
    "hits.lookup",
    "search.lookup",
    "search.compute",
    "draft.prefill",
    "draft.decode",
    {
        "loop": "while_0",
        "trips": 1.6,
        "max_trips": 4,
        "test": ["enough"],
        "body": ["refine.prefill", "refine.decode"],
    },
    {"map": "forall_0", "items": 8.0, "width": 4, "body": ["read"]},
    {"branch": "if_0", "probabilities": [0.3, 0.7], "blocks": [["apologize"], []]},
    "answer.prefill",
    "answer.decode",
]
PATH = (
    "search.lookup",
    "search.compute",
    "draft.prefill",
    "draft.decode",
    "refine.prefill",
    "refine.decode",
    "read",
    "answer.prefill",
    "answer.decode",
)


def _others(tier: str, usd: float, latency_ms: float) -> tuple[Alternative, ...]:
    made: list[Alternative] = []
    for other, factor in (("big", 1.3), ("cheap", 1.1), ("wide", 1.05)):
        if other != tier:
            feasible = other != "cheap"
            reason = f"{factor - 1:.0%} dearer" if feasible else "e2e_ms_p95 would be 9,120 ms, 1,120 over"
            made.append(
                Alternative(
                    tier=other,
                    usd_per_1k=usd * factor,
                    total_usd_per_1k_requests=2.2457 + usd * (factor - 1),
                    latency_ms=latency_ms / factor,
                    e2e_ms_p95=9120.0 if not feasible else 7000.0,
                    feasible=feasible,
                    why_not=reason,
                )
            )
    unable = Alternative(
        tier="cpu",
        usd_per_1k=None,
        total_usd_per_1k_requests=None,
        latency_ms=None,
        e2e_ms_p95=None,
        feasible=False,
        why_not="llama-3.1-70b needs 141 GB; a replica here has 32",
    )
    return (*made, unable) if tier != "cpu" else tuple(made)


def _operators() -> tuple[PlacedOperator, ...]:
    return tuple(
        PlacedOperator(
            id=id,
            op=op,
            pool=f"{tier}-{op.split('.')[1]}",
            tier=tier,
            visits=visits,
            latency_ms=latency,
            latency_ms_p95=latency * 1.2,
            busy_s=latency / 1000,
            usd_per_1k=usd,
            basis=basis,  # pyright: ignore[reportArgumentType] (literals of the table above)
            loc=f"examples/rag.py:{12 + n}:5",
            alternatives=_others(tier, usd, latency) if op.startswith("llm.") else (),
        )
        for n, (id, op, tier, latency, usd, visits, basis) in enumerate(OPERATORS)
    )


def _pool(id: str, tier: str, role: str, replicas: int) -> Pool:
    device, _, price, watts, memory = TIERS[tier]
    tp = 2 if tier == "big" else 1
    return Pool(
        id=id,
        tier=tier,
        device=device,
        role=role,
        model="llama-3.1-70b" if role in {"prefill", "decode"} else None,
        tp=tp,
        pp=1,
        replicas=replicas,
        devices=tp,
        max_batch=32,
        utilisation=0.62,
        memory_gb=memory * tp * 0.9,
        usd_per_hour=price * replicas * tp,
        watts=watts * replicas * tp,
    )


@pytest.fixture
def plan() -> Plan:
    """The plan of a research agent on four tiers, with a load."""
    tier_of = {o[0]: o[2] for o in OPERATORS}
    pools = {f"{tier}-{op.split('.')[1]}": (tier, op) for _, op, tier, *_ in OPERATORS}
    return Plan(
        agentc="1",
        agent="answer",
        source="examples/rag.py:answer",
        fleet="demo",
        objective="tco",
        mode="provisioned",
        rate_per_s=5.0,
        solver=Solver(
            status="optimal", objective_usd_per_hour=40.42, bound_usd_per_hour=40.42, gap=0.0, wall_s=0.81
        ),
        pools=tuple(_pool(id, tier, op.split(".")[1], 3) for id, (tier, op) in pools.items()),
        operators=_operators(),
        transfers=tuple(
            Transfer(
                src=s,
                dst=d,
                bytes=n,
                latency_ms=0.05 + n / 12.5e6,
                link=f"{tier_of[s]}-{tier_of[d]}",
                usd_per_1k=n / 1e12,
            )
            for s, d, n, _ in EDGES
            if tier_of[s] != tier_of[d]
        ),
        critical_path=PATH,
        totals=Totals(
            usd_per_hour=40.42,
            usd_per_1k_requests=2.2457,
            e2e_ms_p50=6100.0,
            e2e_ms_p95=7420.0,
            ttft_ms_p95=410.0,
            tpot_ms_p95=7.3,
            watts=9400.0,
        ),
        slo=(
            SloResult(name="e2e_ms_p95", limit=8000.0, value=7420.0, met=True),
            SloResult(name="ttft_ms_p95", limit=500.0, value=410.0, met=True),
        ),
        tiers=tuple(
            TierRecord(
                name=n,
                device=d,
                count=c,
                usd_per_hour=p,
                watts=w,
                memory_gb=m,
                price_basis="rented",
                price_source="provider's list",
                price_date="2026-10-01",
            )
            for n, (d, c, p, w, m) in TIERS.items()
        ),
        links=(
            LinkRecord(
                id="big-wide",
                between=("big", "wide"),
                gbps=400.0,
                latency_us=10.0,
                usd_per_gb=0.0,
                usd_per_transfer=0.0,
            ),
        ),
        edges=tuple(
            EdgeRecord(src=s, dst=d, bytes=n, visits=1.0, kind="data", carried=c) for s, d, n, c in EDGES
        ),
        structure=STRUCTURE,
        results=("answer.decode",),
        defaulted=("hits.k: 4", "answer.output_tokens: 256"),
        notes=("prices are of one provider; see the table of prices",),
    )
