"""Fitting an engine's constants to measured points.

Times span three orders of magnitude and their noise grows with them, so what is made small is the
relative error, and its absolute value rather than its square (iteratively reweighted least
squares): a few runs that something disturbed then weigh little. Constants are at least 0; a term
whose points could not tell it from another is left out.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels.calibration.engine import Engine, decode_ms, prefill_ms, step_ms
from agentc.diagnostics import error

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from agentc.costmodels.calibration.points import Point, Subject

    Floats = NDArray[np.float64]

FEWEST = 4
ROUNDS = 30
SWEEPS = 400
LEAST_RESIDUAL = 1e-3
FOLDS = 5
TERMS = 3
"""Distinct lengths that it takes to tell a constant, a slope and a curvature apart."""


def fit_engine(subject: Subject, points: Sequence[Point]) -> Engine:
    """Fit one engine, and cross-validate it.

    Raises:
        AgentcError: the points are too few or too alike to fit anything.
    """
    alone = [p for p in points if p.concurrency == 1 and p.ttft_ms is not None]
    if len({(p.input_tokens, p.output_tokens) for p in alone}) < FEWEST:
        message = f"{subject.model}: fitting needs {FEWEST} workloads with ttft_ms at concurrency 1"
        raise error(message, hint="agentc profile with more --input-tokens and --output-tokens")
    made = _fitted(subject, points)
    ttft, e2e = _cross_validated(subject, points)
    lengths = _range(p.input_tokens for p in points), _range(p.output_tokens for p in points)
    return _with(
        made,
        points=len(points),
        input_tokens=lengths[0],
        output_tokens=lengths[1],
        error_ttft=ttft,
        error_e2e=e2e,
    )


def _fitted(subject: Subject, points: Sequence[Point]) -> Engine:
    most = max(p.concurrency for p in points)
    base = Engine(
        model=subject.model,
        precision=subject.precision,
        tp=subject.tp,
        pp=subject.pp,
        max_batch=int(most),
    )
    return _fit_batch(_fit_decode(_fit_prefill(base, points), points), points)


def _fit_prefill(base: Engine, points: Sequence[Point]) -> Engine:
    used = [p for p in points if p.concurrency == 1 and p.ttft_ms is not None]
    lengths = np.array([p.input_tokens for p in used])
    columns = [np.ones_like(lengths), lengths, lengths**2][: _terms(lengths)]
    found = robust(np.stack(columns, axis=1), np.array([p.ttft_ms for p in used]))
    a0, a1, a2 = _padded(found)
    return _with(base, prefill_ms=a0, prefill_ms_per_token=a1, prefill_ms_per_square_token=a2)


def _fit_decode(base: Engine, points: Sequence[Point]) -> Engine:
    """From e2e less ttft where both were measured, else from tpot."""
    rows: list[tuple[float, float, float, float]] = []
    for p in points:
        context = p.input_tokens + p.output_tokens / 2.0
        steps = p.output_tokens - 1.0
        if p.concurrency != 1 or steps < 1:
            continue
        if p.e2e_ms is not None and p.ttft_ms is not None and p.e2e_ms > p.ttft_ms:
            rows.append((1.0, steps, steps * context, p.e2e_ms - p.ttft_ms))
        elif p.tpot_ms is not None:
            rows.append((0.0, 1.0, context, p.tpot_ms))
    if not rows:
        return base
    table = np.array(rows)
    outputs = len({p.output_tokens for p in points})
    use = [i for i, on in enumerate((outputs > 1, True, len(rows) >= TERMS)) if on]
    found = np.zeros(3)
    found[use] = robust(table[:, use], table[:, 3])
    r, d0, d1 = (float(v) for v in found)
    return _with(
        base, decode_ms=r, step_ms=d0, step_ms_per_token=d1, sequence_ms=d0, sequence_ms_per_token=d1
    )


def _fit_batch(base: Engine, points: Sequence[Point]) -> Engine:
    """What each further sequence adds to a step, the prompts that come in meanwhile taken out.

    In the O steps that a sequence takes, the B - 1 others bring about one prompt each: their
    prefills delay it by a part κ of (B - 1)/O prefills a token. Where all workloads are of one
    shape, κ cannot be told from the sequences' own part: then it is taken to be 1.
    """
    shared = [p for p in points if p.concurrency > 1 and p.tpot_ms is not None]
    if not shared:
        return base
    shapes = len({(p.input_tokens, p.output_tokens) for p in shared})
    table = np.array([_shared_row(base, p) for p in shared])
    use = [0] if shapes == 1 else [0, 2] if len(shared) <= TERMS else [0, 1, 2]
    if shapes == 1:
        table[:, 3] = np.maximum(table[:, 3] - table[:, 2], 0.05 * table[:, 3])
    found = np.zeros(3)
    found[use] = robust(table[:, use], table[:, 3])
    return _with(base, sequence_ms=float(found[0]), sequence_ms_per_token=float(found[1]))


def _shared_row(base: Engine, point: Point) -> tuple[float, float, float, float]:
    """Further sequences, their context, their prompts' share in ms, and the time they add in ms."""
    assert point.tpot_ms is not None
    others = point.concurrency - 1.0
    context = point.input_tokens + point.output_tokens / 2.0
    prompts = others / max(1.0, point.output_tokens) * prefill_ms(base, point.input_tokens)
    added = max(point.tpot_ms - step_ms(base, context), 1e-3 * point.tpot_ms)
    return others, others * context, prompts, added


