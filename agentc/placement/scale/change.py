"""Better plans near a plan: some operators choose anew, everything else stays, every limit is kept.

Times round up, loads round up, and an overrun is allowed at a price above any saving, so that a search
may start from a plan that breaks limits and mend it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++; its variables stay inside this room.

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.sat.python import cp_model

from agentc.placement.interruptible import search
from agentc.placement.scale.parts import Windows, windows_of
from agentc.placement.scale.piece import Piece, Terms, piece_of, sum_of
from agentc.placement.scale.plans import BROKEN, Pricer

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Flags, Floats, Ints
    from agentc.placement.scale.relax import Master

GRAINS = 1e12
"""Money counts in this many parts of the total."""
LOADS = 1e4
"""Load counts in units of this many billionths, rounded up."""
NEAR = 2e-5
"""CP-SAT may stop this near to a piece's optimum, in totals."""


@dataclass(frozen=True)
class Improved:
    """A plan, and what CP-SAT proved of the piece: no plan over its rows is below `bound`."""

    rows: Ints
    bound: float


def improved(
    master: Master,
    pricer: Pricer,
    rows: Ints,
    open_rows: Flags,
    seconds: float,
    *,
    seed: int = 0,
    loads: float = LOADS,
    near: float = NEAR,
) -> Improved:
    """A plan at least as good: operators with open rows choose anew among them and their present one.

    `loads`: the unit of load in billionths; with 1 and whole coefficients of time nothing is rounded
    that keeps a plan out, and the bound is that of all plans over these rows. `near`: CP-SAT may stop
    this near to the optimum, in totals.
    """
    g = master.figures
    free = open_rows.copy()
    free[rows] = True
    built = _Change(master, pricer, rows, free, loads)
    found = built.solve(seconds, seed, near)
    if found is None:
        return Improved(rows, -np.inf)
    chosen = rows.copy()
    chosen[g.op[found]] = found
    bound = built.bound * built.grain + built.piece.offset
    if pricer.total(pricer(chosen)) > pricer.total(pricer(rows)):
        chosen = rows
    return Improved(chosen, bound - 1e-11 * abs(bound))


