"""The shipped examples: short, traced, and true in what they compute."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from agentc.frontends.load import load
from agentc.ir.graph import Loop
from agentc.ir.read import read_graph

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.name)
def test_under_60_lines(path: Path):
    assert len(path.read_text().splitlines()) < 60


def test_rag():
    graph = read_graph(load(f"{EXAMPLES}/rag.py:answer").module)
    assert {i: o.op for i, o in graph.operators.items()} == {
        "hits": "memory.search",
        "facts": "tool.invoke",
        "draft": "llm.call",
        "answer": "agent.compute",
    }
    assert {(e.src, e.dst) for e in graph.edges} == {
        ("hits", "draft"),
        ("facts", "draft"),
        ("draft", "answer"),
        ("hits", "answer"),
    }


def test_rag_facts_and_citations():
    rag = runpy.run_path(str(EXAMPLES / "rag.py"))
    assert "487,518 tokens" in rag["device_facts"]("Which batch fits on an H100?")
    assert rag["device_facts"]("MI300X or L4?").count("\n") == 1
    hit = {"file": "kv-cache.md", "line": 3, "end_line": 9}
    assert rag["cite"](" It grows. ", [hit]) == "It grows.\n\nSources: kv-cache.md:3-9"


def test_the_corpus_is_there():
    files = list((EXAMPLES / "corpus").glob("*.md"))
    assert 8 <= len(files) <= 12
    for file in files:
        text = file.read_text()
        assert text.startswith("# ")
        assert len(text.split()) > 100


def test_voice_agent():
    graph = read_graph(load(f"{EXAMPLES}/voice_agent.py:voice_agent").module)
    (loop,) = [s for s in graph.root.steps if isinstance(s, Loop)]
    assert (loop.id, loop.trips, loop.max_trips) == ("notes", 1.4, 3)
    assert graph.operators["question"].op == "llm.transcribe"
    assert graph.operators["query"].visits == pytest.approx(1.4)
    assert graph.results == ("voice_agent",)


def test_the_demo_fleet_has_three_vendors_and_cpus():
    from agentc.costmodels.fleet import read_fleet

    devices = [t.device for t in read_fleet(EXAMPLES / "fleets/demo.yaml").tiers if t.device]
    assert sorted(d.kind for d in devices) == ["accelerator", "accelerator", "accelerator", "cpu"]
    assert len({d.vendor for d in devices if d.kind == "accelerator"}) == 3
