"""Seeded placement problems of any size: layered agents, random DAGs, fleets of small agents.

Every family comes metered (a request pays for what it uses; transfers cost money and time; the
end-to-end limit is tight) and provisioned (replicas by the hour on pools that all operators may
share, some tiers short of devices). Figures imitate agents: operators of five roles whose work is
lognormal, tiers whose price grows with their speed, links inside a site, between sites and between
providers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels.fleet import Link
from agentc.diagnostics import UNKNOWN
from agentc.ir.graph import Block, Edge, Graph, Operator, Slo, Task
from agentc.placement.evaluate import evaluate
from agentc.placement.problem import REPLICA_LOAD, Option, PoolTemplate, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

FAMILIES = ("layered", "dag", "fleet")
KINDS = ("llm.prefill", "llm.decode", "tool.compute", "llm.embed", "agent.compute")
SHARE = (0.22, 0.3, 0.18, 0.1, 0.2)
WORK_MS = (300.0, 3000.0, 700.0, 40.0, 25.0)
KB = (40.0, 4.0, 30.0, 6.0, 10.0)
TIGHT = 0.25
"""Where the limit is between the fastest plan's time (0) and the cheapest plan's (1)."""


@dataclass(frozen=True)
class Shape:
    """What the graph of an instance looks like: operators' kinds and edges (earlier, later).

    `copies` gives equal operators equal numbers: their figures are drawn once.
    """

    kinds: list[int]
    edges: list[tuple[int, int]]
    copies: list[int]


def layered(rng: np.random.Generator, n: int) -> Shape:
    """Layers of three to nine operators, each fed by one to three of the layer before."""
    edges: list[tuple[int, int]] = []
    before: range = range(0)
    start = 0
    while start < n:
        here = range(start, min(n, start + int(rng.integers(3, 10))))
        for j in here:
            if before:
                fed = rng.choice(before, size=min(len(before), int(rng.integers(1, 4))), replace=False)
                edges += [(int(i), j) for i in sorted(fed)]
        before, start = here, here.stop
    return Shape(_kinds(rng, n), edges, list(range(n)))


def dag(rng: np.random.Generator, n: int) -> Shape:
    """Each operator fed by one to three of the forty before it."""
    edges: list[tuple[int, int]] = []
    for j in range(1, n):
        window = range(max(0, j - 40), j)
        fed = rng.choice(window, size=min(len(window), int(rng.integers(1, 4))), replace=False)
        edges += [(int(i), j) for i in sorted(fed)]
    return Shape(_kinds(rng, n), edges, list(range(n)))


def fleet(rng: np.random.Generator, n: int) -> Shape:
    """Agents of four to fourteen operators, half of them copies of one of a few common agents."""
    common = [_small(rng) for _ in range(max(2, n // 60))]
    kinds: list[int] = []
    edges: list[tuple[int, int]] = []
    copies: list[int] = []
    first: dict[int, int] = {}
    while len(kinds) < n:
        which = int(rng.integers(len(common))) if rng.random() < 0.5 else -1
        inside, arcs = common[which] if which >= 0 else _small(rng)
        start, size = len(kinds), min(len(inside), n - len(kinds))
        origin = first.setdefault(which, start) if which >= 0 and size == len(inside) else start
        kinds += inside[:size]
        edges += [(start + i, start + j) for i, j in arcs if j < size]
        copies += [origin + k for k in range(size)]
    return Shape(kinds, edges, copies)


def _small(rng: np.random.Generator) -> tuple[list[int], list[tuple[int, int]]]:
    n = int(rng.integers(4, 15))
    arcs = [(int(rng.integers(max(0, j - 3), j)), j) for j in range(1, n)]
    arcs += [(i, j) for j in range(2, n) for i in range(j) if rng.random() < 0.5 / j and (i, j) not in arcs]
    return _kinds(rng, n), arcs


def _kinds(rng: np.random.Generator, n: int) -> list[int]:
    return [int(k) for k in rng.choice(len(KINDS), size=n, p=SHARE)]


SHAPES = {"layered": layered, "dag": dag, "fleet": fleet}


@dataclass(frozen=True)
class Market:
    """Tiers by number: relative speed and USD an hour, site, and how well each suits each role."""

    speed: np.ndarray
    usd_per_hour: np.ndarray
    site: np.ndarray
    suits: np.ndarray

    @property
    def tiers(self) -> int:
        """How many."""
        return len(self.speed)


def market(rng: np.random.Generator, tiers: int, sites: int = 2) -> Market:
    """Faster tiers cost more, a little over proportionally; each role suits some better."""
    speed = np.exp(rng.uniform(np.log(0.3), np.log(4.0), tiers))
    usd = 2.0 * speed**1.25 * np.exp(rng.normal(0, 0.25, tiers))
    site = rng.integers(0, sites, tiers)
    return Market(speed, usd, site, np.exp(rng.normal(0, 0.35, (len(KINDS), tiers))))


def links_of(m: Market, gbps: float = 100.0) -> dict[tuple[str, str], Link]:
    """`gbps` and free inside a site; 5 Gbit/s, 15 ms and 0.05 USD a GB between sites."""
    found: dict[tuple[str, str], Link] = {}
    for a, b in permutations(range(m.tiers), 2):
        name = f"t{min(a, b)}-t{max(a, b)}"
        near = m.site[a] == m.site[b]
        found[f"t{a}", f"t{b}"] = (
            Link(name, gbps, 50.0) if near else Link(name, 5.0, 15_000.0 + 1000.0 * ((a * b) % 7), 0.05, 0.0)
        )
    return found


def graph_of(rng: np.random.Generator, shape: Shape, *, kv_mb: float, rate: float | None) -> Graph:
    """Operators and edges; a prefill that feeds a decode hands over its KV cache."""
    size = KB_SCALE(rng, shape)
    operators = {
        f"op{i}": Operator(
            f"op{i}", KINDS[k], {"output_tokens": 300} if k == 1 else {}, UNKNOWN, 1.0, int(size[i])
        )
        for i, k in enumerate(shape.kinds)
    }
    edges: list[Edge] = []
    for i, j in shape.edges:
        carries_kv = shape.kinds[i] == 0 and shape.kinds[j] == 1
        edges.append(Edge(f"op{i}", f"op{j}", int(kv_mb * 1e6) if carries_kv else int(size[i])))
    root = Block(tuple(Task(i) for i in operators))
    return Graph("scale", operators, tuple(edges), root, (), Slo(), rate)


def KB_SCALE(rng: np.random.Generator, shape: Shape) -> np.ndarray:  # noqa: N802 (kilobytes)
    """Bytes of each operator's result."""
    drawn = np.array([KB[k] for k in shape.kinds]) * 1000 * np.exp(rng.normal(0, 0.7, len(shape.kinds)))
    return drawn[shape.copies]


