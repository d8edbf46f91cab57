"""A sparse linear program from arrays, solved by OR-Tools without one Python object a variable."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false
# ortools' protobuf modules are untyped; numbers enter and leave them in this file alone.

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from ortools.math_opt import callback_pb2, model_parameters_pb2, model_pb2, parameters_pb2
from ortools.math_opt.core.python import solver as core
from ortools.math_opt.python import parameters
from ortools.pdlp import solvers_pb2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentc.placement.scale.figures import Floats, Ints

Method = Literal["glop", "pdlp"]
ACCURACY = 1e-5


@dataclass
class Program:
    """minimize cost x  subject to  low <= A x <= high, lower <= x <= upper: built block by block."""

    cost: list[Floats] = field(default_factory=list["Floats"])
    lower: list[Floats] = field(default_factory=list["Floats"])
    upper: list[Floats] = field(default_factory=list["Floats"])
    low: list[Floats] = field(default_factory=list["Floats"])
    high: list[Floats] = field(default_factory=list["Floats"])
    entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list[tuple["Ints", "Ints", "Floats"]])
    columns: int = 0
    rows: int = 0

    def add_columns(self, cost: Floats, upper: Floats | float = np.inf, lower: Floats | float = 0.0) -> Ints:
        """New variables; their numbers."""
        self.cost.append(cost)
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), cost.shape))
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=float), cost.shape))
        self.columns += len(cost)
        return np.arange(self.columns - len(cost), self.columns)

    def add_rows(self, count: int, low: Floats | float, high: Floats | float) -> Ints:
        """New constraints; their numbers."""
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), (count,)))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), (count,)))
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def put(self, rows: Ints, columns: Ints, values: Floats | float) -> None:
        """Coefficients; equal places are added up."""
        self.entries.append((rows, columns, np.broadcast_to(np.asarray(values, dtype=float), rows.shape)))

    def value(self, x: Floats) -> float:
        """The cost of a solution."""
        return float(_joined(self.cost) @ x)

    def matrix(self) -> tuple[Ints, Ints, Floats]:
        """(row, column, value), sorted, no place twice, no zeros."""
        row, column, value = (_joined(parts) for parts in zip(*self.entries, strict=True))
        key = row.astype(np.int64) * self.columns + column.astype(np.int64)
        unique, where = np.unique(key, return_inverse=True)
        total = np.bincount(where, weights=value, minlength=len(unique))
        some = total != 0
        return unique[some] // self.columns, unique[some] % self.columns, total[some].astype(float)


@dataclass(frozen=True)
class Optimum:
    """A solution that may be inexact: values by column, prices by row (>= rows: not negative)."""

    x: Floats
    y: Floats


@dataclass(frozen=True)
class Whole:
    """The best values found, if any, and the bound that branch and bound proved."""

    x: Floats | None
    bound: float


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)


def minimize(program: Program, method: Method, seconds: float, *, workers: int = 1) -> Optimum | None:
    """Solve; None when the time is up without prices or the program has no solution."""
    model = _model(program)
    params = parameters_pb2.SolveParametersProto()
    params.time_limit.FromTimedelta(timedelta(seconds=max(seconds, 0.01)))
    params.lp_algorithm = parameters.LPAlgorithm.DUAL_SIMPLEX.value  # half the time of the primal here
    if method == "pdlp":
        params.lp_algorithm = parameters.LPAlgorithm.FIRST_ORDER.value
        params.pdlp.CopyFrom(_pdlp(workers))
    kind = parameters.SolverType.GLOP if method == "glop" else parameters.SolverType.PDLP
    found = _solve(model, kind, params, model_parameters_pb2.ModelSolveParametersProto())
    for solution in found.solutions:
        if solution.HasField("dual_solution") and solution.HasField("primal_solution"):
            x = _dense(solution.primal_solution.variable_values, program.columns)
            return Optimum(x, _dense(solution.dual_solution.dual_values, program.rows))
    return None


def minimize_whole(
    program: Program,
    whole: Ints,
    hint: Floats | None,
    seconds: float,
    *,
    near: float,
) -> Whole:
    """Solve with the columns in `whole` whole, by branch and bound (GSCIP).

    `hint` gives values of those columns to start from; `near` is the gap at which to stop.
    """
    model = _model(program)
    flags = np.zeros(program.columns, dtype=bool)
    flags[whole] = True
    del model.variables.integers[:]
    model.variables.integers.extend(flags.tolist())
    params = parameters_pb2.SolveParametersProto()
    params.time_limit.FromTimedelta(timedelta(seconds=max(seconds, 0.01)))
    params.relative_gap_tolerance = near
    params.threads = 1
    extra = model_parameters_pb2.ModelSolveParametersProto()
    if hint is not None:
        start = extra.solution_hints.add().variable_values
        start.ids.extend(sorted(whole.tolist()))
        start.values.extend(hint[np.sort(whole)].tolist())
    found = _solve(model, parameters.SolverType.GSCIP, params, extra)
    bound = float(found.termination.objective_bounds.dual_bound)
    for solution in found.solutions:
        if solution.HasField("primal_solution"):
            return Whole(_dense(solution.primal_solution.variable_values, program.columns), bound)
    return Whole(None, bound)


def _solve(model: Any, kind: Any, params: Any, extra: Any) -> Any:
    initial = parameters_pb2.SolverInitializerProto()
    callback = callback_pb2.CallbackRegistrationProto()
    return core.solve(model, kind.value, initial, params, extra, None, callback, None, None)


def _pdlp(workers: int) -> solvers_pb2.PrimalDualHybridGradientParams:
    made = solvers_pb2.PrimalDualHybridGradientParams()
    made.num_threads = workers
    made.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = ACCURACY
    made.termination_criteria.simple_optimality_criteria.eps_optimal_relative = ACCURACY
    return made


def _model(program: Program) -> model_pb2.ModelProto:
    row, column, value = program.matrix()
    model = model_pb2.ModelProto()
    ids, cost = range(program.columns), _joined(program.cost)
    model.variables.ids.extend(ids)
    model.variables.lower_bounds.extend(_joined(program.lower).tolist())
    model.variables.upper_bounds.extend(_joined(program.upper).tolist())
    model.variables.integers.extend([False] * program.columns)
    some = np.flatnonzero(cost)
    model.objective.linear_coefficients.ids.extend(some.tolist())
    model.objective.linear_coefficients.values.extend(cost[some].tolist())
    model.linear_constraints.ids.extend(range(program.rows))
    model.linear_constraints.lower_bounds.extend(_joined(program.low).tolist())
    model.linear_constraints.upper_bounds.extend(_joined(program.high).tolist())
    model.linear_constraint_matrix.row_ids.extend(row.tolist())
    model.linear_constraint_matrix.column_ids.extend(column.tolist())
    model.linear_constraint_matrix.coefficients.extend(value.tolist())
    return model


def _dense(sparse: model_pb2.ModelProto, size: int) -> Floats:
    values = np.zeros(size)
    values[np.fromiter(sparse.ids, np.int64)] = np.fromiter(sparse.values, float)
    return values
