"""The IR itself as a source: an `.mlir` file with one public `func.func`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agentc.diagnostics import Location, error
from agentc.ir.location import where
from agentc.ir.parse import parse_file
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from mlir import ir


def read(path: Path) -> tuple[ir.Module, Path, tuple[Path, ...]]:
    """Read and verify an `.mlir` file.

    Returns:
        The module, the folder of the file, and the Python files there that its names are bound to.

    Raises:
        AgentcError: it does not parse or verify, or has not exactly one public function.
    """
    module = parse_file(path)
    public = [op for op in module.body.operations if _is_public(op)]
    if len(public) != 1:
        places = [where(op.location) for op in public]
        found = "none" if not public else f"{len(public)}"
        raise error(
            f"an agent is one public func.func; there is {found}"
            if not public
            else f"there are {found} public agents",
            places[1] if places else Location(str(path)),
            "mark nested ones `func.func private`" if public else "write func.func @agent(...) { ... }",
        )
    root = Path(os.path.abspath(path)).parent  # noqa: PTH100 (keeps links)
    return module, root, tuple(_sources(module, root))


def _is_public(op: ir.OpView) -> bool:
    found = attributes(op)
    return op.operation.name == "func.func" and found.get("sym_visibility", "public") == "public"


def _sources(module: ir.Module, root: Path) -> list[Path]:
    """Return the files that tools and functions are bound to: `{python = "rag.py:search"}`."""
    named = attributes(module.operation)
    bindings = [b for t in ("agent.tools", "agent.fns") for b in named.get(t, {}).values()]
    files = [root / b["python"].rpartition(":")[0] for b in bindings if "python" in b]
    return [f for f in dict.fromkeys(files) if f.is_file()]
