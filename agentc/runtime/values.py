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
    try:
        return json.loads(json.dumps(msgspec.to_builtins(value, str_keys=True), allow_nan=False))
    except (TypeError, ValueError) as e:
        raise StepError(
            f"a {type(value).__name__} has no JSON form", "return text, numbers, lists or dicts"
        ) from e


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


def read_input(text: str, kind: str, name: str) -> Any:
    """Read an input given on the command line: text as it is, audio and images as a file, else JSON.

    Raises:
        StepError: it is no JSON, no such number, or no such file.
    """
    match kind:
        case "text":
            return text
        case "audio" | "image":
            return _read_file(text, name)
        case "docs" | "embedding" | "json" | "i1" | "f64" | "f32" | "i64" | "i32" | "index":
            return _read_number_or_json(text, kind, name)
        case _:
            raise StepError(f"the input {name!r} is {kind}, which cannot be given here")


def _read_file(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 (an OSError either way)
            return stream.read()
    except OSError as e:
        raise StepError(f"the input {name!r} names a file that cannot be read: {e}") from e


WANTED: dict[str, tuple[type, ...]] = {
    "i1": (bool,),
    "f64": (int, float),
    "f32": (int, float),
    "i64": (int,),
    "i32": (int,),
    "index": (int,),
    "docs": (list,),
    "embedding": (list,),
}


def _read_number_or_json(text: str, kind: str, name: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError as e:
        if kind == "json":
            return text  # a bare word is a JSON string that nobody wants to quote in a shell
        raise StepError(f"the input {name!r} must be {kind}, not {text!r}") from e
    wanted = WANTED.get(kind)
    if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and kind != "i1")):
        raise StepError(f"the input {name!r} must be {kind}, not {text!r}")
    return value
