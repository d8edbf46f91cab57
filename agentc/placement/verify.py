"""Re-check a build's plan from its manifest alone.

This is the second pair of eyes: it reads `manifest.json` as plain JSON and recomputes what the plan
claims. It imports neither the solver nor anything of placement that made the plan, nor the
manifest's own classes, so a mistake there cannot hide here.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from math import isclose, isfinite
from typing import TYPE_CHECKING, Any

from agentc.placement.verify_shape import malformed
from agentc.placement.verify_time import Times, inside, to_us, visits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Json = Any
RELATIVE = 1e-6
PROBE_US = 1_000_000
ROUNDING_US = 10
SECONDS_PER_HOUR = 3600.0
ON_THE_HOST = {"memory", "tool", "cpu"}
SERVABLE = {"prefill", "decode"}
ROLES = {
    "llm.call": "serve",
    "llm.prefill": "prefill",
    "llm.decode": "decode",
    "llm.embed": "embed",
    "llm.rerank": "rerank",
    "llm.transcribe": "transcribe",
    "llm.speak": "speak",
    "memory": "memory",
    "tool": "tool",
    "agent": "cpu",
}


def verify(build_dir: Path) -> list[str]:
    """Return what does not hold in a build's manifest, one sentence each; empty when all holds.

    Raises:
        FileNotFoundError: the folder has no `manifest.json`.
    """
    return verify_manifest((build_dir / "manifest.json").read_bytes())


def verify_manifest(text: bytes) -> list[str]:
    """Return what does not hold in a manifest's text."""
    try:
        manifest = json.loads(text)
    except ValueError as e:
        return [f"manifest.json is not JSON: {e}"]
    problems = malformed(manifest)
    for checks in (FOUNDATIONS, CHECKS):  # what the rest builds on comes first
        if not problems:
            problems = [f"{name}: {problem}" for name, check in checks.items() for problem in check(manifest)]
    return problems


def close(a: float, b: float) -> bool:
    """Whether two figures agree, the dust of rounding aside."""
    return isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-9)


def differs(what: str, stated: float | None, found: float | None) -> Iterator[str]:
    """Say that a stated figure is not the one recomputed."""
    if (stated is None) != (found is None):
        yield f"{what} is {stated}, recomputed {found}"
    elif stated is not None and found is not None and not close(stated, found):
        yield f"{what} is {stated:.12g}, recomputed {found:.12g}"


# --- who is where ----------------------------------------------------------------------------------


def check_assignment(m: Json) -> Iterator[str]:
    """Each operator of the structure is placed once, on a pool that exists, of a fitting role."""
    ids = [o["id"] for o in m["operators"]]
    yield from (f"operator {i} is listed {n} times" for i, n in Counter(ids).items() if n > 1)
    structured = Counter(i for s in m["structure"] for i in inside(s))
    yield from (f"operator {i} is in the structure {n} times" for i, n in structured.items() if n > 1)
    yield from (f"operator {i} is in the structure but not placed" for i in structured if i not in set(ids))
    yield from (f"operator {i} is placed but not in the structure" for i in ids if i not in structured)
    pools = {p["id"]: p for p in m["pools"]}
    for o in m["operators"]:
        pool = pools.get(o["pool"])
        if pool is None:
            yield f"operator {o['id']} is on pool {o['pool']}, which does not exist"
            continue
        if pool["tier"] != o["tier"]:
            yield f"operator {o['id']} is on tier {o['tier']} but its pool {pool['id']} is on {pool['tier']}"
        role = ROLES.get(o["op"]) or ROLES.get(o["op"].split(".")[0])
        if role != pool["role"] and not (pool["role"] == "serve" and role in SERVABLE):
            yield f"operator {o['id']} ({o['op']}) cannot run on pool {pool['id']} of role {pool['role']}"
    yield from (f"result {i} is no operator" for i in m["results"] if i not in set(ids))


def check_visits(m: Json) -> Iterator[str]:
    """Expected visits follow from the structure: probabilities, trips, items."""
    expected = visits_of(m["structure"])
    for o in m["operators"]:
        yield from differs(f"visits of {o['id']}", o["visits"], expected.get(o["id"]))
    for e in m["edges"]:
        if expected.get(e["from"]) is None or expected.get(e["to"]) is None:
            yield f"edge {e['from']} -> {e['to']} has an end that is no operator"
        elif e["visits"] > expected[e["from"]] * (1 + RELATIVE) + 1e-9:
            yield f"edge {e['from']} -> {e['to']} is crossed {e['visits']:g} times, more often than it is written"


# --- pools and fleet -------------------------------------------------------------------------------


