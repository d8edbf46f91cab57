"""A sharper bound from the same prices: parts of the graph solved whole.

The relaxation lets an operator run half here and half there, so operators side by side need not agree
on when their successor starts. A part (some operators, the times between them and the pairs inside)
keeps those rows as they are and pays the relaxation's prices for everything it shares with the rest.
Its least cost is at least what the relaxation reckons for it, and parts that share no operator add
up:  bound = relaxation's bound + sum over parts of (least cost - reckoned).

Options whose regret exceeds what separates the bound from a known plan are in no better plan, and
are left out.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++; its variables stay inside this file.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from agentc.placement.interruptible import search
from agentc.placement.scale.piece import Piece, Terms, piece_of

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Flags, Floats, Ints
    from agentc.placement.scale.prices import Ledger
    from agentc.placement.scale.relax import Master

TICKS = 1e6
"""Time in a part counts in millionths of the limit, rounded down."""
SAFE = 1e-10
"""Share of what is added up that rounding may have cost: hundreds of times what it can."""
GRAINS = 1e12
"""Money in a part counts in this many parts of the total, rounded down."""


@dataclass(frozen=True)
class Open:
    """What a plan worth finding may use: option `rows` (O), tiers of pairs `keep` (C, T, T), `windows`."""

    rows: Flags
    keep: Flags
    windows: Windows


@dataclass(frozen=True)
class Windows:
    """The earliest and the latest that each time can be in any plan that keeps the limits, in us."""

    early: Floats
    late: Floats


def windows_of(master: Master, open_rows: Flags) -> Windows:
    """Earliest times forwards, latest ones backwards; operators at their fastest open option."""
    g, s = master.figures, master.schedule
    first = g.operators + len(g.edges)
    fastest = np.minimum.reduceat(np.where(open_rows, g.us, np.inf), g.start[:-1])
    fixed = np.concatenate((np.where(np.isfinite(fastest), fastest, 0.0), np.zeros(len(g.edges))))
    early = np.zeros(s.times)
    late = np.full(s.times, master.goal.horizon_us)
    begins = np.searchsorted(s.row, np.arange(s.rows + len(s.limits_us) + 1))

    def least(row: int, without: int = -1) -> float:
        here = range(begins[row], begins[row + 1])
        parts = ((int(s.symbol[k]), float(s.coefficient[k])) for k in here if k != without)
        return sum(c * (fixed[y] if y < first else early[y - first]) for y, c in parts)

    for row in range(s.rows):
        early[s.of[row]] = max(early[s.of[row]], least(row))
    hard = not s.soft
    for row in range(s.rows + len(s.limits_us) - 1, -1, -1):
        most = late[s.of[row]] if row < s.rows else s.limits_us[row - s.rows]
        if not np.isfinite(most) or (row == s.rows and not hard):
            continue
        for k in range(begins[row], begins[row + 1]):
            if s.symbol[k] >= first and s.coefficient[k] > 0:
                v = s.symbol[k] - first
                late[v] = min(late[v], (most - least(row, k)) / s.coefficient[k])
    return Windows(early, late)


def times_inside(master: Master, inside: Flags) -> Flags:
    """The times that start an operator of the piece (V)."""
    g, s = master.figures, master.schedule
    found = np.zeros(s.times, dtype=bool)
    within = s.row < s.rows
    op = within & (s.symbol < g.operators)
    found[s.of[s.row[op]]] = inside[s.symbol[op]]
    edge = within & (s.symbol >= g.operators) & (s.symbol < g.operators + len(g.edges))
    pair = g.pair[s.symbol[edge] - g.operators]
    found[s.of[s.row[edge]]] = inside[g.ends[pair, 1]]
    return found


def lift(master: Master, ledger: Ledger, open: Open, inside: Flags, seconds: float) -> float:
    """How much solving these operators whole adds to the bound, in money units; never below zero.

    `inside` (N) says which operators; `open` what any better plan may use.
    """
    ops = np.flatnonzero(inside)
    piece, pairs = _priced(master, ledger, open, inside)
    reckoned = float(ledger.least[ops].sum() + ledger.slack[pairs].sum())
    piece.minimize()
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    status = search(solver, piece.cp)
    if status == cp_model.INFEASIBLE:
        return np.inf
    if status == cp_model.MODEL_INVALID:
        raise RuntimeError(piece.cp.validate())
    found = solver.best_objective_bound * piece.terms.grain + piece.offset
    rounding = SAFE * (master.goal.scale + abs(piece.offset) + abs(reckoned))
    return max(0.0, found - reckoned - rounding)


def _priced(master: Master, ledger: Ledger, open: Open, inside: Flags) -> tuple[Piece, Ints]:
    """The piece of these operators: the ledger's costs, less what the kept rows now say exactly."""
    g, s, c = master.figures, master.schedule, master.crossings
    ends = g.ends[c.pairs]
    pairs = np.flatnonzero(inside[ends[:, 0]] & inside[ends[:, 1]])
    times = times_inside(master, inside)
    rows = _kept_rows(master, inside, pairs, times)
    kept = np.zeros(s.rows + len(s.limits_us), dtype=bool)
    kept[rows] = True
    size = g.operators + len(g.edges)
    weights = s.coefficient * ledger.flow[s.row]
    some = kept[s.row] & (s.symbol < size)
    flow = np.bincount(s.symbol[some], weights=weights[some], minlength=size)
    charged = np.zeros((g.operators, len(g.tiers)))
    for side in (0, 1):
        np.add.at(charged, ends[pairs, side], ledger.side[side][pairs])
    tables = ledger.tables.copy()
    np.subtract.at(tables, c.local, flow[g.operators + c.edges, None, None] * c.us)
    outer = ~kept[s.row] & (s.symbol >= size)
    time_cost = np.bincount(s.symbol[outer] - size, weights=weights[outer], minlength=s.times).astype(float)
    lost = ~kept[: s.rows]
    time_cost -= np.bincount(s.of[lost], weights=ledger.flow[: s.rows][lost], minlength=s.times)
    terms = Terms(
        open=open.rows & inside[g.op],
        cost=ledger.theta - flow[g.op] * g.us - charged[g.op, g.tier],
        pairs=pairs,
        tables=tables,
        keep=open.keep,
        rows=rows,
        times=np.flatnonzero(times),
        early=open.windows.early,
        late=open.windows.late,
        time_cost=time_cost,
        grain=master.goal.scale / GRAINS,
        tick=master.goal.time_us / TICKS,
        up=False,
    )
    return piece_of(master, terms), pairs


