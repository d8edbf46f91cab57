"""Small agents and fleets as plain data, and plans of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agentc.costmodels.fleet import read_fleet
from agentc.diagnostics import Location
from agentc.ir.graph import Block, Branch, Edge, Graph, Loop, Map, Operator, Slo, Task

HERE = Location("agent.py", 3, 1)
LLAMA: dict[str, Any] = {"model": "llama-3.1-8b", "precision": "bf16"}

PAPER_FLEET = """
fleet: paper
tiers:
  - {name: HP, profile: {prefill: {latency_ms: 80, usd: 0.08}, decode: {latency_ms: 25, usd: 0.03}}}
  - {name: CO, profile: {prefill: {latency_ms: 130, usd: 0.05}, decode: {latency_ms: 30, usd: 0.01}}}
links:
  - {between: [HP, CO], gbps: 100, latency_us: 0, usd_per_gb: 0.04}
"""

MIXED_FLEET = """
fleet: mixed
tiers:
  - {name: big, device: H100-SXM, count: 8, usd_per_hour: 2.95}
  - {name: small, device: L4, count: 16, usd_per_hour: 0.8}
  - {name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4}
links:
  - {between: [big, cpu], gbps: 25, latency_us: 100, usd_per_gb: 0.01}
  - {between: [big, small], gbps: 50, latency_us: 100, usd_per_gb: 0.02}
"""


def op(id, kind, *, visits=1.0, size=400, line=5, **attrs):
    return Operator(id, kind, attrs, replace(HERE, line=line), visits, size)


def make_graph(operators, edges, *, root=None, results=(), slo=None, rate=None):
    """A graph; edges are (src, dst) or (src, dst, visits) with the source's bytes."""
    by_id = {o.id: o for o in operators}
    made = []
    for src, dst, *visits in edges:
        often = visits[0] if visits else min(by_id[src].visits, by_id[dst].visits)
        made.append(Edge(src, dst, by_id[src].bytes, often))
    root = root or Block(tuple(Task(o.id) for o in operators))
    return Graph("answer", by_id, tuple(made), root, tuple(results), slo or Slo(), rate, HERE)


@pytest.fixture(scope="session")
def fleet_of(tmp_path_factory):
    """Read a fleet from text."""

    def read(text):
        path = tmp_path_factory.mktemp("fleet") / "fleet.yaml"
        path.write_text(text)
        return read_fleet(path)

    return read


@pytest.fixture(scope="session")
def paper(fleet_of):
    """(make graph by SLO, fleet) of the paper's worked example."""

    def graph(**slo):
        operators = [
            op("prefill", "llm.prefill", size=125_000_000, input_tokens=1000, **LLAMA),
            op("decode", "llm.decode", output_tokens=500, **LLAMA),
        ]
        return make_graph(operators, [("prefill", "decode")], results=["decode"], slo=Slo(**slo))

    return graph, fleet_of(PAPER_FLEET)


def call(name, tokens_in=800, tokens_out=120, *, visits=1.0):
    kv = 131_072 * tokens_in
    return [
        op(f"{name}.prefill", "llm.prefill", visits=visits, size=kv, input_tokens=tokens_in, **LLAMA),
        op(
            f"{name}.decode",
            "llm.decode",
            visits=visits,
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            **LLAMA,
        ),
    ]


@pytest.fixture(scope="session")
def rag():
    """Make an agent that searches, calls a tool beside it, and answers."""

    def graph(rate=None, **slo):
        operators = [
            op("hits.embed", "llm.embed", model="minilm-l6-v2", input_tokens=32, size=1536),
            op("hits.lookup", "memory.lookup", store="docs", k=4, vectors=100_000, dim=384, size=3200),
            op("facts", "tool.compute", tool="facts", latency_ms_p50=40.0, latency_ms_p95=150.0, cpu=1.0,
               memory_mb=256.0, usd_per_call=0.0001),
            *call("draft"),
            op("cite", "agent.compute", cpu_ms=1.0),
        ]  # fmt: skip
        edges = [
            ("hits.embed", "hits.lookup"),
            ("hits.lookup", "draft.prefill"),
            ("facts", "draft.prefill"),
            ("draft.prefill", "draft.decode"),
            ("draft.decode", "cite"),
        ]
        return make_graph(operators, edges, results=["cite"], slo=Slo(**slo), rate=rate)

    return graph


@pytest.fixture(scope="session")
def shaped():
    """Make an agent with a loop, a branch and a map."""

    def graph(rate=None, **slo):
        operators = [
            op("plan", "agent.compute", cpu_ms=2.0),
            op("enough", "agent.test", cpu_ms=1.0, visits=3.0),
            *call("step", 300, 20, visits=2.0),
            op("check", "agent.test", cpu_ms=1.0),
            op("search", "tool.compute", tool="search", latency_ms_p50=50.0, latency_ms_p95=300.0, cpu=0.5,
               memory_mb=128.0, usd_per_call=0.0, visits=0.3),
            op("guess", "agent.compute", cpu_ms=5.0, visits=0.7),
            op("read", "agent.compute", cpu_ms=3.0, visits=8.0),
            *call("tell", 500, 60),
        ]  # fmt: skip
        root = Block(
            (
                Task("plan"),
                Loop(
                    "while_0",
                    Block((Task("enough"),)),
                    Block((Task("step.prefill"), Task("step.decode"))),
                    2.0,
                    4,
                ),
                Task("check"),
                Branch("if_0", (Block((Task("search"),)), Block((Task("guess"),))), (0.3, 0.7)),
                Map("forall_0", Block((Task("read"),)), 8.0, 4),
                Task("tell.prefill"),
                Task("tell.decode"),
            )
        )
        edges = [
            ("plan", "enough", 1.0),
            ("enough", "step.prefill"),
            ("step.prefill", "step.decode"),
            ("step.decode", "check", 1.0),
            ("check", "search"),
            ("check", "guess"),
            ("search", "read", 0.3),
            ("guess", "read", 0.7),
            ("read", "tell.prefill", 8.0),
            ("tell.prefill", "tell.decode"),
        ]
        made = make_graph(operators, edges, root=root, results=["tell.decode"], slo=Slo(**slo), rate=rate)
        again = Edge("step.decode", "enough", 400, 2.0, carried=True)
        return replace(made, edges=(*made.edges, again))

    return graph


@pytest.fixture(scope="session")
def mixed(fleet_of):
    """A fleet of two accelerators and CPUs."""
    return fleet_of(MIXED_FLEET)
