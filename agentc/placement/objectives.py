"""What a plan is chosen for: money, time, energy, carbon, a mix of them, or the front of the first two.

    tco      USD an hour, or a request when metered (with the penalty of a soft limit)
    latency  e2e p95
    energy   the power of all replicas, or the energy of a request when metered
    carbon   what that power emits, by each tier's grid
    pareto   tco, with every plan that is cheaper or faster than its neighbors beside it
    tco=0.7,carbon=0.3    each as a share of the least there is of it, weighted

The energy of a visit is its busy time at its replica's full power; replicas that are paid by the hour
draw it all the time. Both err high.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.diagnostics import error, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

SINGLE = ("tco", "latency", "energy", "carbon")
OBJECTIVES = (*SINGLE, "pareto")


def weights_of(objective: str) -> Mapping[str, float]:
    """The weight of each single objective, by its name; they sum to 1.

    Raises:
        AgentcError: an objective that is none, or a weight that is no number above zero.
    """
    if objective == "pareto":
        return {"tco": 1.0}
    if "=" not in objective:
        return {_known(objective, OBJECTIVES): 1.0}
    found: dict[str, float] = {}
    for part in objective.split(","):
        name, _, weight = part.partition("=")
        found[_known(name.strip(), SINGLE)] = _weight(part, weight)
    total = sum(found.values())
    return {name: weight / total for name, weight in found.items()}


def _known(name: str, names: tuple[str, ...]) -> str:
    if name not in names:
        hint = nearest(name, names) or f"one of {', '.join(names)}, or a mix such as tco=0.7,carbon=0.3"
        raise error(f"unknown objective {name!r}", hint=hint)
    return name


def _weight(part: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0 < weight < float("inf"):
        raise error(
            f"{part.strip()!r} is no weighted objective", hint="write a mix such as tco=0.7,carbon=0.3"
        )
    return weight
