"""The relaxation's bound over all options, from programs that hold only the few that pay.

Solve over some options; price all of them; add those that would be cheaper; again, until none is or
the bound is within reach of the program's own optimum. Each round's prices prove a bound by
themselves, so stopping early costs accuracy and never truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.scale.prices import Bound, bound_of
from agentc.placement.scale.relax import Crossings, Master, Relaxed, relax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentc.placement.scale.figures import Figures, Flags, Floats, Ints
    from agentc.placement.scale.goal import Goal

TIME_PRICES = np.concatenate(([0.0], np.geomspace(0.02, 30.0, 8)))
"""Totals per limit of time that the first options are chosen at."""
ADDED = 3
"""Options that one round adds to an operator at most."""
DONE = 2e-4
"""Stop when the bound is this near to the program's optimum."""


@dataclass(frozen=True)
class Round:
    """What one program showed. `value` is its optimum: the bound would be that with all options."""

    bound: Bound
    relaxed: Relaxed
    value: float


def crossings_of(figures: Figures, chosen: Flags) -> Crossings:
    """The crossings of the chosen pairs (Q)."""
    pairs = np.flatnonzero(chosen)
    place = np.full(len(figures.ends), -1)
    place[pairs] = np.arange(len(pairs))
    edges = np.flatnonzero(chosen[figures.pair]) if len(figures.pair) else np.zeros(0, np.int64)
    local = place[figures.pair[edges]]
    tiers = len(figures.tiers)
    money = np.zeros((len(pairs), tiers, tiers))
    np.add.at(money, local, figures.hop_money(edges))
    return Crossings(pairs, money, edges, local, figures.hop_us(edges))


def first_options(figures: Figures, goal: Goal, barred: Floats) -> Flags:
    """Each operator's best options by itself, at several prices of time."""
    active = np.zeros(len(figures.op), dtype=bool)
    alone = (
        figures.money + figures.pool_money[figures.pool] * figures.load / figures.capacity[figures.pool]
    ) * goal.money_weight + barred
    prices = TIME_PRICES * goal.scale / goal.time_us if goal.timed else np.zeros(1)
    for price in prices:
        active[_best(figures, alone + price * figures.us)] = True
    active[_best(figures, figures.us + barred)] = True
    if figures.problem.provisioned:
        for _ in range(3):  # full pools have neighbours
            active[_best(figures, alone + np.where(active, np.inf, 0.0))] = True
    return active & np.isfinite(barred)


def _best(figures: Figures, cost: Floats) -> Ints:
    """Each operator's cheapest row (N)."""
    least = np.minimum.reduceat(cost, figures.start[:-1])
    hit = np.flatnonzero((cost <= least[figures.op]) & np.isfinite(cost))
    _, first = np.unique(figures.op[hit], return_index=True)
    return hit[first]


def rounds(master: Master, deadline: float) -> Iterator[Round]:
    """Programs with ever more options, until none is missing or the time is up."""
    while (left := deadline - perf_counter()) > 0:
        found = relax(master, method="glop", seconds=left)
        if found is None:
            return
        m = master
        bound = bound_of(m, found.prices)
        if (simple := _simple(m, found)).value > bound.value:
            bound = simple
        yield Round(bound, found, found.value)
        missing = _missing(m, bound)
        unlinked = _unlinked(m, found)
        if found.value - bound.value <= DONE * abs(found.value) and not len(unlinked):
            return
        if not len(missing) and not len(unlinked):
            return
        m.active[missing] = True
        m.linked[unlinked] = True


def _missing(m: Master, bound: Bound) -> Ints:
    """Rows outside the program that beat those inside, a few an operator, best first."""
    g = m.figures
    inside = np.minimum.reduceat(np.where(m.active, bound.theta, np.inf), g.start[:-1])
    gain = inside[g.op] - bound.theta
    hit = np.flatnonzero(~m.active & (gain > 1e-7 * m.goal.scale / g.operators))
    order = hit[np.lexsort((-gain[hit], g.op[hit]))]
    first = np.searchsorted(g.op[order], g.op[order])
    return order[np.arange(len(order)) - first < ADDED]


def _simple(m: Master, found: Relaxed) -> Bound:
    """The bound with each pool's whole price on its load: a program's prices may be degenerate."""
    g = m.figures
    of_tier = np.zeros(len(g.tiers))
    of_tier[m.goal.device_limits[:, 0].astype(int)] = found.prices.devices
    worth = g.pool_money * m.goal.money_weight + g.devices * of_tier[g.pool_tier]
    prices = replace(found.prices, capacity=worth / g.capacity, linked=np.zeros(len(g.op)))
    return bound_of(m, prices)


def _unlinked(m: Master, found: Relaxed) -> Ints:
    """Rows whose need of replicas the program overlooks."""
    g, taken = m.figures, found.taken
    if not g.problem.provisioned:
        return np.zeros(0, np.int64)
    load = np.bincount(g.pool, weights=taken * g.load, minlength=len(g.pools)) / g.capacity
    short = g.least * taken > load[g.pool] * (1 + 1e-6) + 1e-6
    return np.flatnonzero(short & m.active & ~m.linked)
