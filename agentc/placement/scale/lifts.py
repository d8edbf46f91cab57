"""The bound, lifted part by part, until it meets the plan or no part adds anything."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.scale.linear import minimize_whole
from agentc.placement.scale.parts import lift, open_of, open_options
from agentc.placement.scale.relax import Builder

if TYPE_CHECKING:
    from agentc.placement.scale.prices import Bound
    from agentc.placement.scale.relax import Master
    from agentc.placement.scale.search import State

SIZES = (40, 60, 90)
"""Operators in a part: larger parts say more and take longer."""
PATIENCE = 0.25
"""Seconds for one operator of a part at most."""
FEW = 400
"""Operators up to which branch and bound is tried on all of them."""
BRANCHING = 0.7
"""Share of the time left that it is given. It cannot be ended before: GSCIP's interrupter fails here."""
FLOATING = 1e-5
"""Share taken off its bound: it computes in floating point, with tolerances of 1e-6."""


class Lifts:
    """Lifts one relaxation's bound by solving slices of the graph."""

    def __init__(self, master: Master, bound: Bound) -> None:
        """Take the relaxation with its prices."""
        self.master, self.bound = master, bound
        self.turn = 0

    @property
    def useful(self) -> bool:
        """Whether parts can add anything: only what time ties together is looser in the relaxation."""
        return self.master.goal.timed and not self.master.figures.problem.provisioned

    def run(self, state: State) -> None:
        """Until the state is closed, or as many rounds as there are sizes are done."""
        self.once(state)
        self.branch(state)
        while not state.closed() and self.turn < len(SIZES):
            self.once(state)

    def branch(self, state: State) -> None:
        """Branch and bound over the options that are left, where there are few enough operators."""
        if not self.useful or self.master.figures.operators > FEW or state.closed():
            return
        aim = self._aim(state)
        rows = open_options(self.master, self.bound, aim - self.bound.value)
        builder = Builder(replace(self.master, active=rows))
        program = builder.build()
        seconds = BRANCHING * (state.deadline - perf_counter())
        columns = builder.at.x[builder.rows]
        found = minimize_whole(program, columns, None, seconds, near=1e-4)
        reached = found.bound * builder.money
        if np.isfinite(reached):
            state.bound = max(state.bound, min(reached - FLOATING * abs(reached), aim))

    def once(self, state: State) -> bool:
        """One round of slices. False when there is nothing left to try."""
        if self.turn >= len(SIZES) or not self.useful:
            return False
        size = SIZES[self.turn]
        self.turn += 1
        part = np.arange(self.master.figures.operators) // size
        lifted = float(self.bound.value)
        for which in range(int(part[-1]) + 1):
            if state.closed():
                break
            lifted += self._lift(state, part == which, size)
            aim = self._aim(state)
            state.bound = max(state.bound, min(lifted, aim))
        return True

    def _aim(self, state: State) -> float:
        """The bound that is good enough: options dearer than that are not looked at."""
        return state.total / (1 + 0.98 * state.gap)

    def _lift(self, state: State, inside: np.ndarray, size: int) -> float:
        left = self._aim(state) - self.bound.value
        seconds = min(PATIENCE * size, state.deadline - perf_counter())
        found = lift(self.master, self.bound, open_of(self.master, self.bound, left), inside, seconds)
        return min(found, max(left, 0.0))
