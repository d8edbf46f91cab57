"""What a plan was made from, as the manifest keeps it: edges of the graph, tiers and links of the fleet."""

from __future__ import annotations

from typing import Literal

import msgspec


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every manifest record: immutable, keyword-only, strict when read."""


class EdgeRecord(Record, frozen=True, kw_only=True, rename={"src": "from", "dst": "to"}):
    """One edge of the graph, crossing tiers or not."""

    src: str
    dst: str
    bytes: int
    visits: float
    kind: Literal["data", "order"]
    carried: bool


class TierRecord(Record, frozen=True, kw_only=True):
    """One tier as the plan saw it: how many there are and what a device-hour costs, and why.

    Models live in `memory_gb` of the device, tools and stores in `host_memory_gb` of its host. `kind`
    is accelerator or cpu, null where no device is known. `up` is the share of time that a replica
    is up, `gco2_per_kwh` what its power emits, the facility's share included.
    """

    name: str
    device: str | None
    kind: str | None = None
    count: int | None
    usd_per_hour: float
    watts: float
    memory_gb: float | None
    host_memory_gb: float | None = None
    price_basis: str
    price_source: str
    price_date: str
    regions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    spot: bool = False
    up: float = 1.0
    gco2_per_kwh: float = 0.0


class LinkRecord(Record, frozen=True, kw_only=True):
    """The link between two tiers, in both directions."""

    id: str
    between: tuple[str, str]
    gbps: float
    latency_us: float
    usd_per_gb: float
    usd_per_transfer: float
