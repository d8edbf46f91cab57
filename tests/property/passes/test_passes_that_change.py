"""Passes that change what an agent is asked or answers: many requests as one, a small model first."""

from __future__ import annotations

from collections import Counter

import pytest

from agentc.ir.interpret import interpret
from agentc.ir.parse import parse_text
from agentc.passes.pipeline import run

REQUESTS = 3


def without_memory(text: str) -> str:
    """A program whose requests do not see one another: what one stores another would load."""
    return (
        text.replace('"memory.load"', '"agent.compute"')
        .replace('store = "a"}', 'fn = "a"}')
        .replace('store = "b"}', 'fn = "b"}')
        .replace('"memory.store"', '"agent.compute"')
    )


@pytest.mark.parametrize("seed", range(30))
def test_many_requests_as_one(program, seed) -> None:
    text = without_memory(program(seed))
    module = parse_text(text, "random.mlir")
    batch = parse_text(text, "random.mlir")
    run(batch, f"consolidate{{requests={REQUESTS}}}")
    once = str(batch)
    assert str(run(batch, f"consolidate{{requests={REQUESTS}}}")) == once
    for way in range(3):
        alone = [interpret(module, way, arguments=[f"q{r}"], prefix=f"r{r}.") for r in range(REQUESTS)]
        together = interpret(batch, way, arguments=[f"q{r}" for r in range(REQUESTS)])
        assert together.results == tuple(value for outcome in alone for value in outcome.results)
        assert Counter(together.free) == sum((Counter(outcome.free) for outcome in alone), Counter())
        for thing, log in together.ordered.items():
            assert list(log) == [entry for outcome in alone for entry in outcome.ordered.get(thing, ())]


CALL = """\
func.func @answer(%q: !agent.text) -> !agent.text {
  %0 = "llm.call"(%q) {id = "a", model = "llama-3.1-8b"} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
"""


def test_a_cascade_answers_as_one_of_the_two() -> None:
    big, small = parse_text(CALL), parse_text(CALL.replace("llama-3.1-8b", "smollm2-135m"))
    both = parse_text(CALL)
    run(both, "cascade{model=llama-3.1-8b small=smollm2-135m gate=sure}")
    answers = {interpret(both, seed).results for seed in range(20)}
    assert answers == {interpret(big).results, interpret(small).results}


def test_equal_operators_of_all_requests_run_once() -> None:
    text = """\
func.func @answer(%q: !agent.text) -> !agent.text {
  %c = "tool.invoke"() {id = "rules", tool = "rules", effects = "none"} : () -> !agent.text
  %0 = "llm.call"(%c, %q) {id = "a", model = "m"} : (!agent.text, !agent.text) -> !agent.text
  return %0 : !agent.text
}
"""
    module = run(parse_text(text), "consolidate{requests=8}")
    assert str(module).count('"tool.invoke"') == 1
    assert str(module).count('"llm.call"') == 8
