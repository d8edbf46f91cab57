"""Diagnostics that a file says it must get: `// expected-error {{part of the message}}`.

The comment stands on the line of the error; `@+1`, `@-2`, `@above` and `@below` say how far away it is,
`expected-note` expects a note, and `@unknown` one without a place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.diagnostics import Diagnostic, Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EXPECTED = re.compile(
    r"//.*?expected-(?P<kind>error|warning|note)"
    r"(?:@(?P<at>[+-]\d+|above|below|unknown))?\s*\{\{(?P<text>.*?)\}\}"
)
_OFFSET = {"above": -1, "below": 1, None: 0}


@dataclass(frozen=True)
class Expected:
    """One comment: what is expected where. `line` 0 is no place."""

    kind: str
    line: int
    text: str
    written: int

    def fits(self, found: Diagnostic) -> bool:
        """Whether a diagnostic is the one."""
        line = found.location.line if found.location else 0
        return (found.severity, line) == (self.kind, self.line) and self.text in found.message


def mismatches(file: str, text: str, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return what was expected and did not come, and what came unexpected; notes need not be expected."""
    open_ = list(expected_in(text))
    problems: list[Diagnostic] = []
    for diagnostic in [d for one in found for d in (one, *one.notes)]:
        match = next((e for e in open_ if e.fits(diagnostic)), None)
        if match is not None:
            open_.remove(match)
        elif diagnostic.severity != "note":
            message = f"unexpected {diagnostic.severity}: {diagnostic.message}"
            problems.append(Diagnostic(message, diagnostic.location))
    for left in open_:
        message = f"expected {left.kind} {left.text!r} did not come"
        problems.append(Diagnostic(message, Location(file, left.written, 1)))
    return problems


def expected_in(text: str) -> Iterator[Expected]:
    """Yield what the comments of a text expect."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in _EXPECTED.finditer(line):
            at = found["at"]
            offset = int(at) if at and at[0] in "+-" else _OFFSET.get(at, 0)
            where = 0 if at == "unknown" else number + offset
            yield Expected(found["kind"], where, found["text"], number)
