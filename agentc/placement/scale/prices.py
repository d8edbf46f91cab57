"""Prices of scarce things, and the bound that any prices prove.

For prices of time, load, devices, links and of the agreement between a pair and its two ends, the
cheapest choice of every part by itself, less what the limits are worth, costs no more than any plan
that keeps the limits (Lagrangian duality). That holds for all prices that are not negative, however
they were found: a linear program's, solved exactly or not, after `repaired`.

    bound =  sum over operators of min over options theta
           + sum over pairs of min over tiers (money + flow us + link - side0 - side1)
           + min over the end-to-end time (cost - flow) - sum of other limits x their prices
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Figures, Floats, Ints
    from agentc.placement.scale.goal import Goal
    from agentc.placement.scale.relax import Crossings, Master
    from agentc.placement.scale.schedule import Schedule

SAFE = 1e-11
"""Share of all amounts added up that rounding may have cost: thousands of times what it can."""


@dataclass(frozen=True)
class Prices:
    """Money per microsecond of a schedule row (`flow`), per billionth of a replica by pool
    (`capacity`), per replica that an option needs (`linked`), per device by limited tier, per kbps by
    limited link; and `side`, what each end of a pair is charged on each tier (C, T; nan: unknown).
    """  # noqa: D205 (one sentence over three lines)

    flow: Floats
    side: tuple[Floats, Floats]
    capacity: Floats
    linked: Floats
    devices: Floats
    links: Floats


@dataclass(frozen=True)
class Ledger:
    """What the relaxation reckons: `theta` by option, `least` by operator; by counted pair its `tables`,
    charges on each `side` and what is left of it (`slack`); the `flow` through each schedule row.
    """  # noqa: D205 (one sentence over two lines)

    theta: Floats
    least: Floats
    tables: Floats
    side: tuple[Floats, Floats]
    slack: Floats
    flow: Floats


@dataclass(frozen=True)
class Bound(Ledger):
    """What prices prove: no plan is below `value`."""

    value: int

    def regret(self, op: Ints) -> Floats:
        """By option: how much more than its operator's best it costs at these prices (O)."""
        return self.theta - self.least[op]


def bound_of(master: Master, prices: Prices) -> Bound:
    """The bound that prices prove."""
    figures, schedule, goal, crossings = master.figures, master.schedule, master.goal, master.crossings
    prices = repaired(figures, schedule, goal, prices)
    op_flow, edge_flow = _flows(figures, schedule, prices)
    tables = _tables(figures, goal, crossings, prices, edge_flow)
    side, slack = _sides(tables, prices)
    theta = figures.money * goal.money_weight + op_flow[figures.op] * figures.us + master.barred
    theta = theta + prices.capacity[figures.pool] * figures.load + prices.linked * figures.least
    charged = np.zeros((figures.operators, len(figures.tiers)))
    for s in (0, 1):
        np.add.at(charged, figures.ends[crossings.pairs, s], side[s])
    theta = theta + charged[figures.op, figures.tier]
    least = np.minimum.reduceat(theta, figures.start[:-1])
    terms = np.concatenate((least, slack, -_limits(schedule, goal, prices)))
    size = float(np.abs(terms[np.isfinite(terms)]).sum() + sum(np.abs(s).sum() for s in side))
    value = float(terms.sum()) - SAFE * size
    return Bound(
        theta, least, tables, side, slack, prices.flow, floor(value) if np.isfinite(value) else 2**62
    )


def repaired(figures: Figures, schedule: Schedule, goal: Goal, prices: Prices) -> Prices:
    """Prices under which times and replicas cost nothing less than nothing."""
    flow = _balanced(figures, schedule, goal, prices.flow)
    if not figures.problem.provisioned:
        return replace(prices, flow=flow)
    of_tier = np.zeros(len(figures.tiers))
    of_tier[goal.device_limits[:, 0].astype(int)] = prices.devices
    worth = figures.pool_money * goal.money_weight + figures.devices * of_tier[figures.pool_tier]
    spent = prices.capacity * figures.capacity
    spent = spent + np.bincount(figures.pool, weights=prices.linked, minlength=len(figures.pools))
    share = np.minimum(1.0, worth / np.where(spent > worth, spent, np.maximum(worth, 1.0))) * (1 - 1e-15)
    return replace(
        prices, flow=flow, capacity=prices.capacity * share, linked=prices.linked * share[figures.pool]
    )


