"""Fit the profiles anew: `python -m agentc.costmodels.serving.fit calibration_llm.csv`.

Writes `catalog/stacks.yaml`: factors with their own error, rows and sources, and bands of what
cross-validation missed by. `--cross-validate` prints the errors by source, device and sweep left
out and writes nothing. No row of the file is kept.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from agentc.costmodels.serving import crossval
from agentc.costmodels.serving.fitting import Fitted, fit
from agentc.costmodels.serving.kinds import formula_of
from agentc.costmodels.serving.priors import JUDGED
from agentc.costmodels.serving.profile import STACKS, metric_group
from agentc.costmodels.serving.rows import Row, read_all, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from agentc.costmodels.serving.facts import Floats

BAND = 0.80
# Factors this near to one are left out of the file.
UNMOVED = 0.004
PARTS: dict[str, Callable[[Row], Hashable]] = {
    "sweep": crossval.by_sweep,
    "device": crossval.by_device,
    "source": crossval.by_source,
}
# What a prediction knows decides which of the cross-validations resembles it.
RESEMBLES = {"release": "sweep", "stack": "device", "nothing": "source"}
HEADER = """\
# Serving profiles, written by `python -m agentc.costmodels.serving.fit`; change `serving/priors.py`
# and fit again in place of editing this file.
#
# A case's constant is the base value times the factor of each level that it belongs to; meanings and
# units are in `serving/constants.py`. `rows` a level was fitted on (0: judged by engineers, not
# measured), `error_percent` the median error of the fit on them. `bands`: 80% of what was left out
# in cross-validation lies within exp(±band) of the prediction.
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", type=Path, help="measurements, with the columns of calibration_llm.csv")
    parser.add_argument("-o", "--output", type=Path, default=STACKS)
    parser.add_argument("--cross-validate", action="store_true", help="print errors and write nothing")
    stated = parser.parse_args(argv)
    rows = usable(stated.csv)
    errors = {name: crossval.left_out(rows, part) for name, part in PARTS.items()}
    if stated.cross_validate:
        show(rows, errors)
        return
    fitted = fit(rows)
    stated.output.write_text(HEADER + to_yaml(document(rows, fitted, errors)), encoding="utf-8")
    print(f"{stated.output}: {len(rows)} rows, median error {_percent(crossval.log_errors(fitted, rows))}%")


def usable(path: Path) -> list[Row]:
    """The rows of a file that can be fitted on."""
    read = read_all(read_rows(path))
    return [r for r in read if isinstance(r, Row) and r.value and formula_of(r.kind, r.metric)]


def document(rows: Sequence[Row], fitted: Fitted, errors: dict[str, Floats]) -> dict[str, Any]:
    """What the file holds."""
    own = crossval.log_errors(fitted, rows)
    return {
        "fit": {
            "date": datetime.now(UTC).date().isoformat(),
            "rows": len(rows),
            "sources": sorted({row.source for row in rows}),
            "error_percent": _percent(own),
            **{f"error_percent_{name}_left_out": _percent(found) for name, found in errors.items()},
        },
        "bands": {knowledge: _bands(rows, errors[name]) for knowledge, name in RESEMBLES.items()},
        "levels": _levels(rows, fitted, own),
    }


def _bands(rows: Sequence[Row], errors: Floats) -> dict[str, float]:
    groups: dict[str, list[float]] = defaultdict(list)
    for row, error in zip(rows, errors, strict=True):
        groups[metric_group(row.metric)].append(abs(float(error)))
    return {group: round(float(np.quantile(found, BAND)), 4) for group, found in groups.items()}


def _levels(rows: Sequence[Row], fitted: Fitted, own: Floats) -> dict[str, Any]:
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        members["base", "all"].append(number)
        for kind, level in row.levels.items():
            members[kind, level].append(number)
    made: dict[str, Any] = {}
    for kind, levels in fitted.table().items():
        made[kind] = {
            level: _level(
                factors, [rows[i] for i in members[kind, level]], own[members[kind, level]], kind, level
            )
            for level, factors in sorted(levels.items())
        }
    return made


def _level(
    factors: dict[str, float], rows: Sequence[Row], errors: Floats, kind: str, level: str
) -> dict[str, Any]:
    kept = {
        name: float(f"{value:.4g}")
        for name, value in factors.items()
        if kind == "base" or abs(np.log(value)) > UNMOVED
    }
    if not rows:
        return {"basis": "judged", "rows": 0, "factors": kept}
    judged = JUDGED.get(kind, {}).get(level)
    return {
        "basis": "fitted on a judged prior" if judged else "fitted",
        "rows": len(rows),
        "sources": sorted({row.source for row in rows}),
        "error_percent": _percent(errors),
        "factors": kept,
    }


def _percent(errors: Floats) -> float:
    return round(100.0 * float(np.median(np.abs(np.expm1(errors)))), 1)


def to_yaml(document: dict[str, Any]) -> str:
    """The document as YAML, a level a line or two."""
    return yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=110)


def show(rows: Sequence[Row], errors: dict[str, Floats]) -> None:
    """Print what was left out, by source and by device."""
    for name, found in errors.items():
        percent = 100.0 * np.abs(np.expm1(found))
        print(f"\n{name} left out: median {np.median(percent):.1f}%, p90 {np.quantile(percent, 0.9):.1f}%")
        for title, part in (("source", crossval.by_source), ("device", crossval.by_device)):
            _show_groups(title, [part(row) for row in rows], percent)


def _show_groups(title: str, keys: Sequence[Hashable], percent: Floats) -> None:
    groups: dict[str, list[float]] = defaultdict(list)
    for key, error in zip(keys, percent, strict=True):
        groups[str(key)].append(float(error))
    mean = float(np.mean([np.median(found) for found in groups.values()]))
    print(f"  by {title}: mean of medians {mean:.1f}%")
    for key, found in sorted(groups.items()):
        middle, high = np.median(found), np.quantile(found, 0.9)
        print(f"    {key:18s} {len(found):4d} rows  median {middle:5.1f}%  p90 {high:6.1f}%")


if __name__ == "__main__":
    main()
