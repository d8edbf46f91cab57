"""`agentc predict`: the serving cost model's value for rows of measurements, and how far off it is."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentc.costmodels.serving.predict import NoPrediction, Prediction
    from agentc.costmodels.serving.score import Line, Scored

ADDED = ("predicted", "low", "high", "basis", "why")


@click.command()
@click.argument("rows", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="CSV file to write.")
@click.option("--score", "scored", is_flag=True, help="Print the error against the `value` column.")
@click.option("--profile", metavar="FILE", help="A profile of `agentc calibrate`, for rows of its stack.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object with the score, and nothing else."
)
def command(rows: Path, output: Path | None, scored: bool, profile: str | None, as_json: bool) -> None:
    """Predict each row of ROWS.csv: latency, throughput or power of serving a model on a device."""
    from agentc.costmodels.serving.predict import predict_all  # noqa: PLC0415 (heavy imports wait until used)
    from agentc.costmodels.serving.score import score  # noqa: PLC0415

    records, columns = _read(rows)
    made = predict_all(records)
    if profile:
        made = _recalibrated(records, made, profile)
    if output:
        _write(output, columns, records, made)
    found = score(records, made) if scored or as_json else None
    if as_json:
        _print_json(len(records), found)
    elif found:
        _print_score(found)
    elif scored:
        click.echo("no row states a value to compare with")
    _print_counts(made)


def _recalibrated(
    records: list[dict[str, str]], made: list[Prediction | NoPrediction], profile: str
) -> list[Prediction | NoPrediction]:
    """Take a user's calibration where it covers a row; `profile` is a file, else a saved name."""
    from agentc.costmodels.calibration.predict import recalibrated  # noqa: PLC0415
    from agentc.costmodels.calibration.profile import find_profile, read_profile  # noqa: PLC0415

    path = Path(profile)
    found = read_profile(path) if path.suffix or path.exists() else find_profile(profile)
    return recalibrated(records, made, found)


def _read(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    """Records and columns; an error names what a file lacks."""
    from agentc.diagnostics import Location, error  # noqa: PLC0415

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="_rest")
            records = [{k: v or "" for k, v in r.items() if k != "_rest"} for r in reader]
            columns = list(reader.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as e:
        raise error(f"not a CSV file: {e}", Location(str(path), 1)) from None
    missing = [name for name in ("model", "device", "kind", "metric") if name not in columns]
    if missing:
        hint = "the columns are those of a calibration file: see `agentc predict --help`"
        raise error(f"no column {', '.join(missing)}", Location(str(path), 1), hint)
    return records, columns


def _write(
    path: Path,
    columns: Sequence[str],
    records: Sequence[Mapping[str, str]],
    made: Sequence[Prediction | NoPrediction],
) -> None:
    names = [*(c for c in columns if c not in ADDED), *ADDED]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        for record, prediction in zip(records, made, strict=True):
            writer.writerow({**record, **_cells(prediction)})


def _cells(made: Prediction | NoPrediction) -> dict[str, str]:
    from agentc.costmodels.serving.predict import NoPrediction  # noqa: PLC0415

    if isinstance(made, NoPrediction):
        return {"predicted": "", "low": "", "high": "", "basis": "refused", "why": made.why}
    figures = {"predicted": made.value, "low": made.low, "high": made.high}
    return {name: f"{value:.6g}" for name, value in figures.items()} | {"basis": made.basis, "why": made.why}


def _print_counts(made: Sequence[Prediction | NoPrediction]) -> None:
    from agentc.costmodels.serving.predict import Prediction  # noqa: PLC0415

    done = sum(isinstance(m, Prediction) for m in made)
    click.echo(f"{len(made)} rows, {done} predicted, {len(made) - done} refused", err=True)


def _print_score(found: Scored) -> None:
    total = found.overall
    click.echo(
        f"median error {total.median:.1f}%   p90 {total.p90:.1f}%"
        f"   mean over devices {found.mean_over_devices:.1f}%"
        f"   inside the 80% band {total.covered:.0f}%   {total.rows} rows, {found.refused} refused"
    )
    for column, lines in found.groups.items():
        click.echo(f"\n{column:24s} {'rows':>5s} {'median':>8s} {'p90':>8s} {'in band':>8s}")
        for line in lines:
            click.echo(_row(line))


def _row(line: Line) -> str:
    return f"{line.group:24s} {line.rows:5d} {line.median:7.1f}% {line.p90:7.1f}% {line.covered:7.0f}%"


def _print_json(rows: int, found: Scored | None) -> None:
    import dataclasses  # noqa: PLC0415
    import json  # noqa: PLC0415

    click.echo(json.dumps({"rows": rows, "score": dataclasses.asdict(found) if found else None}))
