"""The placement on a terminal."""

import io
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from rich.console import Console

from agentc.cli.report import command
from agentc.diagnostics import AgentcError
from agentc.plan import Plan, to_json
from agentc.report.terminal import print_plan


def printed(plan: Plan, width: int = 80, *, color: bool = False) -> str:
    out = io.StringIO()
    print_plan(plan, Console(file=out, width=width, force_terminal=color))
    return out.getvalue()


def row(output: str, name: str) -> str:
    return next(line for line in output.splitlines() if line.strip().startswith(name))


def test_a_row_says_where_what_it_costs_and_the_runner_up(plan: Plan):
    line = row(printed(plan, 120), "draft.decode").split()
    assert line == ["draft.decode", "wide", "MI300X", "2,310", "ms", "0.71", "big", "$2.46", "(+9.5%)"]


def test_the_runner_up_is_the_cheapest_that_is_allowed(plan: Plan):
    decode = plan.operator("draft.decode")
    assert {a.tier for a in decode.alternatives if not a.feasible} == {"cheap", "cpu"}
    assert "cheap" not in row(printed(plan, 120), "draft.decode")


def test_latency_plans_rank_by_time(plan: Plan):
    fast = msgspec.structs.replace(plan, objective="latency")
    assert "big 7,000 ms" in row(printed(fast, 120), "draft.decode")


def test_80_columns_hold_it_and_a_pipe_has_no_color(plan: Plan):
    output = printed(plan)
    assert max(len(line) for line in output.splitlines()) <= 80
    assert "\x1b" not in output
    assert "\x1b" in printed(plan, color=True)


def test_answer_and_proof_are_printed(plan: Plan):
    output = printed(plan)
    assert output.startswith("answer on fleet demo: $40.42 an hour ($2.25 per 1,000 requests)")
    assert "all 2 SLOs are met; proven optimal" in output
    assert ">> draft.prefill >> draft.decode" in output
    assert "2 values nobody stated" in output


def test_names_are_never_markup(plan: Plan):
    odd = msgspec.structs.replace(plan.operators[0], id="[red]x[/red]", tier="[bold]")
    output = printed(msgspec.structs.replace(plan, operators=(odd,), agent="[link]a"), 120)
    assert "[red]x[/red]" in output
    assert "[bold]" in output
    assert output.startswith("[link]a on fleet")


def build(at: Path, plan: Plan) -> Path:
    (at / "manifest.json").write_bytes(to_json(plan))
    return at


def test_the_command_prints_the_plan(plan: Plan, tmp_path: Path):
    (build(tmp_path, plan) / "report.html").write_text("")
    result = CliRunner().invoke(command, [str(tmp_path)])
    assert result.exit_code == 0
    assert "Placement" in result.output
    assert f"{tmp_path / 'report.html'}" in result.output


def test_json_is_the_manifest_and_nothing_else(plan: Plan, tmp_path: Path):
    result = CliRunner().invoke(command, [str(build(tmp_path, plan)), "--json"])
    assert json.loads(result.output) == json.loads(to_json(plan))


def test_a_folder_that_is_no_build_is_refused(tmp_path: Path):
    with pytest.raises(AgentcError, match="no build here"):
        CliRunner().invoke(command, [str(tmp_path)], catch_exceptions=False)


def test_a_broken_manifest_is_refused(tmp_path: Path):
    (tmp_path / "manifest.json").write_text('{"agentc": 1}')
    with pytest.raises(AgentcError, match="not a manifest"):
        CliRunner().invoke(command, [str(tmp_path)], catch_exceptions=False)
