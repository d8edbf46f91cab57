"""A sweep: every workload several times, in turn, each run appended to a file as it ends.

Repetitions are interleaved (all workloads once, then all again), so that a machine that is busy
for a while disturbs one repetition of each rather than all of one. A run that the file holds
already is not measured again: a sweep that was cut short goes on where it stopped.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from agentc.costmodels.calibration.points import COLUMNS, E2E, TPOT, TTFT, Point, read_records, row
from agentc.diagnostics import Location, error
from agentc.profiling.target import Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agentc.costmodels.calibration.points import Subject
    from agentc.profiling.target import Target, Timing

MS_PER_S = 1e3


@dataclass(frozen=True)
class Run:
    """One repetition of one workload."""

    workload: Workload
    repetition: int

    def name(self, subject: Subject) -> str:
        """What its rows are called: rows of equal names are the same measurement."""
        engine = subject.software.split(",")[0].replace(" ", "-") or "engine"
        return f"{engine}-{subject.model}-tp{subject.tp}-{self.workload.name}-r{self.repetition}"


def plan_runs(
    inputs: Sequence[int], outputs: Sequence[int], concurrencies: Sequence[int], repeats: int
) -> list[Run]:
    """All runs of a sweep, repetitions outermost."""
    workloads = [Workload(i, o, c) for c, i, o in product(concurrencies, inputs, outputs)]
    return [Run(w, r) for r in range(repeats) for w in workloads]


def runs_left(path: Path, subject: Subject, runs: Sequence[Run]) -> list[Run]:
    """The runs that `path` does not hold yet; a torn last line of it is cut off."""
    if not path.exists():
        return list(runs)
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if not whole:
        path.unlink()
        return list(runs)
    held = {record["row_id"] for record in _records(path)}
    if whole != text:
        path.write_bytes(whole)
    return [r for r in runs if f"{r.name(subject)}-{E2E}" not in held]


def _records(path: Path) -> list[dict[str, str]]:
    records = read_records(path)
    if records and tuple(records[0]) != COLUMNS:
        raise error("its columns are others than a sweep writes: name a new file", Location(str(path), 1, 1))
    return records


def sweep(
    target: Target, runs: Sequence[Run], path: Path, *, day: str, on_done: Callable[[Run], None]
) -> None:
    """Measure `runs` and append each to `path`; `day` (ISO) goes into the rows."""
    fresh = not path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a", newline="", encoding="utf-8")
    except OSError as e:
        raise error(f"cannot write {path}: {e.strerror}") from e
    with file:
        writer: csv.DictWriter[str] = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if fresh:
            writer.writeheader()
        for run in runs:
            timing = target.run(run.workload, seed=run.repetition * 1000 + run.workload.output_tokens)
            writer.writerows(_rows(target, run, timing, day))
            file.flush()
            on_done(run)


def _rows(target: Target, run: Run, timing: Timing, day: str) -> list[dict[str, str]]:
    """The figures of one run. The whole request's comes last: a run that has it is complete."""
    point = Point(timing.input_tokens, timing.output_tokens, run.workload.concurrency)
    values = {TTFT: timing.ttft_ms, TPOT: timing.tpot_ms, E2E: timing.e2e_ms / MS_PER_S}
    notes = f"measured={day} clock={target.clock}"
    name = run.name(target.subject)
    return [
        row(target.subject, point, run=name, metric=metric, value=value, notes=notes)
        for metric, value in values.items()
        if value is not None
    ]
