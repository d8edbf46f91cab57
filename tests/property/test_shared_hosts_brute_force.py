"""Operators that share hosts: the plan costs what the best of all groupings costs.

The brute force goes over every way to put an agent's tools, stores, functions and encoders into
groups, every tier for each group and every number of replicas, and prices them with formulas of its
own over the cost models' idle figures.
"""

from __future__ import annotations

import random
from itertools import pairwise, product
from math import ceil, floor, inf

import pytest

from agentc.costmodels.estimate import estimate
from agentc.costmodels.fleet import read_fleet
from agentc.costmodels.host import share_of_host
from agentc.costmodels.queueing import wait_quantile_ms
from agentc.costmodels.results import Refusal
from agentc.costmodels.retrieval import held_bytes
from agentc.costmodels.transfer import transfer_ms
from agentc.diagnostics import UNKNOWN, Infeasible
from agentc.ir.graph import Block, Edge, Graph, Operator, Slo, Task
from agentc.placement import place
from agentc.placement.verify import verify_manifest
from agentc.plan import to_json

INSTANCES = 40
KINDS = ["lookup", "tool", "slow_tool", "hungry_tool", "function", "embed"]
FULLEST = 0.95


def make_agent(seed):
    """A chain of host operators with a load, and sometimes a limit."""
    rng = random.Random(seed)
    kinds = [rng.choice(KINDS) for _ in range(rng.randint(2, 4))]
    operators = [make_operator(rng, f"op{i}", kind) for i, kind in enumerate(kinds)]
    edges = tuple(Edge(a.id, b.id, a.bytes) for a, b in pairwise(operators))
    slowest = sum(float(o.attrs.get("latency_ms_p95", 40.0)) for o in operators)
    limit = rng.choice([None, round(slowest * rng.uniform(0.5, 3.0), 3)])
    rate = rng.choice([0.5, 3.0, 20.0, 90.0])
    root = Block(tuple(Task(o.id) for o in operators))
    by_id = {o.id: o for o in operators}
    return Graph("chain", by_id, edges, root, (), Slo(e2e_ms_p95=limit), rate)


def make_operator(rng, id, kind):
    op, attrs = {
        "lookup": ("memory.lookup", {"store": rng.choice("ab"), "k": 3, "vectors": 200_000, "dim": 768}),
        "tool": ("tool.compute", tool(20.0, 60.0, 1.0, 256.0)),
        "slow_tool": ("tool.compute", tool(300.0, 900.0, 0.25, 100.0)),
        "hungry_tool": ("tool.compute", tool(20.0, 30.0, 0.5, rng.choice([3000.0, 9000.0, 15000.0]))),
        "function": ("agent.compute", {"cpu_ms": 4.0}),
        "embed": ("llm.embed", {"model": "minilm-l6-v2", "input_tokens": 64}),
    }[kind]
    return Operator(id, op, attrs, UNKNOWN, 1.0, rng.randint(100, 100_000))


def tool(p50, p95, cpu, memory_mb):
    return {"latency_ms_p50": p50, "latency_ms_p95": p95, "cpu": cpu, "memory_mb": memory_mb,
            "usd_per_call": 0.0, "tool": "t"}  # fmt: skip


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """Two kinds of CPU machines, and an accelerator with a small share of a host."""
    path = tmp_path_factory.mktemp("fleet") / "fleet.yaml"
    path.write_text(
        "tiers:\n"
        "  - {name: wide, device: m7i.2xlarge, usd_per_hour: 0.4}\n"
        "  - {name: slim, count: 3, usd_per_hour: 0.15,\n"
        "     specs: {kind: cpu, memory_gb: 10, bandwidth_gbs: 20, bf16_tflops: 2, host_vcpus: 4}}\n"
        "  - {name: card, device: L4, count: 4, usd_per_hour: 0.7}\n"
        "defaults: {link_gbps: 10, link_latency_us: 300}\n"
    )
    return read_fleet(path)


# --- brute force ------------------------------------------------------------------------------------


