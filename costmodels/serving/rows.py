"""Rows of measurements: the columns of a calibration file, read into cases and workloads.

A row that cannot be read says why, in words for the person who wrote it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agentc.costmodels import shape
from agentc.costmodels.catalog.records import Model
from agentc.costmodels.serving.facts import Case
from agentc.costmodels.serving.names import device_named, model_named
from agentc.costmodels.serving.precision import Format, read_format
from agentc.costmodels.serving.stacks import LAYER_SPLIT, engine_of, era_of, levels_of, release_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from agentc.costmodels.catalog.records import Device

METRICS = (
    "ttft_ms",
    "tpot_ms",
    "e2e_latency_s",
    "throughput_out_tok_s",
    "decode_tok_s",
    "prefill_tok_s",
    "system_power_w",
)
KINDS = (
    "static",
    "offline",
    "closed",
    "prefill",
    "decode_from_empty",
    "trace",
    "mlperf_offline",
    "mlperf_server",
    "mlperf_interactive",
)
MISSING = ("", "nan", "none", "null", "-")


@dataclass(frozen=True)
class Row:
    """One measurement to predict: the case, what was asked of it, and which figure is wanted.

    `batch` is None where the source did not state it. `replicas` share the devices; None where
    the layout was not stated and the best one is meant. `guesses` names what was assumed.
    """

    id: str
    source: str
    case: Case
    levels: Mapping[str, str]
    prompt: float
    output: float
    batch: float | None
    kind: str
    metric: str
    devices: int
    layout_stated: bool
    value: float | None = None
    quality: str = ""
    guesses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A row that no prediction can be made for, and why."""

    id: str
    reason: str


def read_rows(path: Path) -> list[dict[str, str]]:
    """The records of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_all(records: Iterable[Mapping[str, str]]) -> list[Row | Unreadable]:
    """Read every record, in order."""
    return [read_row(record) for record in records]


def read_row(record: Mapping[str, str]) -> Row | Unreadable:
    """Read one record; an `Unreadable` names the first thing that is wrong with it."""
    try:
        return _read(record)
    except ValueError as e:
        return Unreadable(record.get("row_id", ""), str(e))


def _read(record: Mapping[str, str]) -> Row:
    kind, metric = _one_of(record, "kind", KINDS), _one_of(record, "metric", METRICS)
    device = _device(record)
    model, guesses = _model(record)
    weights, kv = _formats(record, model)
    count = int(_number(record, "n_devices", 1.0) or 1)
    tp, pp = _number(record, "tp", None), _number(record, "pp", None)
    notes = record.get("notes", "")
    case = Case(model, device, weights, kv, int(tp or count), int(pp or 1))
    if tp is None and (pp or 1) > 1:
        case = replace(case, tp=max(1, count // int(pp or 1)))
    case = replace(
        case,
        attention_dp=_noted(notes, "attention_dp"),
        expert_parallel=_noted(notes, "moe_ep"),
    )
    software, source = record.get("software", ""), record.get("source", "")
    engine = engine_of(software or notes)
    if engine == "unknown" and kind.startswith("mlperf"):
        engine = "trtllm" if device.vendor == "nvidia" else "vllm"
    if engine in LAYER_SPLIT and case.tp > 1:
        case = replace(case, tp=1, pp=case.tp * case.pp, pipelined=False)
    era = era_of(software, source, engine, model, device)
    return Row(
        id=record.get("row_id", ""),
        source=source,
        case=case,
        levels=levels_of(
            engine,
            era,
            device,
            weights,
            release=release_of(software, source, engine),
            tuning="mlperf" if kind.startswith("mlperf") else "plain",
        ),
        prompt=max(_number(record, "input_len", 0.0) or 0.0, 0.0),
        output=max(_number(record, "output_len", 1.0) or 1.0, 1.0),
        batch=_number(record, "batch_or_concurrency", None),
        kind=kind,
        metric=metric,
        devices=max(count, case.tp * case.pp if tp else count),
        layout_stated=tp is not None,
        value=_number(record, "value", None),
        quality=record.get("quality", ""),
        guesses=guesses,
    )


def _one_of(record: Mapping[str, str], column: str, known: tuple[str, ...]) -> str:
    stated = record.get(column, "").strip()
    if stated not in known:
        raise ValueError(f"{column} {stated!r} is not modelled: it is none of {', '.join(known)}")
    return stated


def _number(record: Mapping[str, str], column: str, default: float | None) -> float | None:
    text = (record.get(column) or "").strip()
    if text.lower() in MISSING:
        return default
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{column} is no number: {text!r}") from None


def _noted(notes: str, key: str) -> int:
    found = re.search(rf"\b{key}=(\d+)", notes)
    return max(1, int(found[1])) if found else 1


def _device(record: Mapping[str, str]) -> Device:
    name = record.get("device", "").strip()
    found = device_named(name)
    if found is not None:
        return found
    raise ValueError(f"device {name!r} is not in the catalog: state its memory, bandwidth and peaks there")


def _model(record: Mapping[str, str]) -> tuple[Model, tuple[str, ...]]:
    name = record.get("model", "").strip()
    found = model_named(name)
    if found is not None:
        return found, ()
    size = _number(record, "params_b", None)
    if not size:
        raise ValueError(f"model {name!r} is not in the catalog, and params_b is not stated")
    active = _number(record, "active_params_b", None) or size
    return guessed_model(name, size, active), (f"shape of {name} guessed from {size:g}B parameters",)


def guessed_model(name: str, params_b: float, active_b: float) -> Model:
    """A model of this size with the usual proportions: heads of 128, 8 KV heads, FFN of 3.5 d.

    Depth and width follow Llama's: d = 128·L for 7B to 70B. A mixture is given experts so that
    total and active parameters come out as stated.
    """
    layers = round(32 * (active_b / 8.0) ** (1.0 / 3.0) * 1.06)
    hidden = 128 * max(1, round((active_b * 1e9 / (12.6 * layers)) ** 0.5 / 128))
    model = Model(
        name=name.lower(),
        kind="decoder",
        layers=layers,
        hidden=hidden,
        heads=max(1, hidden // 128),
        kv_heads=max(1, min(8, hidden // 128)),
        head_dim=128,
        ffn=round(3.5 * hidden),
        vocab=128_000 if params_b > 1 else 50_000,
        ffn_mats=3,
        tied_embeddings=False,
        params_b=params_b,
        active_b=active_b,
    )
    scale = active_b * 1e9 / shape.parameters(model)
    return replace(model, ffn=max(256, round(model.ffn * scale)))


def _formats(record: Mapping[str, str], model: Model) -> tuple[Format, Format]:
    weights = read_format(record.get("precision", ""))
    if weights is None:
        raise ValueError(f"precision {record.get('precision')!r} is not known")
    if weights.name == "fp4" and model.name.startswith("gpt-oss"):
        weights = read_format("mxfp4") or weights
    kv = read_format(record.get("kv_precision", "") or "bf16")
    if kv is None:
        raise ValueError(f"kv_precision {record.get('kv_precision')!r} is not known")
    return weights, kv
