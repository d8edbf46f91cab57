"""The relaxation with whole options and replicas, over few options: branch and bound on a piece.

Where replicas are dear, what matters is how the last ones are filled, and linear programming guides
that better than propagation does. Operators with one active row stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agentc.placement.scale.linear import minimize_whole
from agentc.placement.scale.relax import Builder

if TYPE_CHECKING:
    from agentc.placement.scale.figures import Flags, Floats, Ints
    from agentc.placement.scale.relax import Master

NEAR = 1e-4


def whole(
    master: Master, rows: Ints | None, active: Flags, replicas: Floats | None, seconds: float
) -> Ints | None:
    """A plan over the active rows, no worse than `rows` (with its `replicas`) as the program sees it."""
    g = master.figures
    linked = active & (g.least > 1) | master.linked
    builder = Builder(replace(master, active=active, linked=linked & active))
    program = builder.build()
    at = builder.at
    columns = np.concatenate((at.x[builder.rows], at.n)).astype(np.int64)
    hint = None
    if rows is not None and replicas is not None:
        hint = np.zeros(program.columns)
        hint[at.x[rows]] = 1.0
        hint[at.n] = replicas
    found = minimize_whole(program, columns, hint, seconds, near=NEAR).x
    if found is None:
        return None
    taken = np.zeros(len(g.op))
    taken[builder.rows] = found[at.x[builder.rows]]
    order = np.lexsort((-taken, g.op))
    return order[g.start[:-1]]
