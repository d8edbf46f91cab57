"""One engine serving one model, by a handful of fitted constants.

Letters: S prompt tokens, of which p are cached; O tokens written; C mean context S + O/2 of a
sequence while it is written; B sequences at once. All times are in milliseconds.

    prefill = a0 + a1·(S - p) + a2·(S² - p²)          reading, and attention that grows with S²
    step    = d0 + d1·C + (B - 1)·(b0 + b1·C)          one token for each of B sequences
    decode  = r + (O - 1)·step                         r is what a decode costs before its steps

All constants are at least 0, so times grow with S, O, C and B. Where nobody measured B > 1 the
engine is taken to gain nothing from batches: b0 = d0 and b1 = d1, sequences take turns.
"""

from __future__ import annotations

import msgspec


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fitted constants and how well they fit.

    `error_ttft` and `error_e2e` are medians of |predicted - measured| / measured on points that
    the fit had not seen (cross-validation). `input_tokens` and `output_tokens` are the least and
    the most that were measured: outside of them a prediction is an extrapolation. `precision`
    empty means whatever precision the engine runs the model in.
    """

    model: str
    precision: str = ""
    tp: int = 1
    pp: int = 1
    max_batch: int = 1
    points: int = 0
    input_tokens: tuple[int, int] = (0, 0)
    output_tokens: tuple[int, int] = (0, 0)
    error_ttft: float = 0.0
    error_e2e: float = 0.0
    prefill_ms: float = 0.0
    prefill_ms_per_token: float = 0.0
    prefill_ms_per_square_token: float = 0.0
    decode_ms: float = 0.0
    step_ms: float = 0.0
    step_ms_per_token: float = 0.0
    sequence_ms: float = 0.0
    sequence_ms_per_token: float = 0.0


def prefill_ms(engine: Engine, input_tokens: float, *, prefix_tokens: float = 0.0) -> float:
    """a0 + a1·(S - p) + a2·(S² - p²): the last prompt token is always computed."""
    past = min(prefix_tokens, max(0.0, input_tokens - 1.0))
    new, squares = input_tokens - past, input_tokens**2 - past**2
    per_square = engine.prefill_ms_per_square_token
    return engine.prefill_ms + engine.prefill_ms_per_token * new + per_square * squares


def step_ms(engine: Engine, context_tokens: float, *, batch: float = 1.0) -> float:
    """d0 + d1·C + (B - 1)·(b0 + b1·C): the time between two tokens of one sequence."""
    alone = engine.step_ms + engine.step_ms_per_token * context_tokens
    others = engine.sequence_ms + engine.sequence_ms_per_token * context_tokens
    return alone + max(0.0, batch - 1.0) * others


def decode_ms(engine: Engine, input_tokens: float, output_tokens: float, *, batch: float = 1.0) -> float:
    """R + (O - 1)·step at the mean context."""
    steps = max(0.0, output_tokens - 1.0)
    context = input_tokens + output_tokens / 2.0
    return engine.decode_ms + steps * step_ms(engine, context, batch=batch)
