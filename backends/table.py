"""Backends by name: the built-in ones, and those that installed packages offer.

A package offers one by an entry point of the group `agentc.backends`, whose object is a module or an
instance with what `Backend` names. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from agentc.diagnostics import error, nearest

if TYPE_CHECKING:
    from agentc.backends.base import Backend

GROUP = "agentc.backends"
BUILT_IN = {"local": "agentc.backends.local"}


def backend_names() -> list[str]:
    """Return all names, the built-in ones first."""
    return [*BUILT_IN, *sorted(_offered().keys() - BUILT_IN.keys())]


def find_backend(name: str) -> Backend:
    """Import one backend; an unknown name is an error with the nearest ones.

    Raises:
        AgentcError: there is none of this name, or a package's does not load or emits nothing.
    """
    if name in BUILT_IN:
        return cast("Backend", import_module(BUILT_IN[name]))
    offered = _offered()
    if name not in offered:
        known = backend_names()
        raise error(f"unknown backend {name!r}", hint=nearest(name, known) or f"there are {', '.join(known)}")
    return _load(offered[name])


def _offered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _load(point: EntryPoint) -> Backend:
    where = f"the backend {point.name!r} ({point.value})"
    try:
        found = point.load()
    except Exception as e:
        raise error(f"{where} does not load: {type(e).__name__}: {e}") from e
    if not callable(getattr(found, "emit", None)):
        raise error(
            f"{where} has no emit()",
            hint="it must be a module or object as agentc.backends.base.Backend says",
        )
    return found
