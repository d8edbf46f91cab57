"""Checks of `verify` on money, limits and the proof.

Part of `verify`: shares no code with the rest of placement.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from agentc.placement.verify_parts import RELATIVE, close, differs

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
SECONDS_PER_HOUR = 3600.0
JOULES_PER_KWH = 3.6e6
ROUNDED = 1e-4
"""Energy counts in whole microjoules or microwatts of each part."""
MERCY = 1e-8


def check_money(m: Json) -> Iterator[str]:
    """Shares follow from visits, prices and busy time; totals are the sums of their parts."""
    pools = {p["id"]: p for p in m["pools"]}
    for o in m["operators"]:
        share = o["visits"] * o["usd_per_visit"] + _pool_share(m, o, pools.get(o["pool"]))
        yield from differs(f"usd_per_1k of operator {o['id']}", o["usd_per_1k"], 1000 * share)
        if o["basis"] != "profile":
            visit = _visit_usd(m, o, pools.get(o["pool"]))
            yield from differs(f"usd_per_visit of operator {o['id']}", o["usd_per_visit"], visit)
    parts = sum(o["usd_per_1k"] for o in m["operators"]) + sum(t["usd_per_1k"] for t in m["transfers"])
    totals, rate = m["totals"], m["rate_per_s"]
    yield from differs("totals.usd_per_1k_requests", totals["usd_per_1k_requests"], parts)
    per_hour = None if rate is None else parts / 1000 * rate * SECONDS_PER_HOUR
    yield from differs("totals.usd_per_hour", totals["usd_per_hour"], per_hour)
    watts = None if rate is None else sum(p["watts"] for p in m["pools"])
    yield from differs("totals.watts", totals["watts"], watts)
    yield from differs("totals.soft_usd_per_1k_requests", totals["soft_usd_per_1k_requests"], _penalty(m))


def _visit_usd(m: Json, operator: Json, pool: Json | None) -> float:
    """What a visit pays beside its pool's hours; metered, the time that it takes of a replica as well."""
    if m["rate_per_s"] is not None or pool is None:
        return operator["usd_per_call"]
    return (
        operator["usd_per_call"]
        + operator["busy_s"] * pool["usd_per_hour"] / max(pool["replicas"], 1) / SECONDS_PER_HOUR
    )


def _pool_share(m: Json, operator: Json, pool: Json | None) -> float:
    """A request's part of the pool's hours, by busy time."""
    if m["rate_per_s"] is None or pool is None:
        return 0.0
    users = [o for o in m["operators"] if o["pool"] == pool["id"]]
    busy = sum(o["visits"] * o["busy_s"] for o in users)
    part = operator["visits"] * operator["busy_s"] / busy if busy else 1 / len(users)
    return pool["usd_per_hour"] / (m["rate_per_s"] * SECONDS_PER_HOUR) * part


def _penalty(m: Json) -> float:
    """USD that 1,000 requests pay for missing a soft limit."""
    over = [max(0.0, s["value"] - s["limit"]) for s in m["slo"] if s["soft"] and s["name"] == "e2e_ms_p95"]
    return 1000 * (m["soft_usd_per_ms"] or 0.0) * sum(over)


def check_solver(m: Json) -> Iterator[str]:
    """The objective is what the totals say, the bound is below it, the gap is their difference."""
    s, totals, rate = m["solver"], m["totals"], m["rate_per_s"]
    per_1k = totals["usd_per_1k_requests"] + totals["soft_usd_per_1k_requests"]
    tco = m["objective"] in {"tco", "pareto"}
    expected = {
        "usd_per_1k_requests": per_1k if tco and rate is None else None,
        "usd_per_hour": per_1k / 1000 * rate * SECONDS_PER_HOUR if tco and rate is not None else None,
        "ms": totals["e2e_ms_p95"] if m["objective"] == "latency" else None,
    }
    yield from _other_objective(m)
    for unit, value in expected.items():
        objective, bound = s[f"objective_{unit}"], s[f"bound_{unit}"]
        yield from differs(f"solver.objective_{unit}", objective, value)
        if (objective is None) != (bound is None):
            yield f"solver.bound_{unit} is {bound} beside an objective of {objective}"
        elif objective is not None:
            yield from _gap(s, objective, bound)


def _other_objective(m: Json) -> Iterator[str]:
    """Energy and carbon are what the totals say; a mix at least keeps its gap."""
    s, totals, rate = m["solver"], m["totals"], m["rate_per_s"]
    if (s["objective"] is None) != (m["objective"] in {"tco", "pareto", "latency"}):
        yield f"solver.objective is {s['objective']} for the objective {m['objective']}"
        return
    if s["objective"] is None:
        if s["bound"] is not None or s["unit"] is not None:
            yield f"solver.bound is {s['bound']} {s['unit'] or ''} beside no objective"
        return
    per_request = {"energy": totals["joules_per_request"], "carbon": totals["gco2_per_1k_requests"] / 1000}
    if m["objective"] in per_request:
        per = {"energy": rate, "carbon": None if rate is None else rate * SECONDS_PER_HOUR}[m["objective"]]
        value = per_request[m["objective"]] * (1.0 if per is None else per)
        yield from differs("solver.objective", s["objective"], value)
    if s["bound"] is None:
        yield "solver.bound is missing beside an objective"
    else:
        yield from _gap(s, s["objective"], s["bound"])


