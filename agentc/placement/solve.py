"""Find the best assignment with CP-SAT, and say how good it is proven to be.

The search is deterministic: one worker, a fixed seed, and ties decided in later rounds (least cost,
then least latency, then the earliest options), so equal inputs give equal plans.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++; its values are turned into int and str here.

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from ortools.sat.python import cp_model

from agentc.placement.constraints import build_model, demands, ranks
from agentc.placement.evaluate import evaluate
from agentc.placement.exact import too_large
from agentc.placement.goals import cost, goal, mixed_goal
from agentc.placement.interruptible import search
from agentc.placement.objectives import weights_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agentc.placement.constraints import Demand, Expr, Model
    from agentc.placement.evaluate import Evaluation
    from agentc.placement.problem import Problem

Objective = str
"""One of `objectives.OBJECTIVES`, or a mix."""
SHARES = 10**9
"""A mix counts in billionths of the least that each objective can be."""


@dataclass(frozen=True)
class Solution:
    """An assignment with its figures and its proof.

    `value` and `bound` are in the objective's units: money units for tco, microseconds
    for latency, those of `energy.py`, billionths for a mix.
    """

    assignment: dict[str, str]
    evaluation: Evaluation
    status: Literal["optimal", "feasible"]
    value: int
    bound: int
    wall_s: float


@dataclass(frozen=True)
class Nothing:
    """No assignment: proven (`infeasible`), or none was found in the time given (`unknown`)."""

    status: Literal["infeasible", "unknown"]
    wall_s: float


def solve(
    problem: Problem,
    objective: Objective = "tco",
    *,
    kept: Iterable[Demand] | None = None,
    time_limit_s: float = 60.0,
) -> Solution | Nothing:
    """Solve a problem under all its demands, or under those in `kept`.

    Raises RuntimeError when the solver and `evaluate` disagree: a defect of agentc.
    """
    started = perf_counter()
    kept = demands(problem) if kept is None else list(kept)
    weights = weights_of(objective)
    if len(weights) > 1:
        return _solve_mix(problem, weights, kept, time_limit_s)
    (name,) = weights
    m = build_model(problem, kept)
    found = _best(m, goal(m, name), name, time_limit_s)
    if isinstance(found, str):
        return Nothing(found, perf_counter() - started)
    status, value, bound, plan = found
    evaluation = evaluate(problem, plan.assignment, plan.counts)
    reached = evaluation.value(name)
    if reached != value and status == "optimal":
        raise RuntimeError(f"the solver says {value}, the evaluation {reached}")
    return Solution(
        plan.assignment, evaluation, status, reached, min(bound, reached), perf_counter() - started
    )


def _solve_mix(
    problem: Problem, weights: Mapping[str, float], kept: list[Demand], time_limit_s: float
) -> Solution | Nothing:
    """The least of the weighted shares, each objective as a share of the least that it can be."""
    started = perf_counter()
    scales: dict[str, float] = {}
    for name, weight in weights.items():
        alone = solve(problem, name, kept=kept, time_limit_s=time_limit_s - (perf_counter() - started))
        if isinstance(alone, Nothing):
            return alone
        scales[name] = weight * SHARES / max(alone.bound, 1)
    m = build_model(problem, kept)
    found = _best(m, mixed_goal(m, scales), "mix", time_limit_s - (perf_counter() - started))
    wall_s = perf_counter() - started
    if isinstance(found, str):
        return Nothing(found, wall_s)
    status, value, bound, plan = found
    evaluation = evaluate(problem, plan.assignment, plan.counts)
    return Solution(plan.assignment, evaluation, status, value, min(bound, value), wall_s)


def _best(m: Model, first: Expr, name: str, time_limit_s: float) -> Round | Literal["infeasible", "unknown"]:
    """The least of a goal, and of those plans the cheapest, then the fastest, then the earliest options."""
    started = perf_counter()
    ties = ranks(m)
    later = [m.e2e * (m.problem.worst_rank + 1) + ties]
    rounds = {"tco": [first, *later], "latency": [first, cost(m), ties]}.get(name, [first, cost(m), *later])
    found = _minimize(m, first, None, time_limit_s)
    if isinstance(found, str) or found[0] != "optimal":
        return found
    status, value, bound, plan = found
    plan = _break_ties(m, rounds, value, plan, time_limit_s - (perf_counter() - started))
    return status, value, bound, plan


@dataclass(frozen=True)
class Near:
    """Where operators run now, and what leaving costs, in money units."""

    homes: Mapping[str, str]
    money: int


def solve_near(
    problem: Problem, near: Near, kept: Iterable[Demand], time_limit_s: float
) -> Solution | Nothing:
    """The least of the cost and of what moving costs; `value` and `bound` are of both together."""
    started = perf_counter()
    m = build_model(problem, kept)
    stay = [m.y[i, t] for i, t in near.homes.items() if (i, t) in m.y]
    leaving = len(near.homes) - sum(stay)
    found = _best(m, cost(m) + near.money * leaving, "mix", time_limit_s)
    wall_s = perf_counter() - started
    if isinstance(found, str):
        return Nothing(found, wall_s)
    status, value, bound, plan = found
    evaluation = evaluate(problem, plan.assignment, plan.counts)
    return Solution(plan.assignment, evaluation, status, value, min(bound, value), wall_s)


def least(
    problem: Problem, demand: Demand, kept: Iterable[Demand], time_limit_s: float
) -> Solution | Nothing:
    """The plan in which a demand's amount is least, with the demands in `kept`; `value` is that amount."""
    started = perf_counter()
    m = build_model(problem, kept)
    found = _minimize(m, demand.amount(m), None, time_limit_s)
    wall_s = perf_counter() - started
    if isinstance(found, str):
        return Nothing(found, wall_s)
    status, value, bound, plan = found
    evaluation = evaluate(problem, plan.assignment, plan.counts)
    return Solution(plan.assignment, evaluation, status, value, bound, wall_s)


