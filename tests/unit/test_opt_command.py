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


SPLIT = """\
func.func @one(%q: !agent.text) -> !agent.text {
  %0 = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
// -----
func.func @two(%q: !agent.text) -> !agent.text {
  // expected-error@+1 {{output_tokens must not be negative}}
  %0 = "llm.call"(%q) {model = "m", output_tokens = -1} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
"""


@pytest.fixture
def split(tmp_path):
    path = tmp_path / "split.mlir"
    path.write_text(SPLIT)
    return path


def test_parts_of_a_file_are_taken_one_by_one(opt, split) -> None:
    good = split.parent / "good.mlir"
    good.write_text(SPLIT.replace("-1", "1"))
    code, out, err = opt(good, "--split-input-file", "--pipeline", "decompose")
    assert (code, err) == (0, "")
    first, second = out.split("// -----\n")
    assert "@one" in first
    assert "@two" in second
    assert opt(good)[0] == 0  # one module of two functions


def test_expected_diagnostics_come(opt, split) -> None:
    assert opt(split, "--split-input-file", "--verify-diagnostics") == (0, "", "")


def test_lines_of_later_parts_are_those_of_the_file(opt, split) -> None:
    code, _, err = opt(split, "--split-input-file")
    assert code == 2
    assert f"{split}:8:8: error: output_tokens must not be negative" in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("output_tokens = -1", "output_tokens = 1"),
            "expected error 'output_tokens must not be negative' did not come",
        ),
        (("@+1", "@+2"), "unexpected error: output_tokens must not be negative"),
        (("must not be negative}}", "is wrong}}"), "expected error 'output_tokens is wrong' did not come"),
        (("expected-error", "expected-warning"), "unexpected error"),
    ],
)
def test_other_diagnostics_than_expected_are_told(opt, split, change, message) -> None:
    split.write_text(SPLIT.replace(*change))
    code, out, err = opt(split, "--split-input-file", "--verify-diagnostics")
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(("where", "offset"), [("@above", -1), ("@below", 1), ("@-2", -2), ("", 0)])
def test_places_of_expectations(where, offset) -> None:
    from agentc.ir.expected import expected_in

    (found,) = expected_in("\n\n// expected-note" + where + " {{here}}")
    assert (found.kind, found.line, found.text) == ("note", 3 + offset, "here")


def test_timing_names_every_pass(opt, agent) -> None:
    code, out, err = opt(agent, "--pipeline", "cse,decompose", "--timing")
    assert code == 0
    assert "ms" not in out
    assert [line.split()[-1] for line in err.splitlines()] == ["parse", "cse", "decompose", "all"]


LOOP = """\
func.func @answer(%q: !agent.text) -> !agent.text attributes {agent.slo = {e2e_ms_p95 = 900}} {
  %h = "memory.search"(%q) {id = "hits", store = "docs", k = 3} : (!agent.text) -> !agent.docs
  %0 = scf.while (%x = %q) : (!agent.text) -> !agent.text {
    %go = "agent.test"(%x) {id = "go", fn = "more"} : (!agent.text) -> i1
    scf.condition(%go) %x : !agent.text
  } do {
  ^bb0(%x: !agent.text):
    %y = "llm.call"(%h, %x) {id = "refine", model = "m", place.tier = "big"}
      : (!agent.docs, !agent.text) -> !agent.text
    scf.yield %y : !agent.text
  } attributes {agent.trips = 2, agent.max_trips = 5, id = "again"}
  return %0 : !agent.text
}
"""


def test_pretty_is_one_line_an_operator(opt, agent) -> None:
    agent.write_text(LOOP)
    lines = opt(agent, "--pretty")[1].splitlines()
    assert lines[0] == "answer  e2e_ms_p95 <= 900"
    assert [line.split()[0] for line in lines[1:]] == ["hits", "again", "go", "|", "refine"]
    assert "docs k=3" in lines[1]
    assert "loop 2 trips, at most 5" in lines[2]
    assert lines[-1].endswith("<- hits, ^refine  @big") or "@big" in lines[-1]


@pytest.mark.parametrize(
    ("kind", "first", "wanted"),
    [
        (
            "mermaid",
            "flowchart TD",
            ['n0["hits<br/>memory.search docs k=3"]', "n0 --> n2", "-- next trip -->"],
        ),
        (
            "dot",
            'digraph "answer" {',
            ['n0 [label="hits\\nmemory.search docs k=3"];', "n0 -> n2;", "subgraph cluster_0"],
        ),
    ],
)
def test_diagrams(opt, agent, kind, first, wanted) -> None:
    agent.write_text(LOOP)
    out = opt(agent, "--emit", kind)[1]
    assert out.splitlines()[0] == first
    for part in wanted:
        assert part in out
    assert out.count("{") == out.count("}")
