"""Stores that a program searches, looked at while it is compiled: a folder with text in it must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.diagnostics import AgentcError, Diagnostic
from agentc.ir.inline import functions
from agentc.ir.location import each, where
from agentc.ir.values import attributes
from agentc.runtime.errors import StepError
from agentc.runtime.stores.passages import text_files

if TYPE_CHECKING:
    from pathlib import Path

    from mlir import ir

SEARCHES = ("memory.search", "memory.lookup")


def check_stores(root: ir.Operation, source_root: Path) -> None:
    """Refuse a program whose searches have nothing to search.

    Raises:
        AgentcError: for each store, at the first op that searches it: its path is not there, is no
            folder, or holds no text.
    """
    bound = attributes(root).get("agent.stores", {})
    paths = {name: store["path"] for name, store in bound.items() if store.get("path")}
    troubles: list[Diagnostic] = []
    for name, op in _searches(root).items():
        if name not in paths:
            continue  # bound to nothing: `agentc run` says so, and the plan does not need it
        try:
            text_files(source_root / paths[name])
        except StepError as e:
            troubles.append(Diagnostic(f"the store {name!r}: {e.reason}", where(op.location), e.hint))
    if troubles:
        raise AgentcError(*troubles)


def _searches(root: ir.Operation) -> dict[str, ir.Operation]:
    """Return the first op that searches each store."""
    found: dict[str, ir.Operation] = {}

    def look(op: ir.Operation) -> None:
        if op.name in SEARCHES:
            found.setdefault(str(attributes(op).get("store", "")), op)

    for function in functions(root).values():
        each(function, look)
    return found
