"""How long a graph takes as linear expressions of a CP-SAT model's variables."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.placement.timeline import taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from agentc.ir.graph import Branch, Edge
    from agentc.placement.constraints import Model

Expr = Any


def z_of(m: Model, edge: Edge) -> dict[tuple[str, str], Expr]:
    """The crossings of an edge between any two tiers; none for order edges."""
    return {} if edge.kind == "order" else m.z.get((edge.src, edge.dst), {})


class ModelClock:
    """Durations as linear expressions; `latest` and `times` are lower bounds that an optimum meets."""

    def __init__(self, m: Model) -> None:
        self._m = m
        self._latency = {
            i: sum(o.latency_p95_us * m.x[i, o.pool] for o in options)
            for i, options in m.problem.options.items()
        }

    def operator(self, id: str) -> Expr:
        """One visit of an operator."""
        return self._latency[id]

    def hop(self, edge: int) -> Expr:
        """One crossing of an edge, wherever its ends are."""
        problem = self._m.problem
        e = problem.graph.edges[edge]
        hops = ((problem.hop(e, *ends), z) for ends, z in z_of(self._m, e).items())
        return sum(hop.us * z for hop, z in hops if hop and hop.us)

    def plus(self, *terms: Expr) -> Expr:
        """One after another."""
        return sum(terms)

    def latest(self, terms: Sequence[Expr]) -> Expr:
        """At least the greatest."""
        if len(terms) < 2:  # noqa: PLR2004 (nothing to compare)
            return terms[0] if terms else 0
        return self._at_least((1, 1, t) for t in terms)

    def times(self, factor: Fraction, term: Expr) -> Expr:
        """At least so many times."""
        if factor.denominator == 1:
            return factor.numerator * term
        return self._at_least([(factor.denominator, factor.numerator, term)])

    def branch(self, step: Branch, durations: Sequence[Expr]) -> Expr:
        """The slowest block that can happen."""
        return self.latest(taken(step, durations, 95))

    def _at_least(self, terms: Iterable[tuple[int, int, Expr]]) -> Expr:
        made = self._m.cp.new_int_var(0, max(self._m.problem.horizon_us, 1), "")
        for scale, factor, term in terms:
            self._m.cp.add(scale * made >= factor * term)
        return made
