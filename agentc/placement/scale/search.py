"""Plans with proven bounds for large problems: the order of the steps, and when to stop.

1. Figures as arrays; crossings that can matter.
2. The relaxation by column generation (`generate.py`): a bound, and how much each option regrets.
3. A first plan from the relaxation's solution, every operator inside its budget of time.
4. Better plans (`Plans`: packing, branch and bound, CP-SAT on neighbourhoods) and a better bound
   (`Lifts`: parts of the graph solved whole) until both are within the gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.evaluate import evaluate
from agentc.placement.scale.apart import apart
from agentc.placement.scale.figures import figures_of
from agentc.placement.scale.generate import Master, crossings_of, first_options, rounds
from agentc.placement.scale.goal import goal_of
from agentc.placement.scale.lifts import Lifts
from agentc.placement.scale.plans import Pricer
from agentc.placement.scale.schedule import schedule_of
from agentc.placement.scale.seek import Seeker
from agentc.placement.solve import Nothing, Solution

if TYPE_CHECKING:
    from agentc.placement.problem import Problem
    from agentc.placement.scale.figures import Figures, Flags
    from agentc.placement.scale.generate import Round
    from agentc.placement.scale.goal import Goal
    from agentc.placement.scale.schedule import Schedule
    from agentc.placement.solve import Objective

IGNORED = 2e-4
"""Crossings that together cannot cost more than this share are left out of the bound."""
RELAXING = 0.6
"""Share of the time that the relaxation may take."""
MOST_CELLS = 3_000_000


@dataclass
class State:
    """What is known: the best plan's rows and total, the best bound, and whether it is time to stop."""

    rows: np.ndarray
    total: float
    bound: float
    gap: float
    deadline: float
    done: Event

    def closed(self) -> bool:
        """Whether plan and bound are near enough, or the time is up."""
        near = self.total - self.bound <= self.gap * abs(self.bound)
        return near or self.done.is_set() or perf_counter() >= self.deadline


def search(
    problem: Problem, objective: Objective, gap: float, time_limit_s: float, seed: int, workers: int
) -> Solution | Nothing:
    """See `agentc.placement.scale.solve`."""
    started = perf_counter()
    if any(not options for options in problem.options.values()):
        return Nothing("infeasible", perf_counter() - started)
    split = apart(problem, objective)
    if split is not None:
        found = split.solve(
            lambda part, left: search(part, objective, gap, left, seed, workers), time_limit_s
        )
        return _stated(problem, objective, *found, gap, started) if isinstance(found, tuple) else found
    figures = figures_of(problem)
    schedule = schedule_of(figures)
    goal = goal_of(figures, schedule, objective)
    barred = np.where(figures.allowed, 0.0, np.inf)
    if not np.all(np.logical_or.reduceat(figures.allowed, figures.start[:-1])):
        return Nothing("infeasible", perf_counter() - started)
    counted = _counted(figures, schedule, goal)
    active = first_options(figures, goal, barred)
    master = Master(
        figures, schedule, goal, crossings_of(figures, counted), barred, active, np.zeros_like(active)
    )
    deadline = started + time_limit_s
    best: Round | None = None
    last: Round | None = None
    for last in rounds(master, started + RELAXING * time_limit_s):
        if best is None or last.bound.value >= best.bound.value:
            best = last
    if best is None or last is None:
        return Nothing("unknown", perf_counter() - started)
    if best.bound.value > _dearest(figures, goal):
        return Nothing("infeasible", perf_counter() - started)
    exact = Master(figures, schedule, goal, _all_crossings(figures, master), barred, active, master.linked)
    pricer = Pricer(exact)
    seeker = Seeker(master, exact, pricer, best.bound, last.relaxed, np.random.default_rng(seed))
    rows = seeker.first()
    state = State(rows, pricer.total(pricer(rows)), float(best.bound.value), gap, deadline, Event())
    _close(state, seeker, Lifts(master, best.bound), workers)
    if pricer(state.rows).broken > 0:
        return Nothing("unknown", perf_counter() - started)
    return _stated(problem, objective, figures.assignment(state.rows), state.bound, gap, started)


def _close(state: State, seeker: Seeker, lifts: Lifts, workers: int) -> None:
    """Better plans here, a better bound in a second thread (CP-SAT lets go of the interpreter)."""
    if state.closed():
        return
    helper = Thread(target=lifts.run, args=(state,), daemon=True) if workers > 1 else None
    if helper is not None:
        helper.start()
    try:
        while not state.closed():
            if not seeker.step(state) and helper is None:
                lifts.once(state)
    finally:
        state.done.set()
        if helper is not None:
            helper.join()


def _stated(
    problem: Problem, objective: Objective, assignment: dict[str, str], bound: float, gap: float, started: float
) -> Solution | Nothing:
    """The solution as `evaluate` sees it: what breaks a limit there is not given out."""
    evaluation = evaluate(problem, assignment)
    if not evaluation.feasible:
        return Nothing("unknown", perf_counter() - started)
    value = evaluation.objective if objective == "tco" else evaluation.e2e_us
    least = min(int(np.ceil(bound)), value)
    near = value - least <= max(gap, 1e-9) * abs(least)
    del near
    status = "optimal" if value == least else "feasible"
    return Solution(assignment, evaluation, status, value, least, perf_counter() - started)


def _counted(figures: Figures, schedule: Schedule, goal: Goal) -> Flags:
    """Pairs whose transfers can matter. (Q)"""
    pairs = len(figures.ends)
    if not pairs:
        return np.zeros(0, dtype=bool)
    del schedule
    dear = np.zeros(pairs)
    every = np.arange(len(figures.edges))
    for some in np.array_split(every, max(1, len(every) * len(figures.tiers) ** 2 // MOST_CELLS)):
        money = figures.hop_money(some).max(axis=(1, 2), initial=0.0) * goal.money_weight / goal.scale
        us = figures.hop_us(some).max(axis=(1, 2), initial=0.0) / goal.time_us if goal.timed else 0.0
        np.add.at(dear, figures.pair[some], money + us)
    order = np.argsort(dear)
    ignored = np.zeros(pairs, dtype=bool)
    ignored[order[np.cumsum(dear[order]) <= IGNORED]] = True
    if goal.timed:  # on a path few transfers follow one another: many small ones are harmless
        ignored |= dear < IGNORED
    return ~ignored


def _all_crossings(figures: Figures, master: Master) -> object:
    return crossings_of(figures, np.ones(len(figures.ends), dtype=bool)) if len(figures.ends) else master.crossings


def _dearest(figures: Figures, goal: Goal) -> float:
    """More than any plan costs."""
    if goal.objective == "latency":
        return goal.horizon_us
    replicas = figures.pool_money[figures.pool] * (
        figures.least + np.ceil(figures.load / figures.capacity[figures.pool])
    )
    worst = float(np.maximum.reduceat(figures.money + replicas, figures.start[:-1]).sum())
    for some in np.array_split(np.arange(len(figures.edges)), 1 + len(figures.edges) // 2000):
        worst += float(figures.hop_money(some).max(axis=(1, 2), initial=0.0).sum())
    return worst + figures.problem.soft_money_per_us * goal.horizon_us
