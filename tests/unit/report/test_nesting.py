"""Boxes hold what is in them, and edges keep out of what they pass."""

import pytest

from agentc.ir.graph import Block, Branch, Loop, Map, Step, Task
from agentc.report.nesting import Box, Drawing, Link, Rect, draw


def block(*steps: Step | str) -> Block:
    return Block(tuple(Task(s) if isinstance(s, str) else s for s in steps))


NESTED = block(
    "start",
    Loop("loop", block("test"), block("first", Map("map", block("each"), 8, 2), "last"), 2.0, 5),
    Branch("choice", (block("rare"), block()), (0.25, 0.75)),
    "end",
)
PAIRS = [
    ("start", "test"),
    ("start", "first"),
    ("first", "each"),
    ("each", "last"),
    ("last", "rare"),
    ("test", "end"),
    ("rare", "end"),
    ("start", "end"),
]
LINKS = [Link(*p) for p in PAIRS] + [Link("last", "test", carried=True)]


@pytest.fixture
def drawing() -> Drawing:
    return draw(NESTED, LINKS)


def holds(outer: Rect, inner: Rect) -> bool:
    across = outer.x <= inner.x and inner.x + inner.width <= outer.x + outer.width
    return across and outer.y <= inner.y and inner.y + inner.height <= outer.y + outer.height


def inside(rect: Rect, x: float, y: float) -> bool:
    return rect.x < x < rect.x + rect.width and rect.y < y < rect.y + rect.height


def box(drawing: Drawing, kind: str, label: str = "") -> Box:
    return next(b for b in drawing.boxes if b.kind == kind and label in b.label)


def test_each_box_holds_its_own_and_nothing_else(drawing: Drawing):
    members = {"loop": {"test", "first", "each", "last"}, "map": {"each"}, "branch": {"rare"}}
    for kind, own in members.items():
        rect = box(drawing, kind).rect
        assert {name for name, node in drawing.nodes.items() if holds(rect, node)} == own
    assert holds(box(drawing, "loop").rect, box(drawing, "map").rect)


def test_everything_is_inside_the_drawing(drawing: Drawing):
    whole = Rect(0, 0, drawing.width, drawing.height)
    assert all(holds(whole, node) for node in drawing.nodes.values())
    assert all(holds(whole, b.rect) for b in drawing.boxes)


def test_labels_say_how_often(drawing: Drawing):
    labels = {b.label for b in drawing.boxes}
    assert "loop: 2 trips expected, at most 5" in labels
    assert "map: 8 items, 2 at once" in labels
    assert {"in 25%", "in 75%: nothing", "test", "body"} <= labels


def test_every_edge_runs_from_border_to_border(drawing: Drawing):
    for link in LINKS:
        points = drawing.routes[link]
        src, dst = drawing.nodes[link.src], drawing.nodes[link.dst]
        if not link.carried:
            assert points[0] == (src.x + src.width / 2, src.y + src.height)
            assert points[-1] == (dst.x + dst.width / 2, dst.y)


@pytest.mark.parametrize("pair", PAIRS)
def test_no_edge_bends_inside_an_operator(drawing: Drawing, pair: tuple[str, str]):
    for x, y in drawing.routes[Link(*pair)]:
        assert not any(inside(node, x, y) for node in drawing.nodes.values())


def test_the_way_into_a_loops_body_is_beside_its_test(drawing: Drawing):
    test = drawing.nodes["test"]
    beside = [y for x, y in drawing.routes[Link("start", "first")] if x < test.x]
    assert min(beside) < test.y
    assert max(beside) > test.y + test.height


def test_a_carried_value_goes_around_on_the_right(drawing: Drawing):
    points = drawing.routes[Link("last", "test", carried=True)]
    right = max(drawing.nodes[n].x + drawing.nodes[n].width for n in ("last", "test"))
    assert max(x for x, _ in points) > right


def test_links_to_nowhere_are_left_out():
    assert draw(block("a"), [Link("a", "b"), Link("a", "a")]).routes == {}


def test_an_empty_plan_has_an_empty_drawing():
    assert draw(Block(), []).nodes == {}