def _work_ms(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    drawn = np.array([WORK_MS[k] for k in shape.kinds]) * np.exp(rng.normal(0, 0.8, len(shape.kinds)))
    return drawn[shape.copies]


def metered(family: str, n: int, tiers: int = 8, *, seed: int = 0, tight: float | None = TIGHT) -> Problem:
    """A metered problem with transfers and a limit; one or two degrees of parallelism a tier."""
    rng = np.random.default_rng([seed, n, tiers, FAMILIES.index(family)])
    shape, m = SHAPES[family](rng, n), market(rng, tiers)
    graph = graph_of(rng, shape, kv_mb=120.0, rate=None)
    pools = {
        f"t{j}/tp{tp}": PoolTemplate(f"t{j}/tp{tp}", f"t{j}", "serve", tp=tp, usd_per_hour=m.usd_per_hour[j])
        for j in range(tiers)
        for tp in (1, 2)
    }
    work = _work_ms(rng, shape)
    noise = np.exp(rng.normal(0, 0.15, (n, tiers)))[shape.copies]
    wide = rng.uniform(1.4, 1.9, (n, tiers))[shape.copies]
    options: dict[str, tuple[Option, ...]] = {}
    for i, k in enumerate(shape.kinds):
        ms = work[i] / (m.speed * m.suits[k]) * noise[i]
        mine: list[Option] = []
        for j in range(tiers):
            for tp in (1, 2) if k < 2 else (1,):
                took = float(ms[j] if tp == 1 else ms[j] / wide[i, j])
                usd = float(took * tp * m.usd_per_hour[j] / 3.6e6)
                us = int(took * 1000)
                mine.append(Option(f"op{i}", f"t{j}/tp{tp}", us, us, usd_per_visit=usd))
        options[f"op{i}"] = tuple(mine)
    counts = dict.fromkeys((f"t{j}" for j in range(tiers)), None)
    return with_limit(Problem(graph, counts, pools, options, links_of(m)), tight)


def provisioned(
    family: str,
    n: int,
    pools: int = 40,
    *,
    tiers: int | None = None,
    seed: int = 0,
    tight: float | None = 1.0,
    load: float = 1.0,
    sites: int = 1,
) -> Problem:
    """A provisioned problem: every pool takes nearly every operator; a third of the tiers are short.

    `load`: replicas that an average operator keeps busy on a device of speed 1. `sites`: more than one
    makes transfers between them cost money; inside a site they only take time.
    """
    tiers = tiers or max(4, pools // 5)
    rng = np.random.default_rng([seed, n, pools, 10 + FAMILIES.index(family)])
    shape, m = SHAPES[family](rng, n), market(rng, tiers, sites)
    rate = 1000.0 * load / float(np.dot(SHARE, WORK_MS))
    graph = graph_of(rng, shape, kv_mb=20.0, rate=rate)
    tier = np.arange(pools) % tiers
    tp = rng.choice([1, 2, 4], pools)
    batch = rng.choice([1.0, 1.5, 2.0], pools)
    speed = m.speed[tier] * tp**0.85
    templates = {
        f"p{p}": PoolTemplate(
            f"p{p}",
            f"t{tier[p]}",
            "serve",
            tp=int(tp[p]),
            usd_per_hour=float(m.usd_per_hour[tier[p]] * tp[p]),
            capacity=int(rng.choice([0.7, 0.8, 0.9]) * REPLICA_LOAD),
            min_replicas=int(rng.choice([1, 1, 2])),
        )
        for p in range(pools)
    }
    work = _work_ms(rng, shape)
    noise = np.exp(rng.normal(0, 0.2, (n, pools)))[shape.copies]
    usable = (rng.random((n, pools)) < 0.9)[shape.copies]
    options: dict[str, tuple[Option, ...]] = {}
    for i, k in enumerate(shape.kinds):
        ms = work[i] / (speed * m.suits[k][tier]) * noise[i]
        mine = [p for p in range(pools) if usable[i, p]] or [0]
        options[f"op{i}"] = tuple(
            Option(
                f"op{i}",
                f"p{p}",
                int(ms[p] * batch[p] * 1000),
                int(ms[p] * batch[p] * 1250),
                int(ms[p] * batch[p] * 250),
                busy_s=float(ms[p] / 1000),
            )
            for p in mine
        )
    counts: dict[str, int | None] = {f"t{j}": None for j in range(tiers)}
    for j in range(0, tiers, 3):
        counts[f"t{j}"] = max(2, int(n * load / tiers))
    fabric = max(100.0, float(n))  # tiers of hundreds of devices have more than one cable
    return with_limit(Problem(graph, counts, templates, options, links_of(m, fabric)), tight)


def with_limit(problem: Problem, tight: float | None) -> Problem:
    """State an end-to-end limit `tight` of the way from the fastest to the cheapest plan's time."""
    if tight is None:
        return problem
    fast, cheap = time_us(problem, fastest(problem)), time_us(problem, cheapest(problem))
    slo = Slo(e2e_ms_p95=(fast + tight * max(cheap - fast, 0.1 * fast)) / 1000)
    return replace(problem, graph=replace(problem.graph, slo=slo))


def cheapest(problem: Problem) -> dict[str, str]:
    """Each operator where it alone costs least."""
    return {i: min(options, key=lambda o: price(problem, o)).pool for i, options in problem.options.items()}


def fastest(problem: Problem) -> dict[str, str]:
    """Each operator where it alone takes least, on the tier that serves all of them fastest."""

    def us(i: str, tier: str) -> int:
        return min(
            (o.latency_p95_us for o in problem.options[i] if problem.pools[o.pool].tier == tier),
            default=10**9,
        )

    best = min(problem.counts, key=lambda t: sum(us(i, t) for i in problem.options))
    return {
        i: min(options, key=lambda o: (problem.pools[o.pool].tier != best, o.latency_p95_us)).pool
        for i, options in problem.options.items()
    }


def price(problem: Problem, option: Option) -> float:
    """An option's money, its share of replicas included."""
    hours = (
        problem.pools[option.pool].usd_per_hour * problem.load(option) / problem.pools[option.pool].capacity
    )
    return problem.requests * option.usd_per_visit + (hours if problem.provisioned else 0.0)


def time_us(problem: Problem, assignment: Mapping[str, str]) -> int:
    """End-to-end time of an assignment, without pricing it."""
    from agentc.placement.timeline import MomentClock, Timeline

    us = {i: problem.option(i, p).latency_p95_us for i, p in assignment.items()}
    tiers = {i: problem.pools[p].tier for i, p in assignment.items()}
    hops = [problem.hop(e, tiers[e.src], tiers[e.dst]) for e in problem.graph.edges]
    return Timeline(problem.frame, MomentClock(us, [h.us if h else 0 for h in hops], 95)).total().us


def check(problem: Problem) -> bool:
    """Whether the fastest plan keeps the limit, so that the instance has a plan (devices aside)."""
    return evaluate(problem, fastest(problem)).feasible
