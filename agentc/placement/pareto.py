"""The front of cost and latency: plans than which nothing is both cheaper and faster.

Each point is the cheapest plan within some latency, proven by the solver, and among those the fastest.
The two ends are the cheapest plan and the fastest; the widest gap between neighbors is asked next for
the cheapest plan of at most the latency in its middle, until there are enough points or no gap is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from agentc.placement.constraints import Demand, demands
from agentc.placement.problem import US_PER_MS
from agentc.placement.solve import Nothing, solve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentc.placement.problem import Problem
    from agentc.placement.solve import Solution

POINTS = 20
NARROW_US = 100
"""Plans closer together than this are not told apart."""


@dataclass(frozen=True)
class Gap:
    """Latencies in which there may be more points: above that of `fast`, below that of `slow`."""

    low_us: int
    high_us: int
    fast: Solution
    slow: Solution

    @property
    def width(self) -> float:
        """How much of the front it may hide: relative latency times relative cost."""
        latency = (self.high_us - self.low_us) / max(self.high_us, 1)
        cost = (self.fast.value - self.slow.value) / max(self.fast.value, 1)
        return latency * cost


def front(
    problem: Problem, cheapest: Solution, *, points: int = POINTS, time_limit_s: float = 60.0
) -> list[Solution]:
    """The front's plans, the cheapest first; fewer than `points` when there are no more or time is up."""
    deadline = perf_counter() + time_limit_s
    least_us = solve(problem, "latency", time_limit_s=time_limit_s)
    if isinstance(least_us, Nothing):
        return [cheapest]
    fastest = _within(problem, least_us.evaluation.e2e_us, deadline) or least_us
    found = {s.evaluation.e2e_us: s for s in (cheapest, fastest)}
    gaps = [Gap(fastest.evaluation.e2e_us, cheapest.evaluation.e2e_us, fastest, cheapest)]
    while gaps and len(found) < points and perf_counter() < deadline:
        gap = max(gaps, key=lambda g: g.width)
        gaps.remove(gap)
        if gap.high_us - gap.low_us <= NARROW_US or gap.fast.value <= gap.slow.value:
            continue
        middle = (gap.low_us + gap.high_us) // 2
        between = _within(problem, middle, deadline)
        if between is None:
            break
        reached = between.evaluation.e2e_us
        if reached > gap.fast.evaluation.e2e_us:
            found[reached] = between
            gaps.append(Gap(gap.low_us, reached, gap.fast, between))
        gaps.append(Gap(middle, gap.high_us, between, gap.slow))
    return _undominated(found.values())


def _within(problem: Problem, e2e_us: int, deadline: float) -> Solution | None:
    limit = Demand("within", e2e_us, lambda m: m.e2e, "ms", US_PER_MS)
    left = deadline - perf_counter()
    found = solve(problem, "tco", kept=[*demands(problem), limit], time_limit_s=left)
    return None if isinstance(found, Nothing) else found


def _undominated(found: Iterable[Solution]) -> list[Solution]:
    kept: list[Solution] = []
    for solution in sorted(found, key=lambda s: (s.value, s.evaluation.e2e_us)):
        if not kept or solution.evaluation.e2e_us < kept[-1].evaluation.e2e_us:
            kept.append(solution)
    return kept
