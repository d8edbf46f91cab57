"""Collects `.mlir` files as tests: each `// RUN:` line is one, run in this process.

    // RUN: agentc opt %s --pipeline cse | filecheck %s
    // RUN: not agentc opt %s --pipeline inline-agents | filecheck %s --check-prefix=BAD

`%s` is the file, `%S` its folder. `not` expects a refusal and checks what is printed about it.
"""

from __future__ import annotations

import io
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from filecheck.finput import FInput
from filecheck.matcher import Matcher
from filecheck.options import parse_argv_options
from filecheck.parser import Parser

from agentc.cli.opt import command
from agentc.diagnostics import AgentcError, render

if TYPE_CHECKING:
    from pathlib import Path


def pytest_collect_file(file_path: Path, parent: pytest.Collector):
    return MlirFile.from_parent(parent, path=file_path) if file_path.suffix == ".mlir" else None


class MlirFile(pytest.File):
    """One `.mlir` file."""

    def collect(self):
        lines = [
            line.partition("RUN:")[2] for line in self.path.read_text().splitlines() if "// RUN:" in line
        ]
        if not lines:
            yield RunLine.from_parent(self, name="no-run-line", line="")
        for number, line in enumerate(lines):
            yield RunLine.from_parent(self, name=f"run{number}", line=line.strip())


class Mismatch(Exception):
    """The output is not what the file expects, or the file cannot be run."""


class RunLine(pytest.Item):
    """One RUN line."""

    def __init__(self, *, line: str, **kwargs):
        super().__init__(**kwargs)
        self.line = line

    def runtest(self):
        filled = self.line.replace("%s", str(self.path)).replace("%S", str(self.path.parent))
        first, bar, second = filled.partition("|")
        if not bar:
            raise Mismatch(f"no `agentc opt ... | filecheck ...` line in {self.path}")
        check(second, run(first))

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if excinfo.errisinstance(Mismatch) else super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}: {self.line}"


def run(text: str) -> str:
    """Run `[not] agentc opt ...` and return what it prints."""
    words = shlex.split(text)
    refused = words[0] == "not"
    if words[refused : refused + 2] != ["agentc", "opt"]:
        raise Mismatch(f"only `agentc opt` is run here, not {text!r}")
    done = CliRunner().invoke(command, words[refused + 2 :])
    if isinstance(done.exception, AgentcError):
        output = "\n".join(render(d) for d in done.exception.diagnostics)
    elif done.exception is not None:
        raise Mismatch(f"{text} failed: {done.exception!r}\n{done.output}") from done.exception
    else:
        output = done.stdout
    if refused != isinstance(done.exception, AgentcError):
        raise Mismatch(f"{text} was {'accepted' if refused else 'refused'}:\n{output}")
    return output


def check(text: str, output: str) -> None:
    """Check an output as `filecheck FILE ...` would."""
    opts = parse_argv_options(shlex.split(text))
    matcher = Matcher(opts, FInput("<output>", output), Parser.from_opts(opts))
    matcher.stderr = io.StringIO()
    if matcher.run() != 0:
        raise Mismatch(f"{matcher.stderr.getvalue()}\nThe output was:\n{output}")
