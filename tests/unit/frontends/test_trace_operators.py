"""What calls in an agent become: ops with the user's names, places, attributes and types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from mlir import ir

from agentc.ir.graph import Graph, Slo
from agentc.ir.read import read_graph
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from agentc.frontends.load import Loaded


@pytest.fixture
def graph_of(load_body):
    def read(body: str) -> Graph:
        return read_graph(load_body(body).module)

    return read


def edges(graph: Graph) -> set[tuple[str, str]]:
    return {(e.src, e.dst) for e in graph.edges if e.kind == "data"}


def test_the_agent_of_the_design(graph_of, place):
    graph = graph_of(
        "hits = docs.search(question, k=4)\n"
        "news = web_search(question)\n"
        'return ac.llm("llama-3.1-8b", "Answer {question} from {hits} and {news}.", output_tokens=300)(\n'
        "    question=question, hits=hits, news=news)"
    )
    assert {i: o.op for i, o in graph.operators.items()} == {
        "hits": "memory.search",
        "news": "tool.invoke",
        "answer": "llm.call",
    }
    assert edges(graph) == {("hits", "answer"), ("news", "answer")}
    assert graph.results == ("answer",)
    assert str(graph.operators["hits"].location) == place("docs.search")
    assert str(graph.operators["news"].location) == place("web_search(question)")
    assert str(graph.operators["answer"].location) == place("ac.llm")
    assert graph.operators["news"].attrs["latency_ms_p95"] == 900
    assert graph.operators["hits"].attrs["embedder"] == "minilm-l6-v2"
    assert graph.operators["answer"].attrs["inputs"] == ["question", "hits", "news"]
    assert graph.operators["answer"].attrs["output_tokens"] == 300


NAMES = [
    ("hits = docs.search(question)\nreturn hits", ["hits"]),
    ("hits: list = docs.search(question)\nreturn hits", ["hits"]),
    ("a, b = docs.search(question), web_search(question)\nreturn a, b", ["a", "b"]),
    ("return ac.llm('m', '{h}')(h=docs.search(question))", ["h", "answer"]),
    ("return web_search(web_search(question))", ["web_search", "answer"]),
    (
        "x = docs.search(question)\nx = docs.search(web_search(question))\nreturn x",
        ["x", "web_search", "x_2"],
    ),
    ("(y := docs.search(question))\nreturn y", ["y"]),
    ("docs.search(question)\nreturn web_search(question)", ["docs_search", "answer"]),
    ("x = docs.search(question, id='first')\nreturn x", ["first"]),
    ("x = ac.llm('m', '{q}', id='draft')(q=question)\nreturn x", ["draft"]),
    ("def step(q):\n    return web_search(q)\nreturn step(step(question))", ["step", "step_2"]),
    ("return (docs\n    .search(question))", ["answer"]),
]


@pytest.mark.parametrize(("body", "ids"), NAMES, ids=[n[0] for n in NAMES])
def test_ids_are_the_users_names(graph_of, body: str, ids: list[str]):
    assert list(graph_of(body).operators) == ids


def test_columns_on_several_lines(graph_of, place):
    graph = graph_of("x = ('ä', web_search(\n    question\n))\nreturn x[1]")
    assert str(graph.operators["web_search"].location) == place("web_search(\n")


class Op(NamedTuple):
    """What a test asks about an op; the op itself lives only as long as its module."""

    attrs: dict[str, Any]
    operands: list[str]
    results: list[str]


def op_named(loaded: Loaded, id: str) -> Op:
    """The op with an id, wherever it is."""
    found: list[Op] = []

    def visit(op: ir.Operation) -> ir.WalkResult:
        if attributes(op).get("id") == id:
            types = [[str(v.type) for v in values] for values in (op.operands, op.results)]
            found.append(Op(attributes(op), *types))
        return ir.WalkResult.ADVANCE

    loaded.module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    (op,) = found
    return op


def test_mixed_operands_become_json(load_body):
    op = op_named(load_body("hits = docs.search(question)\nx = join(question, hits)\nreturn x"), "x")
    assert op.operands == ["!agent.json", "!agent.json"]
    assert op.results == ["!agent.text"]
    assert op.attrs == {"fn": "join", "id": "x", "inputs": ["a", "b"]}


def test_operands_of_one_type_stay(load_body):
    assert op_named(load_body("x = web_search(question)\nreturn x"), "x").operands == ["!agent.text"]


def test_constant_arguments_are_bound(load_body):
    loaded = load_body("x = web_search(question, results=5)\ny = web_search(x)\nreturn y")
    tools = attributes(loaded.module.operation)["agent.tools"]
    assert tools[op_named(loaded, "x").attrs["tool"]] == {
        "python": "app.py:web_search",
        "arguments": {"results": "5"},
    }
    assert tools[op_named(loaded, "y").attrs["tool"]] == {"python": "app.py:web_search"}


def test_constant_inputs_stand_in_the_prompt(load_body):
    loaded = load_body("x = ac.llm('m', 'Be {how}: {q}')(how='brief', q=question)\nreturn x")
    assert op_named(loaded, "x").attrs["prompt"] == "Be brief: {q}"


def test_a_constant_that_looks_like_a_placeholder_is_an_operand(load_body):
    loaded = load_body("x = ac.llm('m', '{a} {q}')(a='{q}', q=question)\nreturn x")
    assert op_named(loaded, "x").attrs["prompt"] == "{a} {q}"
    assert op_named(loaded, "x").attrs["inputs"] == ["a", "q"]


def test_constants_are_shared_by_value(load_body):
    loaded = load_body("a = docs.search('x')\nb = docs.search('x')\nc = docs.search('y')\nreturn a, b, c")
    assert attributes(loaded.module.operation)["agent.fns"] == {
        "constant": {"value": '"x"'},
        "constant_2": {"value": '"y"'},
    }


def test_prompt_braces_that_are_no_placeholder(load_body):
    loaded = load_body("""x = ac.llm('m', 'Give {"a": 1} or {{q}} for {q}')(q=question)\nreturn x""")
    assert op_named(loaded, "x").attrs["prompt"] == 'Give {"a": 1} or {{q}} for {q}'


def test_every_llm_setting_arrives(load_body):
    loaded = load_body(
        "x = ac.llm('m', '{q}', output_tokens=10, input_tokens=20, system='s', temperature=1, stream=True,\n"
        "    precision='fp8', max_tokens=15)(q=question)\nreturn x"
    )
    assert op_named(loaded, "x").attrs == {
        "id": "x",
        "model": "m",
        "prompt": "{q}",
        "inputs": ["q"],
        "output_tokens": 10,
        "input_tokens": 20,
        "system": "s",
        "temperature": 1.0,
        "stream": True,
        "precision": "fp8",
        "max_tokens": 15,
    }


def test_an_mcp_tool(load_file):
    loaded = load_file(
        "import agentc as ac\n"
        "look = ac.tool('mcp:python server.py#look_up', latency_ms=5)\n"
        "@ac.agent\ndef answer(q: str):\n    return look(query=q)\n"
    )
    found = op_named(loaded, "answer").attrs
    assert found["tool"] == "mcp:python server.py#look_up"
    assert found["inputs"] == ["query"]
    assert found["latency_ms_p50"] == 5


def test_memory(graph_of):
    graph = graph_of("old = docs.load(question)\nnew = docs.store(question, web_search(old))\nreturn new")
    assert [o.op for o in graph.operators.values()] == ["memory.load", "tool.invoke", "memory.store"]
    assert ("old", "new", "order") in {(e.src, e.dst, e.kind) for e in graph.edges}


def test_speech(load_file):
    loaded = load_file(
        "import agentc as ac\n@ac.agent\ndef answer(speech: bytes) -> bytes:\n"
        "    text = ac.transcribe(speech, 'whisper-large-v3', seconds=6)\n"
        "    return ac.speak(text, 'kokoro-82m')\n"
    )
    assert [o.op for o in read_graph(loaded.module).operators.values()] == ["llm.transcribe", "llm.speak"]


def test_demands_stand_on_the_function(load_file):
    loaded = load_file(
        "import agentc as ac\n"
        "@ac.agent(slo=ac.SLO(e2e='8s', ttft='500ms', availability='99.9%'), load=ac.Load('300/min'))\n"
        "def answer(q: str):\n    return ac.llm('m', '{q}')(q=q)\n"
    )
    graph = read_graph(loaded.module)
    assert graph.slo == Slo(e2e_ms_p95=8000, ttft_ms_p95=500, availability=0.999)
    assert graph.rate_per_s == 5
    assert str(graph.location).endswith("app.py:3:1")


@pytest.mark.parametrize(
    ("annotation", "type"),
    [("str", "text"), ("'str'", "text"), ("dict", "json"), ("bytes", "audio"), ("Nope", "json")],
)
def test_argument_types_follow_annotations(load_file, annotation: str, type: str):
    loaded = load_file(
        "from __future__ import annotations\nimport agentc as ac\n@ac.tool\ndef use(x): ...\n"
        f"@ac.agent\ndef answer(q: {annotation}):\n    return use(q)\n"
    )
    assert f"%arg0: !agent.{type}" in str(loaded.module)


def test_parameters_with_defaults_are_fixed(load_file):
    loaded = load_file(
        "import agentc as ac\ndocs = ac.store('c')\n"
        "@ac.agent\ndef answer(q: str, k: int = 7):\n    hits = docs.search(q, k=k)\n    return hits\n"
    )
    assert op_named(loaded, "hits").attrs["k"] == 7


def test_a_nested_agent_is_a_call(load_file):
    loaded = load_file(
        "import agentc as ac\ndocs = ac.store('c')\n"
        "@ac.agent\ndef look(q: str, k: int = 2):\n    hits = docs.search(q, k=k)\n    return hits, q\n"
        "@ac.agent\ndef answer(question: str):\n"
        "    a, q = look(question)\n    b, _ = look(q)\n"
        "    c, _ = look(question, k=9)\n    return join(a, b, c)\n"
        "@ac.compute\ndef join(a: list, b: list, c: list) -> str: ...\n"
    )
    text = str(loaded.module)
    assert text.count("func.func private") == 2
    assert text.count("call @look(") == 2
    assert text.count("call @look_2(") == 1
    graph = read_graph(loaded.module)
    assert [o.op for o in graph.operators.values()].count("memory.search") == 3
    assert len(graph.operators) == 4


def test_stores_are_found_from_the_agents_folder(load_file, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/memory.py").write_text("import agentc as ac\nnotes = ac.store('notes', name='kept')\n")
    loaded = load_file(
        "import agentc as ac\nfrom lib.memory import notes\nother = ac.store('/data/x', rerank='r')\n"
        "@ac.agent\ndef answer(q: str):\n    return notes.search(q), other.search(q)\n"
    )
    assert attributes(loaded.module.operation)["agent.stores"] == {
        "kept": {"path": "lib/notes", "embedder": "minilm-l6-v2"},
        "other": {"path": "/data/x", "embedder": "minilm-l6-v2", "rerank": "r"},
    }


def test_two_tools_of_one_name_stay_two(load_file, tmp_path):
    (tmp_path / "more.py").write_text("import agentc as ac\n@ac.tool\ndef look(q: str) -> str: ...\n")
    loaded = load_file(
        "import agentc as ac, more\n@ac.tool\ndef look(q: str) -> str: ...\n"
        "@ac.agent\ndef answer(q: str):\n    return look(q), more.look(q)\n"
    )
    assert attributes(loaded.module.operation)["agent.tools"] == {
        "look": {"python": "app.py:look"},
        "look_2": {"python": "more.py:look"},
    }


def test_a_renamed_tool_is_found_by_its_variable(load_file):
    loaded = load_file(
        "import agentc as ac\ndef impl(q: str) -> str: ...\nlook = ac.tool(latency_ms=3)(impl)\n"
        "@ac.agent\ndef answer(q: str):\n    return look(q)\n"
    )
    assert attributes(loaded.module.operation)["agent.tools"] == {"look": {"python": "app.py:look"}}


def test_a_lambda_goes_by_its_variable(load_file):
    loaded = load_file(
        "import agentc as ac\ntidy = ac.compute(lambda q: q.strip())\n"
        "@ac.agent\ndef answer(q: str):\n    return [tidy(q)][0]\n"
    )
    assert op_named(loaded, "tidy").attrs["fn"] == "tidy"
    assert attributes(loaded.module.operation)["agent.fns"] == {"tidy": {"python": "app.py:tidy"}}


def test_a_fixed_parameter_may_count_down(load_file):
    loaded = load_file(
        "import agentc as ac\ndocs = ac.store('c')\n"
        "@ac.agent\ndef answer(q: str, n: int = 2):\n"
        "    return docs.search(answer(q, n=n - 1) if n else q)\n"
    )
    assert len(read_graph(loaded.module).operators) == 3
