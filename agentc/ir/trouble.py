"""MLIR's errors as located diagnostics that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentc.diagnostics import AgentcError, Diagnostic, Location, nearest
from agentc.dialects.load import DIALECTS, views
from agentc.ir.bindings import diagnostics_of
from agentc.ir.location import where
from agentc.ir.types import NAMES

if TYPE_CHECKING:
    from mlir import ir

_BARE = re.compile(rf"\s*(?:%[\w:, %]+=\s*)?((?:{'|'.join(DIALECTS)})\.\w+)")
_QUOTED = re.compile(r"[\"']([\w.]+)[\"']")


def explain(failure: Exception, file: str | None = None, text: str = "") -> AgentcError:
    """Return an MLIR error as ours: every diagnostic, each with its place and a hint.

    `file` is the name to show for text that MLIR read from memory (which it calls `-`), `text` what
    it read: some refusals come without a word.
    """
    found = [_diagnostic(d, file) for d in diagnostics_of(failure)]
    unsaid = _unquoted(text, file) or Diagnostic(str(failure), Location(file) if file else None)
    return AgentcError(*(found or [unsaid]))


def _unquoted(text: str, file: str | None) -> Diagnostic | None:
    """Find one of our ops written without quotes, which MLIR refuses in silence."""
    for number, line in enumerate(text.splitlines(), 1):
        found = _BARE.match(line.partition("//")[0])
        if found:
            place = Location(file or "-", number, found.start(1) + 1)
            example = f'write "{found[1]}"(%x) {{...}} : (type) -> type'
            return Diagnostic(f"{found[1]} must be in quotes", place, example)
    return None


def _diagnostic(info: ir.DiagnosticInfo, file: str | None) -> Diagnostic:
    shown = [note.message for note in info.notes if note.message.startswith("see current operation")]
    notes = tuple(
        Diagnostic(note.message, _place(note.location, file), severity="note")
        for note in info.notes
        if not note.message.startswith("see current operation")
    )
    message, hint = _reworded(info.message, shown[0] if shown else "")
    return Diagnostic(message, _place(info.location, file), hint, notes=notes)


def _place(location: ir.Location, file: str | None) -> Location:
    place = where(location)
    return Location(file, place.line, place.col) if file and place.file == "-" else place


def _reworded(message: str, op: str) -> tuple[str, str]:  # noqa: PLR0911 (one case a message)
    if "does not dominate this use" in message:
        return (
            f"a cycle, or a use before its definition: {message}",
            "an operator reads only what was made above it; a value of an earlier round comes by scf.while",
        )
    if "use of undeclared SSA value name" in message:
        return message, "no operator makes this value; check its name"
    if "is expected but not provided" in message:
        return message, _missing(message, op)
    if "unregistered operation" in message or ("is unknown" in message and "op" in message):
        return message, _unknown_op(message)
    if "not found for custom op" in message:
        name = next(iter(_QUOTED.findall(message)), "")
        return message.partition("  ")[
            0
        ], f"inside scf write the whole name, as in func.{name}; ours need quotes"
    if message == "expected dynamic type":
        return "unknown type", f"known types: {', '.join(f'!agent.{n}' for n in NAMES)}, !llm.kv"
    if message.startswith("expected ") and " but got " in message:
        return message, "agent.cast shows a value as another type" if "agent." in message else ""
    return message, ""


def _missing(message: str, op: str) -> str:
    names = _QUOTED.findall(message)
    wanted = names[-1]
    written = re.findall(r"[{,] *(\w+) =", op)
    near = next((w for w in written if nearest(w, [wanted])), None)
    return f"{near!r} is written there; did you mean {wanted!r}?" if near else f'write {{{wanted} = "..."}}'


def _unknown_op(message: str) -> str:
    return nearest(next(iter(_QUOTED.findall(message)), ""), views())
