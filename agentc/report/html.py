"""`report.html`: one file that needs nothing else, not even a network."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from agentc.report import sections, tables
from agentc.report.facts import gap_words, headline, slo_words
from agentc.report.graph import graph_svg, legend
from agentc.report.markup import Markup, join, tag

if TYPE_CHECKING:
    from agentc.plan import Plan

# The browser itself holds the page to it: no script runs, nothing is loaded.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render_html(plan: Plan, *, ir_stages: list[tuple[str, str]] | None) -> str:
    """Make the report of a plan; `ir_stages` are the module's text after each stage, with its name."""
    parts = _parts(plan, ir_stages or [])
    contents = [tag("li", tag("a", title, href=f"#{id}")) for id, title, _ in parts]
    body = [
        tag("a", "To the answer", href="#answer", class_="skip"),
        tag("header", tag("h1", plan.agent), tag("p", _origin(plan), class_="note")),
        tag("nav", tag("ul", *contents), aria_label="Contents"),
        tag("main", *(_section(*part) for part in parts)),
        tag("footer", tag("p", "Made by agentc from manifest.json beside this file; money is US dollars.")),
    ]
    return "<!doctype html>\n" + tag("html", _head(plan), tag("body", *body), lang="en") + "\n"


def _parts(plan: Plan, ir_stages: list[tuple[str, str]]) -> list[tuple[str, str, Markup]]:
    parts = [
        ("answer", "Answer", sections.answer(plan)),
        ("graph", "Graph", join([legend(plan), graph_svg(plan)])),
        ("placement", "Placement", sections.placement(plan)),
        ("path", "Critical path", sections.critical_path(plan)),
        ("totals", "Totals", sections.totals(plan)),
        ("slo", "SLO", tables.demands(plan)),
        ("pools", "Pools", tables.pools(plan)),
        ("transfers", "Transfers", tables.transfers(plan)),
        ("prices", "Prices", tables.prices(plan)),
        ("defaults", "Defaults and notes", tables.defaults(plan)),
    ]
    return [*parts, ("ir", "IR", tables.stages(ir_stages))] if ir_stages else parts


def _section(id: str, title: str, content: Markup) -> Markup:
    return tag("section", tag("h2", title, id=f"{id}-h"), content, id=id, aria_labelledby=f"{id}-h")


def _origin(plan: Plan) -> str:
    source = f"{plan.source}, placed" if plan.source else "Placed"
    return f"{source} on fleet {plan.fleet}, objective {plan.objective}, {plan.mode}"


def _head(plan: Plan) -> Markup:
    about = f"{headline(plan)}; {slo_words(plan)}; {gap_words(plan)}"
    style = Markup(files("agentc.report").joinpath("report.css").read_text(encoding="utf-8"))
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="description", content=about),
        tag("title", join([plan.agent, ": placement"])),
        tag("style", style),
    )
