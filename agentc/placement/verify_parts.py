"""Checks of `verify` on who is where: operators, visits, pools, tiers, transfers, links.

Part of `verify`: shares no code with the rest of placement.
"""

from __future__ import annotations

from collections import Counter
from math import isclose, isfinite
from typing import TYPE_CHECKING, Any

from agentc.placement.verify_time import inside, to_us, visits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = Any
VERSION = "1"
RELATIVE = 1e-6
ON_THE_HOST = {"memory", "tool", "cpu"}
SERVABLE = {"prefill", "decode"}
ENCODERS = {"embed", "rerank"}
ITEMIZED = ON_THE_HOST | ENCODERS
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


def close(a: float, b: float) -> bool:
    """Whether two figures agree, the dust of rounding aside."""
    return isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-9)


def differs(what: str, stated: float | None, found: float | None) -> Iterator[str]:
    """Say that a stated figure is not the one recomputed."""
    if (stated is None) != (found is None):
        yield f"{what} is {stated}, recomputed {found}"
    elif stated is not None and found is not None and not close(stated, found):
        yield f"{what} is {stated:.12g}, recomputed {found:.12g}"


def check_mode(m: Json) -> Iterator[str]:
    """A load makes a plan provisioned, none makes it metered; figures are finite and not negative."""
    if m["agentc"] != VERSION:
        yield f"the manifest is of version {m['agentc']}, this reads {VERSION}"
    if (m["mode"] == "provisioned") != (m["rate_per_s"] is not None):
        yield f"the plan is {m['mode']} with a load of {m['rate_per_s']}"
    for kind in ("operators", "pools", "transfers", "edges", "tiers", "links", "constraints"):
        for record in m[kind]:
            for key, value in record.items():
                if isinstance(value, int | float) and not (isfinite(value) and value >= 0):
                    yield f"{key} of {kind} {record.get('id', '')} is {value}"
    yield from (f"link {link['id']} has no bandwidth" for link in m["links"] if link["gbps"] <= 0)


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
        if role != pool["role"] and role not in _guests(m, pool):
            yield f"operator {o['id']} ({o['op']}) cannot run on pool {pool['id']} of role {pool['role']}"
    yield from (f"result {i} is no operator" for i in m["results"] if i not in set(ids))


def _guests(m: Json, pool: Json) -> set[str]:
    """Roles that a pool serves beside its own."""
    if pool["role"] == "serve":
        return SERVABLE
    if pool["role"] != "cpu":
        return set()
    cpus = {t["name"] for t in m["tiers"] if t["kind"] == "cpu"}
    return ON_THE_HOST | ENCODERS if pool["tier"] in cpus else ON_THE_HOST


def check_visits(m: Json) -> Iterator[str]:
    """Expected visits follow from the structure: probabilities, trips, items."""
    expected = visits_of(m["structure"])
    for o in m["operators"]:
        yield from differs(f"visits of {o['id']}", o["visits"], expected.get(o["id"]))
    for e in m["edges"]:
        if expected.get(e["from"]) is None or expected.get(e["to"]) is None:
            yield f"edge {e['from']} -> {e['to']} has an end that is no operator"
        elif e["visits"] > expected[e["from"]] * (1 + RELATIVE) + 1e-9:
            name = f"edge {e['from']} -> {e['to']}"
            yield f"{name} is crossed {e['visits']:g} times, more often than it is written"


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
        yield from _held(m, p)
        yield from _load(m, p)


def _memory(pool: Json, tier: Json) -> Iterator[str]:
    per_device = tier["host_memory_gb" if pool["role"] in ON_THE_HOST else "memory_gb"]
    if per_device is None:
        return
    has = per_device * pool["devices"]
    if pool["memory_gb"] > has * (1 + RELATIVE):
        yield f"pool {pool['id']} needs {pool['memory_gb']:.1f} GB, its devices have {has:.1f} GB"


def _held(m: Json, pool: Json) -> Iterator[str]:
    """With a load: each model and store once, and the hungriest visit as often as visits run at once."""
    users = [o for o in m["operators"] if o["pool"] == pool["id"]]
    if pool["role"] not in ITEMIZED or m["rate_per_s"] is None or not users:
        return
    held: dict[str, float] = {}
    for o in users:
        if o["holds"] is not None:
            held[o["holds"]] = max(held.get(o["holds"], 0.0), o["holds_gb"])
    visits = pool["max_batch"] * max(o["visit_gb"] for o in users)
    yield from differs(f"memory_gb of pool {pool['id']}", pool["memory_gb"], sum(held.values()) + visits)


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
            yield from differs(
                f"usd_per_1k of {name}", t["usd_per_1k"], 1000 * t["visits"] * hop_usd(t["bytes"], link)
            )


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
