"""What a reader of a plan must know to read its figures right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.ir.graph import Branch, Loop, Map, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentc.ir.graph import Block, Graph, Step
    from agentc.plan import Pool


def notes_on(graph: Graph, pools: tuple[Pool, ...]) -> Iterator[str]:
    """Say how control flow, shared replicas and demands outside of placement were read."""
    steps = list(_steps(graph.root))
    if any(isinstance(s, Branch) for s in steps):
        yield (
            "Branches: money by probability; the p95 takes the slowest branch that can happen, a bound "
            "that holds whichever is taken; the median takes the likeliest."
        )
    if any(isinstance(s, Loop) for s in steps):
        yield "Loops: money and time take the expected number of trips."
    if any(isinstance(s, Map) for s in steps):
        yield "Maps: money for every item; time for ceil(items / width) rounds of the body."
    if any(p.role == "serve" for p in pools):
        yield (
            "Pools that serve prefill and decode together: decode is slowed by the share of time that "
            "prefill may take, prefill waits for one step of decode."
        )
    if graph.slo.availability is not None:
        yield "The availability demand is recorded by the agent but is not part of this placement."


def _steps(block: Block) -> Iterator[Step]:
    for step in block.steps:
        yield step
        for inner in blocks_of(step):
            yield from _steps(inner)
