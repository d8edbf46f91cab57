"""Annotations as the IR spells them: `list[str]`, `dict[str, int]`, `float | None`; None for all others."""

from __future__ import annotations

import types
from typing import Any, Union, cast, get_args, get_origin

PLAIN: dict[Any, str] = {int: "int", float: "float", bool: "bool", str: "str", type(None): "None", Any: "Any"}
HOLDERS: dict[Any, str] = {list: "list", dict: "dict"}


def spelled(annotation: Any) -> str | None:
    """Return how the type of a JSON value is spelled; None where it says nothing that can be checked."""
    if isinstance(annotation, str):
        return annotation if annotation in (*PLAIN.values(), *HOLDERS.values()) else None
    if annotation is None or isinstance(annotation, type | types.GenericAlias) or annotation is Any:
        found = PLAIN.get(type(None) if annotation is None else annotation)
        if found is not None:
            return found
    if get_origin(annotation) in (Union, types.UnionType):
        return _joined(" | ", get_args(annotation))
    holder = HOLDERS.get(get_origin(annotation) or annotation)
    inner = get_args(annotation)
    if holder is None or not inner:
        return holder
    named = _joined(", ", inner)
    return holder if named is None else f"{holder}[{named}]"


def _joined(mark: str, parts: tuple[Any, ...]) -> str | None:
    texts = [spelled(part) for part in parts]
    return None if None in texts else mark.join(cast("list[str]", texts))
