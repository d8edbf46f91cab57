"""The graph as placement sees it: operators, edges with their visits, time structure, defaults, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from agentc.diagnostics import AgentcError, Location
from agentc.ir.graph import Block, Branch, Edge, Graph, Loop, Map, Task
from agentc.ir.parse import parse_text
from agentc.ir.read import read_graph


def read(body: str, operands: str = "%q: !agent.text, %l: !agent.json, %c: i1", end: str = "return") -> Graph:
    results = " -> !agent.json" if end != "return" else ""
    return read_graph(parse_text(f"func.func @answer({operands}){results} {{\n{body}\n{end}\n}}", "a.mlir"))


def op(result: str, id: str, *inputs: str, **attributes) -> str:
    """A function of JSON values (a test where the id starts with `test`)."""
    kind, type = ("agent.test", "i1") if id.startswith("test") else ("agent.compute", "!agent.json")
    stated = "".join(f", {name} = {value}" for name, value in attributes.items())
    types = ", ".join(["!agent.json"] * len(inputs))
    return f'{result} = "{kind}"({", ".join(inputs)}) {{fn = "f", id = "{id}"{stated}}} : ({types}) -> {type}'


def crossings(graph: Graph, kind: str = "data") -> dict[tuple[str, str], Any]:
    return {(e.src, e.dst): (pytest.approx(e.visits), e.carried) for e in graph.edges if e.kind == kind}


def test_straight_line() -> None:
    graph = read(
        '%h = "memory.search"(%q) {store = "docs", k = 3} : (!agent.text) -> !agent.docs\n'
        '%t = "agent.cast"(%h) : (!agent.docs) -> !agent.text\n'
        '%a = "llm.call"(%q, %t, %t) {model = "m", output_tokens = 10} : '
        "(!agent.text, !agent.text, !agent.text) -> !agent.text\n"
        '%j = "agent.cast"(%a) : (!agent.text) -> !agent.json',
        end="return %j : !agent.json",
    )
    assert graph.root == Block((Task("search_0"), Task("call_0")))
    assert graph.results == ("call_0",)
    # An edge is one operand: the prompt has the passages twice. Casts and arguments are free.
    assert graph.edges == (Edge("search_0", "call_0", 2400, 1.0),) * 2
    assert graph.operators["call_0"].location == Location("a.mlir", 4, 6)


def test_defaults_are_filled_in_and_listed() -> None:
    graph = read(
        '%0 = "tool.invoke"(%q) {tool = "t", latency_ms_p50 = 100, bytes = 400} : '
        "(!agent.text) -> !agent.json\n"
        '%t = "agent.cast"(%0) : (!agent.json) -> !agent.text\n'
        '%1 = "llm.prefill"(%q, %t) {model = "m", prompt = "1234{a}{b}", inputs = ["a", "b"]} : '
        "(!agent.text, !agent.text) -> !llm.kv\n"
        '%2 = "llm.decode"(%1) {model = "m", output_tokens = 100} : (!llm.kv) -> !agent.text\n'
        '%3 = "llm.embed"(%2) {model = "e", dim = 768} : (!agent.text) -> !agent.embedding\n'
    )
    tool, prefill, decode, embed = graph.operators.values()
    assert tool.attrs == {
        "tool": "t", "latency_ms_p50": 100, "latency_ms_p95": 400.0, "cpu": 0.1, "memory_mb": 128.0,
        "usd_per_call": 0.0, "bytes": 400,
    }  # fmt: skip
    assert tool.defaulted == ("latency_ms_p95", "cpu", "memory_mb", "usd_per_call")
    assert tool.bytes == 400
    # 10 bytes of template, 200 of the argument, 400 of the tool's result; 4 bytes a token
    assert prefill.attrs["input_tokens"] == 153
    assert (decode.attrs["input_tokens"], decode.attrs["max_tokens"], decode.bytes) == (153, 200, 400)
    assert (embed.attrs["input_tokens"], embed.bytes) == (100, 3072)
    assert "bytes" not in prefill.attrs  # a KV cache's size is the model's business


def test_what_annotate_wrote_is_still_listed() -> None:
    graph = read(op("%0", "a", "%l", cpu_ms=2, **{"agent.defaulted": '["cpu_ms"]', "agent.visits": "9.0"}))
    operator = graph.operators["a"]
    assert operator.defaulted == ("cpu_ms", "bytes")
    assert operator.visits == 1.0
    assert set(operator.attrs) == {"fn", "cpu_ms", "bytes"}


BRANCH = "\n".join([
    op("%0", "first", "%l"),
    op("%t", "test", "%l"),
    "%1 = scf.if %t -> (!agent.json) {",
    op("%2", "then", "%0"),
    op("%3", "alone"),
    op("%4", "join", "%2", "%3"),
    "scf.yield %4 : !agent.json",
    "} else {",
    "scf.yield %0 : !agent.json",
    "} {agent.probability = 0.3}",
    op("%5", "last", "%1"),
])  # fmt: skip


def test_branch() -> None:
    graph = read(BRANCH)
    assert graph.root.steps[2] == Branch(
        "if_0", (Block((Task("then"), Task("alone"), Task("join"))), Block()), (0.3, 0.7)
    )
    assert crossings(graph) == {
        ("first", "then"): (0.3, False),
        ("then", "join"): (0.3, False),
        ("alone", "join"): (0.3, False),
        ("join", "last"): (0.3, False),
        ("first", "last"): (0.7, False),  # the else side passes it on
    }
    # What starts in the branch waits for the test; so does who gets a value that either side passes on.
    assert crossings(graph, "order") == {
        ("test", "then"): (0.3, False),
        ("test", "alone"): (0.3, False),
        ("test", "last"): (1.0, False),
    }


def test_switch() -> None:
    graph = read(
        "%i = arith.constant 1 : index\n%0 = scf.index_switch %i -> !agent.json\ncase 5 {\n"
        + op("%1", "five", "%l")
        + "\nscf.yield %1 : !agent.json\n}\ndefault {\n"
        + op("%2", "other", "%l")
        + "\nscf.yield %2 : !agent.json\n}\n"
        + op("%3", "last", "%0")
    )
    (branch, _) = graph.root.steps
    assert isinstance(branch, Branch)
    assert branch.blocks == (Block((Task("five"),)), Block((Task("other"),)))
    assert branch.probabilities == (0.5, 0.5)


def test_switch_probabilities_are_in_text_order() -> None:
    graph = read(
        "%i = arith.constant 1 : index\nscf.index_switch %i {agent.probabilities = [0.1, 0.9]}\ncase 5 {\n"
        + op("%1", "five", "%l")
        + "\nscf.yield\n}\ndefault {\n"
        + op("%2", "other", "%l")
        + "\n}\n"
    )
    assert {id: o.visits for id, o in graph.operators.items()} == {"five": 0.1, "other": 0.9}


def while_(trips: float, before: str, after: str, extra: str = "") -> str:
    return "\n".join([
        op("%0", "first", "%l"),
        "%1 = scf.while (%x = %0) : (!agent.json) -> !agent.json {",
        before,
        "} do {",
        "^bb0(%y: !agent.json):",
        after,
        f"}} attributes {{agent.trips = {trips}{extra}}}",
        op("%9", "last", "%1"),
    ])  # fmt: skip


def test_while() -> None:
    before = op("%t", "test", "%x") + "\nscf.condition(%t) %x : !agent.json"
    body = op("%z", "body", "%y", "%0") + "\nscf.yield %z : !agent.json"
    graph = read(while_(3, before, body, ", agent.max_trips = 8"))
    assert graph.root.steps[1] == Loop("while_0", Block((Task("test"),)), Block((Task("body"),)), 3.0, 8)
    assert [o.visits for o in graph.operators.values()] == [1, 4, 3, 1]
    found = [(e.src, e.dst, e.visits, e.carried) for e in graph.edges]
    assert found == [
        ("first", "test", 1.0, False),
        ("body", "test", 3.0, True),
        ("first", "body", 1.0, False),  # as the first state
        ("body", "body", 2.0, True),  # one less than its trips
        ("first", "body", 1.0, False),  # as itself: it crosses once
        ("body", "last", 1.0, False),
    ]


def test_a_while_that_may_not_run_passes_on_what_came_in() -> None:
    before = op("%t", "test", "%x") + "\nscf.condition(%t) %x : !agent.json"
    body = op("%z", "body", "%y") + "\nscf.yield %z : !agent.json"
    graph = read(while_(0.25, before, body))
    assert crossings(graph)["body", "last"] == (0.25, False)
    assert crossings(graph)["first", "last"] == (0.75, False)
    assert ("body", "body") not in crossings(graph)


def test_do_while() -> None:
    before = "\n".join([
        op("%b", "body", "%x"), op("%t", "test", "%b"), "scf.condition(%t) %b : !agent.json",
    ])  # fmt: skip
    graph = read(while_(3, before, "scf.yield %y : !agent.json"))
    loop = graph.root.steps[1]
    assert loop == Loop("while_0", Block(), Block((Task("body"), Task("test"))), 3.0, 6)
    assert crossings(graph) == {
        ("first", "body"): (1.0, False),
        ("body", "body"): (2.0, True),
        ("body", "test"): (3.0, False),
        ("body", "last"): (1.0, False),
    }


def test_for_counts_its_constant_bounds() -> None:
    graph = read(
        "%a = arith.constant 1 : index\n%b = arith.constant 10 : index\n%s = arith.constant 4 : index\n"
        + op("%0", "first", "%l")
        + "\n%1 = scf.for %i = %a to %b step %s iter_args(%x = %0) -> (!agent.json) {\n"
        + op("%2", "body", "%x")
        + "\nscf.yield %2 : !agent.json\n}\n"
        + op("%3", "last", "%1")
    )
    assert graph.root.steps[1] == Loop("for_0", Block(), Block((Task("body"),)), 3.0, 3)
    assert crossings(graph) == {
        ("first", "body"): (1.0, False),
        ("body", "body"): (2.0, True),
        ("body", "last"): (1.0, False),
    }


MAP = "\n".join([
    op("%0", "list", "%l"),
    '%1 = "agent.scatter"(%0) : (!agent.json) -> tensor<?x!agent.json>',
    "%z = arith.constant 0 : index",
    "%n = tensor.dim %1, %z : tensor<?x!agent.json>",
    "%e = tensor.empty(%n) : tensor<?x!agent.json>",
    "%2 = scf.forall (%i) in (%n) shared_outs(%o = %e) -> (tensor<?x!agent.json>) {",
    "%x = tensor.extract %1[%i] : tensor<?x!agent.json>",
    op("%3", "each", "%x"),
    op("%4", "alone"),
    op("%5", "both", "%3", "%4"),
    "%6 = tensor.from_elements %5 : tensor<1x!agent.json>",
    "scf.forall.in_parallel {",
    "tensor.parallel_insert_slice %6 into %o[%i] [1] [1] : tensor<1x!agent.json> into tensor<?x!agent.json>",
    "}",
    "} {agent.items = 8, agent.width = 2}",
    '%7 = "agent.gather"(%2) : (tensor<?x!agent.json>) -> !agent.json',
    op("%8", "last", "%7"),
])  # fmt: skip


def test_map() -> None:
    graph = read(MAP)
    body = Block((Task("each"), Task("alone"), Task("both")))
    assert graph.root.steps[1] == Map("forall_0", body, 8.0, 2)
    assert crossings(graph) == {
        ("list", "each"): (1.0, False),  # the list crosses once
        ("each", "both"): (8.0, False),
        ("alone", "both"): (8.0, False),
        ("both", "last"): (8.0, False),  # each item's result crosses
    }
    assert crossings(graph, "order") == {("list", "alone"): (1.0, False)}  # how many there are


def test_loops_in_branches_multiply() -> None:
    loop = while_(
        3, op("%t", "test", "%x") + "\nscf.condition(%t) %x : !agent.json",
        op("%z", "body", "%y") + "\nscf.yield %z : !agent.json",
    )  # fmt: skip
    graph = read(f"scf.if %c {{\n{loop}\n}} {{agent.probability = 0.5}}")
    visits = {id: o.visits for id, o in graph.operators.items()}
    assert visits == {"first": 0.5, "test": 2.0, "body": 1.5, "last": 0.5}
    assert crossings(graph)["body", "body"] == (1.0, True)
    assert crossings(graph)["body", "test"] == (1.5, True)
    assert crossings(graph)["body", "last"] == (0.5, False)


def test_defaults_of_control_flow() -> None:
    graph = read(BRANCH.replace(" {agent.probability = 0.3}", ""))
    branch = graph.root.steps[2]
    assert isinstance(branch, Branch)
    assert branch.probabilities == (0.5, 0.5)
    loop = read(while_(3, op("%t", "test", "%x") + "\nscf.condition(%t) %x : !agent.json",
                       "scf.yield %y : !agent.json").replace("agent.trips = 3.0", "")
                .replace("agent.trips = 3", "agent.max_trips = 1")).root.steps[1]  # fmt: skip
    assert isinstance(loop, Loop)
    assert (loop.trips, loop.max_trips) == (1.0, 1)  # not more than the bound


def test_constructs_without_operators_are_no_steps() -> None:
    graph = read("scf.if %c {\n}\n" + op("%0", "only", "%l"))
    assert graph.root == Block((Task("only"),))


def test_order_of_stores_and_stated_writes() -> None:
    def load(id: str, store: str = "kv") -> str:
        return f'%{id} = "memory.load"(%q) {{id = "{id}", store = "{store}"}} : (!agent.text) -> !agent.json'

    def store(id: str, store: str = "kv") -> str:
        return (
            f'%{id} = "memory.store"(%q, %l) {{id = "{id}", store = "{store}"}} : '
            "(!agent.text, !agent.json) -> !agent.json"
        )

    graph = read("\n".join([
        load("l1"), load("l2"), load("other", "elsewhere"), store("s1"),
        "scf.if %c {", store("s2"), "} else {", load("l3"), "}",
        load("l4"),
        op("%w1", "w1", "%l", effects='"write"'),
        op("%free", "free", "%l"),
        op("%w2", "w2", "%l", effects='"write"'),
        store("s3"),
    ]))  # fmt: skip
    assert set(crossings(graph, "order")) == {
        ("l1", "s1"), ("l2", "s1"),  # a write waits for the reads before it
        ("s1", "s2"), ("s1", "l3"),  # the sides of a branch do not wait for each other
        ("s2", "l4"), ("s1", "l4"),  # what follows waits for whichever ran
        ("w1", "w2"),
        ("l3", "s3"), ("l4", "s3"),
    }  # fmt: skip


def test_stated_reads_and_writes_keep_source_order_and_nothing_unstated_does() -> None:
    graph = read("\n".join([
        op("%r1", "r1", "%l", effects='"read"'),
        op("%r2", "r2", "%l", effects='"read"'),
        op("%w1", "w1", "%l", effects='"write"'),
        op("%unstated", "unstated", "%l"),
        op("%none", "none", "%l", effects='"none"'),
        "scf.if %c {", op("%r3", "r3", "%l", effects='"read"'), "}",
        op("%w2", "w2", "%l", effects='"write"'),
    ]))  # fmt: skip
    assert set(crossings(graph, "order")) == {
        ("r1", "w1"), ("r2", "w1"),  # two reads are free; a write waits for both
        ("w1", "r3"), ("r3", "w2"),
        ("w1", "w2"),  # where the branch with the read is not taken
    }  # fmt: skip


def test_entries_of_one_log_keep_their_order() -> None:
    def observe(id: str, store: str) -> str:
        return f'"agent.observe"(%q) {{id = "{id}", store = "{store}"}} : (!agent.text) -> ()'

    graph = read("\n".join([observe("o1", "log"), observe("other", "elsewhere"), observe("o2", "log")]))
    assert set(crossings(graph, "order")) == {("o1", "o2")}


def test_a_data_edge_needs_no_order_edge() -> None:
    graph = read(op("%0", "a", "%l", effects='"write"') + "\n" + op("%1", "b", "%0", effects='"write"'))
    assert [(e.kind, e.src, e.dst) for e in graph.edges] == [("data", "a", "b")]


def test_ids_are_numbered_by_kind_and_kept() -> None:
    compute = '"agent.compute"() {{fn = "f"{}}} : () -> ()'
    named = ', id = "{}"'
    graph = read("\n".join([
        compute.format(""), compute.format(named.format("mine")), compute.format(""),
        compute.format(named.format("compute_4")), compute.format(""),
    ]))  # fmt: skip
    assert list(graph.operators) == ["compute_0", "mine", "compute_2", "compute_4", "compute_4_1"]


SWITCH = """func.func @f(%i: index) {
  scf.index_switch %i {agent.probabilities = [1.0]}
  case 5 {
    scf.yield
  }
  default {
  }
  return
}"""


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("module {\n}", "no agent here", "a.mlir:1:1"),
        ("func.func private @f() {\nreturn\n}", "no agent here", "a.mlir"),
        ("func.func @f() {\nreturn\n}", "the agent @f has no operators", "a.mlir:1:1"),
        ("func.func @f() {\nreturn\n}\nfunc.func @g() {\nreturn\n}", "2 public functions", "a.mlir:4:1"),
        ("func.func @f() {\ncf.br ^a\n^a:\nreturn\n}", "the agent @f has 2 blocks", "a.mlir:1:1"),
        ("func.func @f() {\ngpu.barrier\nreturn\n}", "gpu.barrier cannot be placed", "a.mlir:2:1"),
        (
            "func.func private @g()\nfunc.func @f() {\ncall @g() : () -> ()\nreturn\n}",
            "@g has no body",
            "a.mlir:3:1",
        ),
        (
            SWITCH,
            "agent.probabilities has 1 values for 2 branches",
            "a.mlir:2:3",
        ),
    ],
)
def test_refused(text: str, message: str, where: str) -> None:
    with pytest.raises(AgentcError, match=message) as caught:
        read_graph(parse_text(text, "a.mlir"))
    assert str(caught.value.diagnostics[0].location) == where


def test_thousands_of_branches_read_without_deep_recursion() -> None:
    lines = [op("%v0", "op_0", "%l")]
    for i in range(1, 1500):
        lines += [
            f"%v{i} = scf.if %c -> (!agent.json) {{", op(f"%w{i}", f"op_{i}", f"%v{i - 1}"),
            f"scf.yield %w{i} : !agent.json", "} else {",
            f'%x{i} = "agent.cast"(%l) : (!agent.json) -> !agent.json', f"scf.yield %x{i} : !agent.json", "}",
        ]  # fmt: skip
    graph = read("\n".join(lines))
    assert len(graph.operators) == 1500
    assert len(graph.edges) == 1499


def test_many_passed_on_states_in_a_loop_do_not_blow_up() -> None:
    # Each branch doubles the ways from the loop's state to its end: 2^40 of them.
    body = ["%y0 = " + '"agent.cast"(%y) : (!agent.json) -> !agent.json']
    for i in range(40):
        body += [
            f"%y{i + 1} = scf.if %c -> (!agent.json) {{", f"scf.yield %y{i} : !agent.json", "} else {",
            f'%k{i} = "agent.cast"(%y{i}) : (!agent.json) -> !agent.json',
            f"scf.yield %k{i} : !agent.json",
            "}",
        ]  # fmt: skip
    body += [op("%b", "body", "%y40"), "scf.yield %y40 : !agent.json"]
    before = op("%t", "test", "%x") + "\nscf.condition(%t) %x : !agent.json"
    graph = read(while_(3, before, "\n".join(body)))
    assert ("first", "body") in crossings(graph)


def test_a_selected_value_waits_for_what_selects_it() -> None:
    graph = read("\n".join([
        op("%0", "a", "%l"), op("%1", "b", "%l"), op("%t", "test", "%l"),
        "%2 = arith.select %t, %0, %1 : !agent.json", op("%3", "last", "%2"),
    ]))  # fmt: skip
    assert crossings(graph) == {("a", "last"): (1.0, False), ("b", "last"): (1.0, False)}
    assert crossings(graph, "order") == {("test", "last"): (1.0, False)}


def test_a_search_uses_its_stores_embedder() -> None:
    agent = (
        'module attributes {agent.stores = {docs = {embedder = "mine"}}} {\n'
        "func.func @f(%q: !agent.text) {\n"
        '%0 = "memory.search"(%q) {store = "docs"} : (!agent.text) -> !agent.docs\n'
        '%1 = "memory.search"(%q) {store = "other"} : (!agent.text) -> !agent.docs\nreturn\n}\n}'
    )
    first, second = read_graph(parse_text(agent)).operators.values()
    assert (first.attrs["embedder"], second.attrs["embedder"]) == ("mine", "minilm-l6-v2")
    assert "embedder" not in first.defaulted
    assert "embedder" in second.defaulted