class _Change:
    """The piece in which the open operators choose, with replicas, devices, links and limits."""

    def __init__(self, master: Master, pricer: Pricer, rows: Ints, free: Flags, loads: float = LOADS) -> None:
        self.loads = loads
        self.master, self.g, self.rows, self.free = master, master.figures, rows, free
        goal, s, c = master.goal, master.schedule, master.crossings
        self.grain = goal.scale / GRAINS
        self.bound = -np.inf
        tables = c.money * goal.money_weight
        late = np.full(s.times, 1.5 * goal.horizon_us)
        timed = goal.timed
        windows = windows_of(master, free) if timed else Windows(np.zeros(s.times), late)
        self.at, lengths = pricer.times(rows) if timed else ([], [])
        terms = Terms(
            open=free,
            cost=g_cost(master),
            pairs=np.arange(len(c.pairs)),
            tables=tables,
            keep=np.ones(tables.shape, dtype=bool),
            rows=np.arange(s.rows) if timed else np.zeros(0, np.int64),
            times=np.arange(s.times) if timed else np.zeros(0, np.int64),
            early=np.zeros(s.times),
            late=np.maximum(late, windows.late),
            time_cost=np.zeros(s.times),
            grain=self.grain,
            tick=1.0,
            up=True,
        )
        self.piece: Piece = piece_of(master, terms)
        self._limits(lengths)
        if self.g.problem.provisioned:
            used = pricer.replicas(rows) * self.g.devices
            self.used = np.bincount(self.g.pool_tier, weights=used, minlength=len(self.g.tiers))
            self._replicas()
            self._links()
        self.piece.minimize()

    def _limits(self, lengths: list[float]) -> None:
        """Limits of time, each with an overrun that costs more than anything."""
        master, s = self.master, self.master.schedule
        if not master.goal.timed:
            return
        begins = np.searchsorted(s.row, np.arange(s.rows + len(s.limits_us) + 1))
        horizon = int(master.goal.horizon_us) * 2 + 1
        widths, costs = master.goal.pieces(BROKEN)
        end = []
        for width, cost in zip(widths.tolist(), costs.tolist(), strict=True):
            v = self.piece.cp.new_int_var(0, max(0, floor(width)) if v_last(end, widths) else horizon, "")
            self.piece.pay(v, cost)
            end.append(v)
        length = sum_of(self.piece, range(begins[s.rows], begins[s.rows + 1]))
        self.piece.cp.add(sum(end) >= length)
        for k in range(1, len(lengths)):
            over = self.piece.cp.new_int_var(0, horizon, "")
            dear = BROKEN * master.goal.scale / max(s.limits_us[k], 1.0)
            self.piece.pay(over, dear)
            row = s.rows + k
            length = sum_of(self.piece, range(begins[row], begins[row + 1]))
            self.piece.cp.add(length <= floor(s.limits_us[k]) + over)

    def _replicas(self) -> None:
        """N by pool that an open row is on: carries the load, is none or enough; devices of tiers."""
        g, piece = self.g, self.piece
        count = np.bincount(g.op[self.free], minlength=g.operators)
        choosing = self.free & (count[g.op] > 1)
        still = self.rows[count == 1]
        load = np.bincount(g.pool[still], weights=g.load[still], minlength=len(g.pools))
        least = np.zeros(len(g.pools))
        np.maximum.at(least, g.pool[still], g.least[still])
        n: list[Any] = np.maximum(np.ceil(load / g.capacity), least).astype(int).tolist()
        for p in np.unique(g.pool[choosing]).tolist():
            mine = np.flatnonzero(choosing & (g.pool == p))
            n[p] = self._count(p, mine, int(n[p]), float(load[p]))
        self._devices(n)
        del piece

    def _count(self, p: int, mine: Ints, fewest: int, load: float) -> Any:
        g, piece = self.g, self.piece
        most = max(fewest, ceil((load + g.load[mine].sum()) / g.capacity[p]), int(g.least[mine].max()))
        small = int(g.least[mine].min())
        domain = [[0, 0], [small, max(small, most)]] if fewest == 0 else [[fewest, most]]
        n = piece.cp.new_int_var_from_domain(cp_model.Domain.from_intervals(domain), "")
        units = np.ceil(g.load[mine] / self.loads).astype(int).tolist()
        carried = sum(w * piece.x[r] for r, w in zip(mine.tolist(), units, strict=True))
        piece.cp.add(carried + ceil(load / self.loads) <= floor(g.capacity[p] / self.loads) * n)
        for r in mine.tolist():
            piece.cp.add(n >= int(g.least[r]) * piece.x[r])
        piece.pay(n, float(g.pool_money[p] * self.master.goal.money_weight))
        return n

    def _devices(self, n: list[Any]) -> None:
        g, piece = self.g, self.piece
        for tier, count in self.master.goal.device_limits.astype(int).tolist():
            pools = np.flatnonzero(g.pool_tier == tier).tolist()
            most = count + int(self.used[tier])
            over = piece.cp.new_int_var(0, most, "")
            piece.pay(over, BROKEN * self.master.goal.scale / max(count, 1))
            piece.cp.add(sum(int(g.devices[p]) * n[p] for p in pools) <= count + over)

    def _links(self) -> None:
        g, c, piece = self.g, self.master.crossings, self.piece
        widths, of_link = self.master.goal.link_limits
        kbps = np.bincount(c.local, weights=g.kbps[c.edges], minlength=len(c.pairs))
        carried: list[list[Any]] = [[] for _ in widths]
        for q, z in piece.z.items():
            for at, v in z.items():
                if of_link[at] >= 0:
                    carried[of_link[at]].append(ceil(kbps[q]) * v)
        for width, loads in zip(widths.tolist(), carried, strict=True):
            over = piece.cp.new_int_var(0, ceil(kbps.sum()) + floor(width), "")
            piece.pay(over, BROKEN * self.master.goal.scale / width)
            piece.cp.add(sum(loads) <= floor(width) + over)

    def solve(self, seconds: float, seed: int, near: float) -> Ints | None:
        """The rows chosen, the present plan as the hint."""
        chosen = set(self.rows.tolist())
        for r, x in self.piece.x.items():
            if not isinstance(x, int):
                self.piece.cp.add_hint(x, r in chosen)
        for v, f in self.piece.f.items():
            self.piece.cp.add_hint(f, ceil(self.at[v]))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        solver.parameters.linearization_level = 2
        solver.parameters.cp_model_probing_level = 0
        solver.parameters.absolute_gap_limit = near * GRAINS
        solver.parameters.max_time_in_seconds = max(seconds, 0.01)
        status = search(solver, self.piece.cp)
        if status == cp_model.MODEL_INVALID:
            raise RuntimeError(self.piece.cp.validate())
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        self.bound = solver.best_objective_bound
        found = [r for r, x in self.piece.x.items() if isinstance(x, int) or solver.boolean_value(x)]
        return np.array(found, dtype=np.int64)


def g_cost(master: Master) -> Floats:
    """What each option adds to the objective, replicas aside (O)."""
    return master.figures.money * master.goal.money_weight


def v_last(end: list[Any], widths: Floats) -> bool:
    """Whether the piece being made is not the last one."""
    return len(end) < len(widths) - 1
