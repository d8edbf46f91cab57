"""Inputs as they are given in a shell: texts, checked against what the agent takes before anything runs.

Text is taken as it is, audio and images are files, and all else is JSON. Where the agent's source
states a type (`list[str]`, `dict[str, int]`, `float | None`), the JSON must be of it.
"""

from __future__ import annotations

import ast
import json
import math
from typing import Any, NoReturn

from agentc.runtime.errors import StepError

EXPECTED = {
    "i1": "bool",
    "f64": "float",
    "f32": "float",
    "i64": "int",
    "i32": "int",
    "index": "int",
    "docs": "list",
    "embedding": "list[float]",
}
"""The types of what is no text: the graph's own, where no source states one."""
EXAMPLES = {
    "int": "3",
    "float": "0.5",
    "bool": "true",
    "list": "'[1, 2]'",
    "list[str]": """'["a", "b"]'""",
    "dict": """'{"key": 1}'""",
}
LONGEST = 60


def read_input(text: str, kind: str, name: str, expects: str = "") -> Any:
    """Read an input given on the command line as what the graph (`kind`) and the source (`expects`) want.

    Raises:
        StepError: it is no JSON, of another type, or no such file.
    """
    match kind:
        case "text":
            return text
        case "audio" | "image":
            return _read_file(text, name)
        case "json" if not expects:
            return _read_anything(text, name)
        case _ if kind == "json" or kind in EXPECTED:
            return _read_typed(text, expects or EXPECTED[kind], name)
        case _:
            raise StepError(f"the input {name!r} is {kind}, which cannot be given here")


def _read_file(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 (an OSError either way)
            return stream.read()
    except (OSError, ValueError) as e:
        raise StepError(f"the input {name!r} names a file that cannot be read: {e}") from e


class TooLargeError(ValueError):
    """A number that no float holds: `1e400`."""


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise TooLargeError(text)
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _parsed(text: str) -> Any:
    """Read strict JSON: no NaN, no infinity. Raises ValueError."""
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_no_constant)
    except RecursionError as e:
        raise ValueError("nested too deep") from e


def _read_anything(text: str, name: str) -> Any:
    try:
        return _parsed(text)
    except TooLargeError as e:
        raise StepError(f"the input {name!r} must hold finite numbers, not {_short(text)}") from e
    except ValueError:
        return text  # a bare word is a JSON string that nobody wants to quote in a shell


def _read_typed(text: str, expects: str, name: str) -> Any:
    wanted = _type_of(expects)
    try:
        value = _parsed(text)
    except ValueError:
        value = text  # a bare word, for a type that allows text
    if fits(value, wanted):
        return float(value) if expects == "float" else value
    if fits(text, wanted):
        return text  # `str | None`: a text that happens to read as a number
    example = EXAMPLES.get(expects)
    hint = f"write it as JSON: --input {name}={example}" if example else "write it as JSON"
    raise StepError(f"the input {name!r} must be {expects}, not {_short(text)}", hint)


def _type_of(expects: str) -> ast.expr:
    try:
        return ast.parse(expects, mode="eval").body
    except (SyntaxError, ValueError):
        return ast.Name("Any")  # a type of somebody's own, which says nothing that can be checked


def fits(value: Any, wanted: ast.expr) -> bool:
    """Tell whether a JSON value is of a type, given as the expression that spells it."""
    match wanted:
        case ast.BinOp(left=left, right=right):
            return fits(value, left) or fits(value, right)
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            return isinstance(value, list) and all(fits(one, item) for one in value)  # pyright: ignore[reportUnknownVariableType] (each is checked)
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[_, item])):
            return isinstance(value, dict) and all(fits(one, item) for one in value.values())  # pyright: ignore[reportUnknownVariableType]
        case ast.Constant():
            return value is None
        case ast.Name(id=name):
            return _is_plain(value, name)
        case _:
            return True


PLAIN: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "list": (list,),
    "dict": (dict,),
}


def _is_plain(value: Any, name: str) -> bool:
    if name not in PLAIN:
        return True
    if isinstance(value, bool):
        return name == "bool"
    return isinstance(value, PLAIN[name]) and (name != "float" or _fits_a_float(value))


def _fits_a_float(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _short(text: str) -> str:
    return repr(text if len(text) <= LONGEST else text[:LONGEST] + "...")
