"""What a reader of a plan must know of its tiers: prices that are old, what engines were timed as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels.catalog.read import find_model, knows_model
from agentc.costmodels.fleet import whole_of
from agentc.costmodels.prices import old_prices
from agentc.costmodels.served import about
from agentc.diagnostics import nearest
from agentc.ir.graph import ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentc.costmodels.fleet import Tier
    from agentc.ir.graph import Operator


def notes_on_tiers(tiers: Iterable[Tier]) -> Iterator[str]:
    """Say so of each tier that a plan uses. Reads no clock: see `prices.py` for when a price is old."""
    used = list(tiers)
    yield from old_prices(used)
    for tier in used:
        if tier.calibration is not None:
            yield f"LLM operators on tier {tier.name!r} rest on {tier.calibration.about}."


def notes_on_profiles(tiers: Iterable[Tier], operators: Iterable[Operator]) -> Iterator[str]:
    """Name the keys of profiles that price nothing of an agent, with the nearest that would.

    Roles and `model/role` of other agents' operators are what a fleet is shared for: not a word of them.
    """
    mine = list(operators)
    names = [(o.id, whole_of(o.id, o.role), f"{o.model}/{o.role}", o.role) for o in mine]
    known = dict.fromkeys(key for of_one in names for key in of_one if key and not key.startswith("None/"))
    for tier in tiers:
        for key in tier.profile:
            if key not in known and not _elsewhere(key):
                hint = nearest(key, known) or f"keys that would: {', '.join(known)}"
                yield f"profile key {key} of tier {tier.name} matches nothing; {hint}"


def _elsewhere(key: str) -> bool:
    model, _, role = key.rpartition("/")
    return role in ROLES.values() and (not model or knows_model(model))


def notes_on_llms(tier: Tier, operators: Iterable[Operator], *, tp: int = 1, pp: int = 1) -> Iterator[str]:
    """Say which stack the times of these generating operators are for on a tier, and how far off they may be.

    Nothing is said where a profile of the fleet or a calibrated engine gives the times of all of them.
    """
    for o in operators:
        if tier.device is None or tier.profile_of(o.id, o.role, o.model):
            continue
        model = find_model(o.model or "", o.location)
        if tier.calibration is None or tier.calibration.engine_of(model, None, tp, pp) is None:
            yield about(tier, model)
            return
