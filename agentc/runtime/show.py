"""A run's outcome as text: the result, and the trace as a table; or one JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentc.runtime.program import Outcome

HEADER = ("operator", "planned on", "start ms", "time ms", "waited ms", "")


def shown(agent: str, outcome: Outcome, *, trace: bool, as_json: bool) -> str:
    """Return what a run prints."""
    if as_json:
        return json.dumps({"agent": agent, **outcome.record(trace=trace)}, ensure_ascii=False)
    if not trace:
        return outcome.text
    loading = f"engines loaded in {outcome.load_ms:.0f} ms, before the clock started"
    return f"{outcome.text}\n\n{trace_table(outcome.trace)}\n{loading}"


def trace_table(records: Sequence[dict[str, Any]]) -> str:
    """Return one line an operator's visit, in the order of their starts."""
    rows = [HEADER, *(_row(record) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return "\n".join(_line(row, widths) for row in rows)


def _row(record: dict[str, Any]) -> tuple[str, ...]:
    figures = "  ".join(f"{name}={value:g}" for name, value in record["figures"].items())
    waited = record["start_ms"] - record["ready_ms"]
    times = (record["start_ms"], record["ms"], waited)
    return (record["id"], record["tier"] or "-", *(f"{time:.1f}" for time in times), figures)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if column in {0, 1, 5} else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
