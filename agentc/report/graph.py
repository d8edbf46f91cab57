"""The plan's graph as inline SVG: tiers by color, the critical path emphasized, transfers labeled.

Every operator is a link to its row in the placement table, so that the keyboard reaches it.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from agentc.diagnostics import AgentcError
from agentc.ir.graph import Block, Task, operators_in
from agentc.ir.structure import decode
from agentc.report.facts import device_of, tier_numbers, transfer_between
from agentc.report.figures import duration, size
from agentc.report.markup import Markup, join, tag
from agentc.report.nesting import draw
from agentc.report.threads import Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentc.plan import PlacedOperator, Plan, Transfer
    from agentc.plan_inputs import EdgeRecord
    from agentc.report.nesting import Box, Drawing, Point, Rect

MARGIN = 14.0
COLORS = 8
ID_LETTERS, TEXT_LETTERS = 23, 28


def graph_svg(plan: Plan) -> Markup:
    """Draw the whole graph."""
    links = {Link(e.src, e.dst, e.carried): e for e in plan.edges}
    drawing = draw(root_of(plan), list(links))
    hot = set(pairwise(plan.critical_path))
    tiers = tier_numbers(plan)
    parts = [
        *(_box(b) for b in drawing.boxes),
        *(_edge(points, links[link], (link.src, link.dst) in hot) for link, points in drawing.routes.items()),
        *(_node(plan, o, drawing.nodes[o.id], tiers) for o in plan.operators if o.id in drawing.nodes),
        *_labels(plan, drawing, links),
    ]
    width, height = drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN
    shift = f"translate({MARGIN:g} {MARGIN:g})"
    label = f"Graph of {plan.agent}: {len(plan.operators)} operators. Each leads to its row in the placement."
    svg = tag(
        "svg",
        _arrows(),
        tag("g", *parts, transform=shift),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="group",
        aria_label=label,
    )
    return tag("div", svg, class_="scroll graph", tabindex="0", role="region", aria_label="Graph")


def root_of(plan: Plan) -> Block:
    """The plan's time structure; what it leaves out is appended, and all is flat when it is unreadable."""
    try:
        root = decode(plan.structure)
    except AgentcError:
        root = Block()
    held = list(operators_in(root))
    if len(held) != len(set(held)):
        root, held = Block(), []
    rest = tuple(Task(o.id) for o in plan.operators if o.id not in set(held))
    return Block((*root.steps, *rest))


def color(tiers: dict[str, int], tier: str) -> str:
    """The CSS class of a tier's color."""
    return f"tier t{tiers.get(tier, 0) % COLORS}"


def _arrows() -> Markup:
    tip = tag("path", d="M0 0 L8 4 L0 8 z")
    where = {
        "viewBox": "0 0 8 8",
        "refX": "7",
        "refY": "4",
        "orient": "auto",
        "markerUnits": "userSpaceOnUse",
    }
    made = [
        tag("marker", tip, id=id, markerWidth="9", markerHeight="9", **where) for id in ("tip", "hot-tip")
    ]
    return tag("defs", *made)


def _box(box: Box) -> Markup:
    r = box.rect
    frame = tag("rect", x=r.x, y=r.y, width=r.width, height=r.height, rx=8)
    return tag("g", frame, _text(box.label, r.x + 10, r.y + 17, "label"), class_=f"box {box.kind}")


def _node(plan: Plan, operator: PlacedOperator, r: Rect, tiers: dict[str, int]) -> Markup:
    where = f"{operator.tier} \N{MIDDLE DOT} {device_of(plan, operator)}"
    kind = f"{operator.op} \N{MIDDLE DOT} {duration(operator.latency_ms)}"
    hot = " hot" if operator.id in plan.critical_path else ""
    body = [
        tag("title", f"{operator.id}: {kind}, on {where}, {operator.loc}"),
        tag("rect", class_="body", x=r.x, y=r.y, width=r.width, height=r.height, rx=6),
        tag("rect", class_="mark", x=r.x, y=r.y + 6, width=5, height=r.height - 12),
        _text(shorten(operator.id, ID_LETTERS), r.x + 14, r.y + 20, "id"),
        _text(shorten(kind, TEXT_LETTERS), r.x + 14, r.y + 37, "what"),
        _text(shorten(where, TEXT_LETTERS), r.x + 14, r.y + 53, "what"),
    ]
    return tag(
        "a", *body, href=f"#{anchor(plan, operator.id)}", class_=f"node {color(tiers, operator.tier)}{hot}"
    )


