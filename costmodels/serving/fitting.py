"""Fitting the constants: the most probable factors under robust errors and the priors.

    minimize  w·Σ_i u_i·rho(log y_i - log p_i)  +  ½·Σ_j ((theta_j - m_j)/s_j)²
    rho(r) = sqrt(1 + (r/delta)²) - 1

theta_j is the logarithm of one factor (of one constant at one level), m_j and s_j its prior, u_i the
weight of a row. rho is quadratic for small errors and linear for large ones: a few odd rows do not
bend the fit. Solved by Gauss-Newton with Levenberg's damping; a constant's derivative is taken once
for all rows, since a factor moves only the rows of its level.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels.serving.constants import NAMES, Constants, below_ceiling
from agentc.costmodels.serving.priors import BASE, BASE_SPREAD, JUDGED, KIND_SPREAD, SPREAD, VARIES
from agentc.costmodels.serving.problem import Problem, make_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from agentc.costmodels.serving.facts import Floats
    from agentc.costmodels.serving.rows import Row

    Matrix = NDArray[np.float64]

DELTA = 0.06
# Weight of the rows against the priors: rows of one sweep err together, so a row counts for less
# than one independent measurement. Chosen by leaving out devices and sources.
ROW_WEIGHT = 0.15
WEIGHT_OF_B = 0.4
STEP = 1e-3
LONGEST_STEP = 0.5
ENOUGH = 0.02


@dataclass(frozen=True)
class Factor:
    """One unknown: the factor of a constant at a level."""

    kind: str
    level: str
    constant: str

    @property
    def middle(self) -> float:
        """Logarithm of the prior's middle."""
        if self.kind == "base":
            return float(np.log(BASE[self.constant]))
        return float(np.log(JUDGED.get(self.kind, {}).get(self.level, {}).get(self.constant, 1.0)))

    @property
    def spread(self) -> float:
        """Spread of the logarithm under the prior."""
        if self.kind == "base":
            return BASE_SPREAD.get(self.constant, SPREAD[self.constant])
        return SPREAD[self.constant] * KIND_SPREAD[self.kind]


@dataclass(frozen=True)
class Fitted:
    """The factors found, by logarithm, and the problem's priors that they were found under."""

    factors: tuple[Factor, ...]
    theta: Floats

    def table(self) -> dict[str, dict[str, dict[str, float]]]:
        """Factors by kind, level and constant, with those that are only judged."""
        made: dict[str, dict[str, dict[str, float]]] = {
            kind: {level: dict(row) for level, row in levels.items()} for kind, levels in JUDGED.items()
        }
        for factor, value in zip(self.factors, self.theta, strict=True):
            level = made.setdefault(factor.kind, {}).setdefault(factor.level, {})
            level[factor.constant] = float(np.exp(value))
        return made


def factors_of(rows: Sequence[Row]) -> tuple[Factor, ...]:
    """Every factor that these rows can say something about."""
    levels: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for kind, level in row.levels.items():
            levels[kind].add(level)
    made = [Factor("base", "all", name) for name in NAMES]
    for kind, names in VARIES.items():
        made += [Factor(kind, level, name) for level in sorted(levels[kind]) for name in names]
    return tuple(made)


def weights_of(rows: Sequence[Row]) -> Floats:
    """Weights of mean one: the square root of a source's size counts, and quality B counts less."""
    sizes = Counter(row.source for row in rows)
    made = np.array([sizes[r.source] ** -0.5 * (WEIGHT_OF_B if r.quality == "B" else 1.0) for r in rows])
    return made / made.mean()


def fit(rows: Sequence[Row], iterations: int = 25) -> Fitted:
    """Fit the factors to rows that have values."""
    factors = factors_of(rows)
    solver = _Solver(make_problem(rows), factors, weights_of(rows) * ROW_WEIGHT)
    return Fitted(factors, solver.solve(iterations))


class _Solver:
    """One minimization: holds what does not change from step to step."""

    def __init__(self, problem: Problem, factors: Sequence[Factor], weights: Floats) -> None:
        self.problem = problem
        self.weights = weights
        self.middle = np.array([f.middle for f in factors])
        self.spread = np.array([f.spread for f in factors])
        self.members = _membership(problem.rows, factors)
        self.target = np.log(np.array([row.value for row in problem.rows], dtype=float))

    def solve(self, iterations: int) -> Floats:
        theta, damping = self.middle.copy(), 1e-2
        logs = self.logs(theta)
        error = self.target - self.predicted(logs)
        cost = self.cost(error, theta)
        for _ in range(iterations):
            moved = self.step(theta, logs, error, cost, damping)
            if moved is None:
                break
            gain = cost - moved[2]
            theta, error, cost, damping = moved
            logs = self.logs(theta)
            if gain < ENOUGH:
                break
        return theta

    def step(
        self, theta: Floats, logs: dict[str, Floats], error: Floats, cost: float, damping: float
    ) -> tuple[Floats, Floats, float, float] | None:
        normal, pull = self.normal_equations(theta, logs, error)
        for _ in range(6):
            damped = normal + damping * np.diag(np.diag(normal))
            change = np.clip(np.linalg.solve(damped, pull), -LONGEST_STEP, LONGEST_STEP)
            tried = theta + change
            tried_error = self.target - self.predicted(self.logs(tried))
            tried_cost = self.cost(tried_error, tried)
            if tried_cost < cost:
                return tried, tried_error, tried_cost, max(damping / 5.0, 1e-4)
            damping *= 5.0
        return None

    def normal_equations(
        self, theta: Floats, logs: dict[str, Floats], error: Floats
    ) -> tuple[Matrix, Floats]:
        here = self.target - error
        jacobian = np.zeros((len(error), len(theta)))
        for name in NAMES:
            slope = (self.predicted(logs | {name: logs[name] + STEP}) - here) / STEP
            jacobian += slope[:, None] * self.members[name]
        pull_of_rows = self.weights / (DELTA * np.sqrt(DELTA**2 + error**2))
        normal = jacobian.T @ (pull_of_rows[:, None] * jacobian) + np.diag(self.spread**-2.0)
        return normal, jacobian.T @ (pull_of_rows * error) - (theta - self.middle) / self.spread**2

    def logs(self, theta: Floats) -> dict[str, Floats]:
        return {name: members @ theta for name, members in self.members.items()}

    def predicted(self, logs: dict[str, Floats]) -> Floats:
        columns = {name: below_ceiling(name, np.exp(column)) for name, column in logs.items()}
        return np.log(np.maximum(self.problem.values(Constants(**columns)), 1e-9))

    def cost(self, error: Floats, theta: Floats) -> float:
        robust = np.sqrt(1.0 + (error / DELTA) ** 2) - 1.0
        prior = ((theta - self.middle) / self.spread) ** 2
        return float(np.sum(self.weights * robust) + 0.5 * np.sum(prior))


def _membership(rows: Sequence[Row], factors: Sequence[Factor]) -> dict[str, Matrix]:
    made = {name: np.zeros((len(rows), len(factors))) for name in NAMES}
    number = {(f.kind, f.level, f.constant): i for i, f in enumerate(factors)}
    for name in NAMES:
        made[name][:, number["base", "all", name]] = 1.0
    for i, row in enumerate(rows):
        for kind, level in row.levels.items():
            for name in VARIES.get(kind, ()):
                j = number.get((kind, level, name))
                if j is not None:
                    made[name][i, j] = 1.0
    return made
