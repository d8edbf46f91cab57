"""`agentc catalog`: what the compiler knows, with the source and date of each fact."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agentc.costmodels.catalog.records import Device, Model, Offer

Row = dict[str, Any]


@click.command()
@click.argument("what", type=click.Choice(["devices", "models", "prices", "backends", "passes"]))
@click.option("--json", "as_json", is_flag=True, help="Print every fact as one JSON object.")
def command(what: str, as_json: bool) -> None:
    """List devices, models, prices, backends or passes, each fact with its source and date."""
    if as_json:
        click.echo(json.dumps({what: FACTS[what]()}, indent=2, ensure_ascii=False))
        return
    rows = TABLES[what]()
    if not rows:
        click.echo(f"no {what} are installed", err=True)
    elif sys.stdout.isatty():
        _print_rich(what, rows)
    else:
        click.echo(plain(rows))


def plain(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay rows out in columns of text, without color or cut words: for pipes and files."""
    heads = list(rows[0])
    cells = [heads, *([_cell(row[h]) for h in heads] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(heads))]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def _print_rich(what: str, rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415 (heavy; a terminal alone needs it)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=what, header_style="bold", row_styles=["", "dim"])
    for head in rows[0]:
        right = isinstance(rows[0][head], int | float) and not isinstance(rows[0][head], bool)
        table.add_column(head, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    Console().print(table)


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _device_row(d: Device, usd: float | None) -> Row:
    return {
        "device": d.name,
        "vendor": d.vendor,
        "GB": float(d.memory_gb),
        "GB/s": float(d.bandwidth_gbs),
        **{p: d.tflops.get(p) for p in ("bf16", "fp8", "int8", "fp4")},
        "watts": float(d.tdp_watts),
        "vCPU": d.host_vcpus,
        "USD/h": round(usd, 4) if usd is not None else None,
        "verified": d.verified,
        "date": d.date,
    }


def _device_table() -> list[Row]:
    from agentc.costmodels.catalog.read import cheapest_offer, devices  # noqa: PLC0415 (waits until used)

    offers = {name: cheapest_offer(name) for name in devices()}
    prices = {name: offer.usd_per_device_hour if offer else None for name, offer in offers.items()}
    return [_device_row(d, prices[d.name]) for d in devices().values()]


def _model_row(m: Model) -> Row:
    from agentc.costmodels.shape import kv_bytes_per_token  # noqa: PLC0415 (waits until used)

    decodes = m.kind in {"decoder", "encoder_causal"}
    return {
        "model": m.name,
        "kind": m.kind,
        "params 1e9": m.params_b,
        "active 1e9": m.active_b,
        "layers": m.layers,
        "KV KB/token": round(kv_bytes_per_token(m) / 1e3, 1) if decodes else None,
        "verified": m.verified,
        "date": m.date,
        "also called": ", ".join(m.aliases[:2]),
    }


def _model_table() -> list[Row]:
    from agentc.costmodels.catalog.read import models  # noqa: PLC0415 (waits until used)

    return [_model_row(m) for m in models().values()]


def _price_row(o: Offer) -> Row:
    spot = o.spot_usd_per_hour
    return {
        "device": o.device,
        "provider": o.provider,
        "instance": o.instance,
        "devices": o.devices,
        "USD/device-h": round(o.usd_per_device_hour, 4),
        "spot": round(spot / o.devices, 4) if spot is not None else None,
        "date": o.date,
        "source": o.source,
    }


def _price_table() -> list[Row]:
    from agentc.costmodels.catalog.read import prices  # noqa: PLC0415 (waits until used)

    return [_price_row(o) for o in sorted(prices(), key=lambda o: (o.device, o.usd_per_device_hour))]


def _record(row: Any) -> Row:
    """Turn a record into plain JSON values; its mappings are read-only views, which json refuses."""
    from dataclasses import fields, is_dataclass  # noqa: PLC0415 (waits until used)

    def simple(value: Any) -> Any:
        if is_dataclass(value):
            return {f.name: simple(getattr(value, f.name)) for f in fields(value)}
        return dict(value) if hasattr(value, "items") else value

    return {name: value for name, value in simple(row).items() if value not in (None, "", ())}


def _device_facts() -> list[Row]:
    from agentc.costmodels.catalog.read import devices  # noqa: PLC0415 (waits until used)

    return [_record(d) for d in devices().values()]


def _model_facts() -> list[Row]:
    from agentc.costmodels.catalog.read import models  # noqa: PLC0415 (waits until used)

    return [_record(m) for m in models().values()]


def _price_facts() -> list[Row]:
    from agentc.costmodels.catalog.read import prices  # noqa: PLC0415 (waits until used)

    return [_record(o) for o in prices()]


def _backend_table() -> list[Row]:
    from agentc.backends.table import backend_names, find_backend  # noqa: PLC0415 (waits until used)

    return [{"backend": name, "emits": find_backend(name).ABOUT} for name in backend_names()]


def _pass_table() -> list[Row]:
    from agentc.passes.pipeline import passes  # noqa: PLC0415 (waits until used)

    return [{"pass": name, "does": does} for name, does in passes().items()]


TABLES: dict[str, Callable[[], list[Row]]] = {
    "devices": _device_table,
    "models": _model_table,
    "prices": _price_table,
    "backends": _backend_table,
    "passes": _pass_table,
}
FACTS: dict[str, Callable[[], list[Row]]] = {
    "devices": _device_facts,
    "models": _model_facts,
    "prices": _price_facts,
    "backends": _backend_table,
    "passes": _pass_table,
}