def check_energy(m: Json) -> Iterator[str]:
    """Energy and carbon follow from power, busy time and each tier's grid."""
    grids = {t["name"]: t["gco2_per_kwh"] for t in m["tiers"]}
    pools = {p["id"]: p for p in m["pools"]}
    rate, joules = m["rate_per_s"], dict.fromkeys(grids, 0.0)
    for p in m["pools"] if rate is not None else ():
        joules[p["tier"]] += p["watts"] / rate
    for o in m["operators"] if rate is None else ():
        pool = pools[o["pool"]]
        joules[pool["tier"]] += o["visits"] * o["busy_s"] * pool["watts"] / max(pool["replicas"], 1)
    grams = sum(j / JOULES_PER_KWH * grids[t] for t, j in joules.items()) * 1000
    for name, value in (("joules_per_request", sum(joules.values())), ("gco2_per_1k_requests", grams)):
        stated = m["totals"][name]
        if abs(stated - value) > ROUNDED + RELATIVE * value:
            yield f"totals.{name} is {stated:.12g}, recomputed {value:.12g}"


def check_front(m: Json) -> Iterator[str]:
    """No plan of the front is dearer and slower than another; the plan itself is on it."""
    tiers = {t["name"] for t in m["tiers"]}
    ids = {o["id"] for o in m["operators"]}
    front = sorted(m["front"], key=lambda f: f["e2e_ms_p95"])
    for a, b in pairwise(front):
        if b["e2e_ms_p95"] <= a["e2e_ms_p95"] or b["usd_per_1k_requests"] >= a["usd_per_1k_requests"]:
            slow, fast = b["e2e_ms_p95"], a["e2e_ms_p95"]
            yield f"the front's plan of {slow:g} ms is no cheaper than that of {fast:g} ms"
    for f in front:
        if set(f["placement"]) != ids or not set(f["placement"].values()) <= tiers:
            yield f"the front's plan of {f['e2e_ms_p95']:g} ms places other operators or on other tiers"
        if m["rate_per_s"] is not None:
            per_hour = f["usd_per_1k_requests"] / 1000 * m["rate_per_s"] * SECONDS_PER_HOUR
            yield from differs("usd_per_hour of the front", f["usd_per_hour"], per_hour)
    own = (m["totals"]["usd_per_1k_requests"], m["totals"]["e2e_ms_p95"])
    points = [(f["usd_per_1k_requests"], f["e2e_ms_p95"]) for f in front]
    if front and not any(close(own[0], usd) and close(own[1], ms) for usd, ms in points):
        yield "the plan is not on its own front"


def _gap(s: Json, objective: float, bound: float) -> Iterator[str]:
    if bound > objective * (1 + RELATIVE) + 1e-9:
        yield f"the bound {bound:.12g} is above the objective {objective:.12g}"
    yield from differs("solver.gap", s["gap"], (objective - bound) / objective if objective else 0.0)
    if s["status"] == "optimal" and s["gap"] > RELATIVE:
        yield f"the plan is called optimal with a gap of {s['gap']:.2%}"
    if s["status"] == "infeasible":
        yield "the manifest holds a plan that the solver calls infeasible"


def check_slo(m: Json) -> Iterator[str]:
    """Each limit is judged by the totals, and every hard one is met."""
    names = Counter(s["name"] for s in m["slo"])
    yield from (f"the limit {name} is listed {n} times" for name, n in names.items() if n > 1)
    for s in m["slo"]:
        if s["name"] not in m["totals"]:
            yield f"the limit {s['name']} is on nothing that the totals hold"
            continue
        yield from differs(f"value of the limit {s['name']}", s["value"], m["totals"][s["name"]])
        at_least = s["name"] == "availability"
        met = s["value"] >= s["limit"] - MERCY if at_least else s["value"] <= s["limit"] + 1e-6
        if met != s["met"]:
            yield f"the limit {s['name']} of {s['limit']:g} is said to be {'met' if s['met'] else 'missed'}"
        if s["soft"] != (s["name"] == "e2e_ms_p95" and bool(m["soft_usd_per_ms"])):
            yield f"the limit {s['name']} is {'soft' if s['soft'] else 'hard'}, against soft_usd_per_ms"
        if not met and not s["soft"]:
            yield f"the limit {s['name']} of {s['limit']:g} is missed: {s['value']:g}"
