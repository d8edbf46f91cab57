"""What values are while a program runs, and how one kind is shown as another.

text       str
json       what JSON holds: None, bool, int, float, str, list, dict
docs       list of {file, line, end_line, text, score}, best first
embedding  float32 vector of length 1
audio      bytes
tensor     list (the items of a map)
"""

from __future__ import annotations

import json
import math
from typing import Any, cast

import msgspec

from agentc.runtime.errors import StepError


def to_text(value: Any) -> str:
    """Render a value for a prompt or a person: text as it is, passages with their places, else JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if is_docs(value):
        return "\n\n".join(f"[{d['file']}:{d['line']}] {d['text']}" for d in value)
    return json.dumps(to_json(value), ensure_ascii=False, sort_keys=True)


def to_json(value: Any) -> Any:
    """Return a value as what JSON holds; dataclasses and records become objects.

    Raises:
        StepError: it has no such form.
    """
    if isinstance(value, str):
        return value
    if fault := _fault(value, HAS_NO_FORM):
        raise _no_form(fault)
    try:
        return json.loads(json.dumps(msgspec.to_builtins(value, str_keys=True), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as e:
        raise _no_form(_fault(value, (object,)) or _a(value)) from e


HAS_NO_FORM = (bytes, bytearray, memoryview, set, frozenset)
"""What could be made JSON only silently: as base64, or in an order that changes from run to run."""
DEEPEST = 50


def _no_form(fault: str) -> StepError:
    return StepError(f"{fault} has no JSON form", "return text, numbers, lists or dicts")


def _a(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _fault(value: Any, refused: tuple[type, ...], where: str = "", depth: int = DEEPEST) -> str | None:
    """Name the part of a value that JSON cannot hold, and where it lies: `a set at 'tags'`."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"the number {value}{where}"
    if value is None or isinstance(value, bool | int | float | str) or not depth:
        return None
    if isinstance(value, dict):
        parts = [(f" at {key!r}", part) for key, part in cast("dict[Any, Any]", value).items()]
    elif isinstance(value, list | tuple):
        parts = [(f" at {number}", part) for number, part in enumerate(cast("list[Any]", value))]
    else:
        return f"{_a(value)}{where}" if isinstance(value, refused) else None
    return next((f for at, part in parts if (f := _fault(part, refused, where + at, depth - 1))), None)


def is_docs(value: Any) -> bool:
    """Tell whether a value is a list of passages."""
    if not isinstance(value, list) or value == []:
        return False
    return all(_is_passage(item) for item in cast("list[Any]", value))


def _is_passage(item: Any) -> bool:
    return isinstance(item, dict) and {"file", "line", "text"} <= item.keys()


def convert(value: Any, kind: str) -> Any:
    """Return a value as `kind`: what `agent.cast` does.

    Raises:
        StepError: there is no way from what the value is to `kind`.
    """
    match kind:
        case "text":
            return to_text(value)
        case "json":
            return to_json(value)
        case "docs" if value == [] or is_docs(value):
            return value
        case "i1" if isinstance(value, bool):
            return value
        case "embedding" | "audio" | "image" | "tensor":
            return value
        case _:
            raise StepError(f"a {type(value).__name__} cannot be shown as {kind}")
