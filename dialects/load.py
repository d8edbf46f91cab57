"""Loads the dialects into a context: the IRDL texts beside this file, and their Python views."""
# pyright: reportUnknownMemberType=false, reportAttributeAccessIssue=false
# (irdl's extension module has no stubs)

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mlir import ir
from mlir._mlir_libs import _mlir
from mlir.dialects import irdl

from agentc.diagnostics import error
from agentc.dialects.attributes import AgentView

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = "agentc.dialects"
DIALECTS = ("agent", "llm", "memory", "tool", "place")  # agent first: the others use its types


def load(context: ir.Context) -> None:
    """Register our dialects, those that installed packages offer, and their view classes in a context."""
    _find_views()
    for file in files():
        irdl.load_dialects(ir.Module.parse(file.read_text(), context))


def files() -> list[Path]:
    """Return the IRDL files: ours, then each offered one, which lies beside its module."""
    own = [Path(__file__).with_name(f"{name}.mlir") for name in DIALECTS]
    return own + [_file_of(point) for point in offered().values()]


def _file_of(point: EntryPoint) -> Path:
    spec = find_spec(point.value)
    file = Path(spec.origin).with_name(f"{point.name}.mlir") if spec and spec.origin else None
    if file is None or not file.is_file():
        where = f"the dialect {point.name!r} ({point.value})"
        raise error(f"{where} does not load", hint=f"{point.name}.mlir must lie beside the module")
    return file


@cache
def offered() -> Mapping[str, EntryPoint]:
    """Return the dialects of installed packages, by name: entry points of the group `agentc.dialects`.

    One names a module like ours: views of the dialect's ops, called as the dialect, with the IRDL text
    beside it in a file called so too.
    """
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in DIALECTS}


def is_ours(op: str) -> bool:
    """Whether an op is of our dialects, or of one that a package offers."""
    dialect = op.partition(".")[0]
    return dialect in DIALECTS or dialect in offered()


@cache
def _find_views() -> None:
    # Without the prefix MLIR silently yields generic ops instead of our views.
    parents = [point.value.rpartition(".")[0] for point in offered().values()]
    for prefix in dict.fromkeys(["agentc.dialects", *parents]):
        _mlir.globals.append_dialect_search_prefix(prefix)


@cache
def views() -> Mapping[str, type[AgentView]]:
    """Every view class by op name: `views()["llm.call"].rules` are the rules of llm.call."""
    modules = [import_module(f"agentc.dialects.{name}") for name in DIALECTS]
    modules += [import_module(point.value) for point in offered().values()]
    classes = [c for m in modules for c in vars(m).values() if isinstance(c, type)]
    return {c.OPERATION_NAME: c for c in classes if issubclass(c, AgentView) and hasattr(c, "OPERATION_NAME")}
