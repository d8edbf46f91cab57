"""Control flow: what `cond`, `loop` and `map` become, and what they refuse."""

from __future__ import annotations

from typing import TypeVar

import pytest

from agentc.ir.graph import Branch, Graph, Loop, Map, Task, operators_in
from agentc.ir.read import read_graph


@pytest.fixture
def graph_of(load_body):
    def read(body: str) -> Graph:
        return read_graph(load_body(body).module)

    return read


S = TypeVar("S", Branch, Loop, Map)


def step_of(graph: Graph, kind: type[S]) -> S:
    """The only step of a kind."""
    (found,) = [s for s in graph.root.steps if isinstance(s, kind)]
    return found


def visits(graph: Graph) -> dict[str, float]:
    return {i: o.visits for i, o in graph.operators.items()}


def test_cond(graph_of, place):
    graph = graph_of(
        "x = ac.cond(enough(question), lambda: question, lambda: web_search(question), probability=0.7)\n"
        "return x"
    )
    branch = step_of(graph, Branch)
    assert branch.id == "x"
    assert branch.probabilities == pytest.approx((0.7, 0.3))
    assert [list(operators_in(b)) for b in branch.blocks] == [[], ["web_search"]]
    assert visits(graph) == pytest.approx({"enough": 1, "web_search": 0.3})
    assert str(graph.operators["web_search"].location) == place("web_search(question)")


def test_cond_of_two_kinds_meets_as_json(load_body):
    loaded = load_body(
        "x = ac.cond(enough(question), lambda: web_search(question), lambda: docs.search(question))\n"
        "return join(x, x)"
    )
    assert "scf.if %0 -> (!agent.json)" in str(loaded.module)


def test_cond_with_constants_and_several_values(load_body):
    loaded = load_body(
        "a, b = ac.cond(enough(question), lambda: ('no', 1), lambda: (question, docs.load(question)))\n"
        "return join(a, b)"
    )
    assert "-> (!agent.text, !agent.json)" in str(loaded.module)


def test_cond_without_else(graph_of):
    graph = graph_of(
        "def keep():\n    docs.store(question, question)\n"
        "ac.cond(enough(question), keep)\nreturn web_search(question)"
    )
    assert [list(operators_in(b)) for b in step_of(graph, Branch).blocks] == [["docs_store"], []]


def test_branch_functions_name_their_answer(graph_of):
    graph = graph_of(
        "def refuse():\n    return ac.llm('m', 'Refuse.')()\n"
        "x = ac.cond(enough(question), refuse, lambda: question)\nreturn x"
    )
    assert set(graph.operators) == {"enough", "refuse"}


def test_while_asks_first(graph_of):
    graph = graph_of("x = ac.loop(web_search, question, while_=enough, trips=1.5, max_trips=3)\nreturn x")
    loop = step_of(graph, Loop)
    assert (loop.id, loop.trips, loop.max_trips) == ("x", 1.5, 3)
    assert list(operators_in(loop.test)) == ["enough"]
    assert list(operators_in(loop.body)) == ["web_search"]
    assert visits(graph) == pytest.approx({"enough": 2.5, "web_search": 1.5})


def test_until_asks_after(graph_of):
    graph = graph_of("x = ac.loop(web_search, question, until=enough, trips=1.5, max_trips=3)\nreturn x")
    loop = step_of(graph, Loop)
    assert list(operators_in(loop.test)) == []
    assert list(operators_in(loop.body)) == ["web_search", "enough"]
    assert (loop.trips, loop.max_trips) == (1.5, 3)


def test_until_stops_where_the_test_holds(load_body):
    text = str(load_body("x = ac.loop(web_search, question, until=enough, max_trips=3)\nreturn x").module)
    assert "arith.xori" in text  # MLIR goes on while a flag is true
    assert text.index('"tool.invoke"') < text.index('"agent.test"') < text.index("scf.condition")


def test_a_loop_without_a_test_is_counted(graph_of):
    graph = graph_of("x = ac.loop(web_search, question, max_trips=4)\nreturn x")
    loop = step_of(graph, Loop)
    assert (loop.trips, loop.max_trips) == (4, 4)
    assert visits(graph) == {"web_search": 4}


def test_a_loop_with_several_values(load_body):
    loaded = load_body(
        "def step(notes, hits):\n    return web_search(notes), docs.search(notes)\n"
        "notes, hits = ac.loop(step, '', docs.search(question), max_trips=2)\nreturn join(notes, hits)"
    )
    assert "-> (!agent.text, !agent.docs)" in str(loaded.module)


def test_a_body_returns_the_state_as_it_was_given(load_body):
    loaded = load_body("x = ac.loop(lambda s: docs.search(s), question, max_trips=2)\nreturn x")
    assert '"agent.cast"' in str(loaded.module)
    assert "-> (!agent.text)" in str(loaded.module)


def test_map(graph_of):
    graph = graph_of(
        "hits = docs.search(question)\n"
        "pages = ac.map(lambda hit: web_search(hit), hits, items_expected=4, width=2)\n"
        "return join(question, pages)"
    )
    step = step_of(graph, Map)
    assert (step.id, step.items, step.width) == ("pages", 4, 2)
    assert list(operators_in(step.body)) == ["web_search"]
    assert visits(graph)["web_search"] == 4
    assert {(e.src, e.dst) for e in graph.edges} >= {("hits", "web_search"), ("web_search", "answer")}


