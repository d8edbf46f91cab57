"""From a file of measurements to a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels.calibration.fit import FEWEST, fit_engine
from agentc.costmodels.calibration.points import gather, measured_date, read_records
from agentc.costmodels.calibration.profile import StackProfile, UserProfile
from agentc.diagnostics import Location, error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from agentc.costmodels.calibration.points import Point


def calibrate(path: Path, name: str) -> UserProfile:
    """Fit everything in a file that can be fitted.

    Each model and layout with enough workloads becomes an engine of its own. Rows of a device of the
    catalog calibrate the serving model's constants besides, which hold for other models too.

    Raises:
        AgentcError: the file is none, or nothing in it can be fitted.
    """
    records = read_records(path)
    found = gather(records, path)
    engines = [fit_engine(subject, points) for subject, points in found.items() if _enough(points)]
    stack = _stack(records)
    if not engines and stack is None:
        message = (
            f"nothing in it can be fitted: no model has {FEWEST} workloads with ttft_ms at concurrency 1,"
            " and fewer than eight rows are of a device, model and metric that the serving model knows"
        )
        raise error(message, Location(str(path)), "agentc profile measures an engine")
    return UserProfile(
        profile=name,
        date=measured_date(records),
        device=_one([r.get("device") or "" for r in records], "device", path),
        software=_one([r.get("software") or "" for r in records], "stack", path),
        source=path.name,
        engines=tuple(engines),
        stack=stack,
    )


def _stack(records: Sequence[Mapping[str, str]]) -> StackProfile | None:
    """Calibrate the serving model's constants, where enough rows are of what it models."""
    if not any(r.get("device") for r in records):
        return None
    from agentc.costmodels.calibration import stack  # noqa: PLC0415 (the serving model takes its time)
    from agentc.costmodels.calibration.predict import rows_of  # noqa: PLC0415
    from agentc.costmodels.serving.profile import constants_for  # noqa: PLC0415

    rows = [row for row in rows_of(records) if row is not None and row.value]
    named = {row.levels["stack"] for row in rows}
    if len(rows) < stack.FEWEST or len(named) != 1:
        return None
    made = stack.fit_stack(rows, constants_for([row.levels for row in rows]))
    return StackProfile(
        stack=named.pop(),
        base=stack.base_stamp(),
        factors=dict(made.factors),
        seen=made.seen,
        rows=made.rows,
        error=made.error,
        band=made.band,
    )


def _enough(points: Sequence[Point]) -> bool:
    alone = [p for p in points if p.concurrency == 1 and p.ttft_ms is not None]
    return len({(p.input_tokens, p.output_tokens) for p in alone}) >= FEWEST


def _one(stated: list[str], what: str, path: Path) -> str:
    """A profile is of one device under one stack."""
    names = sorted(set(stated))
    if len(names) > 1:
        message = f"the rows are of several {what}s: {', '.join(names[:4])}"
        raise error(message, Location(str(path)), f"keep one {what} in a file")
    return names[0]
