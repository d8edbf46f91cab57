"""The command group: lazy, and every end of a command has its exit code."""

import subprocess
import sys
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

import click
import pytest

from agentc.cli.main import COMMANDS, group, main
from agentc.diagnostics import AgentcError, Diagnostic, Infeasible, Location

# What takes long to import. `click` and the standard library are what help may need.
HEAVY = {
    *("mlir", "ortools", "numpy", "pandas", "networkx", "rich", "onnx", "onnxruntime", "yaml", "msgspec"),
    *("xllamacpp", "tokenizers", "safetensors", "bm25s", "mcp", "httpx2", "pydantic", "anyio"),
}

PROBE = """
import contextlib, sys
from agentc.cli.main import COMMANDS, main
for arguments in {arguments}:
    with contextlib.suppress(SystemExit):
        main(arguments)
print("loaded:", *sorted({{m.split(".")[0] for m in sys.modules}} & {heavy}))
"""


def loaded_by(*commands: list[str]) -> list[str]:
    """Which heavy modules a fresh interpreter has after these commands."""
    script = PROBE.format(arguments=list(commands), heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()[1:]


def test_help_loads_nothing_heavy():
    assert loaded_by(["--help"], ["--version"], ["-h"]) == []


def test_help_of_each_command_loads_nothing_heavy():
    assert loaded_by(*([name, "--help"] for name in COMMANDS)) == []


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]):
    main_exits(["--help"], 0)
    listed = capsys.readouterr().out
    assert all(f"\n  {name} " in listed for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_there_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]):
    assert isinstance(group.get_command(click.Context(group), name), click.Command)
    main_exits([name, "--help"], 0)
    assert f"agentc {name}" in capsys.readouterr().out


def test_the_installed_script_is_this_group():
    (script,) = [e for e in entry_points(group="console_scripts") if e.name == "agentc"]
    assert script.load() is main


def main_exits(arguments: list[str], code: int) -> None:
    with pytest.raises(SystemExit) as raised:
        sys.exit(main(arguments))  # a command that returns is a command that succeeded
    assert (raised.value.code or 0) == code


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]):
    main_exits(["complie"], 2)
    assert "did you mean compile" in capsys.readouterr().err
    assert group.get_command(click.Context(group), "complie") is None


def test_an_unknown_option_is_bad_usage(capsys: pytest.CaptureFixture[str]):
    main_exits(["report", "--nope"], 2)
    assert "No such option" in capsys.readouterr().err


@pytest.fixture
def command_raising(monkeypatch: pytest.MonkeyPatch):
    """Put a command `boom` into the group that raises what it is given."""

    def install(raised: BaseException) -> None:
        @click.command()
        def command() -> None:
            raise raised

        module: Any = ModuleType("agentc.cli.boom")
        module.command = command
        monkeypatch.setitem(sys.modules, "agentc.cli.boom", module)
        monkeypatch.setitem(COMMANDS, "boom", "Raises.")

    return install


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        (
            AgentcError(Diagnostic("no", Location("a.py", 3, 1), "mend it")),
            2,
            "a.py:3:1: error: no\nhint: mend it",
        ),
        (AgentcError(Diagnostic("one"), Diagnostic("two")), 2, "error: one\nerror: two"),
        (Infeasible(Diagnostic("too slow")), 1, "error: too slow"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.UsageError("odd"), 2, "odd"),
    ],
)
def test_each_end_has_its_exit_code(
    command_raising: Any, capsys: pytest.CaptureFixture[str], raised: BaseException, code: int, says: str
):
    command_raising(raised)
    main_exits(["boom"], code)
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.out == ""


def test_a_defect_is_not_hidden(command_raising: Any):
    command_raising(RuntimeError("a defect"))
    with pytest.raises(RuntimeError, match="a defect"):
        main(["boom"])
