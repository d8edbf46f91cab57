"""Random small agents on random small fleets, as plain dicts that a brute force can read by itself.

Times are whole microseconds, money whole millionths of a USD and visits whole thousandths, so that
every total is exact and can be compared digit for digit.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from agentc.costmodels.fleet import Fleet, Link, Profile, Tier
from agentc.diagnostics import UNKNOWN
from agentc.ir.graph import Block, Branch, Edge, Graph, Loop, Map, Operator, Slo, Task
from agentc.placement.problem import Option, PoolTemplate, Problem

KINDS = ["agent.compute", "llm.prefill", "llm.decode", "tool.compute"]


@dataclass
class Instance:
    """One random problem in plain words.

    `options[i]` maps a pool's name to (p95 us, millionths of a USD a visit, busy ms). `structure` is
    nested lists: an int is an operator, ("branch", [(probability, block)...]), ("loop", test, body,
    trips in thousandths), ("map", body, items, width). `edges` are (src, dst, hop scale, visits in
    thousandths, carried). A hop over link l takes link_us[l] * scale and costs link_usd[l] * scale.
    """

    kinds: list[str] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)
    tiers: list[str] = field(default_factory=list)
    counts: dict[str, int | None] = field(default_factory=dict)
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)
    options: list[dict[str, tuple[int, int, int]]] = field(default_factory=list)
    links: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    edges: list[tuple[int, int, int, int, bool]] = field(default_factory=list)
    structure: list[Any] = field(default_factory=list)
    e2e_us: int | None = None
    soft: int = 0
    rate: int | None = None


def make_instance(seed: int, *, provisioned: bool = False) -> Instance:
    rng = random.Random(seed)
    found = Instance()
    n = rng.randint(2, 5 if provisioned else 8)
    found.kinds = [rng.choice(KINDS) for _ in range(n)]
    found.visits = [1000] * n
    found.tiers = [f"t{j}" for j in range(rng.randint(2, 4))]
    for a in found.tiers:
        for b in found.tiers:
            if a < b:
                found.links[a, b] = (rng.randint(0, 20_000), rng.choice([0, rng.randint(0, 5000)]))
    _pools(found, rng, provisioned=provisioned)
    shaped = rng.random() < 0.45
    _structure(found, rng, n, shaped=shaped)
    _edges(found, rng)
    _limits(found, rng, provisioned=provisioned)
    return found


def _pools(found: Instance, rng: random.Random, *, provisioned: bool) -> None:
    for tier in found.tiers:
        found.counts[tier] = rng.choice([None, 2, 4, 6]) if provisioned else None
        for k in range(rng.randint(1, 2) if provisioned else 1):
            found.pools[f"{tier}.{k}"] = {
                "tier": tier,
                "tp": rng.choice([1, 2]) if provisioned else 1,
                "usd_per_hour": rng.randint(100_000, 5_000_000),
                "capacity": rng.choice([500_000_000, 800_000_000, 1_000_000_000]),
                "min_replicas": rng.choice([1, 1, 2]) if provisioned else 1,
            }
    for _ in found.kinds:
        usable = [p for p in found.pools if rng.random() < 0.85] or [rng.choice(list(found.pools))]
        found.options.append(
            {p: (rng.randint(0, 100_000), rng.randint(0, 90_000), rng.randint(0, 400)) for p in usable}
        )


def _structure(found: Instance, rng: random.Random, n: int, *, shaped: bool) -> None:
    waiting = list(range(n))
    while waiting:
        if not shaped or len(waiting) < 2 or rng.random() < 0.4:
            found.structure.append(waiting.pop(0))
            continue
        inner = [waiting.pop(0) for _ in range(rng.randint(1, min(4, len(waiting))))]
        found.structure.append(_construct(found, rng, inner))


def _construct(found: Instance, rng: random.Random, inner: list[int]) -> tuple[Any, ...]:
    cut = rng.randint(0, len(inner))
    kind = rng.choice(["branch", "loop", "map"])
    if kind == "branch":
        p = rng.choice([0, 250, 500, 1000])
        _scale(found, inner[:cut], p)
        _scale(found, inner[cut:], 1000 - p)
        return ("branch", [(p / 1000, inner[:cut]), (1 - p / 1000, inner[cut:])])
    if kind == "loop":
        trips = rng.choice([500, 1000, 2500, 3333])
        _scale(found, inner[:cut], trips + 1000)
        _scale(found, inner[cut:], trips)
        return ("loop", inner[:cut], inner[cut:], trips)
    items, width = rng.randint(1, 7), rng.randint(1, 3)
    _scale(found, inner, items * 1000)
    return ("map", inner, items, width)


def _scale(found: Instance, inner: list[int], thousandths: int) -> None:
    for i in inner:
        found.visits[i] = thousandths


def members(step) -> list[int]:
    if isinstance(step, int):
        return [step]
    return [i for block in regions(step) for s in block for i in members(s)]


def regions(step) -> list[list[Any]]:
    if step[0] == "branch":
        return [b for _, b in step[1]]
    return [step[1], step[2]] if step[0] == "loop" else [step[1]]


def _edges(found: Instance, rng: random.Random) -> None:
    n = len(found.kinds)
    apart = {
        (i, j)
        for s in found.structure
        if s.__class__ is tuple and s[0] == "branch"
        for i in regions(s)[0]
        for j in regions(s)[1]
    }
    for j in range(1, n):
        for i in range(j):
            if rng.random() < 0.5 and (i, j) not in apart:
                visits = min(found.visits[i], found.visits[j])
                found.edges += [(i, j, rng.randint(1, 3), visits, False)] * rng.choice([1, 1, 1, 2])
    for step in found.structure:
        if isinstance(step, tuple) and step[0] == "loop" and rng.random() < 0.7:
            i, j = rng.choice(members(step)), rng.choice(members(step))
            found.edges.append((i, j, rng.randint(1, 3), step[3], True))


def _limits(found: Instance, rng: random.Random, *, provisioned: bool) -> None:
    if rng.random() < 0.8:
        slowest = [
            max(us for us, _, _ in o.values()) * v // 1000
            for o, v in zip(found.options, found.visits, strict=True)
        ]
        found.e2e_us = int(sum(slowest) * rng.uniform(0.1, 0.9))
        found.soft = rng.choice([0, 0, 0, 50, 800])
    if provisioned:
        found.rate = rng.randint(1, 12)


# --- the same instance as agentc's own data ---------------------------------------------------------


def problem_of(found: Instance) -> Problem:
    operators = {
        f"op{i}": Operator(f"op{i}", kind, {"output_tokens": 10}, UNKNOWN, found.visits[i] / 1000)
        for i, kind in enumerate(found.kinds)
    }
    edges = tuple(Edge(f"op{i}", f"op{j}", 10**9 * s, v / 1000, "data", c) for i, j, s, v, c in found.edges)
    slo = Slo(
        e2e_ms_p95=None if found.e2e_us is None else found.e2e_us / 1000,
        soft_usd_per_ms=found.soft / 1e6 or None,
    )
    graph = Graph("random", operators, edges, block_of(found.structure), (), slo, found.rate)
    pools = {
        name: PoolTemplate(
            name,
            p["tier"],
            "serve",
            tp=p["tp"],
            usd_per_hour=p["usd_per_hour"] / 1e6,
            capacity=p["capacity"],
            min_replicas=p["min_replicas"],
        )
        for name, p in found.pools.items()
    }
    options = {
        f"op{i}": tuple(
            Option(f"op{i}", p, us // 2, us, busy_s=busy_ms / 1000, usd_per_visit=usd / 1e6)
            for p, (us, usd, busy_ms) in options.items()
        )
        for i, options in enumerate(found.options)
    }
    return Problem(graph, found.counts, pools, options, links_of(found))


def links_of(found: Instance) -> dict[tuple[str, str], Link]:
    """A link whose hop takes `us` and costs `usd` for each GB: 8e6/us Gbit/s move 1 GB in us."""
    links = {}
    for (a, b), (us, usd) in found.links.items():
        gbps = 8e6 / us if us else 1e18
        links[a, b] = links[b, a] = Link(
            id=f"{a}-{b}", gbps=gbps, latency_us=0.0, usd_per_gb=usd / 1e6, usd_per_transfer=0.0
        )
    return links


def fleet_of(found: Instance) -> Fleet:
    """A metered instance as a fleet of tiers with a profile of each operator that may run there."""
    tiers = []
    for tier in found.tiers:
        here = {f"op{i}": o[f"{tier}.0"] for i, o in enumerate(found.options) if f"{tier}.0" in o}
        profile = {i: Profile(us // 2 / 1000, us / 1000, usd / 1e6) for i, (us, usd, _) in here.items()}
        tiers.append(Tier(tier, None, None, 0.0, 0.0, "unstated", "", "", UNKNOWN, profile))
    links = {frozenset(ends): link for ends, link in links_of(found).items()}
    return Fleet("random", tuple(tiers), links, "")


def block_of(block) -> Block:
    return Block(tuple(step_of(s) for s in block))


def step_of(step):
    if isinstance(step, int):
        return Task(f"op{step}")
    name = f"{step[0]}_{members(step)[0]}"
    if step[0] == "branch":
        return Branch(name, tuple(block_of(b) for _, b in step[1]), tuple(p for p, _ in step[1]))
    if step[0] == "loop":
        return Loop(name, block_of(step[1]), block_of(step[2]), step[3] / 1000, 10)
    return Map(name, block_of(step[1]), float(step[2]), step[3])


@pytest.fixture
def instances():
    """(make_instance, problem_of)."""
    return make_instance, problem_of


@pytest.fixture
def as_fleet():
    """Turn a metered instance into a fleet."""
    return fleet_of
