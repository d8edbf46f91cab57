"""Agents as text: written to a file, loaded, read as a graph or refused with one diagnostic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from agentc.diagnostics import AgentcError, Diagnostic
from agentc.frontends.load import Loaded, load
from agentc.ir.parse import parse_text

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
import agentc as ac

docs = ac.store("corpus/")

@ac.tool(latency_ms=(120, 900), memory_mb=256)
def web_search(query: str, results: int = 3) -> str:
    return query * results

@ac.compute
def join(a: str, b: list) -> str:
    return a + str(b)

@ac.test
def enough(notes: str) -> bool:
    return bool(notes)

"""
AGENT = HEAD + "@ac.agent\ndef answer(question: str) -> str:\n"


class Load(Protocol):
    def __call__(self, text: str, name: str = "answer") -> Loaded: ...


class Refuse(Protocol):
    def __call__(self, text: str, name: str = "answer") -> Diagnostic: ...


def indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.splitlines())


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The file that agents are written to."""
    return tmp_path / "app.py"


@pytest.fixture
def load_file(app: Path) -> Load:
    """Load a whole file; its module parses back and verifies."""

    def read(text: str, name: str = "answer") -> Loaded:
        app.write_text(text)
        loaded = load(f"{app}:{name}" if name else str(app))
        parse_text(str(loaded.module))
        return loaded

    return read


@pytest.fixture
def load_body(load_file: Load) -> Load:
    """Load an agent by its body."""
    return lambda text, name="answer": load_file(AGENT + indented(text), name)


@pytest.fixture
def refuse_file(app: Path) -> Refuse:
    """Load a whole file that must be refused: with exit code 2 and one diagnostic."""

    def refused(text: str, name: str = "answer") -> Diagnostic:
        app.write_text(text)
        with pytest.raises(AgentcError) as stop:
            load(f"{app}:{name}" if name else str(app))
        assert stop.value.exit_code == 2
        assert len(stop.value.diagnostics) == 1
        return stop.value.diagnostics[0]

    return refused


@pytest.fixture
def refuse_body(refuse_file: Refuse) -> Refuse:
    """Load an agent by a body that must be refused."""
    return lambda text, name="answer": refuse_file(AGENT + indented(text), name)


@pytest.fixture
def place(app: Path):
    """Where a diagnostic must be: line and column of a text in the file."""

    def find(text: str, offset: int = 0) -> str:
        before = app.read_text()[: app.read_text().rindex(text) + offset]
        return f"{app}:{before.count(chr(10)) + 1}:{len(before.rpartition(chr(10))[2]) + 1}"

    return find
