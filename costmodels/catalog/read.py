"""Read the catalog: YAML files beside this one, each loaded once and only when asked for.

`find_model` and `find_device` take any name that people write: the catalog's own, or an alias,
in upper or lower case, with blanks or underscores for hyphens.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from agentc.costmodels.catalog.records import (
    PRECISIONS,
    Device,
    Grid,
    Held,
    Mla,
    Model,
    Moe,
    Offer,
    PaperDevice,
    Parameter,
    Program,
    Speech,
    Stack,
    Timed,
    Window,
)
from agentc.diagnostics import Location, error, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
Named = TypeVar("Named", Device, Model)

# libyaml where PyYAML was built with it: ten times faster, and compiling must stay under 3 s.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _document(name: str) -> dict[str, Any]:
    return yaml.load((HERE / name).read_bytes(), Loader=LOADER)  # noqa: S506 -- LOADER is a safe loader


@cache
def sources() -> Mapping[str, Mapping[str, str]]:
    """Every source that rows cite, by code: what it is and its date."""
    return MappingProxyType(_document("sources.yaml")["sources"])


@cache
def devices() -> Mapping[str, Device]:
    """All devices by name."""
    rows = _document("devices.yaml")["devices"]
    return MappingProxyType({name: device_from_row(name, row) for name, row in rows.items()})


@cache
def models() -> Mapping[str, Model]:
    """All models by name."""
    rows = _document("models.yaml")["models"]
    return MappingProxyType({name: _model(name, row) for name, row in rows.items()})


@cache
def prices() -> tuple[Offer, ...]:
    """All dated price offers."""
    return tuple(_offer(row) for row in _document("prices.yaml")["offers"])


@cache
def stacks() -> Mapping[str, Stack]:
    """Software-stack constants by name."""
    rows = _document("profiles.yaml")["stacks"]
    return MappingProxyType({name: Stack(name=name, **_dated(row)) for name, row in rows.items()})


@cache
def programs() -> Mapping[str, Program]:
    """What encoders cost by model, counted from their ONNX graphs."""
    rows = _document("programs.yaml")["programs"]
    return MappingProxyType({name: _program(name, row) for name, row in rows.items()})


@cache
def released() -> str:
    """The day, ISO, to which the catalog was brought up: the age of its prices is counted to here."""
    return str(_document("sources.yaml")["released"])


@cache
def tco_parameters() -> Mapping[str, Parameter]:
    """Parameters of owning hardware, with their ranges and sources."""
    rows = _document("tco.yaml")["parameters"]
    return MappingProxyType({name: Parameter(name=name, **_dated(row)) for name, row in rows.items()})


@cache
def tco_scenarios() -> Mapping[str, Mapping[str, float]]:
    """Named sets of those parameters."""
    return MappingProxyType(_document("tco.yaml")["scenarios"])


@cache
def grids() -> Mapping[str, Grid]:
    """Carbon intensities of electricity by country."""
    rows = _document("tco.yaml")["grids"]
    return MappingProxyType({name: Grid(name=name, **_dated(row)) for name, row in rows.items()})


@cache
def tools() -> Mapping[str, Timed]:
    """Measured latencies of tools by kind."""
    return _timed("tools")


@cache
def sandboxes() -> Mapping[str, Timed]:
    """Measured starts of sandboxes."""
    return _timed("sandboxes")


@cache
def envelopes() -> Mapping[str, Held]:
    """Memory that tools were measured to hold."""
    rows = _document("tools.yaml")["envelopes"]
    return MappingProxyType({name: Held(name=name, **_dated(row)) for name, row in rows.items()})


def _timed(what: str) -> Mapping[str, Timed]:
    rows = _document("tools.yaml")[what]
    made = {name: _dated(row) for name, row in rows.items()}
    for row in made.values():
        row["quantiles_ms"] = tuple(sorted(row["quantiles_ms"].items()))
    return MappingProxyType({name: Timed(name=name, **row) for name, row in made.items()})


@cache
def paper_devices() -> Mapping[str, PaperDevice]:
    """The paper's Table 5, as printed."""
    document = _document("paper.yaml")
    common = {"source": document["source"], "date": str(document["date"])}
    rows = document["devices"]
    return MappingProxyType({name: PaperDevice(name=name, **common, **row) for name, row in rows.items()})


