"""The IR itself as a source: an `.mlir` file with one public `func.func`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agentc.frontends.tracing.files import needed_files
from agentc.ir.construct import refuse_empty_loops
from agentc.ir.inline import agent_of
from agentc.ir.parse import parse_file
from agentc.ir.values import attributes, set_attributes

if TYPE_CHECKING:
    from mlir import ir


def read(path: Path) -> tuple[ir.Module, Path, tuple[Path, ...]]:
    """Read and verify an `.mlir` file.

    Returns:
        The module, the folder of the file, and the Python files there that its names are bound to.

    Raises:
        AgentcError: it does not parse or verify, has a loop that never runs, or has not exactly one
            public function.
    """
    module = parse_file(path)
    agent_of(module.operation)
    refuse_empty_loops(module.operation)
    if "agent.source" not in attributes(module.operation):
        set_attributes(module.operation, {"agent.source": str(path)})
    root = Path(os.path.abspath(path)).parent  # noqa: PTH100 (keeps links)
    return module, root, tuple(needed_files(_bound_files(module, root), root))


def _bound_files(module: ir.Module, root: Path) -> list[Path]:
    """Return the files that tools and functions are bound to: `{python = "rag.py:search"}`."""
    named = attributes(module.operation)
    bindings = [b for table in ("agent.tools", "agent.fns") for b in named.get(table, {}).values()]
    files = [root / b["python"].rpartition(":")[0] for b in bindings if "python" in b]
    return [f for f in files if f.is_file()]
