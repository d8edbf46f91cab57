"""Where a fitted row lies in the workload, and what the fitted constants left over there."""

from __future__ import annotations

import msgspec


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row that was fitted: its place (logarithms), and left = log(measured / predicted)."""

    metric: str
    model: str
    place: tuple[float, ...]
    left: float