def groupings(items):
    """All partitions of a list."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for smaller in groupings(rest):
        yield [[first], *smaller]
        for k in range(len(smaller)):
            yield [*smaller[:k], [first, *smaller[k]], *smaller[k + 1 :]]


def ways(group, tier, rate):
    """(USD an hour, devices, p95 by operator in us) of a group on a tier, in every number of replicas."""
    encoders = [o for o in group if o.op == "llm.embed"]
    mixed = len({(o.role, o.model) for o in group}) > 1
    if encoders and mixed and tier.device.kind != "cpu":
        return []
    batches = [1, 2, 4, 8, 16, 32] if encoders and not mixed else [1]
    return [way for batch in batches for way in sized(group, tier, rate, batch)]


def sized(group, tier, rate, batch):
    found = {o.id: estimate(o, tier, batch=batch) for o in group}
    idle = {i: e for i, e in found.items() if not isinstance(e, Refusal)}
    if len(idle) < len(found):
        return
    room = tier.device.host_memory_gb if group[0].op != "llm.embed" or len(group) > 1 else inf
    held = {o.attrs.get("store") or o.model: idle[o.id].memory_gb for o in group if o.op != "tool.compute"}
    visit = max([idle[o.id].memory_gb for o in group if o.op == "tool.compute"], default=0.0)
    share = {o.id: share_of(o, tier.device) for o in group}
    at_once = floor(1 / min(share.values()) + 1e-6)
    fit = floor((room - sum(held.values())) / visit + 1e-6) if visit else at_once
    if fit < 1 or sum(held.values()) > room:
        return
    busy = {i: e.busy_s * (max(1.0, 1 / (fit * share[i])) if fit < at_once else 1) for i, e in idle.items()}
    load = sum(rate * b for b in busy.values())
    slots = max(1, min(floor(us(idle[i].latency_ms) / 1e6 / b + 0.01) for i, b in busy.items()))
    service = slots * max(busy.values())
    least = max(1, ceil(load / FULLEST))
    for n in range(least, least + 8):
        wait = us(wait_quantile_ms(n * slots, load * slots / service, service, 0.95))
        yield n * tier.usd_per_hour, n, {i: us(e.latency_ms_p95) + wait for i, e in idle.items()}


def share_of(operator, device):
    share = 1.0 if operator.op == "llm.embed" else share_of_host(operator, device)
    assert not isinstance(share, Refusal)
    return share


def us(ms):
    return floor(ms * 1000 + 0.5)


def least_usd(graph, fleet):
    """The cheapest plan's USD an hour; infinite when none keeps the limit."""
    operators, best = list(graph.operators.values()), inf
    table = {}
    for grouping in groupings(operators):
        for tiers in product(fleet.tiers, repeat=len(grouping)):
            rows = []
            for group, tier in zip(grouping, tiers, strict=True):
                key = (tuple(o.id for o in group), tier.name)
                if key not in table:
                    table[key] = list(ways(group, tier, graph.rate_per_s))
                rows.append(table[key])
            home = {o.id: t for g, t in zip(grouping, tiers, strict=True) for o in g}
            hops = sum(hop_us(e, home, fleet) for e in graph.edges)
            for chosen in product(*rows):
                usd = sum(c[0] for c in chosen)
                if usd < best - 1e-12 and kept(graph, fleet, tiers, chosen, hops):
                    best = usd
    return best


def kept(graph, fleet, tiers, chosen, hops):
    for tier in fleet.tiers:
        used = sum(c[1] for c, t in zip(chosen, tiers, strict=True) if t is tier)
        if tier.count is not None and used > tier.count:
            return False
    limit = graph.slo.e2e_ms_p95
    return limit is None or hops + sum(t for c in chosen for t in c[2].values()) <= limit * 1000 + 1e-3


def hop_us(edge, home, fleet):
    a, b = home[edge.src], home[edge.dst]
    return 0 if a is b else us(transfer_ms(edge.bytes, fleet.link(a.name, b.name)))


# --- tests ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(INSTANCES))
def test_shared_hosts_cost_the_least_there_is(seed, fleet):
    graph = make_agent(seed)
    least = least_usd(graph, fleet)
    if least == inf:
        with pytest.raises(Infeasible):
            place(graph, fleet)
        return
    plan = place(graph, fleet)
    assert plan.totals.usd_per_hour == pytest.approx(least, rel=1e-9)
    assert verify_manifest(to_json(plan)) == []


def test_the_instances_share_and_keep_apart(fleet):
    plans = []
    for seed in range(INSTANCES):
        try:
            plans.append(place(make_agent(seed), fleet))
        except Infeasible:
            plans.append(None)
    found = [p for p in plans if p]
    assert len(found) < INSTANCES
    shared = [
        {o.op for o in p.operators if o.pool == q.id} for p in found for q in p.pools if q.role == "cpu"
    ]
    assert sum(len(ops) > 1 for ops in shared) > 10
    assert any("llm.embed" in ops for ops in shared)
    assert any(len(p.pools) > 1 for p in found)


def test_a_store_is_held_once_and_each_visit_takes_its_own(fleet):
    lookup = {"store": "a", "k": 3, "vectors": 1_000_000, "dim": 768}
    operators = [
        Operator("one", "memory.lookup", lookup, UNKNOWN, 1.0, 10),
        Operator("two", "memory.lookup", lookup, UNKNOWN, 1.0, 10),
        Operator("tool", "tool.compute", tool(20.0, 30.0, 1.0, 4000.0), UNKNOWN, 1.0, 10),
    ]
    graph = Graph("g", {o.id: o for o in operators}, (), Block(tuple(Task(o.id) for o in operators)), (),
                  Slo(), 0.5)  # fmt: skip
    plan = place(graph, fleet)
    (pool,) = plan.pools
    index_gb = held_bytes(1_000_000, 768, fleet.tier(pool.tier).device.host_bandwidth_gbs) / 1e9
    host_gb = 32.0 if pool.tier == "wide" else 10.0
    at_once = min(8 if pool.tier == "wide" else 4, floor((host_gb - index_gb) / 4.0))
    assert pool.max_batch == at_once
    assert pool.memory_gb == pytest.approx(index_gb + at_once * 4.0)
    assert {o.id: (o.holds, o.visit_gb) for o in plan.operators} == {
        "one": ("a", 0.0), "two": ("a", 0.0), "tool": (None, 4.0)
    }  # fmt: skip