def robust(columns: Floats, measured: Floats) -> Floats:
    """Coefficients of at least 0 with the least sum of |relative errors|."""
    scaled = columns / measured[:, None]
    weights = np.ones(len(measured))
    found = np.zeros(columns.shape[1])
    for _ in range(ROUNDS):
        root = np.sqrt(weights)
        found = _nonnegative(scaled * root[:, None], root)
        weights = 1.0 / np.maximum(np.abs(scaled @ found - 1.0), LEAST_RESIDUAL)
    return found


def _nonnegative(columns: Floats, target: Floats) -> Floats:
    """Least squares with coefficients of at least 0, by their active set.

    Start from the plain solution and drop the most negative coefficient until none is: exact for
    the two or three terms here.
    """
    active = list(range(columns.shape[1]))
    part = np.zeros(0)
    while active:
        part = np.linalg.lstsq(columns[:, active], target, rcond=None)[0]
        worst = int(np.argmin(part * np.linalg.norm(columns[:, active], axis=0)))
        if part[worst] >= 0:
            break
        active.pop(worst)
    found = np.zeros(columns.shape[1])
    if active:
        found[active] = part
    return found


def _cross_validated(subject: Subject, points: Sequence[Point]) -> tuple[float, float]:
    """Median relative errors of ttft and e2e on points left out of the fit, a fifth at a time."""
    ttft: list[float] = []
    e2e: list[float] = []
    for fold in range(FOLDS):
        kept = [p for i, p in enumerate(points) if i % FOLDS != fold]
        left = [p for i, p in enumerate(points) if i % FOLDS == fold and p.concurrency == 1]
        if sum(p.concurrency == 1 and p.ttft_ms is not None for p in kept) < TERMS:
            continue
        made = _fitted(subject, kept)
        for p in left:
            ttft += _error(prefill_ms(made, p.input_tokens), p.ttft_ms)
            whole = prefill_ms(made, p.input_tokens) + decode_ms(made, p.input_tokens, p.output_tokens)
            e2e += _error(whole, p.e2e_ms)
    return (round(median(ttft), 4) if ttft else 0.0, round(median(e2e), 4) if e2e else 0.0)


def _error(predicted: float, measured: float | None) -> list[float]:
    return [] if not measured else [abs(predicted - measured) / measured]


def _terms(lengths: Floats) -> int:
    return min(TERMS, len(set(lengths.tolist())))


def _padded(found: Floats) -> tuple[float, float, float]:
    a = [*(float(v) for v in found), 0.0, 0.0, 0.0]
    return a[0], a[1], a[2]


def _range(values: Iterable[float]) -> tuple[int, int]:
    every = [int(v) for v in values]
    return min(every), max(every)


def _with(engine: Engine, **changed: float | tuple[int, int]) -> Engine:
    import msgspec  # noqa: PLC0415 (a record's own copy)

    rounded = {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in changed.items()}
    return msgspec.structs.replace(engine, **rounded)
