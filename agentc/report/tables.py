"""The page's plain tables: demands, pools, transfers, prices, and what nobody stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.report.facts import device_words
from agentc.report.figures import NONE, duration, limit, money, number, percent, size
from agentc.report.markup import Markup, join, table, tag

if TYPE_CHECKING:
    from agentc.plan import Plan


def demands(plan: Plan) -> Markup:
    """Each limit and what the plan reaches."""
    if not plan.slo:
        return tag("p", "No SLO was stated: the plan is the cheapest there is.", class_="note")
    rows = [
        (s.name, limit(s.name, s.limit), limit(s.name, s.value), _verdict(met=s.met, soft=s.soft))
        for s in plan.slo
    ]
    return table("SLO", ["Demand", "Limit", "Reached", "Met"], rows, numeric=(1, 2))


def _verdict(*, met: bool, soft: bool) -> Markup:
    words = "yes" if met else "no, and it costs" if soft else "no"
    return tag("span", words, class_="good" if met else "bad")


def pools(plan: Plan) -> Markup:
    """What is reserved (or, metered, rented by the visit)."""
    heads = [
        "Pool",
        "Tier",
        "Device",
        "Role",
        "Model",
        "Replicas",
        "Devices",
        "Batch",
        "Used",
        "Memory",
        "$ per hour",
        "Watts",
    ]
    rows = [
        (
            p.id,
            p.tier,
            device_words(p),
            p.role,
            p.model or NONE,
            number(p.replicas),
            number(p.replicas * p.devices),
            number(p.max_batch),
            percent(p.utilisation),
            f"{number(p.memory_gb)} GB",
            money(p.usd_per_hour),
            number(p.watts),
        )
        for p in plan.pools
    ]
    made = table("Pools", heads, rows, numeric=range(5, 12))
    if plan.mode == "metered":
        note = "Metered: a pool is a price tag, nothing is reserved."
        return join([tag("p", note, class_="note"), made])
    return made


def transfers(plan: Plan) -> Markup:
    """Every value that crosses tiers."""
    if not plan.transfers:
        return tag("p", "Nothing crosses tiers.", class_="note")
    heads = ["From", "To", "Size", "Times a request", "Latency", "Link", "$ per 1k"]
    rows = [
        (t.src, t.dst, size(t.bytes), number(t.visits), duration(t.latency_ms), t.link, money(t.usd_per_1k))
        for t in plan.transfers
    ]
    return table("Transfers", heads, rows, numeric=(2, 3, 4, 6))


def prices(plan: Plan) -> Markup:
    """Each tier's price with its source and date, and each link's."""
    heads = ["Tier", "Device", "Count", "$ per hour", "Basis", "Source", "Date", "Watts", "Memory"]
    rows = [
        (
            t.name,
            t.device or NONE,
            "any" if t.count is None else number(t.count),
            money(t.usd_per_hour),
            t.price_basis,
            t.price_source or NONE,
            t.price_date or NONE,
            number(t.watts),
            NONE if t.memory_gb is None else f"{number(t.memory_gb)} GB",
        )
        for t in plan.tiers
    ]
    made = table("Prices", heads, rows, numeric=(2, 3, 7, 8))
    if not plan.links:
        return made
    links = [
        (
            k.id,
            f"{k.between[0]} and {k.between[1]}",
            f"{number(k.gbps)} Gb/s",
            f"{number(k.latency_us)} \N{MICRO SIGN}s",
            money(k.usd_per_gb),
            money(k.usd_per_transfer),
        )
        for k in plan.links
    ]
    heads = ["Link", "Between", "Bandwidth", "Latency", "$ per GB", "$ per transfer"]
    return join([made, table("Links", heads, links, numeric=(2, 3, 4, 5))])


def defaults(plan: Plan) -> Markup:
    """What nobody stated, and what the compiler has to say besides."""
    parts = (
        [_list("Nobody stated these; the compiler filled them in.", plan.defaulted)] if plan.defaulted else []
    )
    parts += [_list("Notes", plan.notes)] if plan.notes else []
    return join(parts) if parts else tag("p", "Everything was stated.", class_="note")


def _list(head: str, lines: tuple[str, ...]) -> Markup:
    items = [tag("li", line) for line in lines]
    return join([tag("p", head, class_="note"), tag("ul", *items, class_="lines")])


def stages(texts: list[tuple[str, str]]) -> Markup:
    """The module after each stage, folded."""
    made = [
        tag("details", tag("summary", f"{n:02d} {name}"), tag("pre", tag("code", text), tabindex="0"))
        for n, (name, text) in enumerate(texts)
    ]
    return join(made)
