"""The grammar of fleet files: reads the YAML into a `Fleet`, refusing each mistake where it stands.

```yaml
fleet: my-cluster
currency: USD
tiers:
  - {name: big,   device: H100-SXM, count: 16, usd_per_hour: 2.95}      # rented
  - {name: cheap, device: Gaudi3,   count: 16, capex_usd: 15625}        # owned
  - {name: cpu,   device: m7i.2xlarge}                                  # catalog price, no limit
links:
  - {between: [big, cheap], gbps: 400, latency_us: 10, usd_per_gb: 0.0}
defaults: {years: 4, interest: 0.08, usd_per_kwh: 0.40, pue: 1.0, link_gbps: 100, link_latency_us: 50}
```
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from agentc.costmodels.catalog.read import cheapest_offer, find_device, stacks
from agentc.costmodels.catalog.records import PRECISIONS, Device
from agentc.costmodels.fleet import NO_PROFILE, Defaults, Fleet, Link, Profile, Tier
from agentc.costmodels.located import read_document
from agentc.costmodels.tco import owned_usd_per_hour
from agentc.diagnostics import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.costmodels.located import Value

TOP_KEYS = ("fleet", "currency", "tiers", "links", "defaults")
TIER_KEYS = ("name", "device", "count", "usd_per_hour", "capex_usd", "specs", "profile")
LINK_KEYS = ("between", "gbps", "latency_us", "usd_per_gb", "usd_per_transfer")
PROFILE_KEYS = ("latency_ms", "latency_ms_p95", "usd")
PEAK_KEYS = {f"{p}_tflops": p for p in PRECISIONS} | {"int8_tops": "int8"}
NUMBER_SPECS = (
    "memory_gb",
    "bandwidth_gbs",
    "tdp_watts",
    "scaleup_gbs",
    "scaleup_domain",
    "nic_gbps",
    "host_vcpus",
    "host_memory_gb",
    "host_bandwidth_gbs",
)
SPEC_KEYS = (*NUMBER_SPECS, *PEAK_KEYS, "kind", "stack", "vendor")
REQUIRED_SPECS = ("memory_gb", "bandwidth_gbs", "bf16_tflops")
VENDOR_STACKS = {
    "amd": "amd",
    "intel": "gaudi",
    "google": "tpu",
    "aws": "neuron",
    "apple": "apple",
    "nvidia": "nvidia-pcie",
}
ENDS = 2


def parse_fleet(path: str | Path) -> Fleet:
    """Read a fleet file; every refusal is an `AgentcError` with file, line and column."""
    document = read_document(path, "the fleet file")
    top = document.mapping(TOP_KEYS)
    _check_currency(top)
    defaults = _defaults(top.get("defaults"))
    if "tiers" not in top or top["tiers"].empty:
        raise document.wrong("the fleet file has no 'tiers'", "list at least one tier under tiers:")
    tiers = _tiers(top["tiers"], defaults)
    name = top["fleet"].text() if "fleet" in top else Path(path).stem
    links = _links(top.get("links"), tuple(t.name for t in tiers), defaults)
    return Fleet(name, tiers, links, str(path), defaults)


def _check_currency(top: Mapping[str, Value]) -> None:
    stated = top.get("currency")
    if stated and stated.text().upper() != "USD":
        raise stated.wrong(f"currency {stated.text()!r} is not supported", "state prices in USD")


def _defaults(value: Value | None) -> Defaults:
    if value is None or value.empty:
        return Defaults()
    stated = value.mapping(tuple(f.name for f in fields(Defaults)))
    positive = ("years", "pue", "link_gbps")
    return Defaults(**{key: v.number(above=key in positive) for key, v in stated.items()})


def _tiers(value: Value, defaults: Defaults) -> tuple[Tier, ...]:
    tiers: dict[str, Tier] = {}
    for item in value.items():
        tier = _tier(item, defaults)
        if tier.name in tiers:
            raise item.wrong(f"two tiers are called {tier.name!r}", "give each tier a name of its own")
        tiers[tier.name] = tier
    if not tiers:
        raise value.wrong("the fleet has no tiers", "list at least one tier under tiers:")
    return tuple(tiers.values())


def _tier(item: Value, defaults: Defaults) -> Tier:
    keys = item.mapping(TIER_KEYS)
    if "name" not in keys:
        raise item.wrong("a tier without a name", "add `name:`")
    device = _device(keys)
    if device is None and "profile" not in keys:
        hint = "state a device, its specs, or a profile of the operators it may run"
        raise item.wrong(f"nothing is known of tier {keys['name'].text()!r}", hint)
    blank = Tier(
        name=keys["name"].text(),
        device=device,
        count=keys["count"].count() if "count" in keys else None,
        usd_per_hour=0.0,
        watts=device.tdp_watts if device else 0.0,
        price_basis="unstated",
        price_source="",
        price_date="",
        location=item.location,
        profile=_profiles(keys.get("profile")),
    )
    return _priced(blank, keys, item, defaults)


def _priced(tier: Tier, keys: Mapping[str, Value], item: Value, d: Defaults) -> Tier:
    rented, owned = keys.get("usd_per_hour"), keys.get("capex_usd")
    if rented and owned:
        raise owned.wrong(
            f"tier {tier.name!r} states both usd_per_hour and capex_usd",
            "usd_per_hour is for rented devices, capex_usd for owned ones: keep one",
        )
    if rented:
        usd = rented.number(above=True, unit=" USD")
        return replace(tier, usd_per_hour=usd, price_basis="rented", price_source="fleet file")
    if owned:
        capex = owned.number(above=True, unit=" USD")
        power = f"{tier.watts:g} W" if tier.watts else "power not stated, so not counted"
        how = f"capex {capex:g} USD over {d.years:g} years at {d.interest:.1%}, {power}"
        money = {"years": d.years, "interest": d.interest, "usd_per_kwh": d.usd_per_kwh, "pue": d.pue}
        usd = owned_usd_per_hour(capex, tier.watts, **money)
        return replace(tier, usd_per_hour=usd, price_basis="owned", price_source=how)
    return _catalog_priced(tier, item) if tier.device else tier


def _catalog_priced(tier: Tier, item: Value) -> Tier:
    """Price a tier by the cheapest dated on-demand offer of its device."""
    device = tier.device
    assert device is not None
    offer = cheapest_offer(device.name)
    if offer is None:
        low_high = device.purchase_usd
        known = f"; it is bought for {low_high[0]:g} to {low_high[1]:g} USD" if low_high else ""
        hint = f"state usd_per_hour (rented) or capex_usd (owned){known}"
        raise item.wrong(f"no dated price is known for {device.name} of tier {tier.name!r}", hint)
    read = offer.date_is == "read"
    return replace(
        tier,
        usd_per_hour=offer.usd_per_device_hour,
        price_basis="catalog",
        price_source=f"{offer.provider} {offer.instance}, on demand" + ("; dated when read" if read else ""),
        price_date=offer.date,
    )


def _device(keys: Mapping[str, Value]) -> Device | None:
    stated = keys.get("device")
    known = find_device(stated.text(), stated.location) if stated else None
    return _with_specs(known, keys["specs"], keys["name"].text()) if "specs" in keys else known


def _with_specs(known: Device | None, specs: Value, tier: str) -> Device:
    """A device of stated specs, or a known one with some facts replaced."""
    stated = specs.mapping(SPEC_KEYS)
    missing = [k for k in REQUIRED_SPECS if k not in stated] if known is None else []
    if missing:
        raise specs.wrong(f"the specs of tier {tier!r} lack {', '.join(missing)}")
    words = {k: _word(k, stated[k]) for k in ("kind", "stack", "vendor") if k in stated}
    base = known or _unknown_device(tier, words)
    numbers = {k: stated[k].number(above=k != "tdp_watts") for k in NUMBER_SPECS if k in stated}
    if "scaleup_domain" in numbers:
        numbers["scaleup_domain"] = stated["scaleup_domain"].count()
    peaks = {p: stated[k].number(above=True) for k, p in PEAK_KEYS.items() if k in stated}
    tflops = MappingProxyType({**base.tflops, **peaks})
    made = replace(base, tflops=tflops, source="fleet file", verified=False, **numbers, **words)
    return _host_filled(made)


def _unknown_device(tier: str, words: Mapping[str, str]) -> Device:
    """A device nobody knows: its constants are those of its kind, else of its vendor's devices."""
    kind = words.get("kind", "accelerator")
    stack = "cpu" if kind == "cpu" else VENDOR_STACKS.get(words.get("vendor", "").lower(), "nvidia-pcie")
    return Device(f"{tier} (specs)", "unknown", kind, 0.0, 0.0, {}, stack)