def find_model(name: str, location: Location | None = None) -> Model:
    """Return the model of this name or alias; an error at `location` names the nearest ones."""
    return _find(name, models(), "model", location)


def find_device(name: str, location: Location | None = None) -> Device:
    """Return the device of this name or alias; an error at `location` names the nearest ones."""
    return _find(name, devices(), "device", location)


def knows_model(name: str) -> bool:
    """Whether the catalog has this model, under its name or an alias."""
    return _key(name) in _index("model")


def cheapest_offer(device: str) -> Offer | None:
    """The cheapest on-demand offer of one device-hour, None where no offer is known."""
    offers = [o for o in prices() if o.device == device]
    return min(offers, key=lambda o: (o.usd_per_device_hour, o.provider), default=None)


def offers_of(device: str, *, provider: str | None = None, spot: bool = False) -> list[Offer]:
    """Offers of a device by price of a device-hour, of one provider, with a spot price if wanted."""
    found = [
        o
        for o in prices()
        if o.device == device
        and (provider is None or o.provider == provider)
        and (not spot or o.spot_usd_per_hour is not None)
    ]
    return sorted(found, key=lambda o: (o.device_usd_per_hour(spot=spot), o.provider, o.instance))


def device_from_row(name: str, row: Mapping[str, Any]) -> Device:
    """Make a device of a catalog row; `<precision>_tflops` keys become its peaks."""
    fields = _dated(row)
    peaks = {p: float(fields.pop(f"{p}_tflops")) for p in PRECISIONS if f"{p}_tflops" in fields}
    purchase = fields.pop("purchase_usd", None)
    device = Device(name=name, tflops=MappingProxyType(peaks), **fields)
    return replace(device, purchase_usd=(purchase[0], purchase[1])) if purchase else device


def _find(name: str, rows: Mapping[str, Named], what: str, location: Location | None) -> Named:
    index = _index(what)
    own = index.get(_key(name))
    if own is None:
        names = [n for row in rows.values() for n in (*row.aliases, row.name)]
        hint = nearest(name, names) or f"`agentc catalog {what}s` lists all"
        raise error(f"unknown {what} {name!r}", location, hint)
    return rows[own]


@cache
def _index(what: str) -> Mapping[str, str]:
    rows: Mapping[str, Device | Model] = models() if what == "model" else devices()
    index = {_key(alias): name for name, row in rows.items() for alias in row.aliases}
    return index | {_key(name): name for name in rows}


def _key(name: str) -> str:
    """A name as it is compared: lower case, with hyphens for blanks and underscores."""
    return "-".join(name.replace("_", " ").lower().split())


def _model(name: str, row: Mapping[str, Any]) -> Model:
    fields = _dated(row)
    for key, kind in {"moe": Moe, "mla": Mla, "window": Window, "speech": Speech}.items():
        if key in fields:
            fields[key] = kind(**fields[key])
    return Model(name=name, **fields)


def _program(name: str, row: Mapping[str, Any]) -> Program:
    fields: dict[str, Any] = _dated(row)
    for key in ("product_flops", "other_flops", "moved_elements"):
        fields[key] = tuple(fields[key])
    return Program(name=name, **fields)


def _offer(row: Mapping[str, Any]) -> Offer:
    source = sources()[row["source"]]
    made = _dated(row)
    made |= {"source": source["what"], "date_is": source["date_is"]}
    return Offer(**made)


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    """Turn YAML's dates into ISO text and its lists of names into tuples."""
    made = dict(row)
    if "date" in made:
        made["date"] = str(made["date"])
    if "aliases" in made:
        made["aliases"] = tuple(made["aliases"])
    return made
