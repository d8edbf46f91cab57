"""Replicas filled well: a local search that moves operators until no replica can be spared.

Time is dealt with beforehand: each operator is given a *budget*, the longest it may take, such that
any choice inside the budgets keeps the limits. What remains is packing. A pool's last replica is
*drained* when the operators that keep it can move into room that other pools have anyway; sometimes a
replica more of a cheap pool makes the room that drains two others.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Flags, Floats, Ints
    from agentc.placement.scale.plans import Pricer
    from agentc.placement.scale.relax import Master


def budgets(master: Master, us: Floats, times: Floats, lengths: Floats, hops: Floats | None = None) -> Floats:
    """The longest each operator may take, others within theirs, in us (N).

    Args:
        master: the problem.
        us: what each operator takes at present, on average or exactly. (N)
        times: times that the present durations fit into: row by row f_v >= its terms. (V)
        lengths: the limits that the last rows must fit into. (K)
        hops: what each edge takes; nothing if not given. (E)
    """
    g, s = master.figures, master.schedule
    known = np.concatenate((us, np.zeros(len(g.edges)) if hops is None else hops, times))
    taken = np.bincount(s.row, weights=s.coefficient * known[s.symbol], minlength=s.rows + len(lengths))
    slack = np.maximum(np.concatenate((times[s.of], lengths)) - taken, 0.0)
    ops = s.symbol < g.operators
    share = np.bincount(s.row[ops], weights=s.coefficient[ops], minlength=len(slack))
    room = np.full(g.operators, np.inf)
    np.minimum.at(room, s.symbol[ops], slack[s.row[ops]] / np.maximum(share[s.row[ops]], 1e-9))
    return us + room


def stretched(master: Master, pricer: Pricer, rows: Ints, late: float) -> Floats:
    """Budgets around a plan that keeps its limits: its times stretched to the limit.

    `late` in [0, 1]: how much of each operator's spare time is used up before it starts.
    """
    g, s = master.figures, master.schedule
    times, lengths = pricer.times(rows)
    limits = np.where(np.isfinite(s.limits_us), s.limits_us, 4.0 * master.goal.horizon_us)
    if s.soft:
        limits[0] = max(limits[0], lengths[0])
    factor = min((t / max(x, 1.0) for t, x in zip(limits.tolist(), lengths, strict=True)), default=1.0)
    at = np.array(times) * max(factor, 1.0)
    if late > 0.0:
        at = at + late * (_latest(master, pricer, rows, limits) - at).clip(0.0)
    hops = pricer.hops(rows)
    found = budgets(master, g.us[rows].astype(float), at, limits, hops)
    return np.maximum(found, g.us[rows])


def _latest(master: Master, pricer: Pricer, rows: Ints, limits: Floats) -> Floats:
    """The latest times that a plan's durations allow (V)."""
    s = master.schedule
    late = np.full(s.times, np.inf)
    steps = pricer.steps
    at = pricer.known(rows)
    size = len(at)
    for k in range(len(steps) - 1, -1, -1):
        v, terms = steps[k]
        end = late[v] if v >= 0 else limits[-1 - v]
        own = sum(c * at[y] for y, c in terms if y < size)
        for y, c in terms:
            if y >= size and c > 0:
                late[y - size] = min(late[y - size], (end - own) / c)
    return np.where(np.isfinite(late), late, 0.0)


HASTE = 1.7
"""How much dearer time becomes for an operator each time that it is found to be late."""


