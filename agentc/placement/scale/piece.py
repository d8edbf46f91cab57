"""A piece of a placement as a CP-SAT model: some operators free, the rest as they are or priced.

Used for both ends of the gap. A *plan* piece changes some operators of a known plan and keeps every
limit: times round up. A *bound* piece (`parts.py`) pays prices for what it shares with the rest:
times and costs round down. Both have x (options), z (a pair's tiers), f (times) and their rows.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++; its variables stay inside this room.

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np
from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentc.placement.scale.figures import Flags, Floats, Ints
    from agentc.placement.scale.relax import Master

WHOLE = 1e-9
"""Slack in rounding: a figure this near to a whole number is that number."""


@dataclass(frozen=True)
class Terms:
    """What a piece is made of.

    `open` are the rows of options that may be chosen (O); an operator with none is not in the piece,
    with one it is as it is. `cost` by option, `tables` and `keep` by counted pair and tiers, `rows`
    the schedule rows kept, `early` and `late` by time in us and `time_cost` per us, `grain` the money
    and `tick` the microseconds that one of the model's units stands for.
    """

    open: Flags
    cost: Floats
    pairs: Ints
    tables: Floats
    keep: Flags
    rows: Ints
    times: Ints
    early: Floats
    late: Floats
    time_cost: Floats
    grain: float
    tick: float
    up: bool


@dataclass
class Piece:
    """The model with its variables: `x` by option row, `z` by place among counted pairs, `f` by time."""

    master: Master
    terms: Terms
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    x: dict[int, Any] = field(default_factory=dict[int, Any])
    y: dict[tuple[int, int], Any] = field(default_factory=dict[tuple[int, int], Any])
    z: dict[int, dict[tuple[int, int], Any]] = field(default_factory=dict[int, dict[tuple[int, int], Any]])
    f: dict[int, Any] = field(default_factory=dict[int, Any])
    offset: float = 0.0
    costs: list[tuple[Any, int]] = field(default_factory=list[tuple[Any, int]])

    @property
    def whole(self) -> Callable[[float], int]:
        """Rounding of times: up for a plan, down for a bound."""
        return (lambda v: ceil(v - WHOLE)) if self.terms.up else (lambda v: floor(v + WHOLE))

    def pay(self, variable: Any, money: float) -> None:
        """Add to the objective, rounded down to a grain."""
        grains = floor(money / self.terms.grain)
        if grains:
            self.costs.append((variable, grains))

    def minimize(self) -> None:
        """State the objective."""
        self.cp.minimize(sum(c * v for v, c in self.costs))


def piece_of(master: Master, terms: Terms) -> Piece:
    """Options, pairs and times of a piece, its objective not yet stated."""
    piece = Piece(master, terms)
    _options(piece)
    _pairs(piece)
    _times(piece)
    return piece


def _options(piece: Piece) -> None:
    g = piece.master.figures
    rows = np.flatnonzero(piece.terms.open)
    if not len(rows):
        return
    first = np.flatnonzero(np.diff(g.op[rows], prepend=-1))
    for mine in np.split(rows, first[1:]):
        _one_of(piece, int(g.op[mine[0]]), mine)


def _one_of(piece: Piece, operator: int, rows: Ints) -> None:
    g, cost = piece.master.figures, piece.terms.cost[rows]
    base = float(cost.min())
    piece.offset += base
    by_tier: dict[int, list[Any]] = {}
    tiers = g.tier[rows].tolist()
    for row, tier, extra in zip(rows.tolist(), tiers, (cost - base).tolist(), strict=True):
        x = piece.x[row] = piece.cp.new_bool_var("") if len(rows) > 1 else 1
        by_tier.setdefault(tier, []).append(x)
        piece.pay(x, extra)
    if len(rows) > 1:
        piece.cp.add_exactly_one([piece.x[r] for r in rows.tolist()])
    for tier, here in by_tier.items():
        piece.y[operator, tier] = _any_of(piece, here, alone=len(by_tier) == 1)


def _any_of(piece: Piece, here: list[Any], *, alone: bool) -> Any:
    if alone:
        return 1
    if len(here) == 1:
        return here[0]
    y = piece.cp.new_bool_var("")
    piece.cp.add(sum(here) == y)
    return y


def _pairs(piece: Piece) -> None:
    """z: each end's tier is the sum over the other's; at a fixed end, z is the other end's tier."""
    g, c = piece.master.figures, piece.master.crossings
    tiers: dict[int, list[int]] = {}
    for operator, tier in piece.y:
        tiers.setdefault(operator, []).append(tier)
    for q in piece.terms.pairs.tolist():
        a, b = (int(i) for i in g.ends[c.pairs[q]])
        heads, tails = tiers[a], tiers[b]
        if len(heads) == 1:
            z = {(heads[0], k): piece.y[b, k] for k in tails}
        elif len(tails) == 1:
            z = {(j, tails[0]): piece.y[a, j] for j in heads}
        else:
            z = _tied(piece, q, (a, heads), (b, tails))
        piece.z[q] = z
        table = piece.terms.tables[q]
        base = min((float(table[at]) for at in z), default=0.0)
        piece.offset += base
        for at, v in z.items():
            piece.pay(v, float(table[at]) - base)


