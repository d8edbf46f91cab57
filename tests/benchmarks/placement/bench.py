"""Placement at scale against the plain models, in one run: `python tests/benchmarks/placement/bench.py`.

For each family, size and seed: gap and seconds of `agentc.placement.scale`, of the plain CP-SAT model
(one boolean for each operator and pool) and of GSCIP on the same relaxation made whole, each given at
least the time that scale took. `--targets` runs the sizes that the project promises, `--quick` small ones.
"""

from __future__ import annotations

import argparse
import resource
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import families
import numpy as np
from ortools.sat.python import cp_model

from agentc.placement import scale
from agentc.placement.constraints import build_model, demands
from agentc.placement.goals import cost
from agentc.placement.scale.figures import figures_of
from agentc.placement.scale.generate import crossings_of
from agentc.placement.scale.goal import goal_of
from agentc.placement.scale.linear import minimize_whole
from agentc.placement.scale.relax import Builder, Master
from agentc.placement.scale.schedule import schedule_of
from agentc.placement.solve import Solution

if TYPE_CHECKING:
    from agentc.placement.problem import Problem

PLAIN_LIMIT = 60_000
"""Options beyond which the plain models are not even built here."""


@dataclass(frozen=True)
class Case:
    """What to place, how well and how long."""

    kind: str
    operators: int
    pools: int
    gap: float
    seconds: float

    def problem(self, family: str, seed: int) -> Problem:
        """The instance of a family and seed."""
        if self.kind == "metered":
            return families.metered(family, self.operators, self.pools, seed=seed)
        tiers = 20 if self.pools >= 100 else None
        return families.provisioned(family, self.operators, self.pools, tiers=tiers, seed=seed)


TARGETS = (
    Case("provisioned", 30, 100, 0.0, 1.0),
    Case("provisioned", 200, 40, 0.01, 3.0),
    Case("provisioned", 1000, 40, 0.01, 10.0),
    Case("provisioned", 10_000, 100, 0.02, 60.0),
    Case("metered", 30, 8, 0.0, 1.0),
    Case("metered", 200, 8, 0.01, 15.0),
    Case("metered", 1000, 8, 0.01, 40.0),
)
QUICK = (Case("provisioned", 60, 20, 0.02, 2.0), Case("metered", 40, 8, 0.01, 3.0))


@dataclass(frozen=True)
class Outcome:
    """What one model reached; `value` None: no plan. Bounds below zero say nothing."""

    value: float | None
    bound: float
    seconds: float

    @property
    def gap(self) -> str:
        """(value - bound) / bound, or what is missing."""
        if self.value is None:
            return "no plan"
        return "no bound" if self.bound <= 0 else f"{100 * (self.value / self.bound - 1):.2f}%"


def ours(problem: Problem, case: Case) -> Outcome:
    """`scale.solve`."""
    started = perf_counter()
    found = scale.solve(problem, gap=case.gap, time_limit_s=case.seconds)
    seconds = perf_counter() - started
    if isinstance(found, Solution):
        return Outcome(float(found.value), float(found.bound), seconds)
    return Outcome(None, 0.0, seconds)


def plain(problem: Problem, case: Case) -> Outcome:
    """One boolean for each operator and pool, CP-SAT as it comes, two workers."""
    started = perf_counter()
    m = build_model(problem, demands(problem))
    m.cp.minimize(cost(m))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.relative_gap_limit = case.gap
    solver.parameters.max_time_in_seconds = case.seconds
    status = solver.solve(m.cp)
    found = status in {cp_model.OPTIMAL, cp_model.FEASIBLE}
    value = solver.objective_value if found else None
    return Outcome(value, solver.best_objective_bound, perf_counter() - started)


def gscip(problem: Problem, case: Case) -> Outcome:
    """The relaxation over all options, made whole, solved by GSCIP."""
    started = perf_counter()
    figures = figures_of(problem)
    schedule = schedule_of(figures)
    goal = goal_of(figures, schedule, "tco")
    counted = np.full(len(figures.ends), not problem.provisioned)
    every = np.ones(len(figures.op), dtype=bool)
    master = Master(
        figures, schedule, goal, crossings_of(figures, counted), np.zeros(len(every)), every, every
    )
    builder = Builder(master)
    program = builder.build()
    whole = np.concatenate((builder.at.x, builder.at.n)).astype(np.int64)
    found = minimize_whole(program, whole, None, case.seconds, near=case.gap)
    value = None if found.x is None else program.value(found.x) * builder.money
    return Outcome(value, found.bound * builder.money, perf_counter() - started)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", action="store_true")
    parser.add_argument("--only", type=int, action="append", help="numbers of the target cases")
    parser.add_argument("--families", default=",".join(families.FAMILIES))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--alone", action="store_true", help="leave the plain models out")
    args = parser.parse_args()
    cases = TARGETS if args.targets or args.only else QUICK
    if args.only:
        cases = tuple(TARGETS[k] for k in args.only)
    print(
        "| kind | operators x pools | family | seed | scale: gap, s | CP-SAT: gap, s | GSCIP: gap, s "
        "| plan against CP-SAT, GSCIP | MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for case in cases:
        for family in args.families.split(","):
            for seed in map(int, args.seeds.split(",")):
                _row(case, family, seed, alone=args.alone)


def _row(case: Case, family: str, seed: int, *, alone: bool) -> None:
    problem = case.problem(family, seed)
    mine = ours(problem, case)
    size = sum(map(len, problem.options.values()))
    others = [] if alone or size > PLAIN_LIMIT else [plain(problem, case), gscip(problem, case)]
    told = [f"{o.gap}, {o.seconds:.1f}" for o in others] or ["-", "-"]
    ratios = [f"{mine.value / o.value:.3f}" if mine.value and o.value else "-" for o in others]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    cells = [case.kind, f"{case.operators} x {case.pools}", family, str(seed)]
    cells += [f"{mine.gap}, {mine.seconds:.1f}", *told, ", ".join(ratios) or "-", str(memory)]
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
