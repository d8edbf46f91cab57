"""A manifest against the IR beside it: what the manifest alone cannot tell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from agentc.driver import compile as compile_agent
from agentc.placement.verify import verify

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """The retrieval agent of the examples on the demo fleet, with a load and limits stated at the call."""
    out = tmp_path_factory.mktemp("build") / "rag"
    slo = {"e2e_ms_p95": 60_000.0, "ttft_ms_p95": 30_000.0, "availability": 0.99}
    compile_agent(
        f"{EXAMPLES / 'rag.py'}:answer",
        fleet=EXAMPLES / "fleets" / "demo.yaml",
        out=out,
        slo=slo,
        rate_per_s=2.0,
    )
    return out


def changed(build, tmp_path, change):
    made = tmp_path / "changed"
    shutil.copytree(build, made)
    manifest = json.loads((made / "manifest.json").read_text())
    change(manifest)
    (made / "manifest.json").write_text(json.dumps(manifest))
    return verify(made)


def test_a_build_holds(build):
    assert verify(build) == []


def limit_away(name):
    def change(m):
        m["slo"] = [s for s in m["slo"] if s["name"] != name]
        m["constraints"] = [c for c in m["constraints"] if c["kind"] != name]
        if name == "availability":
            m["totals"]["availability"] = None

    return change


def looser(m):
    m["slo"][0]["limit"] *= 2


def another_model(m):
    next(p for p in m["pools"] if p["model"])["model"] = "smollm2-135m"


def another_batch(m):
    next(p for p in m["pools"] if p["role"] in {"prefill", "decode", "serve"})["max_batch"] += 1


def edge_away(m):
    """An edge that sets no time and crosses nothing: the plan of the rest is consistent."""
    paths = [(e["from"], e["to"]) for e in m["transfers"]]
    spare = next(e for e in m["edges"] if (e["from"], e["to"]) not in paths and e["kind"] == "data")
    m["edges"].remove(spare)


def edge_bytes(m):
    paths = [(e["from"], e["to"]) for e in m["transfers"]]
    next(e for e in m["edges"] if (e["from"], e["to"]) not in paths)["bytes"] += 1


def elsewhere(m):
    m["operators"][0]["loc"] = "other.py:1:1"


def soft(m):
    m["soft_usd_per_ms"] = None if m["soft_usd_per_ms"] else 0.0


def another_agent(m):
    m["agent"] = "someone"


def another_source(m):
    m["source"] = "other.py:answer"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (limit_away("e2e_ms_p95"), "the limit e2e_ms_p95 is None"),
        (limit_away("ttft_ms_p95"), "the limit ttft_ms_p95 is None"),
        (limit_away("availability"), "the limit availability is None"),
        (looser, "the limit"),
        (another_model, "model of pool"),
        (another_batch, "max_batch of pool"),
        (edge_away, "is in the IR alone"),
        (edge_bytes, "is in the IR alone"),
        (elsewhere, "is at other.py:1:1"),
        (soft, "soft_usd_per_ms"),
        (another_agent, "the agent is someone"),
        (another_source, "the source is other.py:answer"),
    ],
    ids=lambda v: v if isinstance(v, str) else getattr(v, "__name__", ""),
)
def test_what_the_ir_denies_is_caught(build, tmp_path, change, words):
    found = changed(build, tmp_path, change)
    assert any(words in f and f.startswith("build: ") for f in found), found


def test_a_manifest_without_ir_stands_alone(build, tmp_path):
    (tmp_path / "alone").mkdir()
    shutil.copy(build / "manifest.json", tmp_path / "alone")
    assert verify(tmp_path / "alone") == []


def test_ir_that_cannot_be_read_is_a_failure(build, tmp_path):
    made = tmp_path / "broken"
    shutil.copytree(build, made)
    next((made / "ir").glob("*-partition.mlir")).write_text("module {")
    assert any("cannot be read" in f for f in verify(made))
