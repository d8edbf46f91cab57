"""Run a search that Ctrl-C ends.

OR-Tools takes SIGINT for itself while it searches: the search ends, Python never hears of it, and
what was found so far would be taken for the answer. So the search runs in a thread that leaves
signals alone, and the main thread waits for it, free to be interrupted.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# ortools.sat.python is untyped where it wraps C++.

from __future__ import annotations

from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

ASK_AGAIN_S = 0.02
STOPPING_S = 10.0
"""The longest that a search may take to stop once it was told to."""


def search(solver: cp_model.CpSolver, model: cp_model.CpModel) -> int:
    """Solve `model` and return the solver's status; what interrupts the wait stops the search and goes on.

    Raises:
        KeyboardInterrupt: Ctrl-C; and whatever else a signal's handler raises.
    """
    solver.parameters.catch_sigint_signal = False
    outcome: list[int | BaseException] = []

    def work() -> None:
        try:
            outcome.append(int(solver.solve(model)))
        except BaseException as e:  # noqa: BLE001 (raised again in the thread that waits)
            outcome.append(e)

    worker = Thread(target=work, name="search", daemon=True)
    worker.start()
    try:
        worker.join()
    except BaseException:
        _stop(solver, worker)
        raise
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _stop(solver: cp_model.CpSolver, worker: Thread) -> None:
    """Tell the search to stop until it does: it does not hear what is said before it began."""
    deadline = monotonic() + STOPPING_S
    while worker.is_alive() and monotonic() < deadline:
        solver.stop_search()
        worker.join(ASK_AGAIN_S)
