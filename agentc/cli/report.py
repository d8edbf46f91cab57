"""`agentc report BUILD`: the placement of a build, on a terminal or as JSON."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("build", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as one JSON object.")
def command(build: Path, as_json: bool) -> None:
    """Print the placement of BUILD; its report.html has the whole story."""
    from agentc.plan import read_plan, to_json  # noqa: PLC0415 (`--help` stays instant)

    plan = read_plan(build / "manifest.json")
    if as_json:
        click.echo(to_json(plan), nl=False)
        return
    from agentc.report.terminal import make_console, print_plan  # noqa: PLC0415

    print_plan(plan, make_console())
    page = build / "report.html"
    if page.is_file():
        click.echo(f"\nThe whole story, for a browser: {page}")