def _balanced(figures: Figures, schedule: Schedule, goal: Goal, flow: Floats) -> Floats:
    """Flow into each time cut down to the flow out of it, from the end backwards."""
    if not goal.timed:
        return np.zeros(schedule.rows + len(schedule.limits_us))
    flow = flow.copy()
    if goal.objective == "tco" and schedule.soft:
        flow[schedule.rows] = min(flow[schedule.rows], float(figures.problem.soft_money_per_us))
    flow[schedule.rows :][~np.isfinite(schedule.limits_us)] *= goal.objective == "latency"
    first = figures.operators + len(figures.edges)
    uses = np.flatnonzero(schedule.symbol >= first)
    used = schedule.symbol[uses] - first
    order = np.argsort(used, kind="stable")
    begins = np.searchsorted(used[order], np.arange(schedule.times + 1))
    row, weight = schedule.row[uses[order]], schedule.coefficient[uses[order]]
    feeds = np.argsort(schedule.of, kind="stable")
    first_feed = np.searchsorted(schedule.of[feeds], np.arange(schedule.times + 1))
    for v in range(schedule.times - 1, -1, -1):
        here = slice(begins[v], begins[v + 1])
        out = float(weight[here] @ flow[row[here]])
        rows = feeds[first_feed[v] : first_feed[v + 1]]
        into = float(flow[rows].sum())
        if into > out:
            flow[rows] *= out / into * (1 - 1e-15)
    return flow


def _flows(figures: Figures, schedule: Schedule, prices: Prices) -> tuple[Floats, Floats]:
    """Price of a microsecond of each operator and of each edge."""
    weights = schedule.coefficient * prices.flow[schedule.row]
    size = figures.operators + len(figures.edges)
    known = schedule.symbol < size
    total = np.bincount(schedule.symbol[known], weights=weights[known], minlength=size).astype(np.float64)
    return total[: figures.operators], total[figures.operators :]


def _tables(figures: Figures, goal: Goal, crossings: Crossings, prices: Prices, edge_flow: Floats) -> Floats:
    """What each pair costs between any two tiers at these prices (C, T, T)."""
    tables = crossings.money * goal.money_weight
    np.add.at(tables, crossings.local, edge_flow[crossings.edges, None, None] * crossings.us)
    widths, of_link = goal.link_limits
    if len(widths):
        per_kbps = np.append(prices.links, 0.0)[of_link]
        kbps = np.bincount(
            crossings.local, weights=figures.kbps[crossings.edges], minlength=len(crossings.pairs)
        )
        tables = tables + kbps[:, None, None] * per_kbps
    return tables


def _sides(tables: Floats, prices: Prices) -> tuple[tuple[Floats, Floats], Floats]:
    """Charges for every tier, unknown ones as high as costs no pair anything; and each pair's least."""
    a, b = prices.side
    known_a, known_b = ~np.isnan(a), ~np.isnan(b)
    open_a, open_b = np.where(known_a, a, -np.inf), np.where(known_b, b, -np.inf)
    wanted = np.min(
        np.where(known_b[:, None, :], tables - open_b[:, None, :], np.inf), axis=2, initial=np.inf
    )
    a = np.where(known_a, open_a, wanted)
    wanted = np.min(tables - a[:, :, None], axis=1, initial=np.inf)
    b = np.where(known_b, open_b, wanted)
    slack = np.min(tables - a[:, :, None] - b[:, None, :], axis=(1, 2), initial=np.inf)
    return (a, b), slack


def _limits(schedule: Schedule, goal: Goal, prices: Prices) -> Floats:
    """What the limits are worth at these prices: the most that keeping them can save."""
    worth = [prices.devices * goal.device_limits[:, 1], prices.links * goal.link_limits[0]]
    if goal.timed:
        widths, costs = goal.pieces()
        flow = prices.flow[schedule.rows :]
        worth.append(np.maximum(flow[0] - costs, 0.0) * widths)
        stated = np.isfinite(schedule.limits_us[1:])
        worth.append(np.where(stated, flow[1:] * np.where(stated, schedule.limits_us[1:], 0.0), 0.0))
    return np.concatenate(worth)
