"""Times of control flow by hand, and the exact arithmetic under them."""

from __future__ import annotations

import pytest

from agentc.costmodels.fleet import Link
from agentc.diagnostics import UNKNOWN
from agentc.ir.graph import Block, Branch, Edge, Graph, Loop, Map, Operator, Slo, Task
from agentc.placement.evaluate import evaluate, first_token_operators, returned_decodes
from agentc.placement.frames import frame_of
from agentc.placement.problem import Option, PoolTemplate, Problem, limit_us, microseconds

HOP_US = 7


def problem_of(p95_us, root, edges=(), *, far=(), results=(), kinds=None, p50_us=None, **slo):
    """Operators by latency, each on the tier `near` unless it is in `far`; hops take 7 us."""
    kinds = kinds or {}
    operators = {
        i: Operator(i, kinds.get(i, "agent.compute"), {"output_tokens": 10}, UNKNOWN) for i in p95_us
    }
    graph = Graph("a", operators, tuple(Edge(*e) for e in edges), root, tuple(results), Slo(**slo))
    pools = {t: PoolTemplate(t, t, "cpu") for t in ("near", "far")}
    options = {
        i: (Option(i, "far" if i in far else "near", (p50_us or p95_us)[i], us),) for i, us in p95_us.items()
    }
    link = Link("wire", 1.0, float(HOP_US))
    return Problem(
        graph, {"near": None, "far": None}, pools, options, {("near", "far"): link, ("far", "near"): link}
    )


def timed(problem):
    return evaluate(problem, {i: options[0].pool for i, options in problem.options.items()})


def tasks(*ids):
    return Block(tuple(map(Task, ids)))


def edge(src, dst, *, carried=False, kind="data"):
    return (src, dst, 0, 1.0, kind, carried)


def test_independent_steps_run_at_the_same_time():
    found = timed(
        problem_of({"a": 5, "b": 9, "c": 1}, tasks("a", "b", "c"), [edge("a", "c"), edge("b", "c")])
    )
    assert found.e2e_us == 10
    assert found.path == ("b", "c")


def test_an_edge_between_tiers_takes_its_transfer():
    found = timed(problem_of({"a": 5, "b": 9}, tasks("a", "b"), [edge("a", "b")], far=["b"]))
    assert found.e2e_us == 5 + HOP_US + 9


def test_an_order_edge_waits_but_moves_nothing():
    found = timed(problem_of({"a": 5, "b": 9}, tasks("a", "b"), [edge("a", "b", kind="order")], far=["b"]))
    assert found.e2e_us == 14
    assert found.crossings == ()


def test_a_branch_takes_its_slower_block_at_the_p95_and_its_likelier_at_the_median():
    root = Block((Branch("if", (tasks("a"), tasks("b")), (0.3, 0.7)),))
    found = timed(problem_of({"a": 50, "b": 9}, root))
    assert (found.e2e_us, found.e2e_p50_us) == (50, 9)
    assert found.path == ("a",)


def test_a_branch_that_cannot_happen_takes_no_time():
    root = Block((Branch("if", (tasks("a"), tasks("b")), (0.0, 1.0)),))
    assert timed(problem_of({"a": 50, "b": 9}, root)).e2e_us == 9


def test_a_loop_tests_once_more_than_it_runs():
    root = Block((Loop("while", tasks("test"), tasks("body"), 2.5, 9),))
    found = timed(problem_of({"test": 10, "body": 100}, root))
    assert found.e2e_us == 35 + 250
    assert found.path == ("test", "body")


def test_loop_times_round_up():
    root = Block((Loop("while", tasks("test"), tasks("body"), 0.333, 9),))
    assert timed(problem_of({"test": 1, "body": 10}, root)).e2e_us == 2 + 4


def test_operands_between_test_and_body_and_to_the_next_trip_lengthen_each_trip():
    root = Block((Loop("while", tasks("test"), tasks("body"), 2.0, 9),))
    edges = [edge("test", "body"), edge("body", "test", carried=True)]
    found = timed(problem_of({"test": 10, "body": 100}, root, edges, far=["body"]))
    assert found.e2e_us == 3 * 10 + 2 * (100 + 2 * HOP_US)


def test_a_carried_operand_belongs_to_the_innermost_loop_that_holds_both_ends():
    inner = Loop("in", Block(), tasks("a", "b"), 3.0, 3)
    root = Block((Loop("out", Block(), Block((inner,)), 2.0, 2),))
    found = timed(problem_of({"a": 1, "b": 1}, root, [edge("b", "a", carried=True)], far=["b"]))
    assert found.e2e_us == 2 * 3 * (1 + HOP_US)


def test_a_map_runs_in_rounds_of_its_width():
    root = Block((Map("forall", tasks("a"), 7.0, 3),))
    assert timed(problem_of({"a": 10}, root)).e2e_us == 30


def test_edges_into_and_out_of_a_construct_wait_for_all_of_it():
    root = Block((Task("a"), Branch("if", (tasks("b"), tasks("c")), (0.5, 0.5)), Task("d")))
    edges = [edge("a", "b"), edge("b", "d")]
    found = timed(problem_of({"a": 5, "b": 1, "c": 20, "d": 3}, root, edges))
    assert found.e2e_us == 5 + 20 + 3


def test_against_the_order_of_its_block_is_a_defect():
    graph = problem_of({"a": 1, "b": 1}, tasks("a", "b"), [edge("b", "a")]).graph
    with pytest.raises(ValueError, match="against the order"):
        frame_of(graph)


CALL = {"p": "llm.prefill", "d": "llm.decode", "end": "agent.compute"}
CHAIN = [edge("p", "d"), edge("d", "end")]


def test_the_first_token_is_there_when_the_prefill_behind_the_result_ends():
    us = {"p": 80, "d": 25, "end": 3}
    problem = problem_of(us, tasks("p", "d", "end"), CHAIN, results=["end"], kinds=CALL)
    assert returned_decodes(problem.graph) == ("d",)
    assert first_token_operators(problem.graph) == ("p",)
    found = timed(problem)
    assert found.ttft_us == 80
    assert found.tpot_ms == pytest.approx(0.0025)


@pytest.mark.parametrize(("trips", "first_token_us"), [(3.0, 2 * 115 + 10 + 80), (0.5, 10 + 80)])
def test_the_first_token_of_a_loop_comes_in_its_last_trip(trips, first_token_us):
    root = Block((Loop("while", tasks("end"), tasks("p", "d"), trips, 9),))
    problem = problem_of({"p": 80, "d": 25, "end": 10}, root, [edge("p", "d")], results=["d"], kinds=CALL)
    assert timed(problem).ttft_us == first_token_us


def test_no_first_token_without_returned_text():
    problem = problem_of({"a": 1}, tasks("a"), results=["a"])
    found = timed(problem)
    assert found.ttft_us is None
    assert found.tpot_ms is None


@pytest.mark.parametrize(("ms", "us"), [(0.0004, 0), (0.0005, 1), (1.2345, 1235), (120.0, 120_000)])
def test_times_are_whole_microseconds(ms, us):
    assert microseconds(ms) == us


@pytest.mark.parametrize("ms", [0.1, 0.3, 1.1, 104.001, 119.999, 120.0, 8191.999, 1e7 + 0.001])
def test_a_limit_of_whole_microseconds_is_kept_whole(ms):
    assert limit_us(ms) == round(ms * 1000)


def test_a_limit_between_microseconds_is_not_exceeded():
    assert limit_us(119.9996) == 119_999
