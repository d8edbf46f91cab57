"""A fleet: the tiers of hardware that a plan may use, their prices and the links between them.

`read_fleet` reads the fleet file; `fleet_file.py` holds its grammar. Prices are USD an hour of one
device, bandwidth of links is in 1e9 bits a second, both directions alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agentc.costmodels.calibration.profile import UserProfile
    from agentc.costmodels.catalog.records import Device
    from agentc.diagnostics import Location

NO_PROFILE: Mapping[str, Profile] = MappingProxyType({})
WHOLE: Mapping[tuple[str, str], bool] = MappingProxyType(
    {
        ("prefill", "prefill"): False,
        ("decode", "decode"): True,
        ("lookup", "tool"): False,
        ("compute", "tool"): True,
        ("embed", "embed"): False,
        ("lookup", "memory"): True,
        ("rerank", "rerank"): False,
    }
)
"""Parts of an operator by (last word of the id, role), and whether one stands for the whole of it."""


def whole_of(operator_id: str, role: str) -> str | None:
    """The id of the operator that this one is a part of, as its author wrote it; None for no part."""
    whole, _, part = operator_id.rpartition(".")
    return whole if whole and (part, role) in WHOLE else None


@dataclass(frozen=True)
class Profile:
    """Profiled figures of one visit of an operator. `usd` None: the device's time is paid."""

    latency_ms: float
    latency_ms_p95: float
    usd: float | None = None


UP = 0.999
"""Share of time that a replica is up where nobody says: nine hours a year down. An assumption."""


@dataclass(frozen=True)
class Spot:
    """Devices that may be taken away: how often an hour, and how long until a replica is back."""

    interruptions_per_hour: float
    restart_minutes: float

    @property
    def up(self) -> float:
        """The share of time up with f interruptions an hour of r hours each: 1/(1 + f r)."""
        return 1.0 / (1.0 + self.interruptions_per_hour * self.restart_minutes / 60.0)


@dataclass(frozen=True)
class Rule:
    """A rule of the fleet file about the operators that `operators` names (globs over their ids).

    `tiers` allows only these, `regions` and `labels` only tiers that have one of the regions and all
    of the labels, `spot` False no spot tiers; `together` wants one tier for all of them, `apart`
    different ones; `min_replicas` and `max_replicas` bound the pools that serve them. A rule without
    operators states `budget_usd_per_hour`.
    """

    operators: tuple[str, ...]
    location: Location
    tiers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    spot: bool = True
    together: bool = False
    apart: bool = False
    min_replicas: int | None = None
    max_replicas: int | None = None
    budget_usd_per_hour: float | None = None


@dataclass(frozen=True)
class Tier:
    """Devices of one kind at one price.

    `count` None means as many as wanted. `device` None means that nothing is known of the hardware:
    only profiled operators may run here. `price_basis` is rented, owned, catalog or unstated;
    `price_date` is ISO, empty where the file's author states the price and no date. `watts` is one
    device's TDP. `calibration` is what was measured of the engine that runs here. `regions` and
    `labels` are what rules of residency ask for. `availability` is the share of time that a replica is
    up (None: `UP` by default, or by the interruptions of a `spot` tier),
    `gco2_per_kwh` what its grid emits (None: the fleet's default). `stack` is the serving stack that
    the file states, as it states it (see `served.py`).
    """

    name: str
    device: Device | None
    count: int | None
    usd_per_hour: float
    watts: float
    price_basis: str
    price_source: str
    price_date: str
    location: Location
    profile: Mapping[str, Profile] = field(default_factory=lambda: NO_PROFILE)
    calibration: UserProfile | None = None
    regions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    availability: float | None = None
    spot: Spot | None = None
    stack: str = ""
    gco2_per_kwh: float | None = None

    @property
    def up(self) -> float:
        """The share of time that a replica is up: stated, else 1/(1 + f r) on spot, else `UP`."""
        if self.availability is not None:
            return self.availability
        return self.spot.up if self.spot else UP

    def profile_of(self, operator_id: str, role: str, model: str | None) -> Profile | None:
        """The most exact profile of an operator: by its id, else `model/role`, else its role.

        A profile by the id that the author wrote is of the whole operator: `tl` of `tl.lookup` and
        `tl.compute`, `ans` of `ans.prefill` and `ans.decode`, `hits` of `hits.embed`, `hits.lookup` and
        `hits.rerank`. All of it goes to one part (compute, decode, lookup), the others are free here.
        That is exact where all parts run on this tier, so a plan keeps them together (`whole_of`); the
        first token of a whole answer then comes when its decode begins.
        """
        if operator_id in self.profile:
            return self.profile[operator_id]
        whole = self.whole_profile_of(operator_id, role)
        if whole is not None:
            stands = WHOLE[operator_id.rpartition(".")[2], role]
            return self.profile[whole] if stands else Profile(0.0, 0.0, 0.0)
        return next((self.profile[k] for k in (f"{model}/{role}", role) if k in self.profile), None)

    def whole_profile_of(self, operator_id: str, role: str) -> str | None:
        """The key of the profile that prices the operator of which this one is a part, if there is one."""
        whole = whole_of(operator_id, role)
        return whole if whole in self.profile and operator_id not in self.profile else None