def _host_filled(device: Device) -> Device:
    """Fill in a host's memory: a CPU machine is its own host, others get 4 GB and 3.2 GB/s a vCPU."""
    vcpus, own = device.host_vcpus, device.kind == "cpu"
    memory = device.host_memory_gb or (device.memory_gb if own else 4.0 * vcpus)
    bandwidth = device.host_bandwidth_gbs or (device.bandwidth_gbs if own else 3.2 * vcpus)
    return replace(device, host_memory_gb=memory, host_bandwidth_gbs=bandwidth)


def _word(key: str, value: Value) -> str:
    choices = {"kind": ("accelerator", "cpu"), "stack": tuple(stacks())}.get(key)
    word = value.text()
    if choices and word not in choices:
        hint = nearest(word, choices) or f"known: {', '.join(choices)}"
        raise value.wrong(f"unknown {key} {word!r}", hint)
    return word


def _profiles(value: Value | None) -> Mapping[str, Profile]:
    if value is None:
        return NO_PROFILE
    return MappingProxyType({key: _profile(key, entry) for key, entry in value.mapping().items()})


def _profile(key: str, entry: Value) -> Profile:
    stated = entry.mapping(PROFILE_KEYS)
    if "latency_ms" not in stated:
        raise entry.wrong(f"the profile of {key!r} lacks latency_ms")
    latency = stated["latency_ms"].number()
    p95 = stated["latency_ms_p95"].number() if "latency_ms_p95" in stated else latency
    if p95 < latency:
        raise stated["latency_ms_p95"].wrong(f"latency_ms_p95 of {key!r} is below its latency_ms")
    return Profile(latency, p95, stated["usd"].number() if "usd" in stated else None)


