"""The placement on a terminal: good in 80 columns, plain in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentc.report.facts import (
    device_of,
    device_words,
    gap_words,
    headline,
    mistakes,
    runner_up_words,
    slo_words,
    transfer_between,
)
from agentc.report.figures import duration, limit, money, number, percent, size

if TYPE_CHECKING:
    from agentc.plan import Plan

LEAST = 1e-4


def make_console(*, stderr: bool = False) -> Console:
    """A console that colors on a terminal only; in a pipe it keeps to 80 columns."""
    return Console(stderr=stderr, highlight=False, emoji=False, markup=False)


def print_plan(plan: Plan, console: Console | None = None) -> None:
    """Print where each operator runs and what it costs there, the pools, the path, and the proof."""
    console = console or make_console()
    console.print(Text.assemble((plan.agent, "bold"), f" on fleet {plan.fleet}: {headline(plan)}"))
    console.print(Text(f"{slo_words(plan)}; {gap_words(plan)}\n"))
    console.print(_placement(plan))
    console.print(_pools(plan))
    if plan.transfers:
        console.print(_transfers(plan))
    console.print(_path(plan))
    console.print(_totals(plan))


def _table(title: str, *heads: str, right: tuple[str, ...] = ()) -> Table:
    made = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for head in heads:
        flush = head in right
        made.add_column(head, justify="right" if flush else "left", no_wrap=flush, overflow="fold")
    return made


def _placement(plan: Plan) -> Table:
    by = "e2e p95" if plan.objective == "latency" else "$/1k"
    rival = f"runner-up, plan's {by}"
    made = _table(
        "Placement", "operator", "tier", "device", "latency", "$/1k", rival, right=("latency", "$/1k")
    )
    for o in plan.operators:
        hot = "bold" if o.id in plan.critical_path else ""
        made.add_row(
            Text(o.id, style=hot),
            Text(o.tier),
            Text(device_of(plan, o)),
            duration(o.latency_ms),
            _dollars(o.usd_per_1k),
            Text(runner_up_words(plan, o)),
        )
    return made


def _dollars(usd: float) -> str:
    """For a column headed $: narrow, so that the runner-up keeps its line in 80 columns."""
    return "<0.0001" if 0 < usd < LEAST else money(usd).removeprefix("$")


def _pools(plan: Plan) -> Table:
    heads = ("replicas", "used", "$/hour")
    title = "Pools" if plan.mode == "provisioned" else "Pools (metered: nothing is reserved)"
    made = _table(title, "pool", "device", "model", *heads, right=heads)
    for p in plan.pools:
        made.add_row(
            Text(p.id),
            Text(device_words(p)),
            Text(p.model or "-"),
            number(p.replicas),
            percent(round(p.utilisation, 2)),
            money(p.usd_per_hour),
        )
    return made


def _transfers(plan: Plan) -> Table:
    made = _table("Between tiers", "from", "to", "size", "latency", "$/1k", right=("size", "latency", "$/1k"))
    for t in plan.transfers:
        made.add_row(Text(t.src), Text(t.dst), size(t.bytes), duration(t.latency_ms), _dollars(t.usd_per_1k))
    return made


def _path(plan: Plan) -> Text:
    """The operators that set the time; `>>` is a hop between tiers."""
    ids = [id for id in plan.critical_path if any(o.id == id for o in plan.operators)]
    text = Text.assemble(("Critical path  ", "bold"))
    for n, id in enumerate(ids):
        hop = n > 0 and transfer_between(plan, ids[n - 1], id) is not None
        text.append(" >> " if hop else " > " if n else "")
        text.append(id)
    return text


def _totals(plan: Plan) -> Table:
    made = Table(box=None, show_header=False, pad_edge=False)
    t, s = plan.totals, plan.solver
    lines = [
        (d.name, f"{limit(d.name, d.value)} of {limit(d.name, d.limit)}, {_met(d.met)}") for d in plan.slo
    ]
    lines += [
        ("end to end", f"{duration(t.e2e_ms_p50)} median, {duration(t.e2e_ms_p95)} p95"),
        ("cost", headline(plan)),
        ("solver", f"{s.status}, gap {percent(s.gap)}, {duration(s.wall_s * 1000)}"),
    ]
    if plan.defaulted:
        lines.append(("defaulted", f"{len(plan.defaulted)} values nobody stated; the report lists them"))
    lines += [("note", note) for note in mistakes(plan)]
    for name, words in lines:
        made.add_row(Text(name, style="bold"), Text(words))
    return made


def _met(met: bool) -> str:
    return "met" if met else "MISSED"
