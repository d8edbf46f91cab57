"""Whether a manifest is one by the published JSON Schema, read with a small validator of its own.

Part of `verify`: shares no code with the rest of placement, nor the classes that the schema is made of.
It knows the words that the schema uses and refuses others, so that none is passed over.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = Any
SCHEMA = Path(__file__).parents[1] / "manifest.schema.json"
SILENT = frozenset({"$schema", "title", "description", "default", "$defs", "additionalProperties"})
"""Words that ask for nothing by themselves."""


def check_schema(m: Json) -> Iterator[str]:
    """The manifest has the fields, types and words of the published schema, and no others."""
    yield from _against(_schema(), m, "the manifest")


@cache
def _schema() -> Json:
    return json.loads(SCHEMA.read_bytes())


def _against(rule: Json, value: Json, where: str) -> Iterator[str]:
    for word, asked in rule.items():
        if word not in SILENT:
            yield from WORDS[word](rule, asked, value, where)


def _refers(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    yield from _against(_schema()["$defs"][asked.removeprefix("#/$defs/")], value, where)


def _type(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    if not TYPES[asked](value):
        yield f"{where} is {_short(value)}, no {asked}"


def _enum(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    if value not in asked:
        yield f"{where} is {_short(value)}, not one of {', '.join(map(str, asked))}"


def _any_of(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    tried = [list(_against(rule, value, where)) for rule in asked]
    if all(tried):
        yield min(tried, key=len)[0]


def _properties(rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name, entry in cast("dict[str, Json]", value).items():
        if name in asked:
            yield from _against(asked[name], entry, _inside(where, name))
        elif rule.get("additionalProperties") is False:
            yield f"{where} has {name}, which no manifest has"


def _required(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{where} has no {name}" for name in asked if name not in value)


def _items(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    if isinstance(asked, dict):
        for n, entry in enumerate(_listed(value)):
            yield from _against(asked, entry, f"{where}[{n}]")


def _prefix_items(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    for n, (rule, entry) in enumerate(zip(asked, _listed(value), strict=False)):
        yield from _against(rule, entry, f"{where}[{n}]")


def _fewest(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    if isinstance(value, list) and (n := len(_listed(value))) < asked:
        yield f"{where} has {n} items, less than {asked}"


def _most(_rule: Json, asked: Json, value: Json, where: str) -> Iterator[str]:
    if isinstance(value, list) and (n := len(_listed(value))) > asked:
        yield f"{where} has {n} items, more than {asked}"


def _listed(value: Json) -> list[Json]:
    return cast("list[Json]", value) if isinstance(value, list) else []


def _inside(where: str, name: str) -> str:
    return name if where == "the manifest" else f"{where}.{name}"


def _short(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."  # noqa: PLR2004 (a line's worth)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TYPES: dict[str, Callable[[Json], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: _is_number(v) and float(v).is_integer(),
    "number": _is_number,
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}
WORDS: dict[str, Callable[[Json, Json, Json, str], Iterator[str]]] = {
    "$ref": _refers,
    "type": _type,
    "enum": _enum,
    "anyOf": _any_of,
    "properties": _properties,
    "required": _required,
    "items": _items,
    "prefixItems": _prefix_items,
    "minItems": _fewest,
    "maxItems": _most,
}
