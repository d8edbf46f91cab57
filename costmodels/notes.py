"""What a reader of a plan must know of its tiers: prices that are old, engines that were calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels.prices import old_prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentc.costmodels.fleet import Tier


def notes_on_tiers(tiers: Iterable[Tier]) -> Iterator[str]:
    """Say so of each tier that a plan uses. Reads no clock: see `prices.py` for when a price is old."""
    used = list(tiers)
    yield from old_prices(used)
    for tier in used:
        if tier.calibration is not None:
            yield f"LLM operators on tier {tier.name!r} rest on {tier.calibration.about}."
