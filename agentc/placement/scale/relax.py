"""The linear relaxation of a placement over chosen options, and what its prices are.

Columns: x (options), z (a pair's tiers at both ends), n (replicas), f (times), end (the end-to-end
time, in pieces of rising cost). A pair's z are tied to both ends' tiers, so that no crossing is half
taken:  sum over k of z[q,j,k] = x of q's first operator on tier j, and the same from the other end.

Rows that no option needs are left out, options that pay for themselves are added (`prices.py` finds
them over all options), so the program stays small however many pools there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.scale.linear import Optimum, Program, minimize
from agentc.placement.scale.prices import Prices

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Figures, Flags, Floats, Ints
    from agentc.placement.scale.goal import Goal
    from agentc.placement.scale.linear import Method
    from agentc.placement.scale.schedule import Schedule

COST_SCALE = 1e4
TIME_SCALE = 1e2
ELASTIC = 30.0
"""What a whole limit of overrun costs, in totals: dear enough that a program has none if it can."""


@dataclass(frozen=True)
class Crossings:
    """The pairs whose transfers are counted, with their tables; the rest are taken to be free.

    `pairs` (C) are numbers of pairs, `money` (C, T, T) what they cost between two tiers, `edges` the
    edges in them, `local` each edge's place among `pairs`, `us` (E', T, T) its transfer.
    """

    pairs: Ints
    money: Floats
    edges: Ints
    local: Ints
    us: Floats


@dataclass
class Columns:
    """Where each kind of variable and row begins in a program."""

    x: Ints
    z: Ints
    z_pair: Ints
    z_ends: tuple[Ints, Ints]
    n: Ints
    f: Ints
    end: Ints
    rows: dict[str, Ints] = field(default_factory=dict[str, "Ints"])


@dataclass
class Master:
    """A problem with the options that its program holds at present.

    `barred` is infinite for options that no plan may use, else 0; `active` are the options in the
    program, `linked` those whose replicas it counts (O).
    """

    figures: Figures
    schedule: Schedule
    goal: Goal
    crossings: Crossings
    barred: Floats
    active: Flags
    linked: Flags


@dataclass(frozen=True)
class Relaxed:
    """A solution of the relaxation: how much of each option it takes, prices, cost, times, replicas."""

    taken: Floats
    prices: Prices
    value: float
    times: Floats
    replicas: Floats


def relax(master: Master, *, method: Method, seconds: float, workers: int = 1) -> Relaxed | None:
    """Solve the relaxation over the active options, with replicas tied to the linked ones."""
    builder = Builder(master)
    found = minimize(builder.build(), method, seconds, workers=workers)
    return None if found is None else builder.read(found)


class Builder:
    """Puts a program together, and reads its solution back in the problem's units."""

    def __init__(self, master: Master) -> None:
        """Take a problem with the options that the program is to hold."""
        self.figures, self.schedule, self.goal = master.figures, master.schedule, master.goal
        self.crossings = master.crossings
        active, linked, goal = master.active, master.linked, master.goal
        self.rows = np.flatnonzero(active)
        self.linked = np.flatnonzero(active & linked)
        self.program = Program()
        self.money = goal.scale / COST_SCALE
        self.time = goal.time_us / TIME_SCALE

    def build(self) -> Program:
        """The whole program."""
        self._columns()
        self._assignment()
        self._marginals()
        if self.figures.problem.provisioned:
            self._capacity()
            self._fleet()
        if self.goal.timed:
            self._times()
        return self.program

    # --- columns -----------------------------------------------------------------------------------

    def _columns(self) -> None:
        g, p = self.figures, self.program
        weight = self.goal.money_weight / self.money
        x = np.full(len(g.op), -1)
        x[self.rows] = p.add_columns(g.money[self.rows] * weight)
        pair, j, k = self._tier_pairs()
        z = p.add_columns(self.crossings.money[pair, j, k] * weight)
        provisioned = g.problem.provisioned
        n = p.add_columns(g.pool_money * weight) if provisioned else np.zeros(0, np.int64)
        timed = self.goal.timed
        f = p.add_columns(np.zeros(self.schedule.times)) if timed else np.zeros(0, np.int64)
        widths, costs = self.goal.pieces(ELASTIC)
        end = p.add_columns(costs * self.time / self.money, widths / self.time)
        self.at = Columns(x, z, pair, (j, k), n, f, end)

    def _tier_pairs(self) -> tuple[Ints, Ints, Ints]:
        """(pair, tier, tier) of each z: tiers on which both ends have an active option."""
        g = self.figures
        here = np.zeros((g.operators, len(g.tiers)), dtype=bool)
        here[g.op[self.rows], g.tier[self.rows]] = True
        self.here = here
        a, b = g.ends[self.crossings.pairs].T
        pair, j, k = np.nonzero(here[a][:, :, None] & here[b][:, None, :])
        return pair, j, k

    # --- rows --------------------------------------------------------------------------------------

    def _assignment(self) -> None:
        rows = self.program.add_rows(self.figures.operators, 1.0, 1.0)
        self.at.rows["assign"] = rows
        self.program.put(rows[self.figures.op[self.rows]], self.at.x[self.rows], 1.0)

    def _marginals(self) -> None:
        g, at = self.figures, self.at
        for side in (0, 1):
            ends = g.ends[self.crossings.pairs, side]
            pair, tier = np.nonzero(self.here[ends])
            number = np.full((len(ends), len(g.tiers)), -1)
            number[pair, tier] = self.program.add_rows(len(pair), 0.0, 0.0)
            at.rows[f"side{side}"] = number
            self.program.put(number[at.z_pair, at.z_ends[side]], at.z, 1.0)
            owner, rows = _members(ends, g.start, self.rows)
            self.program.put(number[owner, g.tier[rows]], at.x[rows], -1.0)

    def _capacity(self) -> None:
        g, at, p = self.figures, self.at, self.program
        rows = at.rows["capacity"] = p.add_rows(len(g.pools), 0.0, np.inf)
        p.put(rows, at.n, 1.0)
        p.put(rows[g.pool[self.rows]], at.x[self.rows], -g.load[self.rows] / g.capacity[g.pool[self.rows]])
        links = at.rows["linked"] = p.add_rows(len(self.linked), 0.0, np.inf)
        p.put(links, at.n[g.pool[self.linked]], 1.0)
        p.put(links, at.x[self.linked], -g.least[self.linked])

    def _fleet(self) -> None:
        g, at, p = self.figures, self.at, self.program
        limits = self.goal.device_limits
        rows = at.rows["devices"] = p.add_rows(len(limits), -np.inf, limits[:, 1])
        for row, tier in zip(rows, limits[:, 0].astype(int), strict=True):
            pools = np.flatnonzero(g.pool_tier == tier)
            p.put(np.full(len(pools), row), at.n[pools], g.devices[pools])
        over = p.add_columns(np.full(len(limits), ELASTIC * COST_SCALE))
        p.put(rows, over, -np.maximum(limits[:, 1], 1.0))
        self._links()

    def _links(self) -> None:
        p, at, c = self.program, self.at, self.crossings
        widths, of_link = self.goal.link_limits
        rows = at.rows["links"] = p.add_rows(len(widths), -np.inf, 1.0)
        kbps = np.bincount(c.local, weights=self.figures.kbps[c.edges], minlength=len(c.pairs))
        link = of_link[at.z_ends[0], at.z_ends[1]]
        some = np.flatnonzero(link >= 0)
        p.put(rows[link[some]], at.z[some], kbps[at.z_pair[some]] / widths[link[some]])
        over = p.add_columns(np.full(len(widths), ELASTIC * COST_SCALE))
        p.put(rows, over, -1.0)

    def _times(self) -> None:
        g, s, at, p = self.figures, self.schedule, self.at, self.program
        rows = p.add_rows(s.rows, 0.0, np.inf)
        others = s.limits_us[1:] / self.time
        last = p.add_rows(1, 0.0, np.inf)
        limits = p.add_rows(len(others), -others, np.inf)
        number = at.rows["times"] = np.concatenate((rows, last, limits))
        p.put(rows, at.f[s.of], 1.0)
        p.put(np.full(len(at.end), last[0]), at.end, 1.0)
        over = p.add_columns(np.full(len(others), ELASTIC * COST_SCALE))
        p.put(limits, over, np.maximum(others, 1e-9))
        kind_op = s.symbol < g.operators
        kind_time = s.symbol >= g.operators + len(g.edges)
        owner, options = _members(s.symbol[kind_op], g.start, self.rows)
        spread = s.coefficient[kind_op][owner] * g.us[options] / self.time
        p.put(number[s.row[kind_op][owner]], at.x[options], -spread)
        times = s.symbol[kind_time] - g.operators - len(g.edges)
        p.put(number[s.row[kind_time]], at.f[times], -s.coefficient[kind_time])
        self._transfers(number, ~kind_op & ~kind_time)

    def _transfers(self, number: Ints, entries: Flags) -> None:
        """Each edge's transfer: sum over its pair's z of hop times."""
        g, s, at, c = self.figures, self.schedule, self.at, self.crossings
        place = np.full(len(g.edges), -1)
        place[c.edges] = np.arange(len(c.edges))
        edge = place[s.symbol[entries] - g.operators]
        row, coefficient = s.row[entries][edge >= 0], s.coefficient[entries][edge >= 0]
        edge = edge[edge >= 0]
        first = np.searchsorted(at.z_pair, np.arange(len(c.pairs) + 1))
        owner, z = _members(c.local[edge], first, np.arange(len(at.z)))
        us = c.us[edge[owner], at.z_ends[0][z], at.z_ends[1][z]]
        self.program.put(number[row[owner]], at.z[z], -coefficient[owner] * us / self.time)

    # --- reading -----------------------------------------------------------------------------------

    def read(self, found: Optimum) -> Relaxed:
        """The solution in money units, microseconds and billionths."""
        g, at = self.figures, self.at
        taken = np.zeros(len(g.op))
        taken[self.rows] = found.x[at.x[self.rows]]
        y = found.y * self.money

        def by(name: str) -> Floats:
            rows = at.rows.get(name, np.zeros(0, np.int64))
            return np.where(rows >= 0, y[np.maximum(rows, 0)], np.nan)

        linked = np.zeros(len(g.op))
        linked[self.linked] = np.maximum(by("linked"), 0.0) if g.problem.provisioned else 0.0
        capacity = (
            np.maximum(by("capacity"), 0.0) / g.capacity if g.problem.provisioned else np.zeros(len(g.pools))
        )
        widths = self.goal.link_limits[0]
        links = np.maximum(-by("links"), 0.0) / widths if g.problem.provisioned else np.zeros(len(widths))
        prices = Prices(
            flow=np.maximum(by("times"), 0.0) / self.time,
            side=(by("side0"), by("side1")),
            capacity=capacity,
            linked=linked,
            devices=np.maximum(-by("devices"), 0.0),
            links=links,
        )
        times = found.x[at.f] * self.time if self.goal.timed else np.zeros(self.schedule.times)
        return Relaxed(taken, prices, self.program.value(found.x) * self.money, times, found.x[at.n])


def _members(owners: Ints, start: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """For each owner the sorted `rows` in [start[owner], start[owner + 1]): (place of owner, row)."""
    first, last = np.searchsorted(rows, start[owners]), np.searchsorted(rows, start[owners + 1])
    sizes = last - first
    place = np.repeat(np.arange(len(owners)), sizes)
    inside = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return place, rows[np.repeat(first, sizes) + inside]
