"""θ of a model on several devices: its parts are the whole, and the all-reduce is what it takes besides."""

from __future__ import annotations

import pytest

from agentc.costmodels import parallel_resources
from agentc.costmodels.resources import resources
from agentc.ir.parse import parse_text
from agentc.ir.read import read_graph
from agentc.passes.pipeline import run

MOE, DENSE = "qwen3-30b-a3b", "llama-3.1-8b"
AGENT = """\
func.func @answer(%q: !agent.text) -> !agent.text {{
  %0 = "llm.call"(%q) {{id = "a", model = "{model}", input_tokens = {tokens}, output_tokens = 200}}
    : (!agent.text) -> !agent.text
  return %0 : !agent.text
}}
"""


def graph(model: str, pipeline: str, tokens: int = 1000):
    return read_graph(run(parse_text(AGENT.format(model=model, tokens=tokens)), pipeline))


@pytest.mark.parametrize("model", [MOE, DENSE])
@pytest.mark.parametrize("phase", ["prefill", "decode"])
@pytest.mark.parametrize("shards", [2, 4, 8])
@pytest.mark.parametrize("tokens", [10, 1000, 30_000])
def test_the_parts_of_a_phase_are_the_whole(model, phase, shards, tokens) -> None:
    whole = resources(graph(model, "decompose", tokens).operators[f"a.{phase}"])
    parts = graph(model, f"decompose{{parallel={shards}}}", tokens).operators.values()
    assert len(parts) == 2 * shards + 5
    totals: dict[str, float] = {}
    for part in parts:
        if part.attrs["phase"] == phase:
            for name, value in parallel_resources.resources(part).items():
                totals[name] = totals.get(name, 0.0) + value
                assert value >= 0, (part.id, name)
    for name in ("flops", "weight_bytes", "kv_bytes"):
        assert totals[name] == pytest.approx(whole[name], rel=0.01), name


def test_an_all_reduce_sends_what_the_formula_says() -> None:
    parts = graph(DENSE, "decompose{parallel=4}").operators
    sent = parallel_resources.resources(parts["a.all_reduce_prefill"])
    # 32 layers, twice each, 2 * 3/4 of 4096 numbers of 2 bytes for each of 1,000 tokens.
    assert sent == {"network_bytes": pytest.approx(64 * 1.5 * 4096 * 2 * 1000)}


def test_a_dense_model_has_no_router() -> None:
    parts = graph(DENSE, "decompose{parallel=2}").operators
    assert parallel_resources.resources(parts["a.gate"]) == {"flops": 0.0}
    routed = graph(MOE, "decompose{parallel=2}").operators
    assert parallel_resources.resources(routed["a.gate"])["flops"] > 0


def test_an_unknown_model_has_no_resources() -> None:
    parts = graph("nobody-knows", "decompose{parallel=2}").operators
    assert all(parallel_resources.resources(part) == {} for part in parts.values())
    run(parse_text(AGENT.format(model=MOE, tokens=9)), "decompose{parallel=2},annotate")
