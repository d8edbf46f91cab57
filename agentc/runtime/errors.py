"""What can go wrong while a program runs, as located errors."""

from __future__ import annotations

import os
from importlib.util import find_spec

from agentc.diagnostics import AgentcError, Diagnostic, Location, error

EXTRA = "pip install 'agentc[local]'"
LOCAL_PACKAGES = ("xllamacpp", "onnx", "onnxruntime", "tokenizers", "safetensors", "bm25s", "mcp", "httpx2")


class OperatorError(AgentcError):
    """An operator could not do its work: the program is sound, its run is not. Exit code 1."""

    exit_code = 1

    def __init__(self, operator: str, reason: str, location: Location | None = None, hint: str = "") -> None:
        """Name the operator, why it failed, and the source line that it came from."""
        super().__init__(Diagnostic(f"operator '{operator}' failed: {reason}", location, hint))
        self.operator = operator
        self.reason = reason


class StepError(Exception):
    """Raised inside an operator's work; the executor adds the operator's name and place."""

    def __init__(self, reason: str, hint: str = "") -> None:
        """Hold the reason, and what to do about it."""
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def need_packages(*names: str) -> None:
    """Raise an error that names the missing extra when one of these packages is not installed."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise error(f"running here needs {', '.join(missing)}: run `{EXTRA}`")


def parse_location(text: str) -> Location | None:
    """Read `file:line:col` back; None for an empty text."""
    file, line, col = _rpartition_numbers(text)
    return Location(file, line, col) if file else None


def _rpartition_numbers(text: str) -> tuple[str, int, int]:
    parts = text.rsplit(":", 2)
    numbers: list[int] = []
    while len(parts) > 1 and parts[-1].isdigit():
        numbers.insert(0, int(parts.pop()))
    file = ":".join(parts)
    line, col = [*numbers, 0, 0][:2]
    return file, line, col


def threads_from(variable: str) -> int:
    """Return how many threads an engine may use: the environment's word, else one.

    More threads than idle cores make these engines many times slower, so nothing is guessed.
    """
    stated = os.environ.get(variable, "1")
    if not stated.isdigit() or not int(stated):
        raise error(f"{variable}={stated!r} is not a number of threads")
    return int(stated)
