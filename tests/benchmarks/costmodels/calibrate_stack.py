"""What thirty rows of one stack are worth: the error before and after calibrating on them.

    python tests/benchmarks/costmodels/calibrate_stack.py ROWS.csv

For each stack of a source on a device with sixty rows or more: the constants are fitted without that
source, thirty random rows calibrate them, and the other rows are predicted.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agentc.costmodels.calibration import stack
from agentc.costmodels.calibration.predict import rows_of
from agentc.costmodels.serving.constants import Constants, constants_of
from agentc.costmodels.serving.fitting import fit
from agentc.costmodels.serving.problem import make_problem
from agentc.costmodels.serving.rows import Row, read_rows

FEWEST, GIVEN, ITERATIONS = 60, 30, 8


def errors(rows: Sequence[Row], base: Constants, seed: int) -> tuple[list[float], list[float]]:
    """Relative errors of the rows not given, before and after."""
    order = np.random.default_rng(seed).permutation(len(rows))
    given = np.isin(np.arange(len(rows)), order[:GIVEN])
    known = [r for r, g in zip(rows, given, strict=True) if g]
    left = [r for r, g in zip(rows, given, strict=True) if not g]
    rest = stack.take(base, ~given)
    made = stack.fit_stack(known, stack.take(base, given))
    measured = np.array([r.value for r in left], dtype=float)
    before, after = make_problem(left).values(rest), stack.predict(left, rest, made)
    return list(np.abs(before / measured - 1)), list(np.abs(after / measured - 1))


def main(path: Path) -> None:
    """Print a line a stack, and the medians over all rows."""
    rows = [r for r in rows_of(read_rows(path)) if r is not None and r.value]
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for r in rows:
        groups[r.source, r.levels["stack"], r.case.device.name].append(r)
    large = {key: found for key, found in groups.items() if len(found) >= FEWEST}
    total: tuple[list[float], list[float]] = ([], [])
    tables = {s: fit([r for r in rows if r.source != s], ITERATIONS).table() for s in {k[0] for k in large}}
    for (source, name, device), found in large.items():
        base = constants_of(tables[source], [r.levels for r in found])
        both = errors(found, base, seed=0)
        total[0].extend(both[0])
        total[1].extend(both[1])
        before, after = (100 * float(np.median(e)) for e in both)
        print(f"{source:14} {name:28} {device:16} {len(found):4} rows  {before:5.1f}% -> {after:4.1f}%")
    before, after = (100 * float(np.median(e)) for e in total)
    print(f"all {len(total[0])} rows not given: median error {before:.1f}% -> {after:.1f}%")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
