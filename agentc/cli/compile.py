"""`agentc compile`: an agent goes in, a proven placement and a running program come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agentc.plan import Plan


@click.command()
@click.argument("source")
@click.option("--fleet", required=True, metavar="FILE", help="The hardware to place on (YAML).")
@click.option("-o", "--output", "out", required=True, metavar="BUILD", help="Folder for the build.")
@click.option("--slo", multiple=True, metavar="K=V", help="A limit: e2e=4s, ttft=250ms, tpot=20ms, ...")
@click.option("--load", multiple=True, metavar="K=V", help="The load: rate=5/s.")
@click.option(
    "--objective",
    default="tco",
    show_default=True,
    help="tco, latency, energy, carbon, pareto, or a mix: tco=0.7,carbon=0.3.",
)
@click.option("--backend", "backends", multiple=True, metavar="NAME", help="What to emit (default: local).")
@click.option("--pipeline", metavar="STR", help="Passes to run in place of the default ones.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON, and nothing else.")
def command(
    *,
    source: str,
    fleet: str,
    out: str,
    slo: tuple[str, ...],
    load: tuple[str, ...],
    objective: str,
    backends: tuple[str, ...],
    pipeline: str | None,
    as_json: bool,
) -> None:
    """Compile SOURCE (app.py:name or graph.mlir) for a fleet, and say where each operator goes and why."""
    from agentc import driver  # noqa: PLC0415 (heavy imports wait until used)
    from agentc.frontends.demands import read_limits, read_load  # noqa: PLC0415

    plan = driver.compile(
        source,
        fleet=fleet,
        out=out,
        slo=read_limits(slo),
        rate_per_s=read_load(load),
        objective=objective,
        backends=backends or ("local",),
        pipeline=driver.DEFAULT_PIPELINE if pipeline is None else pipeline,
    )
    _warn_of_old_prices(plan)
    if as_json:
        from agentc.plan import to_json  # noqa: PLC0415

        click.echo(to_json(plan), nl=False)
        return
    from agentc.report.terminal import print_plan  # noqa: PLC0415

    print_plan(plan)
    click.echo(f"\nbuild: {out}   report: {out.rstrip('/')}/report.html")


def _warn_of_old_prices(plan: Plan) -> None:
    """Compare with today's date, on the terminal alone: a manifest depends on no clock."""
    from datetime import UTC, datetime  # noqa: PLC0415 (start-up time)

    from agentc.costmodels.prices import old_prices  # noqa: PLC0415

    used = {pool.tier for pool in plan.pools}
    tiers = [tier for tier in plan.tiers if tier.name in used]
    for line in old_prices(tiers, datetime.now(UTC).date()):
        click.echo(f"note: {line}", err=True)