def check_pools(m: Json) -> Iterator[str]:
    """Pools exist on their tiers with the right devices, price, power, memory and load."""
    tiers = {t["name"]: t for t in m["tiers"]}
    counted = Counter(p["id"] for p in m["pools"])
    yield from (f"pool {i} is listed {n} times" for i, n in counted.items() if n > 1)
    for p in m["pools"]:
        name = p["id"]
        if min(p["tp"], p["pp"], p["replicas"], p["max_batch"]) < 1:
            yield f"pool {name} has no replica of at least one device and one visit"
            continue
        if p["tier"] not in tiers:
            yield f"pool {name} is on tier {p['tier']}, which does not exist"
            continue
        tier = tiers[p["tier"]]
        if p["device"] != (tier["device"] or ""):
            yield f"pool {name} has device {p['device']}, its tier has {tier['device']}"
        if p["devices"] != p["tp"] * p["pp"]:
            yield f"pool {name}: {p['devices']} devices a replica is not tp {p['tp']} x pp {p['pp']}"
        devices = p["replicas"] * p["devices"]
        yield from differs(f"usd_per_hour of pool {name}", p["usd_per_hour"], devices * tier["usd_per_hour"])
        yield from differs(f"watts of pool {name}", p["watts"], devices * tier["watts"])
        yield from _memory(p, tier)
        yield from _load(m, p)


def _memory(pool: Json, tier: Json) -> Iterator[str]:
    per_device = tier["host_memory_gb" if pool["role"] in ON_THE_HOST else "memory_gb"]
    if per_device is None:
        return
    has = per_device * pool["devices"]
    if pool["memory_gb"] > has * (1 + RELATIVE):
        yield f"pool {pool['id']} needs {pool['memory_gb']:.1f} GB, its devices have {has:.1f} GB"


def _load(m: Json, pool: Json) -> Iterator[str]:
    users = [o for o in m["operators"] if o["pool"] == pool["id"]]
    if not users:
        yield f"pool {pool['id']} serves no operator"
    rate = m["rate_per_s"] or 0.0
    load = rate * sum(o["visits"] * o["busy_s"] for o in users) / max(pool["replicas"], 1)
    yield from differs(f"utilisation of pool {pool['id']}", pool["utilisation"], load)
    if load > 1 + RELATIVE:
        yield f"pool {pool['id']} is loaded to {load:.0%} of its capacity"


def check_fleet(m: Json) -> Iterator[str]:
    """No tier gives more devices than it has: together with a load, each pool by itself without."""
    for tier in m["tiers"]:
        if tier["count"] is None:
            continue
        pools = [p["replicas"] * p["devices"] for p in m["pools"] if p["tier"] == tier["name"]]
        used = sum(pools) if m["mode"] == "provisioned" else max(pools, default=0)
        if used > tier["count"]:
            yield f"{used} devices of tier {tier['name']} are used, it has {tier['count']}"


# --- transfers -------------------------------------------------------------------------------------


def check_transfers(m: Json) -> Iterator[str]:
    """A transfer stands for each operand that crosses tiers, and for nothing else."""
    expected: list[tuple[Json, ...]] = []
    crossing = Crossings(m)
    for edge in m["edges"]:
        link = crossing.link(edge)
        if link:
            expected.append((edge["from"], edge["to"], edge["bytes"], edge["visits"], link["id"]))
        elif crossing.crosses(edge):
            yield f"no link joins the tiers of {edge['from']} and {edge['to']}"
    stated = [(t["from"], t["to"], t["bytes"], t["visits"], t["link"]) for t in m["transfers"]]
    for key in sorted((Counter(expected) - Counter(stated)).elements()):
        yield f"the transfer {key[0]} -> {key[1]} of {key[2]} bytes over {key[4]} is missing"
    for key in sorted((Counter(stated) - Counter(expected)).elements()):
        yield f"the transfer {key[0]} -> {key[1]} of {key[2]} bytes over {key[4]} should not be there"
    links = {link["id"]: link for link in m["links"]}
    for t in m["transfers"]:
        link, name = links.get(t["link"]), f"transfer {t['from']} -> {t['to']}"
        if link:
            yield from differs(f"latency_ms of {name}", t["latency_ms"], hop_us(t["bytes"], link) / 1000)
            yield from differs(f"usd_per_1k of {name}", t["usd_per_1k"], 1000 * t["visits"] * hop_usd(t["bytes"], link))


