"""`agentc catalog`: text that a pipe can cut into columns, JSON with every fact, refusals."""

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agentc.cli.catalog import command, plain
from agentc.costmodels.catalog import read


def run(*args: str) -> Result:
    return CliRunner().invoke(command, list(args))


@pytest.mark.parametrize(
    ("what", "count", "words"),
    [
        ("devices", len(read.devices()), ["H100-SXM", "3350", "2.29"]),
        ("models", len(read.models()), ["llama-3.1-8b", "131.1", "deepseek-v3"]),
        ("prices", len(read.prices()), ["p5.48xlarge", "2026-07-20"]),
    ],
)
def test_text_in_a_pipe_has_one_line_a_row(what: str, count: int, words: list[str]) -> None:
    result = run(what)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) == count + 1
    assert len({len(re.split(r"\s{2,}", line)) for line in lines}) == 1
    assert all(word in result.output for word in words)
    assert "\x1b" not in result.output


@pytest.mark.parametrize(("what", "name"), [("backends", "local"), ("passes", "partition")])
def test_parts_of_the_compiler_are_listed(what: str, name: str) -> None:
    result = run(what)
    assert result.exit_code == 0, result.exception
    assert any(line.split()[0] == name for line in result.output.splitlines())


@pytest.mark.parametrize("what", ["devices", "models", "prices", "passes"])
def test_json_is_one_object_of_rows(what: str) -> None:
    rows: list[dict[str, Any]] = json.loads(run(what, "--json").output)[what]
    assert rows
    if what != "passes":
        assert all(row["source"] and row["date"] for row in rows)


def test_json_keeps_what_the_table_leaves_out() -> None:
    rows = json.loads(run("models", "--json").output)["models"]
    deepseek = next(row for row in rows if row["name"] == "deepseek-v3")
    assert deepseek["mla"]["kv_lora"] == 512
    assert deepseek["moe"]["experts"] == 256


def test_an_unknown_list_is_refused() -> None:
    result = run("tiers")
    assert result.exit_code == 2
    assert "devices" in result.output


def test_absent_facts_are_dashes() -> None:
    assert plain([{"a": None, "b": True}, {"a": 1.50, "b": False}]) == "a    b\n-    yes\n1.5  no"
