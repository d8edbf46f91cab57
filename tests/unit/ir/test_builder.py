"""The builder: values, attributes, locations, casts, and each kind of control flow."""

from __future__ import annotations

import pytest

from agentc.diagnostics import AgentcError, Location
from agentc.ir.builder import AgentBuilder
from agentc.ir.graph import Branch, Loop, Map, Task
from agentc.ir.parse import parse_text
from agentc.ir.printing import to_text
from agentc.ir.read import read_graph

HERE = Location("rag.py", 12, 5)


def call(build: AgentBuilder, *inputs, **attributes):
    return build.op("llm.call", list(inputs), "text", {"model": "m", **attributes}, HERE)


def test_a_straight_agent() -> None:
    build = AgentBuilder(source="rag.py:answer")
    build.set_module(stores={"docs": {"path": "corpus"}})
    with build.function(
        "answer", [("question", "text")], slo={"e2e_ms_p95": 8000.0}, load={"rate_per_s": 5}
    ) as (q,):
        hits = build.op("memory.search", [q], "docs", {"store": "docs", "k": 4, "rerank": None}, HERE)
        build.return_(
            [call(build, q, hits, prompt="{q} {h}", inputs=["q", "h"], output_tokens=300, stream=True)]
        )
    module = build.finish()
    graph = read_graph(module)
    answer = graph.operators["call_0"]
    assert graph.agent == "answer"
    assert answer.location == HERE
    assert answer.attrs["prompt"] == "{q} {h}"
    assert answer.attrs["output_tokens"] == 300
    assert answer.attrs["stream"] is True
    assert (graph.slo.e2e_ms_p95, graph.rate_per_s) == (8000.0, 5.0)
    assert graph.results == ("call_0",)
    text = to_text(module, locations=False)
    assert '{agent.name = "question"}' in text
    assert 'agent.source = "rag.py:answer"' in text
    assert "rerank" not in text
    assert to_text(parse_text(text), locations=False) == text


def test_control_flow_nests() -> None:
    build = AgentBuilder()
    with build.function("answer", [("q", "text"), ("topics", "json")]) as (q, topics):
        go = build.op("agent.test", [q], "i1", {"fn": "go"}, HERE)
        (either,) = build.if_(go, lambda: [call(build, q)], lambda: [topics], probability=0.25, id="either")

        def test(state):
            return build.op("agent.test", state, "i1", {"fn": "more"}, HERE)

        def body(state):
            return [build.map_(state[0], lambda item: call(build, item), expected=6, width=2, id="each")]

        (refined,) = build.while_([either], test, body, trips=2, max_trips=5, id="refine")
        (again,) = build.do_while(
            [refined], lambda s: [call(build, *s)], test, trips=3, max_trips=4, id="redo"
        )
        (last,) = build.repeat(7, [again], lambda s: [call(build, *s)], id="seven")
        build.return_([last])
    graph = read_graph(build.finish())
    _, branch, loop, redo, seven = graph.root.steps
    assert isinstance(branch, Branch)
    assert (branch.id, branch.probabilities) == ("either", (0.25, 0.75))
    assert isinstance(loop, Loop)
    assert (loop.trips, loop.max_trips, loop.test.steps) == (2.0, 5, (Task("test_1"),))
    (each,) = loop.body.steps
    assert isinstance(each, Map)
    assert (each.items, each.width) == (6.0, 2)
    assert isinstance(redo, Loop)
    assert (redo.test.steps, len(redo.body.steps), redo.trips) == ((), 2, 3.0)
    assert isinstance(seven, Loop)
    assert (seven.trips, seven.max_trips) == (7.0, 7)
    visits = {id: operator.visits for id, operator in graph.operators.items()}
    assert visits == {
        "test_0": 1, "call_0": 0.25, "test_1": 3, "call_1": 12, "call_2": 3, "test_2": 3, "call_3": 7,
    }  # fmt: skip


def test_branches_of_two_types_meet_as_json() -> None:
    build = AgentBuilder()
    with build.function("answer", [("q", "text"), ("c", "i1")]) as (q, c):
        (met,) = build.if_(
            c, lambda: [call(build, q)], lambda: [build.op("tool.invoke", [q], "json", {"tool": "t"})]
        )
        assert str(met.type) == "!agent.json"
        (same,) = build.if_(c, lambda: [call(build, q)], lambda: [q])
        assert str(same.type) == "!agent.text"
        assert build.if_(c, lambda: build.ops("agent.observe", [q], [], {"store": "s"})) == []
        build.return_([met])
    build.finish()


def test_nested_agents_are_called() -> None:
    build = AgentBuilder()
    with build.function("search", [("q", "text")], public=False) as (q,):
        build.return_([build.op("tool.invoke", [q], "json", {"tool": "web", "id": "web"}, HERE)])
    with build.function("answer", [("q", "json")]) as (q,):
        (found,) = build.call("search", [q], HERE)
        build.return_([found])
    module = build.finish()
    assert list(read_graph(module).operators) == ["search.web"]
    assert "call @search" in str(module)  # reading leaves the module as it is


def test_what_does_not_verify_is_located() -> None:
    build = AgentBuilder()
    with build.function("answer", [("q", "audio")]) as (q,):
        build.return_([call(build, q)])
    with pytest.raises(AgentcError) as caught:
        build.finish()
    assert caught.value.diagnostics[0].location == HERE

    build = AgentBuilder()
    with build.function("answer", [("q", "text")]) as (q,):
        build.return_([call(build, q, output_tokens=-1)])
    with pytest.raises(AgentcError, match="output_tokens must not be negative") as caught:
        build.finish()
    assert caught.value.diagnostics[0].location == HERE


def test_an_attribute_needs_an_mlir_form() -> None:
    build = AgentBuilder()
    with (
        build.function("answer", [("q", "text")]) as (q,),
        pytest.raises(TypeError, match="no attribute for a object"),
    ):
        call(build, q, prompt=object())
