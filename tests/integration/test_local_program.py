"""What the local backend writes: a program that a person can read, whatever names a graph has."""

# ruff: noqa: E501 (MLIR is written in long lines)

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from agentc.backends.local.names import Names, identifier, literal, remark
from agentc.backends.table import backend_names, find_backend
from agentc.diagnostics import AgentcError
from agentc.frontends.load import load
from agentc.passes.pipeline import run as run_passes
from agentc.runtime.program import open_program

ROOT = Path(__file__).parents[2]
PIPELINE = "inline,canonicalize,cse,dce,decompose,cse,dce,annotate"


def emit(source: str | Path, out: Path, pipeline: str = PIPELINE) -> Path:
    """Emit a source without a plan; the program's folder."""
    loaded = load(str(source))
    run_passes(loaded.module, pipeline)
    out.mkdir(exist_ok=True)
    files = find_backend("local").emit(loaded.module, None, loaded, out)
    assert all(file.is_file() for file in files)
    return files[0].parent


def emit_text(text: str, tmp_path: Path, pipeline: str = PIPELINE) -> Path:
    (tmp_path / "agent.mlir").write_text(text)
    return emit(tmp_path / "agent.mlir", tmp_path / "out", pipeline)


def test_each_operator_is_one_line_with_its_id_and_place(tmp_path):
    folder = emit(f"{ROOT}/examples/rag.py:answer", tmp_path / "out")
    lines = (folder / "program.py").read_text().splitlines()
    settings = json.loads((folder / "settings.json").read_text())
    for id, operator in settings["operators"].items():
        (line,) = [line for line in lines if f'("{id}", ' in line]
        assert operator["loc"] in line.partition("#")[2]
    ast.parse("\n".join(lines))


def test_the_folder_has_all_that_it_needs(tmp_path):
    folder = emit(f"{ROOT}/examples/rag.py:answer", tmp_path / "out")
    assert {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} == {
        "__init__.py",
        "__main__.py",
        "app/rag.py",
        "program.py",
        "settings.json",
    }
    program = open_program(folder)
    assert program.settings.inputs[0].name == "question"
    assert program.settings.stores["docs"].path == "corpus"


def test_the_tier_stands_beside_each_operator(tmp_path):
    """The placement pass writes `place.tier` and `place.pool`; here they are written by hand."""
    text = """
    func.func @agent(%q: !agent.text {agent.name = "q"}) -> !agent.text {
      %0 = "llm.prefill"(%q) {model = "m", id = "a.prefill", place.tier = "hp", place.pool = "m/prefill@hp"} : (!agent.text) -> !llm.kv
      %1 = "place.transfer"(%0) {link = "hp-co", from = "a.prefill"} : (!llm.kv) -> !llm.kv
      %2 = "llm.decode"(%1) {model = "m", id = "a.decode", max_tokens = 9, place.tier = "co", place.pool = "m/decode@co"} : (!llm.kv) -> !agent.text
      return %2 : !agent.text
    }"""
    folder = emit_text(text, tmp_path, "canonicalize")
    source = (folder / "program.py").read_text()
    prefill, decode = (line for line in source.splitlines() if "do." in line)
    assert "room_tokens=9)  # on hp; " in prefill
    assert 'do.decode("a.decode", a_prefill, model="m", max_tokens=9)  # on co; ' in decode
    settings = open_program(folder).settings
    assert settings.operators["a.decode"].pool == "m/decode@co"


NASTY = r"""
module attributes {agent.fns = {f = {python = "nasty.py:f"}}} {
  func.func @"x'); import os; os._exit(9)  #"(%a: !agent.text {agent.name = "class"}, %b: !agent.text {agent.name = "do\"); raise"}) -> (!agent.text, !agent.text) {
    %0 = "agent.compute"(%a) {fn = "f", id = "a\22); raise SystemExit(9) #", effects = "none"} : (!agent.text) -> !agent.text
    %1 = "agent.compute"(%b) {fn = "f", id = "b\0Araise SystemExit(9)", effects = "none"} : (!agent.text) -> !agent.text
    %2 = "agent.compute"(%b) {fn = "f", id = "do", effects = "none"} : (!agent.text) -> !agent.text
    %3 = "agent.compute"(%0, %1, %2) {fn = "builtin:join", id = "PROMPT", effects = "none"} : (!agent.text, !agent.text, !agent.text) -> !agent.text
    %4 = "agent.test"(%3) {fn = "builtin:true", id = "agent_if_0_then"} : (!agent.text) -> i1
    %5 = scf.if %4 -> (!agent.text) {
      %6 = "agent.compute"(%3) {fn = "builtin:identity", id = "\22\22\22", effects = "none"} : (!agent.text) -> !agent.text
      scf.yield %6 : !agent.text
    } else {
      scf.yield %3 : !agent.text
    } {id = "\5C\22\22\22\0Araise SystemExit(9)"}
    return %5, %a : !agent.text, !agent.text
  }
}
"""


