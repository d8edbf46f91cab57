"""Better plans: from the relaxation's solution to neighbourhoods solved anew."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.scale.change import improved
from agentc.placement.scale.packing import Packing, budgets, hurried, packed, stretched
from agentc.placement.scale.relax import relax
from agentc.placement.scale.whole import whole
from agentc.placement.solve import Solution, solve

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Flags, Floats, Ints
    from agentc.placement.scale.plans import Pricer
    from agentc.placement.scale.prices import Bound
    from agentc.placement.scale.relax import Master, Relaxed
    from agentc.placement.scale.search import State

KEPT = 1e-2
"""Options of more regret than this share of the bound are not looked at."""
FEW = 500
"""Options in question, beyond one an operator, that are looked at all together."""
TAKEN = 1e-6
"""Of an option: more than rounding."""
FEWER = 400
"""Operators up to which branch and bound is tried on all pools together."""
SPARINGS = 3
"""Times that devices are put aside for rounding."""
PROMISE = 1.0
"""Totals that mending a limit broken by its whole length is reckoned to cost."""
SLICES = (50, 80, 130, 220)
"""Operators that one step of a metered problem may move."""
LEVELS = (3e-4, 1e-3, 3e-3)
"""Regret that the options of the smallest slices may have; of larger ones less."""
PIECE_S = 3.0
"""Seconds for one step."""
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
        *,
        bound: Bound,
        relaxed: Relaxed,
        rng: np.random.Generator,
    ) -> None:
        """Take a relaxation's solution."""
        self.master, self.exact, self.pricer, self.rng = master, exact, pricer, rng
        self.turn = 0
        self.settled: set[float] = set()
        self.learn(bound, relaxed)

    def learn(self, bound: Bound, relaxed: Relaxed) -> None:
        """Look at a newer relaxation; the better bound of the two stays."""
        if self.turn == 0 or bound.value >= self.bound.value:
            g = self.master.figures
            self.bound = bound
            self.least = float(bound.value)
            self.regret = np.where(g.allowed, bound.regret(g.op), np.inf) / max(abs(bound.value), 1.0)
        self.relaxed = relaxed

    # --- a first plan ------------------------------------------------------------------------------

    def first(self, seconds: float) -> Ints:
        """The best of the relaxation's favourites, with and without budgets of time.

        Rounding takes more devices than the relaxation did: where a tier has too few, relax again with
        some of them put aside.
        """
        plans = self._rounded(self.relaxed)
        spared: dict[int, float] = {}
        for _ in range(SPARINGS):
            over = self._over(min(plans, key=self._promise))
            if not over:
                break
            for tier, devices in over.items():
                spared[tier] = spared.get(tier, 0.0) + 0.8 * devices
            m = self.master
            goal = replace(m.goal, spared=spared)
            found = relax(replace(m, goal=goal), method="glop", seconds=seconds / SPARINGS)
            if found is None:
                break
            plans += self._rounded(found)
        return min(plans, key=self._promise)

    def _over(self, rows: Ints) -> dict[int, float]:
        """Devices that a plan uses beyond a tier's count."""
        g, limits = self.master.figures, self.master.goal.device_limits
        if not g.problem.provisioned or not len(limits):
            return {}
        n = self.pricer.replicas(rows)
        used = np.bincount(g.pool_tier, weights=n * g.devices, minlength=len(g.tiers))
        return {int(j): float(used[int(j)] - most) for j, most in limits if used[int(j)] > most}

    def _rounded(self, relaxed: Relaxed) -> list[Ints]:
        """Plans near a relaxation's solution."""
        g = self.master.figures
        taken = relaxed.taken
        plans = [self._favourites(np.where(g.allowed, -taken, np.inf))]
        if self.master.goal.timed:
            average = np.bincount(g.op, weights=taken * g.us, minlength=g.operators).astype(float)
            within = budgets(self.master, average, relaxed.times, self._limits())
            fits = g.allowed & (g.us <= within[g.op] * (1 + 1e-9))
            plans.append(self._favourites(np.where(fits, self.regret - taken, 1e6 + g.us)))
            regret = self.regret * max(abs(self.least), 1.0)
            plans += [hurried(self.exact, self.pricer, rows, regret) for rows in plans[:2]]
        return plans

    def _promise(self, rows: Ints) -> float:
        """What a plan may come to: packing mends a limit that is nearly kept."""
        cost = self.pricer(rows)
        if not self.master.figures.problem.provisioned:
            return self.pricer.total(cost)
        return cost.value + PROMISE * cost.broken * self.master.goal.scale

    def fastest(self) -> Ints:
        """Each operator at its fastest: a plan to fall back on."""
        g = self.master.figures
        return self._favourites(np.where(g.allowed, g.us, np.inf))

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

    # --- all of it ---------------------------------------------------------------------------------

    def settle(self, state: State) -> bool:
        """Where few options are left in question, look at all of them. Whether that was tried.

        A plan cheaper than the present one uses no option of more regret than lies between it and the
        bound, so the piece over the rest bounds every plan that would be news.
        """
        g, s = self.master.figures, self.master.schedule
        left = (state.total - self.least) / max(abs(self.least), 1.0)
        rows = g.allowed & (self.regret <= left * (1 + 1e-9) + 1e-12)
        exact = bool(np.all(s.coefficient == np.floor(s.coefficient)))
        if rows.sum() - g.operators > FEW or left in self.settled:
            return False
        self.settled.add(left)
        seconds = 0.6 * (state.deadline - perf_counter())
        if not exact:
            return self._settle_exactly(state, rows, seconds)
        found = improved(self.exact, self.pricer, state.rows, rows, seconds, loads=1.0, near=0.0)
        total = self._total(found.rows)
        if total < state.total:
            state.rows, state.total = found.rows, total
        state.bound = max(state.bound, min(found.bound, state.total))
        return True

    def _settle_exactly(self, state: State, rows: Flags, seconds: float) -> bool:
        """The same by the exact solver, which rounds shares of a trip as `evaluate` does."""
        g, problem = self.master.figures, self.master.figures.problem
        rows = rows.copy()
        rows[state.rows] = True
        options = {
            id: tuple(
                o for o, r in zip(problem.options[id], rows[g.start[i] : g.start[i + 1]], strict=True) if r
            )
            for i, id in enumerate(g.ids)
        }
        part = replace(problem, options=options)
        vars(part)["unit_usd"] = problem.unit_usd
        found = solve(part, self.master.goal.objective, time_limit_s=seconds)
        if isinstance(found, Solution):
            chosen = g.rows_of(found.assignment)
            state.bound = max(state.bound, min(float(found.bound), state.total))
            if found.value < state.total:
                state.rows, state.total = chosen, float(found.value)
        return True

    # --- steps -------------------------------------------------------------------------------------

    def step(self, state: State) -> bool:
        """Try one thing. False when it did not help."""
        self.turn += 1
        before = state.total
        provisioned = self.master.figures.problem.provisioned
        rows = self._provisioned(state) if provisioned else self._metered(state)
        total = self._total(rows)
        if total < state.total:
            state.rows, state.total = rows, total
        return state.total < before - 1e-6 * abs(before)

    def _metered(self, state: State) -> Ints:
        """Slices of the graph, their operators free among options of little regret."""
        n = self.master.figures.operators
        seconds = min(PIECE_S, state.deadline - perf_counter())
        if self.turn == 1:
            return improved(self.exact, self.pricer, state.rows, self._near(0.0), seconds).rows
        size = min(n, int(self.rng.choice(SLICES)))
        start = int(self.rng.integers(-size // 2, max(1, n - size // 2)))
        inside = np.zeros(n, dtype=bool)
        inside[max(0, start) : max(0, start) + size] = True
        level = float(self.rng.choice(LEVELS)) * SLICES[0] / size
        rows = self._near(level) & inside[self.master.figures.op]
        return improved(self.exact, self.pricer, state.rows, rows, seconds, seed=self.turn).rows

    def _near(self, regret: float) -> Flags:
        return (self.regret <= regret) | (self.relaxed.taken > TAKEN)

    def _provisioned(self, state: State) -> Ints:
        """Packing first; then pools solved anew, a few at a time."""
        if self.turn <= len(LATE):
            return self._pack(state, LATE[self.turn - 1])
        if self.turn == len(LATE) + 1 and self.master.figures.operators <= FEWER:
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
        rows = state.rows
        if self.pricer.late(rows):
            rows = hurried(self.exact, self.pricer, rows, self.regret * max(abs(self.least), 1.0))
        if self.master.goal.timed and not self.pricer.late(rows):
            within = stretched(self.exact, self.pricer, rows, late)
            fits &= g.us <= within[g.op]
        packing = Packing(self.master, rows.copy(), fits)
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