def anchor(plan: Plan, id: str) -> str:
    """The fragment of an operator's row: its number, for an id may hold any character."""
    return f"op-{next((n for n, o in enumerate(plan.operators) if o.id == id), 0)}"


def _edge(points: Sequence[Point], edge: EdgeRecord, hot: bool) -> Markup:
    kind = "hot" if hot else edge.kind
    bent = _corners(points) if edge.carried else _curve(points)
    tip = "url(#hot-tip)" if hot else "url(#tip)"
    line = tag("path", d=bent, marker_end=tip)
    return tag("g", line, class_=f"edge {kind}{' carried' if edge.carried else ''}")


def _curve(points: Sequence[Point]) -> str:
    start = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    return start + "".join(_bow(a, b) for a, b in pairwise(points))


def _bow(a: Point, b: Point) -> str:
    """Leave and arrive upright: pieces join without a kink."""
    middle = (a[1] + b[1]) / 2
    return f"C{a[0]:.1f} {middle:.1f} {b[0]:.1f} {middle:.1f} {b[0]:.1f} {b[1]:.1f}"


def _corners(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _labels(plan: Plan, drawing: Drawing, links: dict[Link, EdgeRecord]) -> list[Markup]:
    """What crosses tiers: bytes over ms, set where the edges of one operator are apart."""
    made: list[Markup] = []
    out, into = Counter(link.src for link in links), Counter(link.dst for link in links)
    for link, points in drawing.routes.items():
        crossing = transfer_between(plan, link.src, link.dst)
        if crossing is None or links[link].kind != "data":
            continue
        last = out[link.src] > into[link.dst]
        made.append(_transfer_label(crossing, _label_place(points, last=last)))
    return made


def _label_place(points: Sequence[Point], *, last: bool) -> Point:
    """Close to the end where the edges of one operator are apart; for a way back, at its side."""
    (x0, y0), (x1, y1) = points[-2:] if last else points[:2]
    if y0 == y1:
        (x0, y0), (x1, y1) = points[1:3]
        return x0, (y0 + y1) / 2
    share = max(0.0, (y1 - y0 - 34) if last else min(22, y1 - y0)) / (y1 - y0)
    eased = 3 * share**2 - 2 * share**3  # how x runs on the curve of `_bow`, where y runs nearly evenly
    return x0 + (x1 - x0) * eased, y0 + (y1 - y0) * share


def _transfer_label(crossing: Transfer, at: Point) -> Markup:
    x, y = at
    lines = [size(crossing.bytes), duration(crossing.latency_ms)]
    spans = [tag("tspan", line, x=x, dy=None if n == 0 else "1.15em") for n, line in enumerate(lines)]
    return tag("text", *spans, class_="transfer", x=x, y=y)


def _text(words: str, x: float, y: float, kind: str) -> Markup:
    return tag("text", words, x=x, y=y, class_=kind)


def shorten(words: str, letters: int) -> str:
    """Cut words that do not fit, in the middle: both ends of an id tell."""
    if len(words) <= letters:
        return words
    head = (letters - 1) * 2 // 3
    return f"{words[:head]}\N{HORIZONTAL ELLIPSIS}{words[head + 1 - letters :]}"


def legend(plan: Plan) -> Markup:
    """Which color is which tier, and what the marks mean."""
    tiers = tier_numbers(plan)
    used = {o.tier for o in plan.operators}
    items = [
        tag(
            "li",
            tag("span", class_=f"swatch {color(tiers, name)}"),
            name,
            None if name in used else " (unused)",
        )
        for name in tiers
    ]
    items.append(tag("li", tag("span", class_="swatch path"), "critical path"))
    return tag("ul", join(items), class_="legend")
