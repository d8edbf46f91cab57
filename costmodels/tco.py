"""Total cost of ownership: what a device-hour costs, owned or rented.

Owned has two readings, never mixed:

- the paper's *operating* column: power plus interest, principal left out (its capex comes on top);
- the full hourly cost: an annuity that pays capital and interest back in equal months, plus power,
  and, where they are stated, hosting, network, what the device still fetches at the end, and the
  hours in which nobody uses it.

Letters: capex C USD, yearly interest r, years Y, TDP W watts, p USD/kWh, PUE the facility's power
for a watt of device, H USD for hosting a kW a month, n network and ρ residual value as shares of
capex, u the share of hours in use. A year has 8,760 hours. Parameters and sources are in
`catalog/tco.yaml`. Staff, software licenses, taxes and spares are not counted.

Rented: the provider's dated price, as it stands in `catalog/prices.yaml` or in the fleet file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

HOURS_PER_YEAR = 8760
MONTHS_PER_YEAR = 12


WATTS_PER_KW = 1000.0
IDLE_POWER_SHARE = 0.15
"""Of the TDP, in hours without work: `idle_power_share` of the catalog."""


@dataclass(frozen=True)
class Ownership:
    """How hardware is financed, housed and used; the defaults are the paper's."""

    years: float = 4.0
    interest: float = 0.08
    usd_per_kwh: float = 0.40
    pue: float = 1.0
    hosting_usd_per_kw_month: float = 0.0
    network_share: float = 0.0
    residual_share: float = 0.0
    utilisation: float = 1.0


@dataclass(frozen=True)
class OwnedCost:
    """Where an hour of use of one owned device goes, in USD."""

    capital_usd_per_hour: float
    power_usd_per_hour: float
    hosting_usd_per_hour: float

    @property
    def usd_per_hour(self) -> float:
        """All of it."""
        return self.capital_usd_per_hour + self.power_usd_per_hour + self.hosting_usd_per_hour


def owned_cost(capex_usd: float, watts: float, how: Ownership) -> OwnedCost:
    """What each hour of use costs, all hours of the year paid for.

        capital = A(C·(1 + n) - ρ·C·(1 + r/12)^(-12·Y)) / u     A: the annuity below
        power   = W·(u + (1 - u)·idle)/1000·PUE·p / u           idle draws 15% of W
        hosting = W/1000·H·12/8760 / u                          space is paid by the rated power

    The residual value comes in at the end, so its present value is what it takes off the capital.
    """
    months = MONTHS_PER_YEAR * how.years
    sold = how.residual_share * (1.0 + how.interest / MONTHS_PER_YEAR) ** -months
    tied = capex_usd * (1.0 + how.network_share - sold)
    used = how.utilisation
    drawn = watts * (used + (1.0 - used) * IDLE_POWER_SHARE)
    hosting = watts / WATTS_PER_KW * how.hosting_usd_per_kw_month * MONTHS_PER_YEAR / HOURS_PER_YEAR
    return OwnedCost(
        annuity_usd_per_hour(tied, how.interest, how.years) / used,
        power_usd_per_hour(drawn, how.usd_per_kwh, how.pue) / used,
        hosting / used,
    )


def power_usd_per_hour(watts: float, usd_per_kwh: float, pue: float = 1.0) -> float:
    """W/1000·PUE·p: an hour at the TDP."""
    return watts / 1000.0 * pue * usd_per_kwh


def annuity_usd_per_hour(capex_usd: float, interest: float, years: float) -> float:
    """C·i/(1 - (1 + i)^-m) each month over m = 12·Y months, i = r/12, spread over a month's hours."""
    months = MONTHS_PER_YEAR * years
    rate = interest / MONTHS_PER_YEAR
    paid_back = -math.expm1(-months * math.log1p(rate))  # exact where rates are tiny
    monthly = capex_usd * rate / paid_back if paid_back > 0 else capex_usd / months
    return monthly * MONTHS_PER_YEAR / HOURS_PER_YEAR


def owned_usd_per_hour(
    capex_usd: float,
    watts: float,
    *,
    years: float = 4.0,
    interest: float = 0.08,
    usd_per_kwh: float = 0.40,
    pue: float = 1.0,
) -> float:
    """Full hourly cost of an owned device: annuity plus power."""
    return annuity_usd_per_hour(capex_usd, interest, years) + power_usd_per_hour(watts, usd_per_kwh, pue)


def paper_operating_usd_per_hour(
    capex_usd: float, watts: float, *, years: float = 4.0, interest: float = 0.08, usd_per_kwh: float = 0.40
) -> float:
    """The paper's operating cost: W/1000·p + C·((1 + r/12)^(12·Y) - 1)/(8760·Y).

    Interest compounds monthly and no principal is in it. This gives the last column of the paper's
    Table 5 within a cent, but for H100 (0.55 here, 0.60 printed).
    """
    growth = (1.0 + interest / MONTHS_PER_YEAR) ** (MONTHS_PER_YEAR * years) - 1.0
    return power_usd_per_hour(watts, usd_per_kwh) + capex_usd * growth / (HOURS_PER_YEAR * years)


def paper_full_usd_per_hour(
    capex_usd: float, watts: float, *, years: float = 4.0, interest: float = 0.08, usd_per_kwh: float = 0.40
) -> float:
    """The paper's operating cost plus the principal in equal hours: C/(8760·Y)."""
    operating = paper_operating_usd_per_hour(
        capex_usd, watts, years=years, interest=interest, usd_per_kwh=usd_per_kwh
    )
    return operating + capex_usd / (HOURS_PER_YEAR * years)