def _kept_rows(master: Master, inside: Flags, pairs: Ints, times: Flags) -> Ints:
    """Rows all of whose symbols are in the piece; transfers that nobody counts are anywhere."""
    g, s, c = master.figures, master.schedule, master.crossings
    edge_in = np.ones(len(g.ends), dtype=bool)
    edge_in[c.pairs] = False
    edge_in[c.pairs[pairs]] = True
    fine = np.concatenate((inside, edge_in[g.pair], times))[s.symbol]
    missing = np.bincount(s.row[~fine], minlength=s.rows + len(s.limits_us))[: s.rows]
    return np.flatnonzero((missing == 0) & times[s.of])


def open_options(master: Master, ledger: Ledger, left: float) -> Flags:
    """Options that a plan may use with no more regret than what is left (O)."""
    return ledger.theta - ledger.least[master.figures.op] <= left


def open_pairs(master: Master, ledger: Ledger, left: float) -> Flags:
    """Tiers of a pair's two ends that a plan may use with no more regret than what is left (C, T, T)."""
    g, c = master.figures, master.crossings
    regret = np.full((g.operators, len(g.tiers)), np.inf)
    np.minimum.at(regret, (g.op, g.tier), ledger.theta - ledger.least[g.op])
    a, b = g.ends[c.pairs].T
    own = (
        ledger.tables - ledger.side[0][:, :, None] - ledger.side[1][:, None, :] - ledger.slack[:, None, None]
    )
    return own + regret[a][:, :, None] + regret[b][:, None, :] <= left


def open_of(master: Master, ledger: Ledger, left: float) -> Open:
    """What a plan with no more regret than `left` may use."""
    rows = open_options(master, ledger, left)
    return Open(rows, open_pairs(master, ledger, left), windows_of(master, rows))
