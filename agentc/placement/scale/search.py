"""Plans with proven bounds for large problems: the order of the steps, and when to stop.

1. Figures as arrays; crossings that can matter.
2. The relaxation by column generation (`generate.py`): a bound, and how much each option regrets.
3. A first plan from the relaxation's solution, every operator inside its budget of time.
4. Better plans (`Plans`: packing, branch and bound, CP-SAT on neighbourhoods) and a better bound
   (`Lifts`: parts of the graph solved whole) until both are within the gap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.evaluate import evaluate
from agentc.placement.scale.apart import apart
from agentc.placement.scale.figures import figures_of
from agentc.placement.scale.generate import crossings_of, first_options, rounds
from agentc.placement.scale.goal import goal_of
from agentc.placement.scale.lifts import Lifts
from agentc.placement.scale.plans import Pricer
from agentc.placement.scale.relax import Crossings, Master
from agentc.placement.scale.schedule import schedule_of
from agentc.placement.scale.seek import Seeker
from agentc.placement.solve import Nothing, Solution, solve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentc.placement.problem import Problem
    from agentc.placement.scale.figures import Figures, Flags
    from agentc.placement.scale.generate import Round
    from agentc.placement.scale.goal import Goal
    from agentc.placement.solve import Objective

IGNORED = 2e-4
"""Crossings that together cannot cost more than this share are left out of the bound."""
SAME = 1e-9
"""A bound this near to the value is the value: money is rounded to its unit and grains."""
RELAXING = 0.6
"""Share of the time that the relaxation may take before a plan is looked for."""
EARLY = 0.2
"""Share of the time in which the relaxation is made as sharp as it gets; then only if need be."""
NEAR = 1e-3
"""A bound this near to its program's optimum is taken for it."""
PATIENCE = 3
"""Fruitless steps before the relaxation is sharpened."""
SMALL = 600
"""Options of problems that the exact solver is asked about when no plan was found."""
QUIET = 0.05
"""Share of a link that uncounted crossings may fill."""
MOST_CELLS = 3_000_000
"""Figures of transfers that are held at a time."""


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
        near = self.total - self.bound <= max(self.gap, SAME) * abs(self.bound)
        return near or self.done.is_set() or perf_counter() >= self.deadline


def search(
    problem: Problem, objective: Objective, *, gap: float, time_limit_s: float, seed: int, workers: int
) -> Solution | Nothing:
    """See `agentc.placement.scale.solve`."""
    started = perf_counter()
    split = apart(problem, objective)
    if split is not None:
        found = split.solve(
            lambda part, left: search(
                part, objective, gap=gap, time_limit_s=left, seed=seed, workers=workers
            ),
            time_limit_s,
        )
        return _stated(problem, objective, *found, started) if isinstance(found, tuple) else found
    found = Nothing("infeasible", perf_counter() - started)
    if all(problem.options.values()):
        found = _one_piece(
            problem,
            objective,
            gap=gap,
            started=started,
            deadline=started + time_limit_s,
            seed=seed,
            workers=workers,
        )
    return found


def _one_piece(
    problem: Problem,
    objective: Objective,
    *,
    gap: float,
    started: float,
    deadline: float,
    seed: int,
    workers: int,
) -> Solution | Nothing:
    """A problem that is not taken apart, every operator with an option at least."""
    figures = figures_of(problem)
    schedule = schedule_of(figures)
    goal = goal_of(figures, schedule, objective)
    barred = np.where(figures.allowed, 0.0, np.inf)
    if not np.all(np.logical_or.reduceat(figures.allowed, figures.start[:-1])):
        return Nothing("infeasible", perf_counter() - started)
    counted = _counted(figures, goal)
    active = first_options(figures, goal, barred)
    master = Master(
        figures, schedule, goal, crossings_of(figures, counted), barred, active, np.zeros_like(active)
    )
    programs = rounds(master, deadline)
    time_s = deadline - started
    best, last = _priced_out(programs, started + RELAXING * time_s, started + EARLY * time_s)
    if best is None or last is None:
        return Nothing("unknown", perf_counter() - started)
    if best.bound.value > _dearest(figures, goal):
        return Nothing("infeasible", perf_counter() - started)
    exact = replace(master, crossings=_all_crossings(figures, master))
    pricer = Pricer(exact)
    seeker = Seeker(
        master, exact, pricer, bound=best.bound, relaxed=last.relaxed, rng=np.random.default_rng(seed)
    )
    rows = seeker.first(0.2 * (deadline - perf_counter()))
    state = State(rows, pricer.total(pricer(rows)), float(best.bound.value), gap, deadline, Event())
    _close(state, seeker, programs, workers)
    if pricer(state.rows).broken > 0:
        state.rows = min((state.rows, seeker.fastest()), key=lambda rows: pricer(rows).broken)
    found = _stated(problem, objective, figures.assignment(state.rows), state.bound, started)
    if isinstance(found, Nothing) and len(figures.op) <= SMALL:
        return solve(problem, objective, time_limit_s=max(1.0, deadline - perf_counter()))
    return found


