"""Random agents mean the same after every pass, and a pass finds nothing to do the second time."""

from __future__ import annotations

import pytest

from agentc.diagnostics import AgentcError
from agentc.ir.interpret import Outcome, interpret
from agentc.ir.parse import parse_text
from agentc.ir.printing import to_text
from agentc.ir.stand_ins import FAILED
from agentc.passes.pipeline import run

ALL = (
    "inline-agents,canonicalize,cse,dce,parallelize,hoist-invariant,speculate{probability=0.5},cse,"
    "share-prefix,map-shard{shards=2},fuse,decompose,cse,dce,annotate"
)
PIPELINES = (
    "inline-agents",
    "canonicalize",
    "cse",
    "dce",
    "decompose",
    "decompose{parallel=2}",
    "annotate",
    "parallelize",
    "hoist-invariant",
    "speculate{probability=0.5}",
    "share-prefix",
    "fuse",
    "inline-agents,map-shard{shards=3}",
    ALL,
    "inline-agents,canonicalize,cse,dce,decompose,cse,dce,annotate",
)
NOT_IDEMPOTENT = ("canonicalize",)  # upstream's own: one more sweep may find more
IN_CI, BY_NAME = range(100), range(100, 1100)


def outcomes(module) -> list[Outcome]:
    """What a program shows in four runs: two in which all goes well, two in which some operators fail."""
    return [interpret(module, seed, failing=seed >= 2) for seed in range(4)]


def told(before: list[Outcome], after: list[Outcome]) -> str:
    """The first difference, for people."""
    for a, b in zip(before, after, strict=True):
        if a.kept_by(b):
            continue
        for x, y in zip(a.results, b.results, strict=True):
            if x not in (y, FAILED):
                return f"results:\n  {a.told(x)}\n  {b.told(y)}"
        if (a.ordered, a.free) != (b.ordered, b.free):
            gone, new = (
                [one.told(v) for v in set(one.free) - set(two.free)] for one, two in ((a, b), (b, a))
            )
            return f"effects: gone {gone}, new {new}\n{a.ordered}\n{b.ordered}"
    return ""


def check_all(text: str) -> None:
    module = parse_text(text, "random.mlir")
    before = outcomes(module)
    for pipeline in PIPELINES:
        copy = parse_text(text, "random.mlir")
        try:
            run(copy, pipeline)
        except AgentcError as refusal:  # an agent of nothing but unused operators is none
            assert "has no operators" in str(refusal), text  # noqa: PT017
            continue
        after = outcomes(copy)
        kept = all(b.kept_by(a) for b, a in zip(before, after, strict=True))
        assert kept, f"{pipeline}: {told(before, after)}\n{text}\n{copy}"
        if pipeline not in NOT_IDEMPOTENT and "," not in pipeline:
            once = to_text(copy, locations=False)
            assert to_text(run(copy, pipeline), locations=False) == once, (
                f"{pipeline} does more the second time\n{text}"
            )


@pytest.mark.parametrize("seed", IN_CI)
def test_a_random_agent(program, seed) -> None:
    check_all(program(seed))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(BY_NAME.start, BY_NAME.stop, 50))
def test_fifty_more(program, first) -> None:
    for seed in range(first, first + 50):
        check_all(program(seed))


def test_programs_have_everything(program) -> None:
    """The generator makes what the passes are about, else the tests above would show little."""
    texts = [program(seed) for seed in IN_CI]
    for wanted in (
        *("llm.call", "memory.search", "memory.load", "memory.store", "tool.invoke", "agent.observe"),
        *("scf.if", "scf.while", "scf.for", "scf.forall", "func.call", 'effects = "write"', "rerank"),
    ):
        assert sum(wanted in text for text in texts) >= 10, wanted


def test_failures_are_seen(program) -> None:
    """Some runs fail, some do not, and a failure shows."""
    shown = [
        interpret(parse_text(program(seed)), 3, failing=True) != interpret(parse_text(program(seed)), 3)
        for seed in range(40)
    ]
    assert 10 <= sum(shown) <= 38
