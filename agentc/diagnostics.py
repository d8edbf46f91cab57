"""Located errors: what is wrong, where, the source line, a caret and a hint.

Every error a person can cause is an `AgentcError`. The command line prints it and exits with its
`exit_code`; a traceback is always a defect of agentc.

    app.py:12:5: error: unknown model 'llama-3.1-8bb'
        return ac.llm("llama-3.1-8bb", "...")
               ^
    hint: did you mean llama-3.1-8b?
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, order=True)
class Location:
    """A place in a user's file. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int = 0
    col: int = 0

    def __str__(self) -> str:
        """`file:line:col`, leaving out what is not known."""
        parts = [self.file, *(str(n) for n in (self.line, self.col) if n)]
        return ":".join(parts)


UNKNOWN = Location("<unknown>")


@dataclass(frozen=True)
class Diagnostic:
    """One message about one place."""

    message: str
    location: Location | None = None
    hint: str = ""
    severity: str = "error"
    notes: tuple[Diagnostic, ...] = ()


class AgentcError(Exception):
    """Something a person can mend. `exit_code` is 2 for bad input or bad usage."""

    exit_code = 2

    def __init__(self, *diagnostics: Diagnostic) -> None:
        """Hold one or more diagnostics; the first is the one that matters most."""
        super().__init__("\n".join(render(d, source=False) for d in diagnostics))
        self.diagnostics = diagnostics


class Infeasible(AgentcError):
    """The demands cannot all be met: a proven answer, not a failure."""

    exit_code = 1


class VerificationFailed(AgentcError):
    """A plan does not hold what its manifest says."""

    exit_code = 1


def error(message: str, location: Location | None = None, hint: str = "") -> AgentcError:
    """Make an error about one place, ready to raise."""
    return AgentcError(Diagnostic(message, location, hint))


def nearest(name: str, known: Iterable[str], limit: int = 3) -> str:
    """Hint text with the known names most like `name`; empty when none is near."""
    folded = {k.lower(): k for k in known}
    close = get_close_matches(name.lower(), folded, n=limit, cutoff=0.5)
    return f"did you mean {', '.join(folded[c] for c in close)}?" if close else ""


def render(diagnostic: Diagnostic, *, source: bool = True) -> str:
    """Format a diagnostic for people, with its source line and caret where the file can be read."""
    where = f"{diagnostic.location}: " if diagnostic.location else ""
    lines = [f"{where}{diagnostic.severity}: {diagnostic.message}"]
    if source and diagnostic.location:
        lines += _excerpt(diagnostic.location)
    if diagnostic.hint:
        lines.append(f"hint: {diagnostic.hint}")
    lines += [render(note, source=source) for note in diagnostic.notes]
    return "\n".join(lines)


def _excerpt(location: Location) -> list[str]:
    text = _source_line(location)
    if text is None:
        return []
    if not location.col:
        return [f"    {text.strip()}"]
    caret = "".join("\t" if c == "\t" else " " for c in text[: location.col - 1])
    return [f"    {text}", f"    {caret}^"]


def _source_line(location: Location) -> str | None:
    if not location.line:
        return None
    try:
        lines = Path(location.file).read_text(errors="replace").splitlines()
    except OSError:
        return None
    return lines[location.line - 1].rstrip() if location.line <= len(lines) else None
