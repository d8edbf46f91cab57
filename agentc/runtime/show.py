"""A run's outcome for people: the trace as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = ("operator", "tier", "start ms", "time ms", "waited ms", "")


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
