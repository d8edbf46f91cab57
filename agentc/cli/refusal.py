"""A refusal as JSON, for programs that call `agentc ... --json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agentc.diagnostics import Infeasible

if TYPE_CHECKING:
    from agentc.diagnostics import AgentcError, Diagnostic


def to_json(refusal: AgentcError) -> str:
    """Return `{"status": "infeasible" | "error", "exit_code": ..., "errors": [...]}`."""
    status = "infeasible" if isinstance(refusal, Infeasible) else "error"
    errors = [_record(d) for d in refusal.diagnostics]
    return json.dumps({"status": status, "exit_code": refusal.exit_code, "errors": errors}, indent=2)


def _record(diagnostic: Diagnostic) -> dict[str, Any]:
    where = diagnostic.location
    return {
        "message": diagnostic.message,
        "file": where.file if where else None,
        "line": where.line if where else None,
        "col": where.col if where else None,
        "hint": diagnostic.hint,
        "notes": [_record(note) for note in diagnostic.notes],
    }