def hurried(master: Master, pricer: Pricer, rows: Ints, regret: Floats, tries: int = 40) -> Ints:
    """A plan with its late operators made faster: each pays ever more for time until it is not late.

    `regret` by option, in the objective's units; infinite where it must not be chosen. (O)
    """
    g, s = master.figures, master.schedule
    limits = np.where(np.isfinite(s.limits_us), s.limits_us, 4.0 * master.goal.horizon_us)
    if s.soft:
        limits[0] = 4.0 * master.goal.horizon_us
    price = np.full(g.operators, 0.1 * master.goal.scale / master.goal.time_us / g.operators)
    ops = s.symbol < g.operators
    for _ in range(tries):
        times, lengths = pricer.times(rows)
        if all(x <= t for x, t in zip(lengths, limits.tolist(), strict=True)):
            break
        late = _latest(master, pricer, rows, limits)
        known = np.concatenate((pricer.known(rows), times))
        taken = np.bincount(s.row, weights=s.coefficient * known[s.symbol], minlength=s.rows + len(limits))
        slack = np.concatenate((late[s.of], limits)) - taken
        worst = np.full(g.operators, np.inf)
        np.minimum.at(worst, s.symbol[ops], slack[s.row[ops]])
        hasty = worst < 0
        price[hasty] *= HASTE
        cost = regret + price[g.op] * g.us
        again = np.lexsort((cost, g.op))[g.start[:-1]]
        rows = np.where(hasty, again, rows)
    return rows


