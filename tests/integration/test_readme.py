"""The README's blocks are true: its commands run, its files compile, what it prints is what is printed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    language: str
    file: str
    text: str


def blocks() -> list[Block]:
    return [Block(*found) for found in BLOCK.findall((ROOT / "README.md").read_text())]


def commands() -> list[list[str]]:
    shells = [b.text for b in blocks() if b.language == "sh"]
    return [shlex.split(line, comments=True) for text in shells for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples, the README's files and a store for its agent."""
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "notes").mkdir()
    (folder / "notes/tickets.md").write_text("Ticket 7 is about a slow disk.\n")
    for block in blocks():
        if block.file:
            (folder / block.file).write_text(block.text)
    ran = run(folder, shlex.split(DEMO))
    assert ran.returncode == 0, ran.stderr
    return folder


DEMO = "agentc compile examples/rag.py:answer --fleet examples/fleets/demo.yaml -o build/demo"
SPOILED = "agentc compile my_agent.py:support --fleet my_fleet.yaml -o build/never"


def run(folder: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "COLUMNS": "100"}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_commands_run(newcomer: Path, words: list[str]):
    making = words[0] == "make"
    ran = run(ROOT, ["make", "--dry-run", *words[1:]]) if making else run(newcomer, words)
    assert ran.returncode == 0, ran.stderr


def test_the_printed_demo_is_what_is_printed(newcomer: Path):
    shown = next(b.text for b in blocks() if "SLOs are met" in b.text)
    printed = run(newcomer, ["agentc", "report", "build/demo"]).stdout
    assert stable(shown) <= stable(printed)


def stable(text: str) -> set[str]:
    """The lines of the placement: all up to the solver's time, without the answer below it."""
    head = text.partition("\nsolver")[0]
    return {line.strip() for line in head.splitlines() if line.strip()}


def test_the_printed_error_is_what_is_printed(newcomer: Path):
    shown = next(b.text for b in blocks() if "unknown model" in b.text)
    agent = newcomer / "my_agent.py"
    good = agent.read_text()
    agent.write_text(good.replace("llama-3.1-8b", "llama-3.1-8bb"))
    ran = run(newcomer, shlex.split(SPOILED))
    agent.write_text(good)
    assert ran.returncode == 2
    assert shown in ran.stderr


def test_python_and_yaml_blocks_are_used():
    unused = [b for b in blocks() if b.language in {"python", "yaml"} and not b.file]
    assert unused == []
