"""Loads the dialects into a context: the IRDL texts beside this file, and their Python views."""
# pyright: reportUnknownMemberType=false, reportAttributeAccessIssue=false
# (irdl's extension module has no stubs)

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from mlir import ir
from mlir._mlir_libs import _mlir
from mlir.dialects import irdl

from agentc.dialects.attributes import AgentView

if TYPE_CHECKING:
    from collections.abc import Mapping

DIALECTS = ("agent", "llm", "memory", "tool", "place")  # agent first: the others use its types


def load(context: ir.Context) -> None:
    """Register our dialects and their view classes in a context."""
    _find_views_here()
    for name in DIALECTS:
        text = Path(__file__).with_name(f"{name}.mlir").read_text()
        irdl.load_dialects(ir.Module.parse(text, context))


@cache
def _find_views_here() -> None:
    # Without the prefix MLIR silently yields generic ops instead of our views.
    _mlir.globals.append_dialect_search_prefix("agentc.dialects")


@cache
def views() -> Mapping[str, type[AgentView]]:
    """Every view class by op name: `views()["llm.call"].rules` are the rules of llm.call."""
    modules = [import_module(f"agentc.dialects.{name}") for name in DIALECTS]
    classes = [c for m in modules for c in vars(m).values() if isinstance(c, type)]
    return {c.OPERATION_NAME: c for c in classes if issubclass(c, AgentView) and hasattr(c, "OPERATION_NAME")}
