"""The time of a graph as linear rows, found once and used by every relaxation.

Reading a `Timeline` with `RowClock` gives rows  f_v >= sum of coefficients x symbols, where a symbol
is an operator's latency, an edge's transfer or an earlier time f_w, and limits  expression <= T.
Rounding up in `times` is left out: the rows bound every plan's times from below.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.evaluate import E2E, TTFT, first_token_operators
from agentc.placement.problem import limit_us
from agentc.placement.timeline import Timeline, taken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from agentc.ir.graph import Branch
    from agentc.placement.scale.figures import Figures, Floats, Ints

LONGEST = 16
"""A row with more terms than this is given a time of its own."""

Expr = dict[int, float]
"""Coefficients by symbol: operator i is i, edge number e is N + e, time v is N + E + v."""


@dataclass
class RowClock:
    """A `Clock` whose durations are linear expressions and whose comparisons become rows."""

    figures: Figures
    rows: list[tuple[int, Expr]] = field(default_factory=list[tuple[int, Expr]])
    times_made: int = 0

    def __post_init__(self) -> None:
        self._place = {id: i for i, id in enumerate(self.figures.ids)}
        self._edge = {int(e): k for k, e in enumerate(self.figures.edges)}
        self._first_time = self.figures.operators + len(self.figures.edges)

    def operator(self, id: str) -> Expr:
        """An operator's latency."""
        return {self._place[id]: 1.0}

    def hop(self, edge: int) -> Expr:
        """An edge's transfer."""
        k = self._edge.get(edge)
        return {} if k is None else {self.figures.operators + k: 1.0}

    def plus(self, *terms: Expr) -> Expr:
        """One after another."""
        if len(terms) == 1:
            return terms[0]
        total: Expr = {}
        for term in terms:
            for symbol, c in term.items():
                total[symbol] = total.get(symbol, 0.0) + c
        return total if len(total) <= LONGEST else self._at_least([total])

    def latest(self, terms: Sequence[Expr]) -> Expr:
        """The greatest: a time of its own."""
        some = [t for t in terms if t]
        if len(some) < 2:  # noqa: PLR2004 (nothing to compare)
            return some[0] if some else {}
        return self._at_least(some)

    def times(self, factor: Fraction, term: Expr) -> Expr:
        """Repeated, not rounded."""
        return {s: float(factor) * c for s, c in term.items()} if factor else {}

    def branch(self, step: Branch, durations: Sequence[Expr]) -> Expr:
        """The slowest that can happen."""
        return self.latest(taken(step, durations, 95))

    def _at_least(self, terms: Sequence[Expr]) -> Expr:
        made = self.times_made
        self.times_made += 1
        self.rows += [(made, t) for t in terms]
        return {self._first_time + made: 1.0}


@dataclass(frozen=True)
class Schedule:
    """Rows f[of[r]] >= sum of `coefficient` x `symbol` over the entries with `row` r; limits last.

    Rows 0..R-1 are times, rows R..R+K-1 the limits of `limits_us` (infinite: none stated, but the
    end-to-end time is always limit 0). Entries are sorted by row.
    """

    times: int
    of: Ints
    row: Ints
    symbol: Ints
    coefficient: Floats
    limits_us: Floats
    names: tuple[str, ...]
    soft: bool

    @property
    def rows(self) -> int:
        """R."""
        return len(self.of)


def schedule_of(figures: Figures) -> Schedule:
    """Compile a problem's times and limits."""
    problem = figures.problem
    slo = problem.graph.slo
    clock = RowClock(figures)
    timeline = Timeline(problem.frame, clock)
    exprs = [timeline.total()]
    limits = [np.inf if slo.e2e_ms_p95 is None else float(limit_us(slo.e2e_ms_p95))]
    names = [E2E]
    for i in () if slo.ttft_ms_p95 is None else first_token_operators(problem.graph):
        exprs.append(timeline.finish_of(i))
        limits.append(float(limit_us(slo.ttft_ms_p95 or 0.0)))
        names.append(TTFT)
    every = [*(e for _, e in clock.rows), *exprs]
    sizes = [len(e) for e in every]
    return Schedule(
        times=clock.times_made,
        of=np.array([v for v, _ in clock.rows], dtype=np.int64),
        row=np.repeat(np.arange(len(every)), sizes),
        symbol=np.fromiter((s for e in every for s in e), np.int64, sum(sizes)),
        coefficient=np.fromiter((c for e in every for c in e.values()), float, sum(sizes)),
        limits_us=np.array(limits),
        names=tuple(names),
        soft=bool(problem.soft_money_per_us) and slo.e2e_ms_p95 is not None,
    )
