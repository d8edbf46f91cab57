"""Total cost of ownership: what a device-hour costs, owned or rented.

Owned has two readings, never mixed:

- the paper's *operating* column: power plus interest, principal left out (its capex comes on top);
- the full hourly cost: an annuity that pays capital and interest back in equal months, plus power.

Letters: capex C USD, yearly interest r, years Y, TDP W watts, p USD/kWh, PUE the facility's power
for a watt of device. A year has 8,760 hours. Power is counted at the TDP for every hour:
utilisation is taken as 100%, which errs high for devices that idle. Hosting, network, staff and
residual value are not counted here.

Rented: the provider's dated price, as it stands in `catalog/prices.yaml` or in the fleet file.
"""

from __future__ import annotations

import math

HOURS_PER_YEAR = 8760
MONTHS_PER_YEAR = 12


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
