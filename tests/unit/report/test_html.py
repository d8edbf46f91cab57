"""The page: self-contained, escaped, well-formed, complete, answer first."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from agentc.plan import Plan, SloResult, Solver
from agentc.report.html import render_html
from agentc.report.markup import VOID, Markup, tag, text

STAGES = [("source", 'llm.call "<b>"'), ("partition", "module {}")]
HOSTILE = "</svg><script>alert(1)</script>'\"&\x00\ud800"


class Page(HTMLParser):
    """What a page holds, gathered by a parser that shares nothing with the writer."""

    def __init__(self, source: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]):
        self.tags.append(tag)
        self.attributes += [(tag, k, v or "") for k, v in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str):
        self.words.append(data)

    def values(self, attribute: str) -> list[str]:
        return [v for _, k, v in self.attributes if k == attribute]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_the_page_is_well_formed_and_whole(plan: Plan):
    page = Page(render_html(plan, ir_stages=STAGES))
    assert page.open == []
    for title in (
        "Answer",
        "Graph",
        "Placement",
        "Critical path",
        "Totals",
        "SLO",
        "Pools",
        "Transfers",
        "Prices",
    ):
        assert title in page.words
    for o in plan.operators:
        assert o.id in page.words
    assert all(line in page.words for line in (*plan.defaulted, *plan.notes))
    assert 'llm.call "<b>"' in page.words


def test_the_answer_comes_first(plan: Plan):
    words = Page(render_html(plan, ir_stages=None)).text
    first = words.index("$40.42 an hour ($2.25 per 1,000 requests)", words.index("Cost"))
    assert first < words.index("all 2 SLOs are met", first) < words.index("proven optimal", first)
    assert words.index("proven optimal", first) < words.index("Open a runner-up")


def test_nothing_is_loaded_and_nothing_runs(plan: Plan):
    source = render_html(plan, ir_stages=STAGES)
    page = Page(source)
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(page.tags)
    assert all(href.startswith("#") for href in page.values("href"))
    assert not [k for _, k, _ in page.attributes if k.startswith("on") or k == "src"]
    assert set(re.findall(r"https?://[^\s\"'<]+", source)) == {"http://www.w3.org/2000/svg"}
    assert set(re.findall(r"url\(([^)]*)\)", source)) <= {"#tip", "#hot-tip"}
    assert "@import" not in source
    assert "default-src 'none'" in "".join(page.values("content"))


def test_links_lead_somewhere_and_ids_are_unique(plan: Plan):
    page = Page(render_html(plan, ir_stages=STAGES))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.values("href")} <= set(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_what_is_wider_than_a_small_window_scrolls_in_a_box_of_its_own(plan: Plan):
    html = render_html(plan, ir_stages=STAGES)
    wide = list(re.finditer(r"<(table|svg)\b", html))
    assert {found[1] for found in wide} == {"table", "svg"}
    for found in wide:
        box = html.rfind("<div", 0, found.start())
        assert re.match(r'<div class="scroll[ "][^>]*tabindex="0"[^>]*>$', html[box : found.start()])
    assert re.search(r"\.scroll \{ overflow-x: auto;[^}]*max-width: 100%", html)


def test_each_operator_of_the_graph_is_reached_by_keyboard(plan: Plan):
    page = Page(render_html(plan, ir_stages=None))
    nodes = [v for t, k, v in page.attributes if t == "a" and k == "class" and v.startswith("node ")]
    assert len(nodes) == len(plan.operators)
    assert sum("hot" in v for v in nodes) == len(plan.critical_path)


def test_rejected_tiers_come_with_their_reasons(plan: Plan):
    words = Page(render_html(plan, ir_stages=None)).text
    assert "llama-3.1-70b needs 141 GB; a replica here has 32" in words
    assert "ruled out: e2e_ms_p95 would be 9,120 ms, 1,120 over" in words


def hostile(plan: Plan) -> Plan:
    name = plan.operators[0].id
    edit = msgspec.structs.replace
    operators = tuple(
        edit(o, id=HOSTILE, loc=HOSTILE, tier=HOSTILE) if o.id == name else o for o in plan.operators
    )
    edges = tuple(edit(e, src=HOSTILE) if e.src == name else e for e in plan.edges)
    pools = tuple(edit(p, id=HOSTILE, device=HOSTILE, model=HOSTILE) for p in plan.pools)
    tiers = tuple(edit(t, name=HOSTILE, price_source=HOSTILE) for t in plan.tiers)
    changed = edit(
        plan, operators=operators, edges=edges, pools=pools, tiers=tiers, agent=HOSTILE, source=HOSTILE
    )
    loop = {"loop": HOSTILE, "trips": 1.0, "max_trips": 2, "test": [], "body": [HOSTILE]}
    structure = [loop, *(s for s in plan.structure if s != name)]
    return edit(changed, structure=structure, defaulted=(HOSTILE,), notes=(HOSTILE,), fleet=HOSTILE)


def test_hostile_names_stay_text(plan: Plan):
    source = render_html(hostile(plan), ir_stages=[(HOSTILE, HOSTILE)])
    page = Page(source)
    assert page.open == []
    assert "script" not in page.tags
    assert "\x00" not in source
    assert source.encode().decode() == source
    assert "alert(1)" in page.text


def test_a_missed_demand_is_said_first(plan: Plan):
    missed = SloResult(name="ttft_ms_p95", limit=500.0, value=700.0, met=False, soft=True)
    page = Page(render_html(msgspec.structs.replace(plan, slo=(missed,)), ir_stages=None))
    assert "missed: ttft_ms_p95" in page.words
    assert "no, and it costs" in page.words
    assert any("card bad" in v for v in page.values("class"))


def test_a_plan_that_is_not_proven_says_its_gap(plan: Plan):
    solver = Solver(
        status="feasible", objective_usd_per_hour=10.0, bound_usd_per_hour=9.5, gap=0.05, wall_s=30.0
    )
    page = Page(render_html(msgspec.structs.replace(plan, solver=solver), ir_stages=None))
    assert "feasible, at most 5% from the best possible" in page.words


@pytest.mark.parametrize("structure", [[], ["nobody"], [{"loop": 3}], ["hits.embed", "hits.embed"]])
def test_a_structure_that_does_not_fit_still_draws_every_operator(plan: Plan, structure: list[object]):
    page = Page(render_html(msgspec.structs.replace(plan, structure=structure), ir_stages=None))
    nodes = [v for t, k, v in page.attributes if t == "a" and k == "class" and v.startswith("node ")]
    assert len(nodes) == len(plan.operators)


def test_a_tier_without_a_device_is_a_profiled_one(plan: Plan):
    pools = tuple(msgspec.structs.replace(p, device="") for p in plan.pools)
    words = Page(render_html(msgspec.structs.replace(plan, pools=pools, source=""), ir_stages=None)).text
    assert "big \N{MIDDLE DOT} profiled tp2" in words
    assert "Placed on fleet demo" in words


def test_a_bare_plan_renders(plan: Plan):
    bare = msgspec.structs.replace(
        plan, operators=(), pools=(), transfers=(), critical_path=(), slo=(), tiers=(), links=(), edges=()
    )
    bare = msgspec.structs.replace(
        bare, structure=[], defaulted=(), notes=(), mode="metered", rate_per_s=None
    )
    words = Page(render_html(bare, ir_stages=None)).text
    assert "Nothing crosses tiers." in words
    assert "no SLO stated" in words


def test_equal_plans_give_equal_pages(plan: Plan):
    assert render_html(plan, ir_stages=STAGES) == render_html(plan, ir_stages=list(STAGES))


def test_markup_escapes_what_is_not_markup():
    assert tag("p", "<b>", class_='"x"', hidden=None) == '<p class="&quot;x&quot;">&lt;b&gt;</p>'
    assert text(Markup("<b>")) == "<b>"
