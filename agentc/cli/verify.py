"""`agentc verify BUILD`: re-check a plan without the solver."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from agentc.diagnostics import error


@click.command()
@click.argument("build", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(build: Path, *, as_json: bool) -> None:
    """Re-check the plan of BUILD from its manifest alone, without the solver.

    Exits with 1, naming each failure, when the plan does not hold what it says.
    """
    from agentc.placement.verify import checked, verify  # noqa: PLC0415 (commands import where used)

    try:
        failures = verify(build)
    except (FileNotFoundError, NotADirectoryError) as e:
        hint = "give the folder that `agentc compile -o` wrote"
        raise error(f"no build here: {build / 'manifest.json'} does not exist", hint=hint) from e
    if as_json:
        holds = {"build": str(build), "holds": not failures, "checked": list(checked()), "failures": failures}
        click.echo(json.dumps(holds, indent=2))
    else:
        _tell(build, checked(), failures)
    sys.exit(1 if failures else 0)


def _tell(build: Path, checks: dict[str, str], failures: list[str]) -> None:
    failed = {name for name in checks for failure in failures if failure.startswith(f"{name}: ")}
    for name, what in checks.items():
        mark = "FAIL" if name in failed else "-" if failures else "ok"
        click.echo(f"{mark:>4}  {name:14} {what}")
    for failure in failures:
        click.echo(f"error: {failure}", err=True)
    click.echo(f"the plan of {build} " + ("does not hold" if failures else "holds"))
