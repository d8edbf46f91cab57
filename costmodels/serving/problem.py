"""Rows laid out for the formulas: candidates in columns, grouped by the formula that serves them.

Where a row states no layout (MLPerf), every tensor-parallel degree that fits is a candidate and
the best of them is the row's value: submitters tune.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels.serving.constants import Constants
from agentc.costmodels.serving.facts import Case, Facts, make_facts
from agentc.costmodels.serving.kinds import MOST_SEQUENCES, Work, formula_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from agentc.costmodels.serving.facts import Floats
    from agentc.costmodels.serving.rows import Row

TRIED_TP = (1, 2, 4, 8)


@dataclass(frozen=True)
class Group:
    """Candidates that one formula serves, with their facts and work cut out once."""

    kind: str
    metric: str
    members: NDArray[np.intp]
    facts: Facts
    work: Work


@dataclass(frozen=True)
class Problem:
    """All candidates; `owner` is the row that each belongs to, rows being numbered from 0."""

    rows: tuple[Row, ...]
    owner: NDArray[np.intp]
    groups: tuple[Group, ...]

    def values(self, constants: Constants) -> Floats:
        """The predicted value of each row, given the constants of each row."""
        return self.best(self.candidates(constants))

    def candidates(self, constants: Constants) -> Floats:
        """The predicted value of each candidate."""
        made = np.full(len(self.owner), np.nan)
        for group in self.groups:
            formula = formula_of(group.kind, group.metric)
            assert formula is not None
            rows = self.owner[group.members]
            taken = Constants(**{k: v[rows] for k, v in vars(constants).items()})
            made[group.members] = formula(group.facts, taken, group.work)
        return made

    def best(self, candidates: Floats) -> Floats:
        """The largest candidate of each row."""
        values = np.full(len(self.rows), -np.inf)
        np.maximum.at(values, self.owner, candidates)
        return values


def make_problem(rows: Sequence[Row]) -> Problem:
    """Lay out rows whose kind and metric have a formula."""
    cases: list[Case] = []
    owner: list[int] = []
    works: list[tuple[float, ...]] = []
    for number, row in enumerate(rows):
        for case in _layouts(row):
            cases.append(case)
            owner.append(number)
            works.append(_work(row, case))
    facts, columns = make_facts(cases), np.array(works, dtype=float).T
    work = Work(*columns)
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for candidate, number in enumerate(owner):
        numbers[rows[number].kind, rows[number].metric].append(candidate)
    groups = tuple(
        Group(kind, metric, np.array(members), facts.take(np.array(members)), work.take(np.array(members)))
        for (kind, metric), members in numbers.items()
    )
    return Problem(tuple(rows), np.array(owner), groups)


def _layouts(row: Row) -> list[Case]:
    if row.layout_stated:
        return [row.case]
    fitting = [tp for tp in TRIED_TP if row.devices % tp == 0]
    made = [replace(row.case, tp=tp) for tp in fitting]
    return [c for c in made if _fits(c)] or made[-1:]


def _fits(case: Case) -> bool:
    from agentc.costmodels import shape  # noqa: PLC0415

    s = shape.shape(case.model)
    tables = (s.head + s.embedding) * case.weights.head_bytes
    size = (shape.parameters(case.model) - s.head - s.embedding) * case.weights.bytes + tables
    return size < 0.9 * case.tp * case.device.memory_gb * 2.0**30


def _work(row: Row, case: Case) -> tuple[float, ...]:
    replicas = max(1.0, row.devices / (case.tp * case.pp))
    most = MOST_SEQUENCES if row.kind.startswith(("offline", "mlperf")) else 1.0
    batch = max(1.0, row.batch / 1.0 if row.batch else most)
    if row.layout_stated and replicas > 1.0:
        batch = max(1.0, batch / replicas)
    return row.prompt, row.output, batch, replicas, float(row.devices)
