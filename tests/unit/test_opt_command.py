"""`agentc opt`: files and stdin, printing after each pass, exit codes."""

from __future__ import annotations

import io

import pytest

from agentc.cli.main import main

AGENT = """\
func.func @answer(%q: !agent.text) -> !agent.text {
  %0 = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
"""


@pytest.fixture
def opt(capsys):
    """Run `agentc opt`; give its exit code and what it printed."""

    def run(*args: object) -> tuple[int, str, str]:
        code = 0
        try:
            main(["opt", *map(str, args)])
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def agent(tmp_path):
    path = tmp_path / "agent.mlir"
    path.write_text(AGENT)
    return path


def test_prints_what_passes_made(opt, agent) -> None:
    code, out, err = opt(agent, "--pipeline", "decompose")
    assert (code, err) == (0, "")
    assert '"llm.prefill"' in out
    assert "loc(" not in out
    assert f'loc("{agent}":2:8)' in opt(agent, "--locations")[1]


def test_output_is_input_again(opt, agent, tmp_path) -> None:
    once = opt(agent, "--pipeline", "decompose,annotate", "--locations")[1]
    again = tmp_path / "again.mlir"
    again.write_text(once)
    assert opt(again, "--locations")[1] == once


def test_reads_stdin(opt, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(AGENT))
    assert '"llm.call"' in opt("-")[1]
    monkeypatch.setattr("sys.stdin", io.StringIO("func.func"))
    code, out, err = opt("-")
    assert (code, out) == (2, "")
    assert err.startswith("<stdin>:1:")


def test_prints_the_ir_after_each_pass(opt, agent) -> None:
    _, out, err = opt(agent, "--pipeline", "cse,decompose", "--print-ir-after-all")
    assert [line for line in err.splitlines() if line.startswith("// -----//")] == [
        "// -----// after cse //----- //",
        "// -----// after decompose //----- //",
    ]
    assert err.count('"llm.call"') == 1
    assert out.strip() in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--pipeline", "decompos"], "error: unknown pass 'decompos'\nhint: did you mean decompose"),
        (["--pipeline", "partition"], "error: partition needs a fleet\nhint: give --fleet FILE"),
        (["--pipeline", "partition", "--fleet", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_refusals(opt, agent, args, message) -> None:
    code, out, err = opt(agent, *args)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_a_missing_file(opt) -> None:
    assert opt("nowhere.mlir") == (2, "", "nowhere.mlir: error: no such file\n")