def _links(value: Value | None, tiers: tuple[str, ...], d: Defaults) -> Mapping[frozenset[str], Link]:
    made: dict[frozenset[str], Link] = {}
    for item in value.items() if value and not value.empty else []:
        keys = item.mapping(LINK_KEYS)
        if "between" not in keys:
            raise item.wrong("a link without ends", "add `between: [tier, tier]`")
        ends = _ends(keys["between"], tiers)
        if frozenset(ends) in made:
            raise item.wrong(f"two links between {ends[0]!r} and {ends[1]!r}")
        made[frozenset(ends)] = _link(f"{ends[0]}--{ends[1]}", keys, d)
    return MappingProxyType(made)


def _ends(value: Value, tiers: tuple[str, ...]) -> tuple[str, str]:
    ends = value.items()
    for end in ends:
        if end.text() not in tiers:
            hint = nearest(end.text(), tiers) or f"tiers: {', '.join(tiers)}"
            raise end.wrong(f"a link to the unknown tier {end.text()!r}", hint)
    if len({e.text() for e in ends}) != ENDS or len(ends) != ENDS:
        raise value.wrong("a link joins two different tiers")
    return ends[0].text(), ends[1].text()


def _link(id: str, keys: Mapping[str, Value], d: Defaults) -> Link:
    return Link(
        id,
        keys["gbps"].number(above=True) if "gbps" in keys else d.link_gbps,
        keys["latency_us"].number() if "latency_us" in keys else d.link_latency_us,
        keys["usd_per_gb"].number() if "usd_per_gb" in keys else 0.0,
        keys["usd_per_transfer"].number() if "usd_per_transfer" in keys else 0.0,
    )
