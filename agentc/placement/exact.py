"""Whether a problem's numbers are small enough to be counted exactly.

The solver counts in 64-bit whole numbers: microseconds, billionths of a replica, kilobits a second,
money units. Nobody's agent needs more; what does is a slip in a file, and is refused with its number.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from agentc.diagnostics import error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentc.diagnostics import AgentcError
    from agentc.ir.graph import Graph
    from agentc.placement.problem import Problem

MOST = 2 * 10**18
"""A sum of what is counted stays inside 64 bits, and so does the tie-break's product of two of them."""
HINT = "state smaller loads, latencies, sizes or prices"


def check_sizes(problem: Problem) -> None:
    """Refuse a problem that cannot be counted exactly.

    Raises:
        AgentcError: names the figure.
    """
    for what, value in _counted(problem):
        if not isfinite(value) or value > MOST:
            raise too_large(problem.graph, f"{what} of {float(value):.3g}")


def too_large(graph: Graph, what: str = "") -> AgentcError:
    """The refusal."""
    detail = f": {what}" if what else ""
    return error(f"the numbers of {graph.agent} are too large to place exactly{detail}", graph.location, HINT)


def _counted(problem: Problem) -> Iterator[tuple[str, float]]:
    """What the solver counts, each at its worst: all operators together on their slowest option."""
    yield "a time in microseconds", problem.horizon_us
    yield "a cost in USD", problem.worst_usd
    loads = (max(map(problem.load, options), default=0) for options in problem.options.values())
    yield "a load in billionths of a replica", sum(loads)
    yield "a traffic in kbit/s", sum(map(problem.edge_kbps, problem.graph.edges))
    yield "a tie-break, by replicas and microseconds,", problem.horizon_us * (problem.worst_rank + 1)
