"""`load()`: what `agentc compile SOURCE` takes, told apart by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentc.diagnostics import Location, error

if TYPE_CHECKING:
    from mlir import ir

FORMS = "app.py:name (a Python agent) or graph.mlir (the IR)"


@dataclass(frozen=True)
class Loaded:
    """A source as verified IR, and the user's files that emitted programs need.

    `sources` are absolute paths below `source_root`, the folder of the source's file.
    """

    module: ir.Module
    source_root: Path
    sources: tuple[Path, ...]
    source: str


def load(source: str) -> Loaded:
    """Read `app.py:name` or `graph.mlir`.

    Raises:
        AgentcError: anything wrong with the source, at its place; exit code 2.
    """
    file, name = _split(source)
    path = Path(file)
    if path.is_dir():
        raise error("is a folder", Location(file), FORMS)
    match path.suffix.lower():
        case ".py":
            from agentc.frontends import python  # noqa: PLC0415 (each frontend loads when used)

            return Loaded(*python.read(path, name, source), source)
        case ".mlir":
            _no_name(file, name)
            from agentc.frontends import mlir  # noqa: PLC0415 (MLIR loads when used)

            return Loaded(*mlir.read(path), source)
        case ".yaml" | ".yml" | ".json":
            raise error("Open Agent Spec files are not read yet", Location(file), f"today: {FORMS}")
        case _:
            raise error(f"{file!r} is no source that agentc reads", None, FORMS)


def _split(source: str) -> tuple[str, str]:
    """Split `app.py:name`; a path may have colons of its own."""
    file, colon, name = source.rpartition(":")
    if colon and (name.isidentifier() or not name) and Path(file).suffix:
        return file, name
    return source, ""


def _no_name(file: str, name: str) -> None:
    if name:
        raise error(f"an .mlir file is one agent; leave out ':{name}'", Location(file))