def check_links(m: Json) -> Iterator[str]:
    """Links join known tiers, each pair once, and carry no more than they can at the load."""
    tiers = {t["name"] for t in m["tiers"]}
    pairs = Counter(frozenset(link["between"]) for link in m["links"])
    yield from (f"{n} links join {' and '.join(sorted(pair))}" for pair, n in pairs.items() if n > 1)
    traffic: Counter[str] = Counter()
    for t in m["transfers"]:
        traffic[t["link"]] += (m["rate_per_s"] or 0.0) * t["visits"] * t["bytes"] * 8 / 1e9
    for link in m["links"]:
        if len(set(link["between"])) != len(link["between"]) or not set(link["between"]) <= tiers:
            yield f"link {link['id']} joins {link['between']}, which are not two tiers"
        if traffic[link["id"]] > link["gbps"] * (1 + RELATIVE):
            yield f"link {link['id']} carries {traffic[link['id']]:.3g} Gbit/s, it has {link['gbps']:.3g}"


def hop_us(size: float, link: Json) -> int:
    """Microseconds of one transfer: latency + 8 bytes / bandwidth."""
    return to_us(link["latency_us"] / 1000 + size * 8 / (link["gbps"] * 1e6))


def hop_usd(size: float, link: Json) -> float:
    """USD of one transfer."""
    return size / 1e9 * link["usd_per_gb"] + link["usd_per_transfer"]


class Crossings:
    """Which edges cross tiers, and over which link."""

    def __init__(self, m: Json) -> None:
        """Read the tiers of operators and the links between tiers."""
        self._tier: Mapping[str, str] = {o["id"]: o["tier"] for o in m["operators"]}
        self._links = {frozenset(link["between"]): link for link in m["links"]}

    def crosses(self, edge: Json) -> bool:
        """Whether an edge is an operand between two tiers."""
        return edge["kind"] == "data" and self._tier.get(edge["from"]) != self._tier.get(edge["to"])

    def link(self, edge: Json) -> Json | None:
        """The link that an edge crosses, if any."""
        ends = frozenset((self._tier.get(edge["from"], ""), self._tier.get(edge["to"], "")))
        return self._links.get(ends) if self.crosses(edge) else None


# --- money -----------------------------------------------------------------------------------------


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
    return operator["usd_per_call"] + operator["busy_s"] * pool["usd_per_hour"] / max(pool["replicas"], 1) / SECONDS_PER_HOUR


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
    tco = m["objective"] == "tco"
    expected = {
        "usd_per_1k_requests": per_1k if tco and rate is None else None,
        "usd_per_hour": per_1k / 1000 * rate * SECONDS_PER_HOUR if tco and rate is not None else None,
        "ms": totals["e2e_ms_p95"] if not tco else None,
    }
    for unit, value in expected.items():
        objective, bound = s[f"objective_{unit}"], s[f"bound_{unit}"]
        yield from differs(f"solver.objective_{unit}", objective, value)
        if (objective is None) != (bound is None):
            yield f"solver.bound_{unit} is {bound} beside an objective of {objective}"
        elif objective is not None:
            yield from _gap(s, objective, bound)


def _gap(s: Json, objective: float, bound: float) -> Iterator[str]:
    if bound > objective * (1 + RELATIVE) + 1e-9:
        yield f"the bound {bound:.12g} is above the objective {objective:.12g}"
    yield from differs("solver.gap", s["gap"], (objective - bound) / objective if objective else 0.0)
    if s["status"] == "optimal" and s["gap"] > RELATIVE:
        yield f"the plan is called optimal with a gap of {s['gap']:.2%}"
    if s["status"] == "infeasible":
        yield "the manifest holds a plan that the solver calls infeasible"


# --- time ------------------------------------------------------------------------------------------


def check_times(m: Json) -> Iterator[str]:
    """End to end, first token and time per token follow from structure, latencies and links."""
    p95, p50 = times_of(m, "latency_ms_p95"), times_of(m, "latency_ms", likeliest=True)
    totals, steps = m["totals"], m["structure"]
    for o in m["operators"]:
        if o["wait_ms_p95"] > o["latency_ms_p95"] + 1e-9 or o["latency_ms"] > o["latency_ms_p95"] + 1e-9:
            yield f"operator {o['id']}: its wait or its median exceeds its p95 latency"
    yield from differs("totals.e2e_ms_p95", totals["e2e_ms_p95"], p95.block(steps) / 1000)
    yield from differs("totals.e2e_ms_p50", totals["e2e_ms_p50"], p50.block(steps) / 1000)
    decodes = returned_decodes(m)
    roles = {o["id"]: o["op"] for o in m["operators"]}
    feeding = {e["from"] for e in m["edges"] if e["to"] in decodes and e["kind"] == "data"}
    prefills = sorted(i for i in feeding if roles.get(i) == "llm.prefill")
    ttft = max((p95.finish(steps, i) / 1000 for i in prefills), default=None)
    yield from differs("totals.ttft_ms_p95", totals["ttft_ms_p95"], ttft)
    per_token = [
        (o["latency_ms_p95"] - o["wait_ms_p95"]) / max(o["output_tokens"] or 1, 1)
        for o in m["operators"]
        if o["id"] in decodes
    ]
    yield from differs("totals.tpot_ms_p95", totals["tpot_ms_p95"], max(per_token, default=None))


