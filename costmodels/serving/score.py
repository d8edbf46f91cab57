"""How good predictions are: absolute percentage errors by group, and how many the bands hold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels.serving.predict import NoPrediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentc.costmodels.serving.predict import Prediction

GROUPS = ("device", "metric", "source", "kind", "precision")


@dataclass(frozen=True)
class Line:
    """Errors of one group, in percent; `covered` is the percentage of values inside their band."""

    group: str
    rows: int
    median: float
    p90: float
    covered: float


@dataclass(frozen=True)
class Scored:
    """The score of a file: all rows, the mean over devices of the medians, and each group."""

    overall: Line
    mean_over_devices: float
    refused: int
    groups: Mapping[str, tuple[Line, ...]]


def score(records: Sequence[Mapping[str, str]], made: Sequence[Prediction | NoPrediction]) -> Scored | None:
    """Score the rows that state a value; None where none does."""
    errors: list[tuple[Mapping[str, str], float, bool]] = []
    refused = 0
    for record, prediction in zip(records, made, strict=True):
        stated = _value(record)
        if stated is None:
            continue
        if isinstance(prediction, NoPrediction):
            refused += 1
            continue
        held = prediction.low <= stated <= prediction.high
        errors.append((record, abs(prediction.value / stated - 1.0) * 100.0, held))
    if not errors:
        return None
    groups = {column: _lines(errors, column) for column in GROUPS}
    mean = float(np.mean([line.median for line in groups["device"]]))
    return Scored(_line("all", errors), mean, refused, groups)


def _value(record: Mapping[str, str]) -> float | None:
    try:
        stated = float(record.get("value") or "nan")
    except ValueError:
        return None
    return stated if stated > 0 else None


def _lines(errors: Sequence[tuple[Mapping[str, str], float, bool]], column: str) -> tuple[Line, ...]:
    found: dict[str, list[tuple[Mapping[str, str], float, bool]]] = defaultdict(list)
    for entry in errors:
        found[entry[0].get(column, "")].append(entry)
    return tuple(_line(group, rows) for group, rows in sorted(found.items()))


def _line(group: str, rows: Sequence[tuple[Mapping[str, str], float, bool]]) -> Line:
    errors = [error for _, error, _ in rows]
    covered = 100.0 * sum(held for _, _, held in rows) / len(rows)
    return Line(group, len(rows), float(np.median(errors)), float(np.quantile(errors, 0.9)), covered)