class Clashes:
    """Which sets of demands are proven to clash: one model, in which each demand can be let go."""

    def __init__(self, problem: Problem, every: Iterable[Demand], time_limit_s: float) -> None:
        """Build the model once; each question may take `time_limit_s`."""
        self._m = build_model(problem, ())
        self._limit_s = time_limit_s
        self._holds: dict[str, Expr] = {}
        for demand in every:
            self._holds[demand.name] = holds = self._m.cp.new_bool_var(f"holds[{demand.name}]")
            self._m.cp.add(demand.amount(self._m) <= demand.limit).only_enforce_if(holds)

    def within(self, kept: Iterable[Demand]) -> list[Demand] | None:
        """Demands among `kept` that are proven to clash, not always the fewest; None when none are."""
        kept = list(kept)
        self._m.cp.clear_assumptions()
        self._m.cp.add_assumptions([self._holds[d.name] for d in kept])
        solver = _solver(self._limit_s, self._m.problem)
        if search(solver, self._m.cp) != cp_model.INFEASIBLE:
            return None
        core = set(solver.sufficient_assumptions_for_infeasibility())
        return [d for d in kept if self._holds[d.name].index in core]


def _break_ties(m: Model, rounds: list[Expr], value: int, found: Found, time_left_s: float) -> Found:
    """Minimize the later rounds, each with the earlier ones kept at their least."""
    deadline = perf_counter() + time_left_s
    for done, following in pairwise(rounds):
        m.cp.add(done <= value)
        again = _minimize(m, following, found, deadline - perf_counter())
        if isinstance(again, str) or again[0] != "optimal":
            return found
        _, value, _, found = again
    return found


@dataclass(frozen=True)
class Found:
    """An assignment, and its replicas where the solver chose spares."""

    assignment: dict[str, str]
    counts: dict[str, int] | None


Round = tuple[Literal["optimal", "feasible"], int, int, Found]


def _minimize(
    m: Model, goal: Expr, hint: Found | None, time_limit_s: float
) -> Round | Literal["infeasible", "unknown"]:
    """One round: (status, value, bound, assignment), or why there is none."""
    if time_limit_s <= 0:
        return "unknown"
    m.cp.minimize(goal)
    m.cp.clear_hints()
    for (i, p), x in m.x.items():
        if hint is not None:
            m.cp.add_hint(x, hint.assignment[i] == p)
    solver = _solver(time_limit_s, m.problem)
    status = search(solver, m.cp)
    if status == cp_model.INFEASIBLE:
        return "infeasible"
    if status == cp_model.MODEL_INVALID:  # a sum that may not fit into 64 bits
        raise too_large(m.problem.graph)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return "unknown"
    assignment = {i: p for (i, p), x in m.x.items() if solver.boolean_value(x)}
    used = set(assignment.values())
    counts = {p: int(solver.value(n)) for p, n in m.n.items() if p in used}
    found = Found(assignment, counts if m.missing else None)
    value = round(solver.objective_value)
    if status == cp_model.OPTIMAL:
        return "optimal", value, value, found
    return "feasible", value, round(solver.best_objective_bound), found


def _solver(time_limit_s: float, problem: Problem) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    # metered, the crossings' marginals make the relaxation tight; pools with a load only make it large
    solver.parameters.linearization_level = 1 if problem.provisioned else 2
    solver.parameters.cp_model_probing_level = 0  # takes longer than the whole search
    solver.parameters.max_time_in_seconds = time_limit_s
    return solver
