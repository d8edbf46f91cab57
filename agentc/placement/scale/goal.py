"""What is minimized and which limits a problem states, in the shape the relaxation needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.placement.scale.figures import Figures, Floats, Ints
    from agentc.placement.scale.schedule import Schedule
    from agentc.placement.solve import Objective


@dataclass(frozen=True)
class Goal:
    """The objective and the limits of one problem. `scale` is a rough total, for units alone.

    `spared`: devices of a tier that a first plan leaves to rounding; with any, nothing is proven.
    """

    figures: Figures
    schedule: Schedule
    objective: Objective
    scale: float
    spared: Mapping[int, float] = field(default_factory=dict[int, float])

    @property
    def money_weight(self) -> float:
        """1 when money is minimized, 0 when time is."""
        return 1.0 if self.objective == "tco" else 0.0

    @property
    def horizon_us(self) -> float:
        """A time that no plan exceeds."""
        return float(max(self.figures.problem.horizon_us, 1))

    @property
    def limit_us(self) -> float:
        """The end-to-end limit, hard or soft; the horizon where none is stated."""
        return min(float(self.schedule.limits_us[0]), self.horizon_us)

    @property
    def time_us(self) -> float:
        """A time to measure others by."""
        return max(self.limit_us, 1.0)

    @property
    def timed(self) -> bool:
        """Whether time matters at all."""
        limited = bool(np.any(self.schedule.limits_us < self.horizon_us))
        return limited or self.objective == "latency"

    def pieces(self, overrun: float | None = None) -> tuple[Floats, Floats]:
        """(widths in us, costs per us) of the end-to-end time, costs rising.

        `overrun`: lets a hard limit be exceeded, at that many totals for a limit's length.
        """
        slope = 1.0 if self.objective == "latency" else 0.0
        beyond = self.horizon_us - self.limit_us
        if self.schedule.soft:
            extra = 0.0 if self.objective == "latency" else float(self.figures.problem.soft_money_per_us)
            return np.array([self.limit_us, beyond]), np.array([slope, slope + extra])
        if overrun is None:
            return np.array([self.limit_us]), np.array([slope])
        dear = overrun * self.scale / self.time_us
        return np.array([self.limit_us, beyond]), np.array([slope, slope + dear])

    @cached_property
    def device_limits(self) -> Floats:
        """(tier, devices) of each tier that is short (D, 2)."""
        counts = ((j, self.figures.problem.counts[t]) for j, t in enumerate(self.figures.tiers))
        rows = [(j, max(0.0, n - self.spared.get(j, 0.0))) for j, n in counts if n is not None]
        return np.array(rows, dtype=float).reshape(len(rows), 2)

    @cached_property
    def link_limits(self) -> tuple[Floats, Ints]:
        """(kilobits a second of each link that could be full, which of them joins two tiers or -1)."""
        g = self.figures
        of_link = np.full((len(g.tiers), len(g.tiers)), -1)
        widths: dict[str, float] = {}
        place: dict[str, int] = {}
        most = float(g.kbps.sum()) if g.problem.provisioned else 0.0
        for a, row in enumerate(g.link):
            for b, link in enumerate(row):
                if link is None or g.problem.link_kbps(link) >= most:
                    continue
                of_link[a, b] = place.setdefault(link.id, len(place))
                width = max(float(g.problem.link_kbps(link)), 0.5)
                widths[link.id] = min(widths.get(link.id, np.inf), width)
        return np.array(list(widths.values())), of_link


def goal_of(figures: Figures, schedule: Schedule, objective: Objective) -> Goal:
    """The goal of a problem, its scale guessed from each operator's cheapest option."""
    if objective == "latency":
        return Goal(figures, schedule, objective, float(max(figures.problem.horizon_us, 1)))
    alone = figures.money + figures.pool_money[figures.pool] * figures.load / figures.capacity[figures.pool]
    cheapest = np.minimum.reduceat(alone, figures.start[:-1]).sum() if len(alone) else 1.0
    return Goal(figures, schedule, objective, float(max(cheapest, 1.0)))
