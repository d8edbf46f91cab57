"""What `agentc compile SOURCE` takes: files told apart, agents found by name, errors in files located."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from agentc.diagnostics import AgentcError, Diagnostic, Location
from agentc.frontends.load import load

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "import agentc as ac\n@ac.agent\ndef answer(q: str):\n    return ac.llm('m', '{q}')(q=q)\n"
GRAPH = """\
module attributes {agent.tools = {look = {python = "tools.py:look"}}} {
  func.func @answer(%q: !agent.text) -> !agent.text {
    %a = "tool.invoke"(%q) {tool = "look"} : (!agent.text) -> !agent.text
    return %a : !agent.text
  }
}
"""


def refused(source: str) -> Diagnostic:
    with pytest.raises(AgentcError) as stop:
        load(source)
    assert stop.value.exit_code == 2
    return stop.value.diagnostics[0]


def position(found: Diagnostic) -> Location:
    assert found.location is not None
    return found.location


def test_a_python_agent(app: Path):
    app.write_text(GOOD)
    loaded = load(f"{app}:answer")
    assert loaded.source == f"{app}:answer"
    assert loaded.source_root == app.parent
    assert loaded.sources == (app,)
    assert f'agent.source = "{app}:answer"' in str(loaded.module)


def test_locations_repeat_the_path_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/app.py").write_text(GOOD.replace("q=q", "q=len(q)"))
    monkeypatch.chdir(tmp_path)
    assert str(refused("lib/app.py:answer").location) == "lib/app.py:4:33"
    (tmp_path / "lib/app.py").write_text(GOOD)
    assert load("lib/app.py:answer").sources == (tmp_path / "lib/app.py",)


def test_modules_beside_the_file(app: Path, tmp_path: Path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/__init__.py").write_text("")
    (tmp_path / "pack/deep.py").write_text("from . import side\n")
    (tmp_path / "pack/side.py").write_text("")
    (tmp_path / "late.py").write_text("")
    (tmp_path / "unused.py").write_text("")
    (tmp_path / "tools.py").write_text(
        "import agentc as ac\nfrom pack.deep import side\n"
        "@ac.tool\ndef look(q: str) -> str:\n    import late\n    return str(late)\n"
    )
    app.write_text(GOOD.replace("ac\n", "ac\nimport tools\n", 1).replace("(q=q)", "(q=tools.look(q))"))
    loaded = load(f"{app}:answer")
    names = {str(p.relative_to(tmp_path)) for p in loaded.sources}
    assert names == {"app.py", "tools.py", "late.py", "pack/__init__.py", "pack/deep.py", "pack/side.py"}
    assert loaded.sources[0] == app
    assert "tools" not in sys.modules
    assert str(tmp_path) not in sys.path


def test_the_next_agent_may_have_modules_of_the_same_names(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tools.py").write_text(
            f"import agentc as ac\n@ac.tool\ndef {name}(q: str) -> str: ...\n"
        )
        (tmp_path / name / "app.py").write_text(
            f"import agentc as ac, tools\n@ac.agent\ndef answer(q: str):\n    return tools.{name}(q)\n"
        )
        assert f"tools.py:{name}" in str(load(f"{tmp_path / name}/app.py:answer").module)


def test_errors_in_a_module_beside_the_file(app: Path, tmp_path: Path):
    (tmp_path / "tools.py").write_text("x = 1\ny = x +\n")
    app.write_text("import tools\n" + GOOD)
    found = refused(f"{app}:answer")
    assert str(found.location).startswith(f"{tmp_path}/tools.py:2:")
    assert "syntax error" in found.message
    (tmp_path / "tools.py").write_text("x = 1\ny = x['a']\n")
    assert str(refused(f"{app}:answer").location) == f"{tmp_path}/tools.py:2:5"


def test_missing_file(app: Path):
    app.write_text(GOOD)
    found = refused(f"{app.parent}/ap.py:answer")
    assert position(found).file == f"{app.parent}/ap.py"
    assert "no such file" in found.message
    assert "app.py" in found.hint


def test_syntax_error(app: Path):
    app.write_text("import agentc as ac\nx = (1 +\n\ndef f(:\n")
    found = refused(f"{app}:answer")
    assert "syntax error" in found.message
    assert position(found).line in {2, 4}
    assert position(found).col > 0


@pytest.mark.parametrize("content", [b"x = '\xff'\n", b"x = '\x00'\n"])
def test_no_python_text(app: Path, content: bytes):
    app.write_bytes(content)
    assert position(refused(f"{app}:answer")).file == str(app)


FAILING = [
    ("import not_there_at_all", 1, "ModuleNotFoundError", "install not_there_at_all"),
    ("from os import not_there_at_all", 1, "ImportError", ""),
    ("x = {}['k']", 5, "KeyError: 'k'", ""),
    ("def f():\n    return 1 / 0\nx = f()", 12, "ZeroDivisionError", ""),
    ("import sys; sys.exit(3)", 13, "SystemExit", ""),
    ("x = not_defined", 5, "NameError", ""),
]


@pytest.mark.parametrize(("line", "column", "message", "hint"), FAILING, ids=[f[0] for f in FAILING])
def test_exceptions_while_the_file_loads(app: Path, line: str, column: int, message: str, hint: str):
    app.write_text(f"{line}\n{GOOD}")
    found = refused(f"{app}:answer")
    assert str(found.location) == f"{app}:{2 if 'def f' in line else 1}:{column}"
    assert message in found.message
    assert hint in found.hint


def test_a_name_that_is_not_there(app: Path):
    app.write_text(GOOD)
    found = refused(f"{app}:anwser")
    assert "'anwser'" in found.message
    assert "answer" in found.hint


def test_no_name(app: Path):
    app.write_text(GOOD + GOOD.replace("answer", "second"))
    for source in (f"{app}", f"{app}:"):
        found = refused(source)
        assert "which agent" in found.message
        assert f"{app}:answer" in found.hint
        assert "second" in found.hint


def test_a_name_that_is_no_agent(app: Path):
    app.write_text(GOOD + "@ac.tool\ndef look(q: str): ...\nx = 1\n")
    assert "is a Tool, not an agent" in refused(f"{app}:look").message
    assert "is a int, not an agent" in refused(f"{app}:x").message
    assert "answer" in refused(f"{app}:x").hint


def test_a_file_without_agents(app: Path):
    app.write_text("x = 1\n")
    assert "@ac.agent" in refused(f"{app}:answer").hint


def test_other_sources(tmp_path: Path):
    assert "not read yet" in refused("flow.yaml").message
    assert "not read yet" in refused("flow.json").message
    assert "is no source" in refused("flow.txt:name").message
    assert "is a folder" in refused(str(tmp_path)).message
    assert "leave out ':name'" in refused("graph.mlir:name").message
    assert "no such file" in refused(str(tmp_path / "graph.mlir")).message


def test_mlir(tmp_path: Path):
    graph = tmp_path / "graph.mlir"
    graph.write_text(GRAPH)
    (tmp_path / "tools.py").write_text("import side\ndef look(q): ...\n")
    (tmp_path / "side.py").write_text("")
    loaded = load(str(graph))
    assert loaded.source_root == tmp_path
    assert loaded.sources == (tmp_path / "tools.py", tmp_path / "side.py")
    assert '"tool.invoke"' in str(loaded.module)


def test_mlir_must_hold_one_agent(tmp_path: Path):
    graph = tmp_path / "graph.mlir"
    one = GRAPH.split("\n", 1)[1].rsplit("}", 1)[0].replace("  func", "func", 1)
    graph.write_text(one + one.replace("@answer", "@other"))
    assert "2 public functions" in refused(str(graph)).message
    graph.write_text("module {}\n")
    assert "no agent" in refused(str(graph)).message


def test_what_the_file_prints_goes_to_stderr(app: Path, capsys: pytest.CaptureFixture[str]):
    app.write_text("print('loading')\n" + GOOD)
    load(f"{app}:answer")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "loading\n"


def test_a_script_guard_stays_shut(app: Path):
    app.write_text(GOOD + "if __name__ == '__main__':\n    raise SystemExit\n")
    load(f"{app}:answer")


def test_tracing_leaves_nothing_behind(app: Path):
    app.write_text(GOOD.replace("q=q", "q=len(q)"))
    refused(f"{app}:answer")
    app.write_text(GOOD)
    assert load(f"{app}:answer")
    assert not [name for name in sys.modules if name.startswith("_agentc_")]


def test_a_loop_that_never_runs_is_named(tmp_path: Path):
    loop = """%a = arith.constant 3 : index
    scf.for %i = %a to %a step %a {
    } {id = "again"}
    """
    path = tmp_path / "never.mlir"
    path.write_text(
        f"func.func @g(%q: !agent.text) -> !agent.text {{\n    {loop}return %q : !agent.text\n}}\n"
    )
    found = refused(str(path))
    assert found.message == "scf.for 'again' makes no trips"
    assert position(found).line == 3
