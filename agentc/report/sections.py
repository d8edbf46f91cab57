"""The parts of the page, each from the plan alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.report import facts
from agentc.report.facts import alternatives, device_of, gap_words, headline, runner_up_words, slo_words
from agentc.report.figures import duration, limit, money, number, percent, size
from agentc.report.graph import anchor, color
from agentc.report.markup import Markup, join, table, tag

if TYPE_CHECKING:
    from agentc.plan import Alternative, PlacedOperator, Plan


def answer(plan: Plan) -> Markup:
    """The answer first: cost, demands, proof, time; then the same in one sentence."""
    totals = plan.totals
    unmet = any(not s.met for s in plan.slo)
    cards = [
        _card("Cost", headline(plan), "per request: " + money(totals.usd_per_1k_requests / 1000)),
        _card("Demands", slo_words(plan), _slo_short(plan), "bad" if unmet else "good" if plan.slo else ""),
        _card("Proof", gap_words(plan), f"solved in {duration(plan.solver.wall_s * 1000)}"),
        _card("Time", f"{duration(totals.e2e_ms_p50)} median", f"{duration(totals.e2e_ms_p95)} at p95"),
    ]
    return join([tag("div", *cards, class_="cards"), tag("p", summary(plan))])


def summary(plan: Plan) -> str:
    """One sentence about the plan."""
    used = list(dict.fromkeys(o.tier for o in plan.operators))
    load = (
        f"at {number(plan.rate_per_s)} requests a second" if plan.rate_per_s else "metered: no load is stated"
    )
    plural = "" if len(plan.pools) == 1 else "s"
    return (
        f"{len(plan.operators)} operators run in {len(plan.pools)} pool{plural} on {', '.join(used)} "
        f"of fleet {plan.fleet}, {load}; objective {plan.objective}."
    )


def _slo_short(plan: Plan) -> str:
    return "; ".join(f"{s.name} {limit(s.name, s.value)} of {limit(s.name, s.limit)}" for s in plan.slo)


def _card(name: str, value: str, more: str, mood: str = "") -> Markup:
    body = [tag("h3", name), tag("p", value, class_="value"), tag("p", more, class_="more")]
    return tag("div", *body, class_=f"card {mood}".strip())


def placement(plan: Plan) -> Markup:
    """Where each operator runs, what it costs there, and what else was possible."""
    tiers = facts.tier_numbers(plan)
    heads = [
        "Operator",
        "Runs on",
        "Visits",
        "Latency",
        "p95",
        "$ per 1k",
        "Basis",
        "Runner-up: plan's $ per 1k",
    ]
    if plan.objective == "latency":
        heads[-1] = "Runner-up: plan's e2e p95"
    rows = [_placement_row(plan, o, color(tiers, o.tier)) for o in plan.operators]
    note = "Open a runner-up to see every other tier and what speaks against it."
    return join([_note(note), table("Placement", heads, rows, numeric=(2, 3, 4, 5))])


def _placement_row(plan: Plan, operator: PlacedOperator, tier_class: str) -> Markup:
    name = join([tag("strong", operator.id), tag("span", f"{operator.op}, {operator.loc}", class_="sub")])
    chip = tag("span", operator.tier, class_=f"chip {tier_class}")
    where = join([chip, tag("span", f"{device_of(plan, operator)}, pool {operator.pool}", class_="sub")])
    figures = [number(operator.visits), duration(operator.latency_ms), duration(operator.latency_ms_p95)]
    cells = [tag("td", f, class_="n") for f in (*figures, money(operator.usd_per_1k))]
    last = [tag("td", operator.basis), tag("td", _others(plan, operator))]
    return tag(
        "tr",
        tag("th", name, scope="row"),
        tag("td", where),
        *cells,
        *last,
        id=anchor(plan, operator.id),
        class_="hot" if operator.id in plan.critical_path else None,
    )


def _others(plan: Plan, operator: PlacedOperator) -> Markup:
    words = runner_up_words(plan, operator)
    if not operator.alternatives:
        return tag("span", words, class_="note")
    penalized = plan.soft_usd_per_ms is not None
    items = [tag("li", _alternative(a, penalized=penalized)) for a in alternatives(plan, operator)]
    return tag("details", tag("summary", words), tag("ul", join(items), class_="others"))


def _alternative(other: Alternative, *, penalized: bool) -> Markup:
    state = "possible" if other.feasible else "ruled out"
    counting = ", penalty included" if penalized else ""
    known = [
        f"latency {duration(other.latency_ms)}" if other.latency_ms is not None else None,
        f"{money(other.usd_per_1k)} per 1k" if other.usd_per_1k is not None else None,
        f"plan {money(other.total_usd_per_1k_requests)} per 1k{counting}"
        if other.total_usd_per_1k_requests is not None
        else None,
        f"e2e p95 {duration(other.e2e_ms_p95)}" if other.e2e_ms_p95 is not None else None,
    ]
    figures = ", ".join(k for k in known if k)
    reason = f": {other.why_not}" if other.why_not else ""
    sub = tag("span", figures, class_="sub") if figures else None
    return join([tag("strong", other.tier), f" {state}{reason}", sub])


def critical_path(plan: Plan) -> Markup:
    """The operators that set the end-to-end time, with the transfers between them."""
    tiers = facts.tier_numbers(plan)
    held = {o.id: o for o in plan.operators}
    steps = [held[id] for id in plan.critical_path if id in held]
    if not steps:
        return tag("p", "The plan names no critical path.", class_="note")
    total = sum(o.latency_ms for o in steps) or 1.0
    bar = [_slice(o, color(tiers, o.tier), o.latency_ms / total) for o in steps]
    items = [
        tag("li", _path_step(plan, o, following))
        for o, following in zip(steps, [*steps[1:], None], strict=True)
    ]
    note = "Widths are medians of one visit; the totals count trips, items and queueing too."
    return join(
        [tag("div", *bar, class_="bar", aria_hidden="true"), tag("ol", *items, class_="steps"), _note(note)]
    )


def _slice(operator: PlacedOperator, tier_class: str, share: float) -> Markup:
    title = f"{operator.id} {duration(operator.latency_ms)}"
    return tag("span", class_=f"slice {tier_class}", style=f"flex-grow:{share:.4f}", title=title)


def _path_step(plan: Plan, operator: PlacedOperator, following: PlacedOperator | None) -> Markup:
    link = tag("a", operator.id, href=f"#{anchor(plan, operator.id)}")
    visits = f", {number(operator.visits)} visits" if operator.visits != 1 else ""
    crossing = following and facts.transfer_between(plan, operator.id, following.id)
    moved = crossing and f"then {size(crossing.bytes)} over {crossing.link}, {duration(crossing.latency_ms)}"
    sub = tag("span", moved, class_="sub") if moved else None
    return join([link, f" {duration(operator.latency_ms)} on {operator.tier}{visits}", sub])


def totals(plan: Plan) -> Markup:
    """The plan's totals, and which operators the money goes to."""
    t, s = plan.totals, plan.solver
    lines = [
        ("Cost per 1,000 requests", money(t.usd_per_1k_requests)),
        ("Cost per hour", money(t.usd_per_hour) if t.usd_per_hour is not None else "nothing is reserved"),
        ("End to end, median", duration(t.e2e_ms_p50)),
        ("End to end, p95", duration(t.e2e_ms_p95)),
        ("First token, p95", duration(t.ttft_ms_p95)),
        ("Per token, p95", duration(t.tpot_ms_p95)),
        ("Soft limits missed, per 1,000 requests", money(t.soft_usd_per_1k_requests)),
        ("Power", "-" if t.watts is None else f"{number(t.watts)} W"),
        ("Transfers, per 1,000 requests", money(facts.crossing_cost_usd_per_1k(plan))),
        ("Solver", f"{s.status}, gap {percent(s.gap)}, {duration(s.wall_s * 1000)}"),
    ]
    if plan.soft_usd_per_ms is None:
        lines = [line for line in lines if not line[0].startswith("Soft")]
    made = table("Totals", ["Figure", "Value"], lines, numeric=(1,))
    return tag("div", made, _shares(plan), class_="two")


def _shares(plan: Plan) -> Markup:
    whole = sum(o.usd_per_1k for o in plan.operators)
    tiers = facts.tier_numbers(plan)
    dearest = sorted(plan.operators, key=lambda o: (-o.usd_per_1k, o.id))[:12]
    rows = [
        (o.id, _meter(o.usd_per_1k / whole if whole else 0.0, color(tiers, o.tier)), money(o.usd_per_1k))
        for o in dearest
    ]
    return table("Where the money goes", ["Operator", "Share", "$ per 1k"], rows, numeric=(2,))


def _meter(share: float, tier_class: str) -> Markup:
    fill = tag("span", class_=f"fill {tier_class}", style=f"width:{share * 100:.1f}%")
    return join([tag("span", fill, class_="meter"), tag("span", percent(share), class_="sub")])


def _note(words: str) -> Markup:
    return tag("p", words, class_="note")
