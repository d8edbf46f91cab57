"""Energy and carbon: what a request and an hour draw, and what that emits.

    energy of a visit = busy seconds · replica's TDP · draw · server · PUE
    carbon            = energy · intensity of the grid

`draw` is the part of the TDP that a device takes while it works: reading prompts counts as all of it;
decoding rises with the logarithm of the batch from 0.52 alone to 0.83 at 64 sequences, as measured.
`server` is what the rest of the machine adds at the wall (1.30, from 8 x B200 at 10.4 kW), for
accelerators; a CPU machine's TDP is its own. An hour of reserved replicas also pays for idling at
0.15 of the TDP. Making the hardware emits too; that is not counted. Parameters: `catalog/tco.yaml`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.costmodels.catalog.read import devices, tco_parameters

if TYPE_CHECKING:
    from agentc.plan import Plan, Pool

J_PER_KWH = 3.6e6
WATTS_PER_KW = 1e3
PER_1K = 1000.0
FULL_BATCH = 64.0


@dataclass(frozen=True)
class Footprint:
    """Energy and carbon of a plan; figures of an hour are None where nothing is reserved."""

    kwh_per_1k_requests: float
    gco2_per_1k_requests: float
    kwh_per_hour: float | None
    gco2_per_hour: float | None


def energy_kwh(busy_s: float, watts: float, *, pue: float = 1.0) -> float:
    """Energy at the meter of `busy_s` seconds of work that draws `watts` at the machine."""
    return busy_s * watts * pue / J_PER_KWH


def carbon_gco2(kwh: float, gco2_per_kwh: float) -> float:
    """What that energy emits on a grid of this intensity."""
    return kwh * gco2_per_kwh


def draw_share(role: str, batch: float = 1.0) -> float:
    """The part of its TDP that a device draws while it does this."""
    if role != "decode":
        return 1.0
    alone, full = _value("decode_power_share_alone"), _value("decode_power_share_batch")
    rise = min(1.0, math.log2(max(1.0, batch)) / math.log2(FULL_BATCH))
    return alone + (full - alone) * rise


def plan_footprint(plan: Plan, *, gco2_per_kwh: float, pue: float = 1.0) -> Footprint:
    """Energy and carbon of a plan, from its manifest alone.

    Metered, a request pays for the seconds that it occupies; with a load, all replicas draw by
    their utilisation every hour, and requests share that.
    """
    pools = {p.id: p for p in plan.pools}
    if plan.rate_per_s and plan.mode == "provisioned":
        watts = sum(_pool_watts(p) for p in plan.pools)
        hour = watts * pue / WATTS_PER_KW
        each = hour / (plan.rate_per_s * 3600.0) * PER_1K
    else:
        hour = None
        busy = ((o.visits * o.busy_s, pools[o.pool]) for o in plan.operators)
        each = PER_1K * sum(energy_kwh(s, _working_watts(p) / p.replicas, pue=pue) for s, p in busy)
    carbon = None if hour is None else carbon_gco2(hour, gco2_per_kwh)
    return Footprint(each, carbon_gco2(each, gco2_per_kwh), hour, carbon)


def _working_watts(pool: Pool) -> float:
    """Power at the machine of all replicas of a pool while they work."""
    device = devices().get(pool.device)
    server = _value("server_power_share") if device and device.kind != "cpu" else 1.0
    return pool.watts * draw_share(pool.role, pool.max_batch) * server


def _pool_watts(pool: Pool) -> float:
    idle = _value("idle_power_share")
    return pool.utilisation * _working_watts(pool) + (1.0 - pool.utilisation) * idle * pool.watts


def _value(name: str) -> float:
    return tco_parameters()[name].value
