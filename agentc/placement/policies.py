"""The limits of `rules.py` as CP-SAT sees them. Letters as in `constraints.py`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++.

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Any

from agentc.placement.availability import sizes
from agentc.placement.goals import money

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentc.placement.constraints import Model
    from agentc.placement.problem import Problem
    from agentc.placement.rules import Limit

Expr = Any
MANY = 10**9
UNITS = {
    "tiers": "operators elsewhere",
    "together": "tiers",
    "apart": "operators on one tier",
    "kv": "crossings",
    "max_replicas": "replicas",
    "budget": "USD an hour",
    "availability": "trillionths missing",
}


def most_of(problem: Problem, limit: Limit) -> int:
    """The greatest amount that a limit allows, in whole units."""
    if limit.kind == "availability":
        return problem.may_miss or 0
    return floor(limit.most * per_unit(problem, limit) + 1e-6)


def per_unit(problem: Problem, limit: Limit) -> int:
    """Whole units in one of what the limit counts: money units in a USD, else one."""
    return round(1 / problem.unit_usd) if limit.kind == "budget" else 1


def amount(m: Model, limit: Limit) -> Expr:
    """What a plan makes of a limit, or an upper bound of it that an optimum meets."""
    return AMOUNTS[limit.kind](m, limit)


def _elsewhere(m: Model, limit: Limit) -> Expr:
    """Sum of y[i,j] over the tiers j that are not allowed."""
    here = set(limit.tiers)
    return sum(y for (i, j), y in m.y.items() if i in limit.operators and j not in here)


def _refused_crossings(m: Model, limit: Limit) -> Expr:
    """Sum of z[e,j,k] over the pairs of tiers that are refused."""
    crossings = m.z[limit.operators[0], limit.operators[1]]
    return sum(crossings[ends] for ends in limit.refused if ends in crossings)


def _money(m: Model, _limit: Limit) -> Expr:
    return money(m)


def _missing(m: Model, _limit: Limit) -> Expr:
    """Sum of what the pools miss to "always"."""
    return sum(m.missing.values())


def _tiers_used(m: Model, limit: Limit) -> Expr:
    """Sum over j of u[j], u[j] >= y[i,j]."""
    used: list[Expr] = []
    for j in m.problem.counts:
        here = [m.y[i, j] for i in limit.operators if (i, j) in m.y]
        if here:
            used.append(m.cp.new_bool_var(f"used[{limit.name},{j}]"))
            m.cp.add_max_equality(used[-1], here)
    return sum(used)


def _most_on_one(m: Model, limit: Limit) -> Expr:
    """Max over j of the sum of y[i,j]."""
    most = m.cp.new_int_var(0, len(limit.operators), f"most[{limit.name}]")
    for j in m.problem.counts:
        m.cp.add(most >= sum(m.y[i, j] for i in limit.operators if (i, j) in m.y))
    return most


def _most_replicas(m: Model, limit: Limit) -> Expr:
    """Max of n[p] over the pools p that serve one of the operators."""
    most = m.cp.new_int_var(0, MANY, f"most[{limit.name}]")
    for (i, p), x in m.x.items():
        if i in limit.operators and p in m.n:
            m.cp.add(most >= m.n[p]).only_enforce_if(x)
    return most


AMOUNTS: dict[str, Callable[[Model, Limit], Expr]] = {
    "tiers": _elsewhere,
    "together": _tiers_used,
    "apart": _most_on_one,
    "kv": _refused_crossings,
    "max_replicas": _most_replicas,
    "budget": _money,
    "availability": _missing,
}


def add_spares(m: Model, pool: str, needed: tuple[int, int], least: int) -> tuple[Expr, Expr]:
    """(needed, n) of a pool, tied to what is missing to "always" by a table; (0, 0) when it is unused.

    `needed` are the fewest and the most replicas that its load can ask for.
    """
    rows = [(0, 0, 0)]
    for b in range(needed[0], needed[1] + 1):
        rows += [(b, n, u) for n, u in sizes(m.problem, pool, b, least)]
        rows += [(b, n, u) for n, u in sizes(m.problem, pool, b, 1) if n < least]
    top, worst = max(r[1] for r in rows), max(r[2] for r in rows)
    base = m.cp.new_int_var(0, needed[1], f"needed[{pool}]")
    n = m.cp.new_int_var(0, top, f"n[{pool}]")
    m.missing[pool] = m.cp.new_int_var(0, worst, f"missing[{pool}]")
    m.cp.add_allowed_assignments([base, n, m.missing[pool]], sorted(set(rows)))
    return base, n
