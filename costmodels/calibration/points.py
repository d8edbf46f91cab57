"""Measured points of an engine: rows of a CSV file with the columns of the calibration data.

One row holds one figure of one run. `agentc profile` writes a row for each figure and repetition,
so that a run that was cut short loses one point at most; reading them gathers the repetitions.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from agentc.diagnostics import Location, error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

COLUMNS = (
    "row_id",
    "source",
    "source_ref",
    "software",
    "model",
    "params_b",
    "active_params_b",
    "precision",
    "kv_precision",
    "device",
    "n_devices",
    "tp",
    "pp",
    "input_len",
    "output_len",
    "batch_or_concurrency",
    "kind",
    "metric",
    "value",
    "notes",
    "quality",
)
NEEDED = ("model", "input_len", "output_len", "metric", "value")
TTFT, TPOT, E2E = "ttft_ms", "tpot_ms", "e2e_latency_s"
MS = {TTFT: 1.0, TPOT: 1.0, E2E: 1e3}
LOCAL = "agentc-local"
"""Software of the embedded engine. Other work on the machine only ever adds to its times, so its
repetitions are summed up by their minimum; those of a server by their median."""


@dataclass(frozen=True)
class Subject:
    """What was measured: one model on one engine and layout."""

    model: str
    software: str = ""
    device: str = ""
    precision: str = ""
    tp: int = 1
    pp: int = 1


@dataclass(frozen=True)
class Point:
    """One workload: tokens in and out, requests at once; times in ms, None where not measured."""

    input_tokens: float
    output_tokens: float
    concurrency: float
    ttft_ms: float | None = None
    tpot_ms: float | None = None
    e2e_ms: float | None = None


def read_records(path: Path) -> list[dict[str, str]]:
    """The rows of a measurement file; a last line that was torn off is left out.

    Raises:
        AgentcError: the file is missing, or is no CSV with the columns that are needed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as e:
        raise error(f"no measurements: {path} does not exist", hint="agentc profile local -o FILE") from e
    except (OSError, UnicodeDecodeError) as e:
        raise error(f"cannot read {path}: {e}") from e
    whole = text[: text.rfind("\n") + 1]
    reader = csv.DictReader(io.StringIO(whole))
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        message = f"{path} is no file of measurements: it lacks the columns {', '.join(missing)}"
        raise error(message, Location(str(path), 1, 1))
    return list(reader)


def gather(records: Iterable[Mapping[str, str]], path: Path) -> dict[Subject, list[Point]]:
    """Points of each subject, repetitions summed up, in the order of first appearance."""
    runs: dict[Subject, dict[tuple[str, float], dict[str, list[tuple[float, float, float]]]]] = {}
    for line, record in enumerate(records, start=2):
        metric = record["metric"]
        if metric not in MS:
            continue
        place = Location(str(path), line, 1)
        cell = _cell(record, place)
        figures = tuple(_number(record, name, place) for name in ("input_len", "output_len", "value"))
        subject = runs.setdefault(_subject(record), {})
        seen = subject.setdefault(cell, defaultdict(list))
        seen[metric].append((figures[0], figures[1], figures[2] * MS[metric]))
    return {s: [_point(s, cell, seen) for cell, seen in cells.items()] for s, cells in runs.items()}


def measured_date(records: Iterable[Mapping[str, str]]) -> str:
    """The latest day that the rows' notes state (`measured=2026-11-23`), empty where none does."""
    found = (re.search(r"measured=(\d{4}-\d\d-\d\d)", r.get("notes") or "") for r in records)
    return max((m[1] for m in found if m), default="")


def row(subject: Subject, point: Point, *, run: str, metric: str, value: float, notes: str) -> dict[str, str]:
    """One row of the file: `run` names target and repetition, `value` is in the metric's own unit."""
    filled = {
        "row_id": f"{run}-{metric}",
        "source": "agentc profile",
        "software": subject.software,
        "model": subject.model,
        "precision": subject.precision,
        "device": subject.device,
        "n_devices": str(subject.tp * subject.pp),
        "tp": str(subject.tp),
        "pp": str(subject.pp),
        "input_len": f"{point.input_tokens:g}",
        "output_len": f"{point.output_tokens:g}",
        "batch_or_concurrency": f"{point.concurrency:g}",
        "kind": "static" if point.concurrency == 1 else "closed",
        "metric": metric,
        "value": f"{value:.6g}",
        "notes": notes,
        "quality": "A",
    }
    return {name: filled.get(name, "") for name in COLUMNS}


def _cell(record: Mapping[str, str], place: Location) -> tuple[str, float]:
    """Repetitions share their target, which their row's name holds; other rows are their own."""
    concurrency = _number(record, "batch_or_concurrency", place, 1.0)
    target = re.search(r"i\d+-o\d+-c\d+", record.get("row_id") or "")
    return target[0] if target else f"{record['input_len']}-{record['output_len']}", concurrency


def _point(
    subject: Subject, cell: tuple[str, float], seen: Mapping[str, Sequence[tuple[float, float, float]]]
) -> Point:
    runs = [run for values in seen.values() for run in values]
    sum_up = min if subject.software.startswith(LOCAL) else median
    values = {metric: float(sum_up(v for _, _, v in found)) for metric, found in seen.items()}
    inputs, outputs = median(r[0] for r in runs), median(r[1] for r in runs)
    return Point(inputs, outputs, cell[1], values.get(TTFT), values.get(TPOT), values.get(E2E))


def _subject(record: Mapping[str, str]) -> Subject:
    def text(name: str) -> str:
        return (record.get(name) or "").strip()

    tp, pp = (int(float(text(n) or 1)) for n in ("tp", "pp"))
    return Subject(text("model"), text("software"), text("device"), text("precision"), tp, pp)


def _number(record: Mapping[str, str], name: str, place: Location, default: float | None = None) -> float:
    stated = (record.get(name) or "").strip()
    if not stated and default is not None:
        return default
    try:
        return float(stated)
    except ValueError:
        raise error(f"{name} must be a number, not {stated!r}", place) from None
