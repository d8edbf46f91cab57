"""The bound, lifted part by part, until it meets the plan or no part adds anything."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.scale.parts import lift, open_of

if TYPE_CHECKING:
    from agentc.placement.scale.prices import Bound
    from agentc.placement.scale.relax import Master
    from agentc.placement.scale.search import State

SIZES = (40, 60, 90)
"""Operators in a part: larger parts say more and take longer."""
PATIENCE = 0.25
"""Seconds for one operator of a part at most."""


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
        while not state.closed() and self.turn < len(SIZES):
            self.once(state)

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