def test_names_of_a_graph_stay_names(tmp_path):
    (tmp_path / "nasty.py").write_text("def f(x): return x + '!'\n")
    folder = emit_text(NASTY, tmp_path, "annotate")
    assert folder.parent == tmp_path / "out"
    outcome = open_program(folder).run({"class": 'A"', 'do"); raise': "B"})
    assert outcome.results == ('A"!\n\nB!\n\nB!', 'A"')
    (entry,) = [n for n in ast.parse((folder / "program.py").read_text()).body if isinstance(n, ast.Assign)]
    assert isinstance(entry.targets[0], ast.Name)
    ast.parse((folder / "__main__.py").read_text())


def test_prompts_arrive_as_they_were_written(tmp_path):
    prompt = 'He said """no""" \\n {q}\ttab\x07 \u2028 é\n\n```\'\'\'\nlast line without end'
    written = "".join(f"\\{byte:02X}" for byte in prompt.encode())
    text = f"""
    func.func @agent(%q: !agent.text {{agent.name = "q"}}) -> !agent.text {{
      %0 = "llm.call"(%q) {{model = "m", id = "a", prompt = "{written}", inputs = ["q"]}} : (!agent.text) -> !agent.text
      return %0 : !agent.text
    }}"""
    source = (emit_text(text, tmp_path) / "program.py").read_text()
    namespace: dict[str, object] = {}
    exec(source, namespace)  # our own program
    assert namespace["A_PREFILL_PROMPT"] == prompt


@pytest.mark.parametrize(
    "value", ["", "a", "'", '"', "'\"", "\\", "\n", "\x00", "\ud800", "{x}", 1, -2.5, True, None]
)
def test_literals_mean_what_they_were(value):
    assert ast.literal_eval(literal(value)) == value
    assert ast.literal_eval(literal([value, [value]])) == (value, (value,))


def test_names():
    names = Names()
    assert [names.fresh(n) for n in ("a", "a", "class", "do", "a_2")] == [
        "a",
        "a_2",
        "class_2",
        "do_2",
        "a_2_2",
    ]
    assert [identifier(t) for t in ("hits.lookup", "1st", "__init__", "é", "a--b")] == [
        "hits_lookup",
        "x1st",
        "init",
        "x",
        "a_b",
    ]
    assert "\n" not in remark('a\nb"""\\')
    assert '"' not in remark('a\nb"""\\')


def test_an_op_without_expression_is_told_at_its_place(tmp_path):
    text = """
    func.func @agent(%q: !agent.text {agent.name = "q"}) -> !agent.text {
      %0 = "llm.call"(%q) {model = "m", id = "a"} : (!agent.text) -> !agent.text
      %c = arith.constant 4 : i64
      %1 = arith.shli %c, %c : i64
      return %0 : !agent.text
    }"""
    with pytest.raises(AgentcError, match=r"the local backend cannot express arith\.shli") as caught:
        emit_text(text, tmp_path, "annotate")
    location = caught.value.diagnostics[0].location
    assert location is not None
    assert (Path(location.file).name, location.line) == ("agent.mlir", 5)


def test_a_map_that_does_not_count_from_zero_is_refused(tmp_path):
    text = """
    module attributes {agent.fns = {f = {python = "x.py:f"}}} {
    func.func @agent(%q: !agent.json {agent.name = "q"}) -> !agent.json {
      %items = "agent.scatter"(%q) : (!agent.json) -> tensor<?x!agent.json>
      %c4 = arith.constant 4 : index
      %out = scf.forall (%i) = (1) to (4) step (1) shared_outs(%o = %items) -> (tensor<?x!agent.json>) {
        %item = tensor.extract %items[%i] : tensor<?x!agent.json>
        %done = "agent.compute"(%item) {fn = "f", id = "f"} : (!agent.json) -> !agent.json
        %one = tensor.from_elements %done : tensor<1x!agent.json>
        scf.forall.in_parallel {
          tensor.parallel_insert_slice %one into %o[%i] [1] [1] : tensor<1x!agent.json> into tensor<?x!agent.json>
        }
      }
      %list = "agent.gather"(%out) : (tensor<?x!agent.json>) -> !agent.json
      return %list : !agent.json
    }}"""
    with pytest.raises(AgentcError, match="runs a map over 0 to n by 1 alone"):
        emit_text(text, tmp_path, "annotate")


def test_the_table_is_lazy_and_names_its_backends():
    assert backend_names()[0] == "local"
    with pytest.raises(AgentcError, match="unknown backend 'lokal'") as caught:
        find_backend("lokal")
    assert "local" in caught.value.diagnostics[0].hint


def test_a_package_can_offer_a_backend(tmp_path, monkeypatch):
    (tmp_path / "other_backend.py").write_text("ABOUT = 'x'\nEXPRESSES = ()\ndef emit(*a): return []\n")
    (tmp_path / "empty_backend.py").write_text("")
    info = tmp_path / "other_backend-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-backend\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[agentc.backends]\nother = other_backend\nempty = empty_backend\ngone = no_such_module\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert backend_names() == ["local", "empty", "gone", "other"]
    assert find_backend("other").ABOUT == "x"
    with pytest.raises(AgentcError, match=r"'empty' .*has no emit"):
        find_backend("empty")
    with pytest.raises(AgentcError, match=r"'gone' .*does not load: ModuleNotFoundError"):
        find_backend("gone")
