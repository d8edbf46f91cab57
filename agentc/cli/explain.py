"""`agentc explain BUILD [OP]`: why the plan is as it is, by solving it again with one thing changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agentc.diagnostics import error, nearest

if TYPE_CHECKING:
    from agentc.placement.whatif import Question, WhyNot


@click.command()
@click.argument("build", type=click.Path(path_type=Path))
@click.argument("operator", required=False)
@click.option("--fleet", required=True, metavar="FILE", help="The fleet file that BUILD was made for.")
@click.option("--why-not", "tier", metavar="TIER", help="What the plan would be with OP there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(*, build: Path, operator: str | None, fleet: str, tier: str | None, as_json: bool) -> None:
    """Say what each demand of BUILD costs, and at which prices its plan changes.

    With OP: what the best plan costs with that operator on each other tier, or on TIER.
    """
    from agentc.cli.builds import graph_of, plan_of  # noqa: PLC0415 (commands import where used)
    from agentc.costmodels.fleet import read_fleet  # noqa: PLC0415
    from agentc.placement.whatif import ask  # noqa: PLC0415

    plan_of(build)  # says at once when there is no build
    q = ask(graph_of(build, {}), read_fleet(fleet))
    names = _operators(q, operator) if operator else []
    if tier is not None and tier not in q.problem.counts:
        raise error(f"no tier {tier!r}", hint=nearest(tier, q.problem.counts))
    answers = _moved(q, names or list(q.problem.options), [tier]) if tier or names else []
    if names and not tier:
        answers = _moved(q, names, list(q.problem.counts))
    told = _whole(q) if not answers else {"why_not": [asdict(a) for a in answers]}
    if as_json:
        click.echo(json.dumps({"usd": q.usd, "unit": q.unit, **told}, indent=2))
    elif answers:
        for answer in answers:
            click.echo(_answer(answer))
    else:
        _tell(q, told)


def _operators(q: Question, name: str) -> list[str]:
    found = [i for i in q.problem.options if i == name or i.startswith(f"{name}.")]
    if not found:
        raise error(f"no operator {name!r}", hint=nearest(name, q.problem.options))
    return found


def _moved(q: Question, operators: list[str], tiers: list[str | None]) -> list[WhyNot]:
    from agentc.placement.whatif import why_not  # noqa: PLC0415

    here = {i: q.problem.pools[p].tier for i, p in q.best.assignment.items()}
    return [why_not(q, i, t) for i in operators for t in tiers if t is not None and here[i] != t]


def _whole(q: Question) -> dict[str, Any]:
    from agentc.placement.whatif import flips, pressures  # noqa: PLC0415

    return {"binding": [asdict(p) for p in pressures(q)], "flips": [asdict(f) for f in flips(q)]}


def _answer(answer: WhyNot) -> str:
    words = answer.reason
    if answer.moved:
        words += "; " + ", ".join(f"{i} {a} -> {b}" for i, (a, b) in answer.moved.items())
    if answer.e2e_ms is not None:
        words += f"; e2e p95 {answer.e2e_ms:.6g} ms"
    return words


def _tell(q: Question, told: dict[str, Any]) -> None:
    click.echo(f"the plan costs {q.usd:.4g} USD {q.unit}, proven least")
    click.echo("\nWhat binds")
    for p in told["binding"]:
        click.echo(f"  {p['changed']} saves {p['saves_usd']:.4g} USD {q.unit} ({p['saves']:.1%})")
    if not told["binding"]:
        click.echo("  nothing: no demand that gave way would save money")
    click.echo("\nPrices at which the plan changes (USD a device-hour)")
    for flip in told["flips"]:
        click.echo(f"  {_flip(flip)}")


def _flip(flip: dict[str, Any]) -> str:
    tier, now, at = flip["tier"], flip["usd_per_hour"], flip["flips_at"]
    if at is None:
        return f"{tier} at {now:.4g}: at none that was looked at"
    side = "above" if at >= now else "below"
    moved = ", ".join(f"{i} {a} -> {b}" for i, (a, b) in flip["moved"].items())
    return f"{tier} at {now:.4g}: {side} {at:.4g}, {moved or 'other replicas on the same tiers'}"
