"""Plans as rows of options: what one costs.

A plan that breaks a limit is a plan too, at a price far above any saving, so that a search may start
anywhere (`change.py` mends and betters plans).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Floats, Ints
    from agentc.placement.scale.relax import Master

BROKEN = 2000.0
"""A limit exceeded by its whole length costs this many totals."""


@dataclass(frozen=True)
class Cost:
    """What a plan costs, in the objective's units, and by how much it breaks limits, in limits."""

    value: float
    broken: float


class Pricer:
    """Costs of plans of one problem, all pairs counted."""

    def __init__(self, master: Master) -> None:
        """Take a master whose crossings are the ones that count."""
        self.master = master

    @cached_property
    def steps(self) -> list[tuple[int, list[tuple[int, float]]]]:
        """Schedule rows as (time or -1 - limit, terms)."""
        s = self.master.schedule
        ends = [*(int(v) for v in s.of), *(-1 - k for k in range(len(s.limits_us)))]
        steps: list[tuple[int, list[tuple[int, float]]]] = [(v, list[tuple[int, float]]()) for v in ends]
        for r, y, c in zip(s.row, s.symbol, s.coefficient, strict=True):
            steps[int(r)][1].append((int(y), float(c)))
        return steps

    def hops(self, rows: Ints) -> Floats:
        """What each edge takes (E)."""
        g, c = self.master.figures, self.master.crossings
        hop = np.zeros(len(g.edges))
        if len(c.edges):
            a, b = g.ends[c.pairs[c.local]].T
            hop[c.edges] = c.us[np.arange(len(c.edges)), g.tier[rows[a]], g.tier[rows[b]]]
        return hop

    def known(self, rows: Ints) -> list[float]:
        """What each operator and then each edge takes (N + E)."""
        return [*self.master.figures.us[rows].tolist(), *self.hops(rows).tolist()]

    def times(self, rows: Ints) -> tuple[list[float], list[float]]:
        """(each time, each limit's length) of a plan, in us (V, K)."""
        s = self.master.schedule
        known = self.known(rows)
        at = [*known, *([0.0] * s.times)]
        size = len(known)
        lengths: list[float] = []
        for v, terms in self.steps:
            length = sum(at[y] if x == 1.0 else ceil(x * at[y] - 1e-9) for y, x in terms)
            if v < 0:
                lengths.append(length)
            elif length > at[size + v]:
                at[size + v] = length
        return at[size:], lengths

    def replicas(self, rows: Ints) -> Floats:
        """The fewest replicas that carry a plan (P)."""
        g = self.master.figures
        load = np.bincount(g.pool[rows], weights=g.load[rows], minlength=len(g.pools))
        n = np.ceil(load / g.capacity)
        np.maximum.at(n, g.pool[rows], g.least[rows])
        return n

    def crossing_money(self, rows: Ints) -> float:
        """What a plan's crossings cost."""
        g, c = self.master.figures, self.master.crossings
        if not len(c.pairs):
            return 0.0
        a, b = g.ends[c.pairs].T
        return float(c.money[np.arange(len(c.pairs)), g.tier[rows[a]], g.tier[rows[b]]].sum())

    def __call__(self, rows: Ints) -> Cost:
        """What a plan costs."""
        master, g = self.master, self.master.figures
        goal = master.goal
        money = float(g.money[rows].sum()) + self.crossing_money(rows)
        broken = 0.0
        if g.problem.provisioned:
            n = self.replicas(rows)
            money += float(n @ g.pool_money)
            used = np.bincount(g.pool_tier, weights=n * g.devices, minlength=len(g.tiers))
            limits = goal.device_limits
            over = used[limits[:, 0].astype(int)] - limits[:, 1]
            broken += float((np.maximum(over, 0.0) / np.maximum(limits[:, 1], 1.0)).sum())
            broken += self._full_links(rows)
        value = money * goal.money_weight
        if goal.timed:
            _, lengths = self.times(rows)
            value += self._time_value(lengths[0])
            hard = [*([] if master.schedule.soft else [0]), *range(1, len(lengths))]
            limits_us = master.schedule.limits_us
            broken += sum(
                max(0.0, lengths[k] - limits_us[k]) / max(limits_us[k], 1.0)
                for k in hard
                if np.isfinite(limits_us[k])
            )
        return Cost(value, broken)

    def late(self, rows: Ints) -> bool:
        """Whether a plan breaks a hard limit of time."""
        if not self.master.goal.timed:
            return False
        lengths, limits = self.times(rows)[1], self.master.schedule.limits_us.tolist()
        hard = range(1 if self.master.schedule.soft else 0, len(limits))
        return any(lengths[k] > limits[k] for k in hard)

    def _time_value(self, us: float) -> float:
        widths, costs = self.master.goal.pieces()
        starts = np.concatenate(([0.0], np.cumsum(widths)[:-1]))
        ends = np.append(starts[1:], np.inf)
        return float((np.clip(us, starts, ends) - starts) @ costs)

    def _full_links(self, rows: Ints) -> float:
        g, c = self.master.figures, self.master.crossings
        widths, of_link = self.master.goal.link_limits
        if not len(widths) or not len(c.edges):
            return 0.0
        a, b = g.ends[c.pairs[c.local]].T
        link = of_link[g.tier[rows[a]], g.tier[rows[b]]]
        some = link >= 0
        used = np.bincount(link[some], weights=g.kbps[c.edges][some], minlength=len(widths))
        return float((np.maximum(used - widths, 0.0) / widths).sum())

    def total(self, cost: Cost) -> float:
        """Cost with what is broken priced."""
        return cost.value + BROKEN * cost.broken * self.master.goal.scale
