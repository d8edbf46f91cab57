"""When each operator ran: what `agentc run --trace` prints and a profile reads."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Span:
    """One visit of one operator, in milliseconds since the run began.

    `ready_ms` is when its operands were there, `start_ms` when it had its engine for itself; what lies
    between is waiting. `end_ms` is None while it runs. `figures` are counts such as tokens.
    """

    id: str
    op: str
    tier: str
    pool: str
    ready_ms: float
    start_ms: float
    end_ms: float | None = None
    figures: dict[str, float] = field(default_factory=dict[str, float])


_current: ContextVar[tuple[Trace, Span] | None] = ContextVar("current", default=None)


class Trace:
    """The spans of one run, in the order in which they began."""

    def __init__(self) -> None:
        """Start the clock."""
        self._zero = time.perf_counter()
        self.spans: list[Span] = []

    def now_ms(self) -> float:
        """Return milliseconds since the run began."""
        return round((time.perf_counter() - self._zero) * 1e3, 3)

    def open(self, id: str, op: str, tier: str, pool: str) -> Span:
        """Open a span: its operands are there."""
        now = self.now_ms()
        span = Span(id, op, tier, pool, now, now)
        self.spans.append(span)
        _current.set((self, span))
        return span

    def close(self, span: Span) -> None:
        """Close a span."""
        span.end_ms = self.now_ms()

    def records(self) -> list[dict[str, Any]]:
        """Return the spans as JSON objects, earliest first."""
        spans = sorted(self.spans, key=lambda span: (span.start_ms, span.id))
        return [
            asdict(span) | {"ms": round((span.end_ms or span.start_ms) - span.start_ms, 3)} for span in spans
        ]

    def running(self) -> list[str]:
        """Return the ids of operators that have not ended."""
        return [span.id for span in self.spans if span.end_ms is None]


def began() -> None:
    """Say that the operator at work has its engine now: what came before was waiting."""
    if at_work := _current.get():
        trace, span = at_work
        span.start_ms = trace.now_ms()


def note(**figures: float) -> None:
    """Add figures to the span of the operator at work."""
    if at_work := _current.get():
        at_work[1].figures.update(figures)