def _tied(
    piece: Piece, q: int, head: tuple[int, list[int]], tail: tuple[int, list[int]]
) -> dict[tuple[int, int], Any]:
    (a, heads), (b, tails) = head, tail
    keep = piece.terms.keep[q]
    z = {(j, k): piece.cp.new_bool_var("") for j in heads for k in tails if keep[j, k]}
    for j in heads:
        piece.cp.add(sum(z[j, k] for k in tails if keep[j, k]) == piece.y[a, j])
    for k in tails:
        piece.cp.add(sum(z[j, k] for j in heads if keep[j, k]) == piece.y[b, k])
    return z


def _times(piece: Piece) -> None:
    t, s = piece.terms, piece.master.schedule
    for v in t.times.tolist():
        low = floor(t.early[v] / t.tick)
        high = max(low, ceil(t.late[v] / t.tick))
        f = piece.f[v] = piece.cp.new_int_var(low, high, "")
        piece.pay(f, float(t.time_cost[v] * t.tick))
    begins = np.searchsorted(s.row, np.arange(s.rows + len(s.limits_us) + 1))
    for row in t.rows.tolist():
        length = sum_of(piece, range(begins[row], begins[row + 1]))
        piece.cp.add(piece.f[int(s.of[row])] >= length)


def sum_of(piece: Piece, entries: range) -> Any:
    """The sum of these entries of the schedule, in ticks."""
    return sum(_term(piece, k) for k in entries)


def _term(piece: Piece, entry: int) -> Any:
    g, s, c = piece.master.figures, piece.master.schedule, piece.master.crossings
    symbol, weight = int(s.symbol[entry]), float(s.coefficient[entry]) / piece.terms.tick
    if symbol < g.operators:
        rows = range(g.start[symbol], g.start[symbol + 1])
        return sum(piece.whole(weight * g.us[r]) * piece.x[r] for r in rows if r in piece.x)
    edge = symbol - g.operators
    if edge >= len(g.edges):
        return _repeated(piece, float(s.coefficient[entry]), piece.f[edge - len(g.edges)])
    k = int(np.searchsorted(c.edges, edge))
    if k >= len(c.edges) or c.edges[k] != edge or int(c.local[k]) not in piece.z:
        return 0  # a pair that is not counted
    z = piece.z[int(c.local[k])]
    return sum(piece.whole(weight * c.us[(k, *at)]) * v for at, v in z.items())


def _repeated(piece: Piece, factor: float, f: Any) -> Any:
    """A multiple of a time: thousandths of a trip by a variable of their own."""
    if factor == int(factor):
        return int(factor) * f
    made = piece.cp.new_int_var(0, 2**40, "")
    thousandths = round(factor * 1000)
    if piece.terms.up:
        piece.cp.add(1000 * made >= thousandths * f)
    else:
        piece.cp.add(1000 * made >= thousandths * f - 999)
    return made
