"""`agentc replan BUILD --fleet FILE`: the cheapest plan near the present one."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("build", type=click.Path(path_type=Path))
@click.option("--fleet", required=True, metavar="FILE", help="The fleet as it is now.")
@click.option("--slo", multiple=True, metavar="K=V", help="A limit in place of the build's: e2e=4s, ...")
@click.option("--load", multiple=True, metavar="K=V", help="The load now: rate=5/s.")
@click.option("--move-usd", default=1.0, show_default=True, help="What moving one operator costs, once.")
@click.option("--hours", default=24.0, show_default=True, help="How long the new plan is expected to run.")
@click.option("--json", "as_json", is_flag=True, help="Print the new manifest as JSON, and nothing else.")
def command(
    *,
    build: Path,
    fleet: str,
    slo: tuple[str, ...],
    load: tuple[str, ...],
    move_usd: float,
    hours: float,
    as_json: bool,
) -> None:
    """Place the agent of BUILD again on FILE, moving operators only where that pays.

    Exits with 1 when no plan keeps all demands any more.
    """
    from agentc.cli.builds import graph_of, plan_of  # noqa: PLC0415 (commands import where used)
    from agentc.costmodels.fleet import read_fleet  # noqa: PLC0415
    from agentc.diagnostics import error  # noqa: PLC0415
    from agentc.frontends.demands import read_limits, read_load  # noqa: PLC0415
    from agentc.placement.replan import replan  # noqa: PLC0415

    if move_usd < 0 or hours <= 0:
        raise error("--move-usd must be at least 0 and --hours more than 0")
    present = plan_of(build)
    graph = graph_of(build, dict(read_limits(slo)), read_load(load))
    found = replan(graph, read_fleet(fleet), present, move_usd=move_usd, hours=hours)
    if as_json:
        from agentc.plan import to_json  # noqa: PLC0415

        click.echo(to_json(found.plan), nl=False)
        return
    from agentc.report.terminal import print_plan  # noqa: PLC0415

    print_plan(found.plan)
    click.echo(f"\n{len(found.moves)} of {len(found.plan.operators)} operators move")
    for operator, (old, new) in found.moves.items():
        click.echo(f"  {operator}: {old} -> {new}")
    click.echo(f"a plan free to move anything costs {found.free_usd:.4g} USD {found.unit}")
