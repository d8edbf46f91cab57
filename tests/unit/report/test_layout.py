"""The layered layout: nothing overlaps, edges point down, simple graphs come out simple."""

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from agentc.report.layout import Item, Layers, crossings, lay_out


def graph(names: int, edges: list[tuple[int, int]]):
    return [Item(n, 40, 20) for n in range(names)], edges


GRAPHS = st.integers(1, 9).flatmap(
    lambda n: st.tuples(
        st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).map(sorted).map(tuple))
    )
)


@given(GRAPHS)
def test_nothing_overlaps_and_edges_point_down(made: tuple[int, list[tuple[int, int]]]):
    items, edges = graph(*made)
    layout = lay_out(items, edges)
    for a, b in combinations(range(len(items)), 2):
        (ax, ay), (bx, by) = layout.centers[a], layout.centers[b]
        assert abs(ay - by) >= 20 or abs(ax - bx) >= 40
    for u, v in edges:
        if u != v:
            ys = [layout.centers[u][1], *(y for _, y in layout.bends[u, v]), layout.centers[v][1]]
            assert all(a <= b for a, b in pairwise(ys))
            assert ys[0] < ys[-1]


@given(GRAPHS)
def test_everything_is_inside_the_drawing(made: tuple[int, list[tuple[int, int]]]):
    items, edges = graph(*made)
    layout = lay_out(items, edges)
    slack = 1e-6
    for key in range(len(items)):
        x, y = layout.centers[key]
        assert 20 - slack <= x <= layout.width - 20 + slack
        assert 10 - slack <= y <= layout.height - 10 + slack


def test_a_chain_is_a_straight_line():
    layout = lay_out(*graph(4, [(0, 1), (1, 2), (2, 3)]))
    assert {x for x, _ in layout.centers.values()} == {20.0}


def test_crossings_are_counted_and_removed():
    crossed = Layers([["a", "b"], ["c", "d"]], below={"a": ["d"], "b": ["c"]})
    assert crossings(crossed) == 1
    layout = lay_out([Item(k, 40, 20) for k in "abcd"], [("a", "d"), ("b", "c")])
    at = {k: layout.centers[k][0] for k in "abcd"}
    assert (at["a"] < at["b"]) == (at["d"] < at["c"])


def test_a_long_edge_bends_around_what_it_passes():
    layout = lay_out(*graph(3, [(0, 1), (1, 2), (0, 2)]))
    x, _ = layout.centers[1]
    assert layout.bends[0, 2]
    assert all(abs(bend - x) >= 20 for bend, _ in layout.bends[0, 2])


def test_a_cycle_is_drawn_all_the_same():
    layout = lay_out(*graph(3, [(0, 1), (1, 2), (2, 0)]))
    assert len({y for _, y in layout.centers.values()}) == 3


def test_pins_hold_the_first_and_the_last_row():
    items = [Item("m", 40, 20), Item("n", 40, 20), Item("in", 8, 0, "top"), Item("out", 8, 0, "bottom")]
    layout = lay_out(items, [("in", "n"), ("m", "n"), ("m", "out")])
    ys = {k: layout.centers[k][1] for k in ("m", "n", "in", "out")}
    assert ys["in"] < ys["m"] < ys["n"] < ys["out"]


def test_nothing_to_place():
    assert lay_out([], []).centers == {}
