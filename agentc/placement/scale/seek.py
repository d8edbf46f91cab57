"""Better plans: from the relaxation's solution to neighbourhoods solved anew."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.scale.packing import Packing, budgets, packed, stretched
from agentc.placement.scale.plans import improved
from agentc.placement.scale.whole import whole

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Flags, Floats, Ints
    from agentc.placement.scale.generate import Master
    from agentc.placement.scale.plans import Pricer
    from agentc.placement.scale.prices import Bound
    from agentc.placement.scale.relax import Relaxed
    from agentc.placement.scale.search import State

KEPT = 1e-2
"""Options of more regret than this share of the bound are not looked at."""
LATE = (0.0, 0.5, 1.0, 0.25, 0.75)


class Seeker:
    """Looks for better plans of one problem, one step at a time.

    `master` holds the relaxation's crossings, `exact` all of them.
    """

    def __init__(
        self,
        master: Master,
        exact: Master,
        pricer: Pricer,
        bound: Bound,
        relaxed: Relaxed,
        rng: np.random.Generator,
    ) -> None:
        """Take a relaxation's solution."""
        self.master, self.exact, self.pricer, self.relaxed, self.rng = master, exact, pricer, relaxed, rng
        g = master.figures
        self.regret = np.where(g.allowed, bound.regret(g.op), np.inf) / max(abs(bound.value), 1.0)
        self.turn = 0
        self.breadth = 1.0

    # --- a first plan ------------------------------------------------------------------------------

    def first(self) -> Ints:
        """The better of the relaxation's favourites, with and without budgets of time."""
        g = self.master.figures
        taken = self.relaxed.taken
        plans = [self._favourites(np.where(g.allowed, -taken, np.inf))]
        if self.master.goal.timed:
            average = np.bincount(g.op, weights=taken * g.us, minlength=g.operators)
            limits = self._limits()
            within = budgets(self.master, average, self.relaxed.times, limits)
            fits = g.allowed & (g.us <= within[g.op] * (1 + 1e-9))
            plans.append(self._favourites(np.where(fits, self.regret - taken, 1e6 + g.us)))
            plans.append(self._favourites(np.where(g.allowed, g.us, np.inf)))
        return min(plans, key=self._total)

    def _limits(self) -> Floats:
        limits = self.master.schedule.limits_us
        limits = np.where(np.isfinite(limits), limits, 4.0 * self.master.goal.horizon_us)
        if self.master.schedule.soft:
            limits[0] = self.master.goal.horizon_us
        return limits

    def _favourites(self, cost: Floats) -> Ints:
        g = self.master.figures
        return np.lexsort((cost, g.op))[g.start[:-1]]

    def _total(self, rows: Ints) -> float:
        return self.pricer.total(self.pricer(rows))

    # --- steps -------------------------------------------------------------------------------------

    def step(self, state: State) -> bool:
        """Try one thing. False when it did not help."""
        self.turn += 1
        before = state.total
        if self.master.figures.problem.provisioned:
            rows = self._provisioned(state)
        else:
            rows = self._metered(state)
        total = self._total(rows)
        if total < state.total:
            state.rows, state.total = rows, total
        return state.total < before - 1e-6 * abs(before)

    def _metered(self, state: State) -> Ints:
        """Slices of the graph, their operators free among options of little regret."""
        n = self.master.figures.operators
        seconds = min(4.0, state.deadline - perf_counter())
        if self.turn == 1:
            return improved(self.exact, self.pricer, state.rows, self._near(0.0), seconds).rows
        size = min(n, int(220 * self.breadth))
        start = int(self.rng.integers(0, max(1, n - size // 2)))
        if size >= n:
            start = 0
        inside = np.zeros(n, dtype=bool)
        inside[start : start + size] = True
        level = float(self.rng.choice([1e-4, 3e-4, 1e-3]) * 200 / n * (1 if size < n else self.turn / 2))
        rows = self._near(level) & inside[self.master.figures.op]
        return improved(self.exact, self.pricer, state.rows, rows, seconds, seed=self.turn).rows

    def _near(self, regret: float) -> Flags:
        return (self.regret <= regret) | (self.relaxed.taken > 1e-6)

    def _provisioned(self, state: State) -> Ints:
        """Packing first; then pools solved anew, a few at a time."""
        if self.turn <= len(LATE):
            return self._pack(state, LATE[self.turn - 1])
        if self.turn == len(LATE) + 1 and self.master.figures.operators <= 400:
            near = self._near(1e-4 * 200 / self.master.figures.operators)
            seconds = min(1.5, state.deadline - perf_counter())
            return self._timely(state, whole(self.master, None, near, None, seconds))
        active, _ = self._pools(state)
        seconds = min(0.8, state.deadline - perf_counter())
        replicas = self.pricer.replicas(state.rows)
        return self._timely(state, whole(self.master, state.rows, active, replicas, seconds))

    def _pack(self, state: State, late: float) -> Ints:
        g = self.master.figures
        fits = g.allowed & (self.regret < KEPT)
        if self.master.goal.timed and self.pricer(state.rows).broken == 0:
            within = stretched(self.exact, self.pricer, state.rows, late)
            fits &= g.us <= within[g.op]
        packing = Packing(self.master, state.rows.copy(), fits)
        seconds = max(0.3, 0.15 * (state.deadline - perf_counter()))
        return packed(packing, min(seconds, state.deadline - perf_counter()), self.rng)

    def _timely(self, state: State, rows: Ints | None) -> Ints:
        """A plan whose transfers, not seen by the program, still fit; else the present one."""
        return state.rows if rows is None or self._total(rows) > state.total else rows

    def _pools(self, state: State) -> tuple[Flags, Ints]:
        """A badly filled pool with others that its operators could use: their rows."""
        g, rng = self.master.figures, self.rng
        n = self.pricer.replicas(state.rows)
        load = np.bincount(g.pool[state.rows], weights=g.load[state.rows], minlength=len(n))
        waste = (n - load / g.capacity) * g.pool_money
        chosen = int(np.argmax(waste * rng.uniform(0.0, 1.0, len(n))))
        mine = g.pool[state.rows] == chosen
        level = 3e-3 * max(0.2, 200 / g.operators)
        near = (self.regret < level) & mine[g.op]
        liked = np.bincount(g.pool[near], minlength=len(n)) > 0
        pull = liked * (0.1 + waste / max(waste.max(), 1.0)) * rng.uniform(0.1, 1.0, len(n))
        pull[chosen] = np.inf
        few = np.argsort(-pull)[: int(rng.integers(4, 8))]
        inside = np.isin(g.pool[state.rows], few)
        active = np.isin(g.pool, few) & inside[g.op] & (self.regret < level)
        most = 450
        if active.sum() > most:
            lucky = rng.random(g.operators) < most / active.sum()
            active &= lucky[g.op]
        active[state.rows] = True
        return active, few