@dataclass
class Packing:
    """A plan being packed: `rows` (N), and by pool its load, replicas and room."""

    master: Master
    rows: Ints
    allowed: Flags

    def __post_init__(self) -> None:
        g = self.master.figures
        self.cost = g.money * self.master.goal.money_weight
        self.price = g.pool_money * self.master.goal.money_weight + 1e-9 * self.master.goal.scale
        self.most = np.full(len(g.tiers), np.inf)
        limits = self.master.goal.device_limits
        self.most[limits[:, 0].astype(int)] = limits[:, 1]
        self.by_op: list[Ints] = [
            np.arange(g.start[i], g.start[i + 1])[self.allowed[g.start[i] : g.start[i + 1]]]
            for i in range(g.operators)
        ]
        self.count()

    def _rows_of(self, members: Ints) -> Ints:
        """The allowed rows of some operators."""
        numbers: list[int] = members.tolist()
        found = [np.zeros(0, dtype=np.int64), *(self.by_op[i] for i in numbers)]
        return np.concatenate(found)

    def count(self) -> None:
        """Loads, replicas and devices of the present rows."""
        g = self.master.figures
        self.load = np.bincount(g.pool[self.rows], weights=g.load[self.rows], minlength=len(g.pools))
        self.least = np.zeros(len(g.pools))
        np.maximum.at(self.least, g.pool[self.rows], g.least[self.rows])
        self.n = np.maximum(np.ceil(self.load / g.capacity), self.least)
        self.used = np.bincount(g.pool_tier, weights=self.n * g.devices, minlength=len(g.tiers))

    def value(self) -> float:
        """What the plan costs, devices beyond a tier's priced far above any."""
        over = np.maximum(self.used - self.most, 0.0).sum()
        return float(self.cost[self.rows].sum() + self.n @ self.price + over * 10 * self.master.goal.scale)

    def saved(self, p: int) -> float:
        """What one replica less of a pool saves."""
        tier = self.master.figures.pool_tier[p]
        over = max(0.0, self.used[tier] - self.most[tier])
        mine = min(over, self.master.figures.devices[p])
        return float(self.price[p] + mine * 10 * self.master.goal.scale)

    def drain(self, p: int, extra: int = -1) -> float:
        """Spare replicas of a pool, with a replica more of `extra`; the saving (0: not worth it)."""
        g = self.master.figures
        members = np.flatnonzero(g.pool[self.rows] == p)
        room = np.maximum(self.n * g.capacity - self.load, 0.0)
        replicas = self.n.copy()
        spent = 0.0
        if extra >= 0:
            more = self._more(members, extra)
            tier = g.pool_tier[extra]
            if self.used[tier] + more * g.devices[extra] > self.most[tier]:
                return 0.0
            room[extra] += more * g.capacity[extra]
            replicas[extra] += more
            spent = more * self.price[extra]
        fewer, gone = self._target(p)
        if not gone > 0 or fewer * self.saved(p) - spent <= 0:
            return 0.0
        moves = self._moves(p, members, (room, replicas), gone, fewer * self.saved(p) - spent)
        if moves is None:
            return 0.0
        before = self.value()
        kept = self.rows.copy()
        for row in moves:
            self.rows[g.op[row]] = row
        self.count()
        gain = before - self.value()
        if gain <= 1e-9 * abs(before):
            self.rows = kept
            self.count()
            return 0.0
        return gain

    def _more(self, members: Ints, extra: int) -> float:
        """Replicas that let a pool take one of these operators."""
        g = self.master.figures
        rows = self._rows_of(members)
        rows = rows[g.pool[rows] == extra]
        if not len(rows):
            return 1.0
        room = self.n[extra] * g.capacity[extra] - self.load[extra]
        needed = np.ceil((g.load[rows].min() - room) / g.capacity[extra])
        return float(max(1.0, needed, g.least[rows].min() - self.n[extra]))

    def _target(self, p: int) -> tuple[float, float]:
        """(replicas to spare, load that must go): the last replica, or all where it cannot be spared."""
        g = self.master.figures
        fewest = g.least[g.pool == p].min(initial=1.0)
        if self.n[p] <= fewest:
            return float(self.n[p]), float(self.load[p])
        return 1.0, float(self.load[p] - g.capacity[p] * (self.n[p] - 1))

    def _moves(
        self, p: int, members: Ints, rooms: tuple[Floats, Floats], gone: float, worth: float
    ) -> list[int] | None:
        """Rows to change to, cheapest use of room first, until enough load is gone.

        `rooms`: load that each pool has room for, and its replicas (P).
        """
        room, replicas = rooms
        g = self.master.figures
        rows = self._rows_of(members)
        pool = g.pool[rows]
        fits = (pool != p) & (g.load[rows] <= room[pool]) & (replicas[pool] >= g.least[rows])
        rows = rows[fits]
        current = self.rows[g.op[rows]]
        shed = np.minimum(g.load[current], gone)
        waste = self.cost[rows] - self.cost[current]
        waste = waste + 0.5 * g.load[rows] / g.capacity[g.pool[rows]] * self.price[g.pool[rows]]
        order = np.argsort(waste / np.maximum(shed, 1.0), kind="stable")
        moves: list[int] = []
        moved: set[int] = set()
        for row in rows[order].tolist():
            i, q = int(g.op[row]), int(g.pool[row])
            if i in moved or g.load[row] > room[q]:
                continue
            worth -= float(self.cost[row] - self.cost[self.rows[i]])
            room[q] -= g.load[row]
            gone -= float(g.load[self.rows[i]])
            moves.append(row)
            moved.add(i)
            if worth <= 0:
                return None
            if gone <= 0:
                return moves
        return None


def packed(packing: Packing, seconds_left: float, rng: np.random.Generator) -> Ints:
    """Drain pools until none can be, dearest replicas first; then with a replica more elsewhere."""
    deadline = perf_counter() + seconds_left
    while perf_counter() < deadline:
        if not _drained(packing, deadline, rng) and not _traded(packing, deadline):
            break
    return packing.rows


def _drained(packing: Packing, deadline: float, rng: np.random.Generator) -> bool:
    """Each pool in turn, as often as it helps. Whether any did."""
    helped = False
    for p in np.argsort(-packing.price * rng.uniform(0.5, 1.5, len(packing.n))).tolist():
        while packing.n[p] > 0 and perf_counter() < deadline and packing.drain(p) > 0:
            helped = True
    return helped


def _traded(packing: Packing, deadline: float) -> bool:
    """Each pool against more replicas of a cheaper one. Whether any helped."""
    helped = False
    cheap = np.argsort(packing.price).tolist()
    for p in reversed(cheap):
        for extra in cheap:
            if packing.n[p] == 0 or perf_counter() > deadline:
                break
            if extra != p and packing.price[extra] < packing.saved(p) and packing.drain(p, extra) > 0:
                helped = True
                break
    return helped
