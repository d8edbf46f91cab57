"""Checks of `verify` on what each operator could do elsewhere.

Part of `verify`: shares no code with the rest of placement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.placement.verify_parts import RELATIVE, Crossings, differs, hop_usd
from agentc.placement.verify_path import times_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
FIGURES = ("usd_per_1k", "total_usd_per_1k_requests", "latency_ms", "e2e_ms_p95")


def check_alternatives(m: Json) -> Iterator[str]:
    """Each other tier is rated once, by figures that agree, and none is better than an optimal plan."""
    tiers = [t["name"] for t in m["tiers"]]
    for o in m["operators"]:
        if not o["alternatives"]:
            continue
        if sorted(a["tier"] for a in o["alternatives"]) != sorted(t for t in tiers if t != o["tier"]):
            yield f"the alternatives of {o['id']} are not the other tiers, each once"
            continue
        for a in o["alternatives"]:
            yield from _consistent(o, a)
            if all(a[k] is not None for k in FIGURES):
                yield from _no_better(m, o, a)
                if m["rate_per_s"] is None:
                    yield from _recomputed(m, o, a)


def _consistent(operator: Json, other: Json) -> Iterator[str]:
    name = f"{operator['id']} on {other['tier']}"
    missing = [k for k in FIGURES if other[k] is None]
    if missing and (len(missing) < len(FIGURES) or other["feasible"]):
        yield f"{name} lacks {', '.join(missing)}"
    if not other["feasible"] and not other["why_not"]:
        yield f"{name} is ruled out for no reason"
    yield from (f"{k} of {name} is {other[k]}" for k in FIGURES if other[k] is not None and other[k] < 0)


def _no_better(m: Json, operator: Json, other: Json) -> Iterator[str]:
    """One move leads to another plan: of the same demands it cannot be better than the best."""
    name, totals = f"{operator['id']} on {other['tier']}", m["totals"]
    if other["usd_per_1k"] > other["total_usd_per_1k_requests"] * (1 + RELATIVE) + 1e-9:
        yield f"usd_per_1k of {name} is more than the whole plan's"
    if not other["feasible"]:
        return
    hard = [s["limit"] for s in m["slo"] if s["name"] == "e2e_ms_p95" and not s["soft"]]
    if any(other["e2e_ms_p95"] > limit + 1e-6 for limit in hard):
        yield f"{name} is called possible beyond the limit on e2e_ms_p95"
    if m["solver"]["status"] != "optimal":
        return
    best = {
        "tco": (
            "total_usd_per_1k_requests",
            totals["usd_per_1k_requests"] + totals["soft_usd_per_1k_requests"],
        ),
        "latency": ("e2e_ms_p95", totals["e2e_ms_p95"]),
    }.get(m["objective"])
    if best and other[best[0]] < best[1] * (1 - RELATIVE) - 1e-9:
        yield f"{best[0]} of {name} is {other[best[0]]:.12g}, better than the optimal plan's {best[1]:.12g}"


def _recomputed(m: Json, operator: Json, other: Json) -> Iterator[str]:
    """Metered, nothing is shared: the move changes one operator's money and time, and its operands' ways."""
    name = f"{operator['id']} on {other['tier']}"
    moved = {**operator, "tier": other["tier"], "latency_ms_p95": other["latency_ms"]}
    there = {**m, "operators": [moved if o is operator else o for o in m["operators"]]}
    crossing = Crossings(there)
    if any(crossing.crosses(e) and not crossing.link(e) for e in m["edges"]):
        return
    e2e_ms = times_of(there, "latency_ms_p95").block(m["structure"]) / 1000
    yield from differs(f"e2e_ms_p95 of {name}", other["e2e_ms_p95"], e2e_ms)
    links = [(e, link) for e in m["edges"] if (link := crossing.link(e))]
    ways = sum(1000 * e["visits"] * hop_usd(e["bytes"], link) for e, link in links)
    rest = sum(o["usd_per_1k"] for o in m["operators"] if o is not operator)
    over = [max(0.0, e2e_ms - s["limit"]) for s in m["slo"] if s["soft"] and s["name"] == "e2e_ms_p95"]
    penalty = 1000 * (m["soft_usd_per_ms"] or 0.0) * sum(over)
    total = rest + other["usd_per_1k"] + ways + penalty
    yield from differs(f"total_usd_per_1k_requests of {name}", other["total_usd_per_1k_requests"], total)