def test_a_tool_can_be_mapped_itself(graph_of):
    graph = graph_of("pages = ac.map(web_search, docs.search(question), items_expected=4)\nreturn pages")
    assert step_of(graph, Map).id == "pages"
    assert "web_search" in graph.operators


def test_nesting(graph_of):
    graph = graph_of(
        "def trip(s):\n"
        "    return ac.cond(enough(s), lambda: web_search(s), lambda: s, probability=0.5)\n"
        "x = ac.loop(trip, question, max_trips=2)\nreturn x"
    )
    (branch,) = [s for s in step_of(graph, Loop).body.steps if isinstance(s, Branch)]
    assert branch.blocks[0].steps == (Task("web_search"),)
    assert visits(graph)["web_search"] == 1


# body, pointed at, message, hint
REFUSED = [
    ("return ac.loop(web_search, question, until=enough)", "ac.loop", "no max_trips", "max_trips=n"),
    ("return ac.loop(web_search, question, until=enough, max_trips=0)", "ac.loop", "max_trips=0", ""),
    ("return ac.loop(web_search, question, until=enough, max_trips=-1)", "ac.loop", "max_trips=-1", ""),
    ("return ac.loop(web_search, question, until=enough, max_trips=2.5)", "ac.loop", "max_trips=2.5", ""),
    ("return ac.loop(web_search, question, until=enough, trips=9, max_trips=3)", "ac.loop", "trips=9", ""),
    ("return ac.loop(web_search, question, until=enough, trips=-1, max_trips=3)", "ac.loop", "trips=-1", ""),
    ("return ac.loop(web_search, question, trips=1, max_trips=3)", "ac.loop", "trips=1", "until="),
    ("return ac.loop(web_search, until=enough, max_trips=3)", "ac.loop", "no state", ""),
    ("return ac.loop(web_search, question, until=enough, while_=enough, max_trips=3)", "ac.loop", "both", ""),
    (
        "return ac.loop(web_search, question, until=web_search, max_trips=3)",
        "ac.loop",
        "test's answer",
        "@ac.test",
    ),
    ("return ac.loop(lambda: 1, question, max_trips=3)", "ac.loop", "takes 1 argument", ""),
    (
        "return ac.loop(lambda s: None, question, max_trips=3)",
        "ac.loop",
        "takes 1 and returns 0",
        "next state",
    ),
    ("return ac.loop(question, question, max_trips=3)", "ac.loop", "must be a function", "lambda"),
    (
        "return ac.cond(question, lambda: 1, lambda: 2)",
        "ac.cond",
        "test's answer, but 'question' is text",
        "@ac.test",
    ),
    ("return ac.cond(True, lambda: 1, lambda: 2)", "ac.cond", "test's answer, not True", "@ac.test"),
    (
        "return ac.cond(enough(question), lambda: 1, lambda: 2, probability=1.5)",
        "ac.cond",
        "probability=1.5",
        "",
    ),
    (
        "return ac.cond(enough(question), lambda: 1, lambda: 2, probability=-0.1)",
        "ac.cond",
        "probability=-0.1",
        "",
    ),
    ("return ac.cond(enough(question), lambda: 1, lambda: (1, 2))", "ac.cond", "1 and 2 values", ""),
    ("return ac.cond(enough(question), lambda: 1)", "ac.cond", "1 and 0 values", "else"),
    ("return ac.cond(enough(question), question, lambda: 1)", "ac.cond", "must be a function", "lambda"),
    ("return ac.cond(enough(question), lambda x: 1, lambda: 1)", "ac.cond", "takes no arguments", ""),
    ("return ac.map(web_search, ['a', 'b'])", "ac.map", "known only when the agent runs", "for x in items"),
    ("return ac.map(web_search, question, width=0)", "ac.map", "width=0", ""),
    ("return ac.map(web_search, question, items_expected=-1)", "ac.map", "items_expected=-1", ""),
    ("return ac.map(lambda x: None, question)", "ac.map", "must return one value", ""),
    ("return ac.map(lambda x: (x, x), question)", "ac.map", "must return one value", ""),
]


@pytest.mark.parametrize(("body", "where", "message", "hint"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused(refuse_body, place, body, where, message, hint):  # noqa: PLR0917 (a table)
    found = refuse_body(body)
    assert str(found.location) == place(where)
    assert message in found.message
    assert hint in found.hint


def test_a_value_does_not_leave_its_branch(refuse_body, place):
    found = refuse_body(
        "kept = []\ndef look():\n    kept.append(web_search(question))\n    return kept[0]\n"
        "x = ac.cond(enough(question), look, lambda: question)\nreturn join(kept[0], x)"
    )
    assert str(found.location) == place("join(kept")
    assert "exists only inside the then-branch of ac.cond" in found.message
    assert "return it" in found.hint


def test_misuse_inside_a_body_is_located_there(refuse_body, place):
    found = refuse_body("def trip(s):\n    return s + '!'\nreturn ac.loop(trip, question, max_trips=2)")
    assert str(found.location) == place("s + '!'")
