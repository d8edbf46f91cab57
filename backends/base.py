"""What a backend is: it takes a placed module and a plan, and writes files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from mlir import ir

    from agentc.plan import Plan


class Sources(Protocol):
    """Where a module came from: the user's files, absolute and below `source_root`."""

    @property
    def source_root(self) -> Path:
        """The folder of the source's file; stores' paths are relative to it."""
        ...

    @property
    def sources(self) -> tuple[Path, ...]:
        """Files that the emitted program needs a copy of."""
        ...

    @property
    def source(self) -> str:
        """The source as the user named it."""
        ...


class Backend(Protocol):
    """A target. A backend is a module with these names, or an object that has them."""

    ABOUT: str
    """One line for `agentc catalog backends`."""

    EXPRESSES: Collection[str]
    """Names of the ops that it can emit; any other is reported at its place in the source."""

    def emit(self, module: ir.Module, plan: Plan | None, sources: Sources, out_dir: Path) -> list[Path]:
        """Write into the folder `out_dir` and return the files; a plan of None leaves placement out.

        Raises:
            AgentcError: an op that this backend cannot express, at its place in the source.
        """
        ...
