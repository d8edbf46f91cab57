"""A graph's blocks with its edges resolved: who waits for whom, and over which edge.

An edge between two steps of a block makes the later wait for the earlier, whatever construct hides
its ends. An edge between the test and the body of a loop, and one carried to the next trip, belong
to the loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.ir.graph import Block, Loop, Step, Task, blocks_of

if TYPE_CHECKING:
    from agentc.ir.graph import Edge, Graph


@dataclass(frozen=True)
class Node:
    """A step with what it waits for: (index of an earlier node of the frame, edge index)."""

    step: Step
    frames: tuple[Frame, ...]
    waits: tuple[tuple[int, int], ...]
    forward: tuple[int, ...]
    carried: tuple[int, ...]


@dataclass(frozen=True)
class Frame:
    """A block with its edges resolved. `sinks` are the nodes that no other node waits for."""

    nodes: tuple[Node, ...]
    sinks: tuple[int, ...]


Address = tuple[tuple[int, int], ...]
"""Where an operator is: (step index, region index) from the root down; a task's region is -1."""


@dataclass
class _Placed:
    """Edges by the frame and node that they belong to."""

    waits: dict[tuple[Address, int], list[tuple[int, int]]]
    forward: dict[Address, list[int]]
    carried: dict[Address, list[int]]


def frame_of(graph: Graph) -> Frame:
    """Resolve a graph's edges into its blocks. ValueError when a block is not in dataflow order."""
    where: dict[str, Address] = {}
    _addresses(graph.root, (), where)
    placed = _Placed({}, {}, {})
    for index, edge in enumerate(graph.edges):
        _file_edge(index, edge, graph, where, placed)
    return _frame(graph.root, (), placed)


def _addresses(block: Block, prefix: Address, found: dict[str, Address]) -> None:
    for i, step in enumerate(block.steps):
        if isinstance(step, Task):
            found[step.operator] = (*prefix, (i, -1))
        for region, inner in enumerate(blocks_of(step)):
            _addresses(inner, (*prefix, (i, region)), found)


def _file_edge(index: int, edge: Edge, graph: Graph, where: dict[str, Address], placed: _Placed) -> None:
    src, dst = where[edge.src], where[edge.dst]
    depth = _common(src, dst)
    if edge.carried:
        loop = _innermost_loop(graph.root, src, dst)
        placed.carried.setdefault(loop, []).append(index)
        return
    (i, _), (j, _) = src[depth], dst[depth]
    if i == j:  # the two regions of one construct
        placed.forward.setdefault((*src[:depth], (i, -1)), []).append(index)
    elif i < j:
        placed.waits.setdefault((src[:depth], j), []).append((i, index))
    else:
        raise ValueError(f"{edge.src} -> {edge.dst} goes against the order of its block")


def _common(a: Address, b: Address) -> int:
    """How many leading (step, region) pairs two addresses share."""
    depth = 0
    while depth < min(len(a), len(b)) - 1 and a[depth] == b[depth]:
        depth += 1
    return depth


def _innermost_loop(root: Block, src: Address, dst: Address) -> Address:
    found: Address | None = None
    block = root
    for depth, ((i, region), (j, other)) in enumerate(zip(src, dst, strict=False)):
        if i != j:
            break
        step = block.steps[i]
        if isinstance(step, Loop):
            found = (*src[:depth], (i, -1))
        if region != other or region < 0:
            break
        block = blocks_of(step)[region]
    if found is None:
        raise ValueError("a carried edge outside of any loop")
    return found


def _frame(block: Block, prefix: Address, placed: _Placed) -> Frame:
    nodes: list[Node] = []
    for i, step in enumerate(block.steps):
        here = (*prefix, (i, -1))
        frames = tuple(_frame(b, (*prefix, (i, r)), placed) for r, b in enumerate(blocks_of(step)))
        waits = tuple(placed.waits.get((prefix, i), ()))
        forward, carried = tuple(placed.forward.get(here, ())), tuple(placed.carried.get(here, ()))
        nodes.append(Node(step, frames, waits, forward, carried))
    awaited = {j for node in nodes for j, _ in node.waits}
    return Frame(tuple(nodes), tuple(i for i in range(len(nodes)) if i not in awaited))
