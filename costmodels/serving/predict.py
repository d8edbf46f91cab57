"""Predicting rows: a value with its band and its basis, or a refusal that says why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.costmodels.serving.kinds import formula_of
from agentc.costmodels.serving.problem import make_problem
from agentc.costmodels.serving.profile import band_of, constants_for, knowledge_of
from agentc.costmodels.serving.rows import Row, Unreadable, read_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Prediction:
    """A predicted value in the metric's unit, and the band that holds four measurements of five.

    `basis` is `calibrated` where the stack was measured, else `datasheet`; `why` tells what was
    assumed.
    """

    value: float
    low: float
    high: float
    basis: str
    why: str = ""


@dataclass(frozen=True)
class NoPrediction:
    """A row without a prediction, and the reason."""

    why: str


def predict_row(record: Mapping[str, str]) -> Prediction | NoPrediction:
    """Predict one record with the columns of a calibration file."""
    return predict_all([record])[0]


def predict_all(records: Sequence[Mapping[str, str]]) -> list[Prediction | NoPrediction]:
    """Predict every record, in order; all together, as the formulas run over columns."""
    read = [read_row(record) for record in records]
    usable = [row for row in read if isinstance(row, Row) and not _refusal(row)]
    made = iter(_predict(usable))
    return [_answer(row) or next(made) for row in read]


def _answer(row: Row | Unreadable) -> NoPrediction | None:
    reason = row.reason if isinstance(row, Unreadable) else _refusal(row)
    return NoPrediction(reason) if reason else None


def _refusal(row: Row) -> str:
    if formula_of(row.kind, row.metric) is None:
        return f"no formula for {row.metric} of a {row.kind} measurement"
    if row.case.model.kind not in {"decoder", "encoder_causal"}:
        return f"{row.case.model.name} is of kind {row.case.model.kind}: it does not generate text"
    return ""


def _predict(rows: Sequence[Row]) -> list[Prediction]:
    if not rows:
        return []
    values = make_problem(rows).values(constants_for([row.levels for row in rows]))
    return [_prediction(row, float(value)) for row, value in zip(rows, values, strict=True)]


def _prediction(row: Row, value: float) -> Prediction:
    knowledge = knowledge_of(row.levels)
    width = math.exp(band_of(knowledge, row.metric))
    basis = "datasheet" if knowledge == "nothing" else "calibrated"
    notes = [*row.guesses]
    if knowledge == "nothing":
        notes.append(f"nobody measured {row.levels['stack']} on {row.levels['architecture']}")
    return Prediction(value, value / width, value * width, basis, "; ".join(notes))
