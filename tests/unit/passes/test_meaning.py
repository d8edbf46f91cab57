"""Every pass keeps what a program means, does nothing the second time, and leaves text that parses again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentc.ir.parse import parse_file, parse_text
from agentc.ir.printing import to_text
from agentc.passes.pipeline import run

FILECHECK = Path(__file__).parents[2] / "filecheck"
PASSES = [
    *("inline-agents", "canonicalize", "cse", "dce", "decompose", "annotate"),
    *("parallelize", "hoist-invariant", "share-prefix", "speculate", "fuse", "map-shard{shards=2}"),
]
WHOLE = "inline-agents,canonicalize,cse,dce,decompose,cse,dce,annotate"

EVERYTHING = """\
func.func private @search(%q: !agent.text, %c: i1) -> (!agent.json, !agent.docs) {
  %0 = "tool.invoke"(%q) {tool = "web"} : (!agent.text) -> !agent.json
  %1 = "memory.search"(%q) {store = "docs", rerank = "r"} : (!agent.text) -> !agent.docs
  %2 = "memory.search"(%q) {store = "docs", rerank = "r"} : (!agent.text) -> !agent.docs
  "agent.observe"(%q, %0) {store = "log"} : (!agent.text, !agent.json) -> ()
  return %0, %2 : !agent.json, !agent.docs
}
func.func @answer(%q: !agent.text, %l: !agent.json) -> (!agent.text, !agent.json) {
  %unused = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
  %go = "agent.test"(%q) {fn = "go"} : (!agent.text) -> i1
  %news, %docs = call @search(%q, %go) : (!agent.text, i1) -> (!agent.json, !agent.docs)
  %more:2 = call @search(%q, %go) : (!agent.text, i1) -> (!agent.json, !agent.docs)
  %0:2 = scf.if %go -> (!agent.text, !agent.text) {
    %1 = "llm.call"(%q, %docs, %news) {model = "m", prompt = "{a}{b}{c}", inputs = ["a", "b", "c"]}
      : (!agent.text, !agent.docs, !agent.json) -> !agent.text
    scf.yield %1, %q : !agent.text, !agent.text
  } else {
    %1 = "memory.load"(%q) {store = "kv"} : (!agent.text) -> !agent.text
    scf.yield %1, %1 : !agent.text, !agent.text
  } {agent.probability = 0.4}
  %zero = arith.constant 0 : index
  %two = arith.constant 2 : index
  %one = arith.constant 1 : index
  %2 = scf.for %i = %zero to %two step %one iter_args(%x = %0#0) -> (!agent.text) {
    %3 = "llm.call"(%x) {model = "m", temperature = 0.5} : (!agent.text) -> !agent.text
    scf.yield %3 : !agent.text
  }
  %4:2 = scf.while (%x = %2, %y = %q) : (!agent.text, !agent.text) -> (!agent.text, !agent.text) {
    %more_ = "agent.test"(%x) {fn = "more"} : (!agent.text) -> i1
    scf.condition(%more_) %x, %y : !agent.text, !agent.text
  } do {
  ^bb0(%x: !agent.text, %y: !agent.text):
    %5 = "llm.call"(%x, %y) {model = "m"} : (!agent.text, !agent.text) -> !agent.text
    %6 = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
    %7 = "memory.store"(%5, %6) {store = "kv"} : (!agent.text, !agent.text) -> !agent.text
    scf.yield %7, %y : !agent.text, !agent.text
  } attributes {agent.trips = 2}
  %items = "agent.scatter"(%l) : (!agent.json) -> tensor<?x!agent.json>
  %n = tensor.dim %items, %zero : tensor<?x!agent.json>
  %empty = tensor.empty(%n) : tensor<?x!agent.json>
  %8 = scf.forall (%i) in (%n) shared_outs(%o = %empty) -> (tensor<?x!agent.json>) {
    %item = tensor.extract %items[%i] : tensor<?x!agent.json>
    %9 = "tool.invoke"(%item, %more#1) {tool = "read"} : (!agent.json, !agent.docs) -> !agent.json
    %10 = tensor.from_elements %9 : tensor<1x!agent.json>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %10 into %o[%i] [1] [1] : tensor<1x!agent.json> into tensor<?x!agent.json>
    }
  }
  %11 = "agent.gather"(%8) : (tensor<?x!agent.json>) -> !agent.json
  return %4#0, %11 : !agent.text, !agent.json
}
"""


def _is_program(file: Path) -> bool:
    """Whether a file is one good agent: not all of its runs are refused, and no two agents are in it."""
    text = file.read_text()
    refused = text.count("RUN: not") == text.count("RUN:")
    return not refused and text.count("func.func @") == 1


def programs() -> list[Any]:
    files = [f for f in sorted(FILECHECK.glob("*/*.mlir")) if _is_program(f)]
    return [pytest.param(f, id=f"{f.parent.name}/{f.stem}") for f in files] + [
        pytest.param(None, id="everything")
    ]


@pytest.fixture(params=programs())
def program(request):
    """A fresh copy of a program each time it is called."""

    def fresh():
        return (
            parse_text(EVERYTHING, "everything.mlir") if request.param is None else parse_file(request.param)
        )

    return fresh


@pytest.mark.parametrize("name", [*PASSES, WHOLE])
def test_a_pass_keeps_the_meaning(program, name, meaning) -> None:
    before, after = meaning(program()), meaning(run(program(), name))
    assert all(b.kept_by(a) for b, a in zip(before, after, strict=True))


@pytest.mark.parametrize("name", PASSES)
def test_the_second_time_nothing_happens(program, name) -> None:
    once = run(program(), name)
    text = to_text(once)
    assert to_text(run(once, name)) == text


def test_every_stage_parses_and_verifies_again(program) -> None:
    stages: list[str] = []
    run(program(), WHOLE, on_stage=lambda _, module: stages.append(to_text(module)))
    assert len(stages) == WHOLE.count(",") + 1
    for text in stages:
        assert to_text(parse_text(text, "stage.mlir")) == text


def test_the_interpreter_tells_programs_apart(meaning) -> None:
    base = parse_text(EVERYTHING, "a.mlir")
    changed = [
        EVERYTHING.replace('fn = "more"', 'fn = "less"'),
        EVERYTHING.replace('"agent.observe"(%q, %0)', '"agent.observe"(%q, %q)').replace(
            "(!agent.text, !agent.json) -> ()", "(!agent.text, !agent.text) -> ()"
        ),
        EVERYTHING.replace("scf.yield %7, %y", "scf.yield %5, %y"),
        EVERYTHING.replace("constant 2", "constant 3"),
        EVERYTHING.replace('tool = "read"', 'tool = "write"'),
    ]
    for text in changed:
        assert meaning(parse_text(text, "b.mlir")) != meaning(base)
