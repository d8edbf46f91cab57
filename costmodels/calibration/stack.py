"""Calibrating the serving model to one stack: some of its rows bend the constants, for all models.

The catalog's constants are the starting point. Each constant c gets one factor e^θ_c, and the
factors are the most probable ones under robust errors and a prior that holds them near 1:

    minimize  Σ_i rho(log y_i - log p_i)  +  ½·Σ_c (θ_c/s_c)²        rho as in `serving/fitting.py`

with s_c the spread that the serving model gives the constant. What the constants cannot explain, a
Gaussian process over the workload takes up: rows that resemble a measured one in tokens, batch,
devices and model size are moved by that one's error, others hardly. The kernel's width and noise
are fixed: a factor of e in a length makes the likeness fall to 0.6.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels import shape
from agentc.costmodels.calibration.seen import Seen
from agentc.costmodels.serving.constants import NAMES, Constants, scaled
from agentc.costmodels.serving.fitting import DELTA
from agentc.costmodels.serving.priors import SPREAD
from agentc.costmodels.serving.problem import make_problem
from agentc.costmodels.serving.profile import STACKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from agentc.costmodels.serving.rows import Row

    Floats = NDArray[np.float64]

FEWEST = 8
ITERATIONS = 12
STEP = 1e-3
LONGEST_STEP = 0.5
FOLDS = 5
UNMOVED = 1e-3
AMPLITUDE, NOISE = 0.15, 0.04
"""Spread of what the constants leave over, and of repeated measurements, as logarithms."""
UNLIKE = {"metric": 0.3, "model": 0.6}
"""How alike rows of different metrics or models are, other things being equal."""


@dataclass(frozen=True)
class StackFit:
    """Factors of constants and what they leave over.

    `error` is the median relative error on rows left out of the fit, `band` the logarithm within
    which four of five of them lie.
    """

    factors: Mapping[str, float]
    seen: tuple[Seen, ...] = ()
    rows: int = 0
    error: float = 0.0
    band: float = 0.0


def base_stamp() -> str:
    """A short name for the catalog's constants as they are now."""
    return f"{zlib.crc32(STACKS.read_bytes()):08x}"


def fit_stack(rows: Sequence[Row], base: Constants) -> StackFit:
    """Fit the factors to rows with values; `base` holds their constants, row by row."""
    made = _fitted(rows, base)
    errors: list[float] = []  # |log(predicted / measured)|
    for fold in range(FOLDS):
        kept = np.arange(len(rows)) % FOLDS != fold
        part = _fitted([r for r, k in zip(rows, kept, strict=True) if k], take(base, kept))
        left = [r for r, k in zip(rows, kept, strict=True) if not k]
        values = predict(left, take(base, ~kept), part)
        errors += [abs(math.log(v / (r.value or 1.0))) for v, r in zip(values, left, strict=True)]
    error, band = (round(float(np.quantile(errors, q)), 4) for q in (0.5, 0.8))
    return replace(made, rows=len(rows), error=error, band=band)


def predict(rows: Sequence[Row], base: Constants, fitted: StackFit) -> Floats:
    """The values of rows under a calibrated stack; `base` holds their constants before it."""
    values = make_problem(rows).values(scaled(base, fitted.factors))
    return values * np.exp(_correction(rows, fitted.seen))


def take(base: Constants, rows: NDArray[np.bool_]) -> Constants:
    """The constants of some rows."""
    return Constants(**{n: c[rows] for n, c in vars(base).items()})


def _fitted(rows: Sequence[Row], base: Constants) -> StackFit:
    problem = make_problem(rows)
    target = np.log(np.array([r.value for r in rows], dtype=float))
    spread = np.array([SPREAD[n] for n in NAMES])

    def error_of(theta: Floats) -> Floats:
        factors = dict(zip(NAMES, np.exp(theta).tolist(), strict=True))
        return target - np.log(np.maximum(problem.values(scaled(base, factors)), 1e-9))

    def cost_of(error: Floats, theta: Floats) -> float:
        return float(np.sum(np.sqrt(1.0 + (error / DELTA) ** 2) - 1.0) + 0.5 * np.sum((theta / spread) ** 2))

    theta = np.zeros(len(NAMES))
    error = error_of(theta)
    cost = cost_of(error, theta)
    for _ in range(ITERATIONS):
        slopes = np.stack([error - error_of(theta + STEP * one) for one in np.eye(len(NAMES))], axis=1) / STEP
        pull = 1.0 / (DELTA * np.sqrt(DELTA**2 + error**2))
        normal = slopes.T @ (pull[:, None] * slopes) + np.diag(spread**-2.0)
        change = np.linalg.solve(normal, slopes.T @ (pull * error) - theta / spread**2)
        tried = theta + np.clip(change, -LONGEST_STEP, LONGEST_STEP)
        found = error_of(tried)
        if cost_of(found, tried) >= cost:
            tried = theta + 0.25 * (tried - theta)
            found = error_of(tried)
        gain = cost - cost_of(found, tried)
        if gain <= 0:
            break
        theta, error, cost = tried, found, cost - gain
    factors = {n: round(float(np.exp(t)), 4) for n, t in zip(NAMES, theta, strict=True) if abs(t) > UNMOVED}
    left = error_of(np.array([np.log(factors.get(n, 1.0)) for n in NAMES]))
    seen = tuple(_seen(r, e) for r, e in zip(rows, left.tolist(), strict=True))
    return StackFit(factors, seen)


def _seen(row: Row, left: float) -> Seen:
    return Seen(metric=row.metric, model=row.case.model.name, place=_place(row), left=round(left, 5))


def _place(row: Row) -> tuple[float, ...]:
    """Logarithms of prompt, answer, batch, devices of a replica, and parameters."""
    case = row.case
    figures = (row.prompt + 16.0, row.output + 16.0, row.batch or 64.0, case.tp * case.pp)
    size = np.log(shape.parameters(case.model) / 1e9)
    return (*(round(float(np.log(v)), 4) for v in figures), round(float(size), 4))


def _correction(rows: Sequence[Row], seen: Sequence[Seen]) -> Floats:
    """The Gaussian process' mean at new rows: K_new (K + noise)^-1 left."""
    if not seen or not rows:
        return np.zeros(len(rows))
    new = [_seen(r, 0.0) for r in rows]
    known = _likeness(seen, seen) + (NOISE / AMPLITUDE) ** 2 * np.eye(len(seen))
    weights = np.linalg.solve(known, np.array([s.left for s in seen]))
    return _likeness(new, seen) @ weights


def _likeness(a: Sequence[Seen], b: Sequence[Seen]) -> Floats:
    """exp(-½·distance²), less for rows of another metric or model."""
    first, second = (np.array([s.place for s in part]) for part in (a, b))
    square = ((first[:, None, :] - second[None, :, :]) ** 2).sum(axis=2)
    made = np.exp(-0.5 * square)
    for name, alike in UNLIKE.items():
        same = np.array([[getattr(x, name) == getattr(y, name) for y in b] for x in a])
        made = made * np.where(same, 1.0, alike)
    return made
