"""Energy and carbon of a plan in whole numbers, the same for the solver and for `evaluate`.

Metered, a visit takes its busy time at its replica's power: microjoules of a request. With a load every
replica draws its power all the time: microwatts. Carbon multiplies each by its tier's g/kWh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.placement.problem import Option, Problem

Kind = Literal["energy", "carbon"]
MILLION = 1_000_000
JOULES_PER_KWH = 3.6e6
SECONDS_PER_HOUR = 3600.0


def of_option(problem: Problem, option: Option, kind: Kind) -> int:
    """What choosing an option adds: nothing with a load, as replicas draw power anyway."""
    if problem.provisioned:
        return 0
    pool = problem.pools[option.pool]
    joules = problem.graph.operators[option.operator].visits * option.busy_s * pool.watts
    return round(joules * _factor(problem, pool.tier, kind) * MILLION)


def of_pool(problem: Problem, pool: str, kind: Kind) -> int:
    """What one replica adds: nothing when metered."""
    if not problem.provisioned:
        return 0
    template = problem.pools[pool]
    return round(template.watts * _factor(problem, template.tier, kind) * MILLION)


def of_plan(problem: Problem, assignment: Mapping[str, str], replicas: Mapping[str, int], kind: Kind) -> int:
    """The energy or carbon of a whole plan."""
    visits = sum(of_option(problem, problem.option(i, p), kind) for i, p in assignment.items())
    return visits + sum(n * of_pool(problem, p, kind) for p, n in replicas.items())


def shown(problem: Problem, value: int, kind: Kind) -> float:
    """Watts or joules a request; grams an hour or grams a request."""
    amount = value / MILLION
    if kind == "energy":
        return amount
    return amount / 1000 if problem.provisioned else amount / JOULES_PER_KWH


def unit(problem: Problem, kind: Kind) -> str:
    """The unit of what is shown."""
    if kind == "energy":
        return "W" if problem.provisioned else "J/request"
    return "gCO2/h" if problem.provisioned else "gCO2/request"


def _factor(problem: Problem, tier: str, kind: Kind) -> float:
    return problem.gco2_per_kwh.get(tier, 1.0) if kind == "carbon" else 1.0