def _priced_out(
    programs: Iterator[Round], deadline: float, early: float
) -> tuple[Round | None, Round | None]:
    """(the round of the best bound, the last round), until the options that pay are all there."""
    best: Round | None = None
    last: Round | None = None
    for last in programs:
        if best is None or last.bound.value >= best.bound.value:
            best = last
        near = last.value - best.bound.value <= NEAR * abs(last.value)
        now = perf_counter()
        if now > deadline or (near and now > early):
            break
    return best, last


def _close(state: State, seeker: Seeker, programs: Iterator[Round], workers: int) -> None:
    """Better plans here, a better bound in a second thread (CP-SAT lets go of the interpreter)."""
    if state.closed() or (seeker.settle(state) and state.closed()):
        return
    lifts = Lifts(seeker.master, seeker.bound)
    threaded = workers > 1 and lifts.useful
    helper = Thread(target=lifts.run, args=(state,), daemon=True) if threaded else None
    if helper is not None:
        helper.start()
    idle = 0
    try:
        while not state.closed():
            helped = seeker.step(state)
            idle = 0 if helped else idle + 1
            if helped and seeker.settle(state):
                continue
            if idle >= PATIENCE:
                idle = 0
                _sharpen(state, seeker, programs)
                if helper is None:
                    lifts.once(state)
    finally:
        state.done.set()
        if helper is not None:
            helper.join()


def _sharpen(state: State, seeker: Seeker, programs: Iterator[Round]) -> None:
    """One more round of the relaxation, where it has any left."""
    found = next(programs, None)
    if found is not None:
        state.bound = max(state.bound, float(found.bound.value))
        seeker.learn(found.bound, found.relaxed)


def _stated(
    problem: Problem, objective: Objective, assignment: dict[str, str], bound: float, started: float
) -> Solution | Nothing:
    """The solution as `evaluate` sees it: what breaks a limit there is not given out."""
    evaluation = evaluate(problem, assignment)
    if not evaluation.feasible:
        return Nothing("unknown", perf_counter() - started)
    value = evaluation.objective if objective == "tco" else evaluation.e2e_us
    least = min(int(np.ceil(bound)), value)
    least = value if value - least <= SAME * abs(value) else least
    status = "optimal" if value == least else "feasible"
    return Solution(assignment, evaluation, status, value, least, perf_counter() - started)


def _counted(figures: Figures, goal: Goal) -> Flags:
    """Pairs whose transfers can matter (Q)."""
    pairs = len(figures.ends)
    if not pairs:
        return np.zeros(0, dtype=bool)
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
    widths, _ = goal.link_limits
    if len(widths):  # what could fill a link is seen, the busiest first
        kbps = np.bincount(figures.pair, weights=figures.kbps, minlength=pairs)
        quiet = np.argsort(kbps)
        fills = np.ones(pairs, dtype=bool)
        fills[quiet[np.cumsum(kbps[quiet]) <= QUIET * widths.min()]] = False
        if fills.sum() * len(figures.tiers) ** 2 <= MOST_CELLS // 10:
            ignored &= ~fills
    return ~ignored


def _all_crossings(figures: Figures, master: Master) -> Crossings:
    return (
        crossings_of(figures, np.ones(len(figures.ends), dtype=bool))
        if len(figures.ends)
        else master.crossings
    )


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
