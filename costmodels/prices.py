"""Prices and their age: what a tier pays for an hour of one device, and since when that is known.

A price is reported as old when it is more than a year older than the catalog's own date
(`released` in `catalog/sources.yaml`). That rule reads no clock, so the same input always gives
the same plan; `agentc compile` also compares with today, on the terminal alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from agentc.costmodels.catalog.read import offers_of, released, tco_scenarios
from agentc.costmodels.tco import Ownership, owned_cost, paper_full_usd_per_hour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentc.costmodels.catalog.records import Offer
    from agentc.costmodels.fleet import Defaults

OLDEST_DAYS = 365
ACCOUNTING = ("annuity", "paper")


class Priced(Protocol):
    """What a tier says of its price, in a fleet as in a manifest."""

    @property
    def name(self) -> str:
        """The tier's name."""
        ...

    @property
    def price_source(self) -> str:
        """Who asks this price."""
        ...

    @property
    def price_date(self) -> str:
        """Since when it is known, ISO; empty where nobody said."""
        ...


@dataclass(frozen=True)
class Price:
    """USD an hour of one device, and in words what it rests on."""

    usd_per_hour: float
    basis: str
    source: str
    date: str = ""


def ownership(d: Defaults) -> Ownership:
    """The parameters of a fleet's owned tiers."""
    return Ownership(
        d.years,
        d.interest,
        d.usd_per_kwh,
        d.pue,
        d.hosting_usd_per_kw_month,
        d.network_share,
        d.residual_share,
        d.utilisation,
    )


def owned_price(capex_usd: float, watts: float, d: Defaults) -> Price:
    """An hour of an owned device; the source says what was counted."""
    how = ownership(d)
    power = f"{watts:g} W" if watts else "power not stated, so not counted"
    words = f"capex {capex_usd:g} USD over {d.years:g} years at {d.interest:.1%}, {power}"
    if d.accounting == "paper":
        money = {"years": d.years, "interest": d.interest, "usd_per_kwh": d.usd_per_kwh * d.pue}
        usd = paper_full_usd_per_hour(capex_usd, watts, **money)
        return Price(usd, "owned", f"{words}, the paper's reading")
    extra = [
        (how.hosting_usd_per_kw_month, f"hosting {how.hosting_usd_per_kw_month:g} USD/kW-month"),
        (how.network_share, f"network {how.network_share:.0%}"),
        (how.residual_share, f"residual {how.residual_share:.0%}"),
        (how.utilisation != 1.0, f"used {how.utilisation:.0%} of hours"),
    ]
    counted = "".join(f", {what}" for on, what in extra if on)
    return Price(owned_cost(capex_usd, watts, how).usd_per_hour, "owned", words + counted)


def offered_price(offer: Offer, *, spot: bool = False) -> Price:
    """The dated price of a provider's offer."""
    kind = "spot" if spot else "on demand"
    read = "; dated when read" if offer.date_is == "read" else ""
    source = f"{offer.provider} {offer.instance}, {kind}{read}"
    return Price(offer.device_usd_per_hour(spot=spot), "catalog", source, offer.date)


def catalog_price(device: str, *, provider: str | None = None, spot: bool = False) -> Price | None:
    """The cheapest dated offer of a device; None where there is none such."""
    offers = offers_of(device, provider=provider, spot=spot)
    return offered_price(offers[0], spot=spot) if offers else None


def scenario_names() -> list[str]:
    """Sets of ownership parameters that the catalog holds."""
    return list(tco_scenarios())


def old_prices(tiers: Iterable[Priced], on: date | None = None) -> Iterator[str]:
    """One line for each tier whose price was more than a year old on a day: the catalog's, or `on`."""
    day = on or date.fromisoformat(released())
    for tier in tiers:
        if not tier.price_date:
            continue
        age = (day - date.fromisoformat(tier.price_date)).days
        if age > OLDEST_DAYS:
            against = "today" if on else f"the catalog's date, {day.isoformat()}"
            yield (
                f"The price of tier {tier.name!r} is of {tier.price_date}, more than a year before"
                f" {against} ({tier.price_source})."
            )