def times_of(m: Json, latency: str, *, likeliest: bool = False) -> Times:
    """The schedule of a manifest by one of its latencies."""
    crossings = Crossings(m)
    links = [crossings.link(e) for e in m["edges"]]
    hops = [hop_us(e["bytes"], link) if link else 0 for e, link in zip(m["edges"], links, strict=True)]
    return Times(m["edges"], {o["id"]: to_us(o[latency]) for o in m["operators"]}, hops, likeliest)


def returned_decodes(m: Json) -> set[str]:
    """Decode operators whose text the agent returns, followed back through plain compute."""
    ops = {o["id"]: o["op"] for o in m["operators"]}
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(m["results"])
    while waiting:
        i = waiting.pop()
        if i in seen:
            continue
        seen.add(i)
        if ops[i] == "llm.decode":
            found.add(i)
        elif ops[i].startswith("agent."):
            waiting += [e["from"] for e in m["edges"] if e["to"] == i and e["kind"] == "data"]
    return found


def check_path(m: Json) -> Iterator[str]:
    """The critical path is one: operators one after another that by themselves take the whole time."""
    whole, steps, path = times_of(m, "latency_ms_p95"), m["structure"], m["critical_path"]
    end = whole.block(steps)
    if len(set(path)) != len(path) or not set(path) <= set(whole.latency_us):
        yield "the critical path repeats an operator or names an unknown one"
        return
    alone = whole.only({i: whole.latency_us[i] for i in path}, hops=True)
    if alone.block(steps) != end:
        yield f"the operators of the critical path take less than {end / 1000:g} ms by themselves"
    for i in path:
        longer = Times(whole.edges, {**whole.latency_us, i: whole.latency_us[i] + PROBE_US}, whole.hop_us)
        if longer.block(steps) - end < whole.only({i: PROBE_US}).block(steps) - ROUNDING_US:
            yield f"{i} is not on the critical path: it could take longer at no harm"
    for i, k in pairwise(path):
        probes = [whole.only(dict.fromkeys(ids, PROBE_US)).block(steps) for ids in ([i], [k], [i, k])]
        if probes[2] <= max(probes[:2]):
            yield f"{i} and {k} are neighbors on the critical path but run at the same time"
    order = [i for s in steps for i in inside(s)]
    if sorted(path, key=order.index) != path:
        yield "the critical path is not in the order of the structure"


def check_slo(m: Json) -> Iterator[str]:
    """Each limit is judged by the totals, and every hard one is met."""
    names = Counter(s["name"] for s in m["slo"])
    yield from (f"the limit {name} is listed {n} times" for name, n in names.items() if n > 1)
    for s in m["slo"]:
        if s["name"] not in m["totals"]:
            yield f"the limit {s['name']} is on nothing that the totals hold"
            continue
        yield from differs(f"value of the limit {s['name']}", s["value"], m["totals"][s["name"]])
        met = s["value"] <= s["limit"] + 1e-6
        if met != s["met"]:
            yield f"the limit {s['name']} of {s['limit']:g} is said to be {'met' if s['met'] else 'missed'}"
        if s["soft"] != (s["name"] == "e2e_ms_p95" and bool(m["soft_usd_per_ms"])):
            yield f"the limit {s['name']} is {'soft' if s['soft'] else 'hard'}, against soft_usd_per_ms"
        if not met and not s["soft"]:
            yield f"the limit {s['name']} of {s['limit']:g} is missed: {s['value']:g}"


def check_mode(m: Json) -> Iterator[str]:
    """A load makes a plan provisioned, none makes it metered; figures are finite and not negative."""
    if (m["mode"] == "provisioned") != (m["rate_per_s"] is not None):
        yield f"the plan is {m['mode']} with a load of {m['rate_per_s']}"
    for kind in ("operators", "pools", "transfers", "edges", "tiers", "links"):
        for record in m[kind]:
            for key, value in record.items():
                if isinstance(value, int | float) and not (isfinite(value) and value >= 0):
                    yield f"{key} of {kind} {record.get('id', '')} is {value}"
    yield from (f"link {link['id']} has no bandwidth" for link in m["links"] if link["gbps"] <= 0)


Checks = dict[str, "Callable[[Json], Iterator[str]]"]
FOUNDATIONS: Checks = {
    "mode": check_mode,
    "assignment": check_assignment,
    "visits": check_visits,
}
CHECKS: Checks = {
    "pools": check_pools,
    "fleet": check_fleet,
    "links": check_links,
    "transfers": check_transfers,
    "money": check_money,
    "times": check_times,
    "critical path": check_path,
    "limits": check_slo,
    "solver": check_solver,
}
