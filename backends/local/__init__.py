"""The target that runs here: a Python package on asyncio that a person can read top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.backends.local.names import EXPRESSES

if TYPE_CHECKING:
    from pathlib import Path

    from mlir import ir

    from agentc.backends.base import Sources
    from agentc.plan import Plan

__all__ = ["ABOUT", "EXPRESSES", "emit"]

ABOUT = "a Python package that runs here: asyncio, llama.cpp, ONNX Runtime, MCP and Python tools"


def emit(module: ir.Module, plan: Plan | None, sources: Sources, out_dir: Path) -> list[Path]:
    """Write `<out_dir>/<agent>/`: program.py, settings.json, app/, and what `python <folder>` runs.

    Raises:
        AgentcError: an op that a local program cannot express, at its place in the source.
    """
    from agentc.backends.local.package import write_package  # noqa: PLC0415 (MLIR, only where used)

    return write_package(module, plan, sources, out_dir)
