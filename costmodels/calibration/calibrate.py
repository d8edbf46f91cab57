"""From a file of measurements to a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels.calibration.fit import FEWEST, fit_engine
from agentc.costmodels.calibration.points import gather, measured_date, read_records
from agentc.costmodels.calibration.profile import UserProfile
from agentc.diagnostics import Location, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agentc.costmodels.calibration.points import Point


def calibrate(path: Path, name: str) -> UserProfile:
    """Fit everything in a file that can be fitted.

    Each model and layout with enough workloads becomes an engine of its own.

    Raises:
        AgentcError: the file is none, or nothing in it can be fitted.
    """
    records = read_records(path)
    found = gather(records, path)
    engines = [fit_engine(subject, points) for subject, points in found.items() if _enough(points)]
    if not engines:
        message = f"no model in it has {FEWEST} workloads with ttft_ms at concurrency 1"
        raise error(message, Location(str(path)), "agentc profile measures them")
    return UserProfile(
        profile=name,
        date=measured_date(records),
        device=_one([s.device for s in found], "device", path),
        software=_one([s.software for s in found], "software", path),
        source=path.name,
        engines=tuple(engines),
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
