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

A tier may also name the provider of its catalog price (`provider: verda`), take its spot price
(`offer: spot`), date the price that it states (`price_date: 2026-11-01`), and name what its engine
is: `stack: NAME` (a serving stack as `vllm 2025` or `TensorRT-LLM 0.12`, a user's profile, or a row
of `profiles.yaml` for the datasheet formulas) or
`profile_file: PATH` (a profile beside the fleet file).
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from agentc.costmodels.catalog.read import grids, offers_of, tco_scenarios
from agentc.costmodels.fleet import NO_PROFILE, Defaults, Fleet, Link, Profile, Tier
from agentc.costmodels.fleet_device import device_of, engine_of, one_of
from agentc.costmodels.fleet_rules import POLICY_KEYS, policy_of, rules_of
from agentc.costmodels.located import read_document
from agentc.costmodels.prices import ACCOUNTING, Price, catalog_price, owned_price
from agentc.diagnostics import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.costmodels.located import Value

TOP_KEYS = ("fleet", "currency", "tiers", "links", "defaults", "rules")
TIER_KEYS = (
    *POLICY_KEYS,
    "name",
    "device",
    "count",
    "usd_per_hour",
    "capex_usd",
    "specs",
    "profile",
    "provider",
    "offer",
    "price_date",
    "stack",
    "profile_file",
)
OFFERS = ("on-demand", "spot")
LINK_KEYS = ("between", "gbps", "latency_us", "usd_per_gb", "usd_per_transfer")
PROFILE_KEYS = ("latency_ms", "latency_ms_p95", "usd")
ENDS = 2
LONGEST_MS = 1e9
"""No visit takes longer than eleven days."""


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
    return Fleet(name, tiers, links, str(path), defaults, rules_of(top.get("rules"), tiers))


def _check_currency(top: Mapping[str, Value]) -> None:
    stated = top.get("currency")
    if stated and stated.text().upper() != "USD":
        raise stated.wrong(f"currency {stated.text()!r} is not supported", "state prices in USD")


def _defaults(value: Value | None) -> Defaults:
    if value is None or value.empty:
        return Defaults()
    stated = value.mapping((*(f.name for f in fields(Defaults)), "grid"))
    words = {k: stated.pop(k) for k in ("scenario", "accounting", "grid") if k in stated}
    choices = {"scenario": tuple(tco_scenarios()), "accounting": ACCOUNTING, "grid": tuple(grids())}
    chosen = {k: one_of(k, v, choices[k]) for k, v in words.items()}
    base = Defaults()
    if "scenario" in chosen:
        base = replace(base, scenario=chosen["scenario"], **tco_scenarios()[chosen["scenario"]])
    if "grid" in chosen:
        base = replace(base, gco2_per_kwh=grids()[chosen["grid"]].gco2_per_kwh)
    numbers = {key: _default_number(key, v) for key, v in stated.items()}
    return replace(base, accounting=chosen.get("accounting", base.accounting), **numbers)


def _default_number(key: str, value: Value) -> float:
    if key == "pue":
        return value.number(minimum=1.0)  # a facility draws what its devices draw, at least
    made = value.number(above=key in {"years", "link_gbps", "utilisation"})
    if key in {"utilisation", "residual_share"} and made > 1.0:
        raise value.wrong(f"{key} is a share: at most 1, not {made:g}")
    return made


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
    engine = engine_of(device_of(keys), keys)
    device = engine.device
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
        calibration=engine.calibration,
        stack=engine.stack,
        **policy_of(keys),
    )
    return _priced(blank, keys, item, defaults)


def _priced(tier: Tier, keys: Mapping[str, Value], item: Value, d: Defaults) -> Tier:
    rented, owned = keys.get("usd_per_hour"), keys.get("capex_usd")
    if rented and owned:
        raise owned.wrong(
            f"tier {tier.name!r} states both usd_per_hour and capex_usd",
            "usd_per_hour is for rented devices, capex_usd for owned ones: keep one",
        )
    for key in ("provider", "offer"):
        if key in keys and (rented or owned):
            raise keys[key].wrong(
                f"{key} picks a price of the catalog, and tier {tier.name!r} states its own"
            )
    if rented:
        price = Price(rented.number(above=True, unit=" USD"), "rented", "fleet file")
    elif owned:
        price = owned_price(owned.number(above=True, unit=" USD"), tier.watts, d)
    elif tier.device:
        price = _catalog_priced(tier, keys, item)
    else:
        price = Price(0.0, "unstated", "")
    day = _date(keys["price_date"]) if "price_date" in keys else price.date
    return replace(
        tier,
        usd_per_hour=price.usd_per_hour,
        price_basis=price.basis,
        price_source=price.source,
        price_date=day,
    )


def _catalog_priced(tier: Tier, keys: Mapping[str, Value], item: Value) -> Price:
    """Price a tier by the cheapest dated offer of its device, of the provider and kind it names."""
    device = tier.device
    assert device is not None
    provider = keys["provider"].text() if "provider" in keys else None
    spot = "offer" in keys and one_of("offer", keys["offer"], OFFERS) == "spot"
    price = catalog_price(device.name, provider=provider, spot=spot)
    if price is None:
        offers = offers_of(device.name)
        if offers:
            hint = "there are " + ", ".join(sorted({f"{o.provider} {o.instance}" for o in offers}))
            kind = "spot" if spot else "on-demand"
            whose = f" of {provider}" if provider else ""
            raise item.wrong(f"no {kind} price{whose} is known for {device.name}", hint)
        low_high = device.purchase_usd
        known = f"; it is bought for {low_high[0]:g} to {low_high[1]:g} USD" if low_high else ""
        hint = f"state usd_per_hour (rented) or capex_usd (owned){known}"
        raise item.wrong(f"no dated price is known for {device.name} of tier {tier.name!r}", hint)
    return price


def _date(value: Value) -> str:
    try:
        return date.fromisoformat(value.text()).isoformat()
    except ValueError:
        raise value.wrong(f"{value.what} must be a day as 2026-11-23, not {value.text()!r}") from None


def _profiles(value: Value | None) -> Mapping[str, Profile]:
    if value is None:
        return NO_PROFILE
    return MappingProxyType({key: _profile(key, entry) for key, entry in value.mapping().items()})


def _profile(key: str, entry: Value) -> Profile:
    stated = entry.mapping(PROFILE_KEYS)
    if "latency_ms" not in stated:
        raise entry.wrong(f"the profile of {key!r} lacks latency_ms")
    latency = stated["latency_ms"].number(maximum=LONGEST_MS)
    p95 = stated["latency_ms_p95"].number(maximum=LONGEST_MS) if "latency_ms_p95" in stated else latency
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
