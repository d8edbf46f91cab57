"""Bad input gets one clear located answer and exit code 2; infeasible is exit code 1; nothing is written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from agentc.cli.main import main

ROOT = Path(__file__).parents[2]
FLEET = ROOT / "examples/fleets/demo.yaml"

AGENT = """\
import agentc as ac

@ac.tool(latency_ms=(120, 900), memory_mb=256)
def web_search(query: str) -> str:
    return query

@ac.agent(slo=ac.SLO(e2e="30s"), load=ac.Load("{rate}"))
def answer(question: str) -> str:
    news = web_search(question)
    {extra}
    return ac.llm("{model}", "Answer {{question}} from {{news}}.", output_tokens=100)(
        question=question, news=news)
"""

MLIR = """\
func.func @answer(%q: !agent.text) -> !agent.text {{
  %a = "llm.call"(%q) {{{attributes}}} : (!agent.text) -> !agent.text
  return %a : !agent.text
}}
"""


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def agentc(capsys: pytest.CaptureFixture[str]):
    """Run the command line in-process."""

    def run(*args: object) -> Ran:
        code = 0
        try:
            main([str(a) for a in args])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


def agent_file(folder: Path, model: str = "llama-3.1-8b", rate: str = "1/s", extra: str = "pass") -> Path:
    path = folder / "app.py"
    path.write_text(AGENT.format(model=model, rate=rate, extra=extra))
    return path


def one_located_error(ran: Ran, where: str, what: str) -> None:
    """Exactly one error, at a place, with its source line and caret; and no traceback."""
    assert ran.code == 2, ran
    errors = [line for line in ran.err.splitlines() if ": error: " in line]
    assert len(errors) == 1, ran.err
    assert re.search(where, errors[0]), ran.err
    assert re.search(what, errors[0]), ran.err
    assert "Traceback" not in ran.err
    assert re.search(r"^\s+\^", ran.err, re.MULTILINE), ran.err


def compile_agent(agentc, source: object, out: Path, fleet: object = FLEET, *more: object) -> Ran:
    ran = agentc("compile", source, "--fleet", fleet, "-o", out, *more)
    if ran.code:
        assert not out.exists()
        assert [p.name for p in out.parent.iterdir() if p.name.startswith(f".{out.name}")] == []
    return ran


def test_a_good_agent_compiles(agentc, tmp_path: Path):
    ran = compile_agent(agentc, f"{agent_file(tmp_path)}:answer", tmp_path / "out")
    assert ran.code == 0, ran.err


def test_missing_file(agentc, tmp_path: Path):
    ran = compile_agent(agentc, f"{tmp_path}/nowhere.py:answer", tmp_path / "out")
    assert ran.code == 2
    assert "nowhere.py" in ran.err
    assert "Traceback" not in ran.err


def test_missing_fleet(agentc, tmp_path: Path):
    ran = compile_agent(agentc, f"{agent_file(tmp_path)}:answer", tmp_path / "out", "nowhere.yaml")
    assert ran.code == 2
    assert "nowhere.yaml" in ran.err


def test_python_syntax_error(agentc, tmp_path: Path):
    path = agent_file(tmp_path, extra="x = = 1")
    one_located_error(compile_agent(agentc, f"{path}:answer", tmp_path / "out"), r"app\.py:10:\d+", "syntax")


def test_unknown_model_names_the_nearest(agentc, tmp_path: Path):
    path = agent_file(tmp_path, model="llama-3.1-8bb")
    ran = compile_agent(agentc, f"{path}:answer", tmp_path / "out")
    one_located_error(ran, r"app\.py:11:\d+", "unknown model")
    assert "llama-3.1-8b" in ran.err.split("hint:")[1]


def test_unknown_tier_key(agentc, tmp_path: Path):
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text("fleet: f\ntiers:\n  - {name: big, device: H100-SXM, cuont: 4}\n")
    ran = compile_agent(agentc, f"{agent_file(tmp_path)}:answer", tmp_path / "out", fleet)
    one_located_error(ran, r"fleet\.yaml:3:\d+", "cuont")
    assert "count" in ran.err.split("hint:")[1]


def test_negative_rate(agentc, tmp_path: Path):
    path = agent_file(tmp_path, rate="-5/s")
    one_located_error(
        compile_agent(agentc, f"{path}:answer", tmp_path / "out"), r"app\.py:7:\d+", "rate|load"
    )


def test_negative_rate_on_the_command_line(agentc, tmp_path: Path):
    path = agent_file(tmp_path)
    ran = compile_agent(agentc, f"{path}:answer", tmp_path / "out", FLEET, "--load", "rate=-5/s")
    assert ran.code == 2
    assert "rate" in ran.err


def test_symbolic_value_in_an_if(agentc, tmp_path: Path):
    path = agent_file(tmp_path, extra="if news: pass")
    ran = compile_agent(agentc, f"{path}:answer", tmp_path / "out")
    one_located_error(ran, r"app\.py:10:\d+", "if")
    assert "ac.cond" in ran.err


def test_cycle_in_mlir(agentc, tmp_path: Path):
    path = tmp_path / "graph.mlir"
    path.write_text(
        "func.func @answer(%q: !agent.text) -> !agent.text {\n"
        '  %a = "llm.call"(%b) {model = "llama-3.1-8b"} : (!agent.text) -> !agent.text\n'
        '  %b = "llm.call"(%a) {model = "llama-3.1-8b"} : (!agent.text) -> !agent.text\n'
        "  return %b : !agent.text\n}\n"
    )
    one_located_error(compile_agent(agentc, path, tmp_path / "out"), r"graph\.mlir:\d+:\d+", "cycle")


def test_missing_attribute_in_mlir(agentc, tmp_path: Path):
    path = tmp_path / "graph.mlir"
    path.write_text(MLIR.format(attributes="input_tokens = 5"))
    one_located_error(compile_agent(agentc, path, tmp_path / "out"), r"graph\.mlir:2:\d+", "model")


def test_misspelled_attribute_in_mlir(agentc, tmp_path: Path):
    path = tmp_path / "graph.mlir"
    path.write_text(MLIR.format(attributes='model = "llama-3.1-8b", output_tokns = 5'))
    ran = compile_agent(agentc, path, tmp_path / "out")
    one_located_error(ran, r"graph\.mlir:2:\d+", "output_tokns")
    assert "output_tokens" in ran.err.split("hint:")[1]


def test_no_tier_can_hold_the_model(agentc, tmp_path: Path):
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(
        "fleet: f\ntiers:\n  - {name: small, device: L4, count: 1}\n  - {name: cpu, device: m7i.2xlarge}\n"
    )
    ran = compile_agent(
        agentc, f"{agent_file(tmp_path, model='llama-3.1-405b')}:answer", tmp_path / "out", fleet
    )
    assert ran.code == 1
    assert "llama-3.1-405b" in ran.err
    assert re.search(r"\d GB", ran.err), ran.err
    assert "missing" in ran.err or "short" in ran.err


def test_an_unknown_backend(agentc, tmp_path: Path):
    ran = compile_agent(
        agentc, f"{agent_file(tmp_path)}:answer", tmp_path / "out", FLEET, "--backend", "lcoal"
    )
    assert ran.code == 2
    assert "local" in ran.err


def test_a_destination_that_is_not_a_build_is_kept(agentc, tmp_path: Path):
    out = tmp_path / "precious"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    ran = agentc("compile", f"{agent_file(tmp_path)}:answer", "--fleet", FLEET, "-o", out)
    assert ran.code == 2
    assert (out / "thesis.txt").read_text() == "years of work"


def test_a_build_is_replaced_whole(agentc, tmp_path: Path):
    out = tmp_path / "out"
    compile_agent(agentc, f"{agent_file(tmp_path)}:answer", out)
    (out / "stale").write_text("from before")
    compile_agent(agentc, f"{agent_file(tmp_path)}:answer", out)
    assert not (out / "stale").exists()


def test_the_manifest_is_the_same_twice(agentc, tmp_path: Path):
    texts: list[str] = []
    for name in ("a", "b"):
        compile_agent(agentc, f"{agent_file(tmp_path)}:answer", tmp_path / name)
        texts.append(re.sub(r'"wall_s": [\d.e-]+', "", (tmp_path / name / "manifest.json").read_text()))
    assert texts[0] == texts[1]


def test_every_stage_parses_again(agentc, tmp_path: Path):
    out = tmp_path / "out"
    compile_agent(agentc, f"{agent_file(tmp_path)}:answer", out)
    stages = sorted((out / "ir").glob("*.mlir"))
    assert len(stages) >= 5
    for stage in stages:
        ran = agentc("opt", stage, "--pipeline", "canonicalize")
        assert ran.code == 0, (stage, ran.err)


def test_a_refusal_is_one_json_object(agentc, tmp_path: Path):
    ran = compile_agent(
        agentc, f"{agent_file(tmp_path)}:answer", tmp_path / "out", FLEET, "--slo", "e2e=1ms", "--json"
    )
    assert ran.code == 1
    refusal = json.loads(ran.out)
    assert refusal["status"] == "infeasible"
    assert "SLA" in refusal["errors"][0]["message"]


def test_a_name_that_no_file_can_have(agentc, tmp_path: Path):
    ran = agentc("compile", f"{agent_file(tmp_path)}:answer", "--fleet", FLEET, "-o", tmp_path / ("x" * 300))
    assert ran.code == 2
    assert "error: " in ran.err
    assert "Traceback" not in ran.err


def test_an_empty_pipeline_is_no_pipeline(agentc, tmp_path):
    ran = compile_agent(agentc, f"{agent_file(tmp_path)}:answer", tmp_path / "out", FLEET, "--pipeline", "")
    assert ran.code == 2
    assert "the pipeline is empty" in ran.err