@dataclass(frozen=True)
class Link:
    """The way between two tiers: `gbps` 1e9 bits a second, `usd_per_gb` for 1e9 bytes."""

    id: str
    gbps: float
    latency_us: float
    usd_per_gb: float = 0.0
    usd_per_transfer: float = 0.0


WITHIN_A_TIER = Link("local", math.inf, 0.0)


@dataclass(frozen=True)
class Defaults:
    """What tiers and links are given that state nothing else.

    The numbers here are the paper's; `scenario` takes those of another one from the catalog's
    `tco.yaml` first, and single keys override it. `accounting` is annuity or paper (see `tco.py`).
    """

    years: float = 4.0
    interest: float = 0.08
    usd_per_kwh: float = 0.40
    pue: float = 1.0
    link_gbps: float = 100.0
    link_latency_us: float = 50.0
    hosting_usd_per_kw_month: float = 0.0
    network_share: float = 0.0
    residual_share: float = 0.0
    utilisation: float = 1.0
    gco2_per_kwh: float = 481.0
    accounting: str = "annuity"
    scenario: str = "paper"


@dataclass(frozen=True)
class Fleet:
    """All tiers in the file's order, the stated links by their unordered pair of tier names."""

    name: str
    tiers: tuple[Tier, ...]
    links: Mapping[frozenset[str], Link]
    path: str
    defaults: Defaults = field(default_factory=Defaults)
    rules: tuple[Rule, ...] = ()

    def tier(self, name: str) -> Tier:
        """The tier of this name; KeyError when there is none."""
        found = next((t for t in self.tiers if t.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def gco2_per_kwh(self, tier: Tier) -> float:
        """What a kWh at a tier's devices emits, the facility's share included."""
        stated = self.defaults.gco2_per_kwh if tier.gco2_per_kwh is None else tier.gco2_per_kwh
        return stated * self.defaults.pue

    def link(self, a: str, b: str) -> Link:
        """The link between two tiers: stated, else of default speed; free inside a tier."""
        if a == b:
            return WITHIN_A_TIER
        stated = self.links.get(frozenset((a, b)))
        if stated:
            return stated
        order = [t.name for t in self.tiers]
        first, second = sorted((a, b), key=order.index)
        return Link(f"{first}--{second}", self.defaults.link_gbps, self.defaults.link_latency_us)


def read_fleet(path: str | Path) -> Fleet:
    """Read and check a fleet file.

    Raises:
        AgentcError: the file is missing or wrong; the message points at the line and column.
    """
    from agentc.costmodels.fleet_file import parse_fleet  # noqa: PLC0415 -- it builds on this module

    return parse_fleet(path)
