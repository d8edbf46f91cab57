"""Checks of `verify` on rules: where operators may run, replicas, the budget, availability.

Part of `verify`: shares no code with the rest of placement.
"""

from __future__ import annotations

from collections import Counter
from math import comb, exp, log
from typing import TYPE_CHECKING, Any

from agentc.placement.verify_parts import RELATIVE, differs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = Any
KINDS = ("tiers", "together", "apart", "kv", "max_replicas", "min_replicas", "budget", "availability")
AT_LEAST = {"min_replicas", "availability"}
FIXED = {"tiers": 0, "together": 1, "apart": 1, "kv": 0}
MERCY = 1e-8


def check_rules(m: Json) -> Iterator[str]:
    """Every rule is kept, and says of the plan what the plan is."""
    operators = {o["id"]: o for o in m["operators"]}
    names = Counter(c["name"] for c in m["constraints"])
    yield from (f"the rule {name} is listed {n} times" for name, n in names.items() if n > 1)
    for c in m["constraints"]:
        if c["kind"] not in KINDS:
            yield f"the rule {c['name']} is of the unknown kind {c['kind']}"
        elif not set(c["operators"]) <= set(operators):
            yield f"the rule {c['name']} names an operator that is not placed"
        else:
            yield from _kept(m, c, _value(m, c, [operators[i] for i in c["operators"]]))
    yield from _availability(m)


def _kept(m: Json, rule: Json, value: float | None) -> Iterator[str]:
    name, limit = rule["name"], rule["limit"]
    yield from differs(f"value of the rule {name}", rule["value"], value)
    if rule["kind"] in FIXED and limit != FIXED[rule["kind"]]:
        yield f"the rule {name} has a limit of {limit:g} in place of {FIXED[rule['kind']]}"
    if value is None:
        return
    over = limit - value if rule["kind"] in AT_LEAST else value - limit
    if over > MERCY + RELATIVE * abs(limit) * (rule["kind"] == "budget"):
        yield f"the rule {name} of {limit:g} is broken: {value:g}"
    if rule["kind"] == "tiers" and not set(rule["tiers"]) <= {t["name"] for t in m["tiers"]}:
        yield f"the rule {name} allows a tier that does not exist"


def _value(m: Json, rule: Json, operators: Sequence[Json]) -> float | None:
    """What the plan makes of a rule."""
    tiers = [o["tier"] for o in operators]
    pools = {p["id"]: p for p in m["pools"]}
    replicas = [pools[o["pool"]]["replicas"] for o in operators if o["pool"] in pools]
    found: dict[str, Any] = {
        "tiers": lambda: sum(t not in rule["tiers"] for t in tiers),
        "together": lambda: len(set(tiers)),
        "apart": lambda: max(Counter(tiers).values()),
        "kv": lambda: int(list(tiers) in [list(pair) for pair in rule["refused"]]),
        "max_replicas": lambda: max(replicas),
        "min_replicas": lambda: min(replicas),
        "budget": lambda: m["totals"]["usd_per_hour"],
        "availability": lambda: works(m),
    }
    return found[rule["kind"]]()


def works(m: Json) -> float:
    """The share of time that no pool lacks a replica that it needs; replicas fail on their own."""
    tiers = {t["name"]: t for t in m["tiers"]}
    lost = 0.0
    for p in m["pools"]:
        up, n = tiers[p["tier"]]["up"], p["replicas"]
        chance = sum(comb(n, k) * (1 - up) ** k * up ** (n - k) for k in range(n - p["needed"] + 1))
        lost -= log(max(min(chance, 1.0), 1e-300))
    return exp(-lost)


def _availability(m: Json) -> Iterator[str]:
    """Replicas that are needed are there; what the totals say of availability is true."""
    for p in m["pools"]:
        if not 1 <= p["needed"] <= p["replicas"]:
            yield f"pool {p['id']} needs {p['needed']} replicas and has {p['replicas']}"
            return
        if m["rate_per_s"] is not None:
            users = [o for o in m["operators"] if o["pool"] == p["id"]]
            load = m["rate_per_s"] * sum(o["visits"] * o["busy_s"] for o in users)
            if load > p["needed"] * (1 + RELATIVE):
                yield f"pool {p['id']} needs more than {p['needed']} replicas for its load of {load:.3g}"
    for t in m["tiers"]:
        if not 0 < t["up"] <= 1:
            yield f"tier {t['name']} is up {t['up']:g} of the time"
            return
    demanded = any(c["kind"] == "availability" for c in m["constraints"])
    yield from differs("totals.availability", m["totals"]["availability"], works(m) if demanded else None)
