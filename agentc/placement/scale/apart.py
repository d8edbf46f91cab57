"""Metered problems that fall into pieces: agents side by side that share nothing but the limit.

With a hard limit each piece must keep it by itself, and money adds up; so each is placed alone, equal
ones once, and the plans and bounds are put together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from agentc.ir.graph import Block, operators_in
from agentc.placement.solve import Nothing, Solution

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentc.ir.graph import Step
    from agentc.placement.problem import Problem
    from agentc.placement.solve import Objective

LEAST = 60
"""Problems of fewer operators are not taken apart."""


@dataclass(frozen=True)
class Apart:
    """A problem and its pieces."""

    problem: Problem
    pieces: tuple[Problem, ...]

    def solve(
        self, place: Callable[[Problem, float], Solution | Nothing], time_limit_s: float
    ) -> tuple[dict[str, str], float] | Nothing:
        """(assignment, bound) of the whole; Nothing as soon as one piece has no plan."""
        started = perf_counter()
        known: dict[object, tuple[list[str], float]] = {}
        assignment: dict[str, str] = {}
        bound = 0.0
        for number, piece in enumerate(self.pieces):
            key = _signature(piece)
            if key not in known:
                left = time_limit_s - (perf_counter() - started)
                found = place(piece, max(0.05, min(left, 6.0 * left / (len(self.pieces) - number))))
                if isinstance(found, Nothing):
                    return Nothing(found.status, perf_counter() - started)
                known[key] = [found.assignment[i] for i in piece.options], float(found.bound)
            pools, least = known[key]
            assignment |= dict(zip(piece.options, pools, strict=True))
            bound += least
        return {i: assignment[i] for i in self.problem.options}, bound


def apart(problem: Problem, objective: Objective) -> Apart | None:
    """The pieces of a problem, or None when it is one, or its pieces share more than a hard limit."""
    soft = bool(problem.graph.slo.soft_usd_per_ms)
    if problem.provisioned or problem.limits or objective != "tco" or soft or len(problem.options) < LEAST:
        return None
    groups = _groups(problem)
    if len(groups) < 2:  # noqa: PLR2004 (nothing to take apart)
        return None
    return Apart(problem, tuple(_piece(problem, steps) for steps in groups))


def _groups(problem: Problem) -> list[list[Step]]:
    """Steps of the root that edges connect, in their order."""
    steps = problem.graph.root.steps
    where = {id: k for k, step in enumerate(steps) for id in operators_in(Block((step,)))}
    parent = list(range(len(steps)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    for e in problem.graph.edges:
        parent[root(where[e.src])] = root(where[e.dst])
    groups: dict[int, list[Step]] = {}
    for k, step in enumerate(steps):
        groups.setdefault(root(k), []).append(step)
    return list(groups.values())


def _piece(problem: Problem, steps: list[Step]) -> Problem:
    graph = problem.graph
    root = Block(tuple(steps))
    inside = set(operators_in(root))
    operators = {i: o for i, o in graph.operators.items() if i in inside}
    part = replace(
        graph,
        operators=operators,
        edges=tuple(e for e in graph.edges if e.src in inside),
        root=root,
        results=tuple(i for i in graph.results if i in inside),
    )
    made = replace(problem, graph=part, options={i: problem.options[i] for i in operators})
    vars(made)["unit_usd"] = problem.unit_usd  # money adds up in one unit
    return made


def _signature(piece: Problem) -> object:
    """Equal for pieces that are the same but for their operators' names."""
    graph = piece.graph
    place = {i: k for k, i in enumerate(piece.options)}
    if any(not hasattr(step, "operator") for step in graph.root.steps):
        return id(piece)  # constructs hold names of their own
    options = tuple(
        tuple((o.pool, o.latency_p95_us, o.wait_p95_us, o.usd_per_visit) for o in piece.options[i])
        for i in piece.options
    )
    edges = tuple((place[e.src], place[e.dst], e.bytes, e.visits, e.kind, e.carried) for e in graph.edges)
    operators = tuple((o.op, o.visits, o.attrs.get("output_tokens")) for o in graph.operators.values())
    order = tuple(place[i] for step in graph.root.steps for i in operators_in(Block((step,))))
    return options, edges, operators, order, tuple(place[i] for i in graph.results)
