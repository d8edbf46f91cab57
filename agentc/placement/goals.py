"""The objectives of a placement as sums of (coefficient, variable)."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.placement.energy import of_option, of_pool
from agentc.placement.model_clock import z_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.placement.constraints import Model

Expr = Any
Term = tuple[int, Expr]


def cost(m: Model) -> Expr:
    """Objective tco: the money and what missing a soft limit costs, sigma slack."""
    return _sum(money_terms(m)) + m.problem.soft_money_per_us * m.slack


def money(m: Model) -> Expr:
    """The money alone."""
    return _sum(money_terms(m))


def money_terms(m: Model) -> list[Term]:
    """Sum x[i,p] money + sum z[e,j,k] money + sum n[p] money an hour."""
    problem = m.problem
    terms: list[Term] = [
        (problem.option_money(o), m.x[i, o.pool]) for i, options in problem.options.items() for o in options
    ]
    for edge in problem.graph.edges:
        terms += [
            (problem.hop_money(edge, hop), z)
            for ends, z in z_of(m, edge).items()
            if (hop := problem.hop(edge, *ends)) and hop.usd
        ]
    return terms + [(problem.pool_money(p), n) for p, n in m.n.items()]


def goal_terms(m: Model, objective: str) -> list[Term]:
    """A single objective as (coefficient, variable): see `objectives.py`."""
    if objective == "tco":
        return [*money_terms(m), (m.problem.soft_money_per_us, m.slack)]
    if objective == "latency":
        return [(1, m.e2e)]
    kind = "carbon" if objective == "carbon" else "energy"
    visits = [
        (of_option(m.problem, o, kind), m.x[i, o.pool])
        for i, options in m.problem.options.items()
        for o in options
    ]
    return visits + [(of_pool(m.problem, p, kind), n) for p, n in m.n.items()]


def goal(m: Model, objective: str) -> Expr:
    """A single objective."""
    return _sum(goal_terms(m, objective))


def mixed_goal(m: Model, scales: Mapping[str, float]) -> Expr:
    """Each single objective times its scale, coefficients rounded."""
    return _sum([(round(c * scale), v) for k, scale in scales.items() for c, v in goal_terms(m, k)])


def _sum(terms: list[Term]) -> Expr:
    return sum(c * v for c, v in terms if c)
