"""How the fit does on what it has not seen: whole sources, devices or models are left out.

Random rows would flatter it: rows of one sweep resemble each other.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels.serving.constants import constants_of
from agentc.costmodels.serving.fitting import Fitted, fit
from agentc.costmodels.serving.problem import make_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from agentc.costmodels.serving.facts import Floats
    from agentc.costmodels.serving.rows import Row

ITERATIONS = 10
FOLDS = 8


def by_source(row: Row) -> Hashable:
    """Leave out one source at a time: stacks that nobody measured."""
    return row.source


def by_device(row: Row) -> Hashable:
    """Leave out one device at a time: devices that nobody measured."""
    return row.case.device.name


def by_sweep(row: Row) -> Hashable:
    """Leave out an eighth of the sweeps (a model on a device in a source) at a time."""
    return zlib.crc32(f"{row.source} {row.case.device.name} {row.case.model.name}".encode()) % FOLDS


def log_errors(fitted: Fitted, rows: Sequence[Row]) -> Floats:
    """log(predicted / measured) of each row."""
    constants = constants_of(fitted.table(), [row.levels for row in rows])
    measured = np.array([row.value for row in rows], dtype=float)
    return np.log(make_problem(rows).values(constants) / measured)


def left_out(rows: Sequence[Row], part: Callable[[Row], Hashable]) -> Floats:
    """log(predicted / measured) of each row by a fit that has not seen its part."""
    parts: dict[Hashable, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        parts[part(row)].append(number)
    errors = np.empty(len(rows))
    for members in parts.values():
        out = set(members)
        fitted = fit([row for number, row in enumerate(rows) if number not in out], ITERATIONS)
        errors[members] = log_errors(fitted, [rows[number] for number in members])
    return errors
