"""The six shapes of the paper's Figure 1 compile, each with the structure that it is called for."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentc.frontends.load import load
from agentc.ir.graph import Branch, Loop, Map, blocks_of
from agentc.ir.interpret import interpret
from agentc.ir.read import read_graph
from agentc.passes.pipeline import run

SHAPES = Path(__file__).parents[2] / "examples" / "shapes"
WANTED = {
    "single": {Loop},
    "network": {Loop, Branch},
    "supervisor": {Loop, Branch},
    "supervisor_as_tools": set(),
    "hierarchical": {Map},
    "custom": {Branch},
}
IMPROVED = (
    "inline-agents,canonicalize,cse,dce,parallelize,hoist-invariant,speculate,share-prefix,map-shard{shards=2},"
    "fuse,decompose,cse,dce,annotate"
)


def kinds(block) -> set[type]:
    steps = [step for step in block.steps if not isinstance(step, str)]
    inner = [kinds(part) for step in steps for part in blocks_of(step)]
    return {type(step) for step in steps if type(step) in {Loop, Branch, Map}}.union(*inner)


def test_there_are_six() -> None:
    assert {path.stem for path in SHAPES.glob("*.py")} == set(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_a_shape_is_short_and_has_its_structure(name) -> None:
    path = SHAPES / f"{name}.py"
    assert len(path.read_text().splitlines()) < 60
    assert kinds(read_graph(load(f"{path}:{name}").module).root) == WANTED[name]


@pytest.mark.parametrize("name", WANTED)
def test_all_passes_keep_what_a_shape_means(name) -> None:
    source = f"{SHAPES / name}.py:{name}"
    before = [interpret(load(source).module, seed, failing=seed > 1) for seed in range(4)]
    after = run(load(source).module, IMPROVED)
    for seed, outcome in enumerate(before):
        assert outcome.kept_by(interpret(after, seed, failing=seed > 1))


@pytest.mark.parametrize("name", WANTED)
def test_a_shape_compiles(name, tmp_path) -> None:
    from agentc.driver import compile as build

    fleet = SHAPES.parent / "fleets" / "demo.yaml"
    plan = build(f"{SHAPES / name}.py:{name}", fleet=fleet, out=tmp_path / "build")
    assert plan.solver.status in {"optimal", "feasible"}
    assert plan.totals.e2e_ms_p95 > 0
