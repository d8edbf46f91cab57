"""Writes README.md beside this file from the dialects themselves: `python -m agentc.dialects.readme`.

Operands and results come from the IRDL text, attributes and their ranges from the views that the
verifier reads, meanings from the views' docstrings. An example that parses is made of all three.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentc.dialects.attributes import AgentView, Attr
from agentc.dialects.load import DIALECTS, views

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """\
# The dialects

The words that agents are written in, beside those of upstream MLIR: `func.func` is an agent, `func.call` a
nested one, `scf.if`, `scf.index_switch`, `scf.while`, `scf.for` and `scf.forall` are its control flow.
Written by `python -m agentc.dialects.readme` from the `.mlir` and `.py` files beside it; a test compares.

Each dialect is an IRDL text (`llm.mlir`: operands, results, required attributes) and views (`llm.py`: all
attributes, with the ranges that the verifier checks). An unknown attribute is an error with the nearest name.
An operator's `effects` are none for models, searches and lookups, read for `memory.load`, write for the rest,
unless stated. Every op may carry `id`, `effects` and `bytes` (the size of its result). A package adds a
dialect by an entry point of the group `agentc.dialects`.
"""
_OP = re.compile(r"((?:  //[^\n]*\n)*)  irdl\.operation @(\w+) \{\n(.*?)\n  \}", re.DOTALL)
_VARIABLE = re.compile(r"%(\w+) = irdl\.(is|base|any)(?: ([^\n]+))?")
_SLOT = re.compile(r"(\w+): (variadic )?%(\w+)")
_ANY = "!agent.json"
_KINDS = {
    "text": "text",
    "integer": "whole number",
    "number": "number",
    "flag": "true or false",
    "texts": "list of texts",
    "numbers": "list of numbers",
    "record": "dictionary",
}


@dataclass(frozen=True)
class Slot:
    """One operand or result: its name, type, and whether there may be any number of it."""

    name: str
    type: str
    variadic: bool

    @property
    def shown(self) -> str:
        """The slot as the README shows it."""
        return f"{self.name}: {'any' if self.type == '' else self.type}{'...' if self.variadic else ''}"

    @property
    def example(self) -> str:
        """A type that fits."""
        return {"": _ANY, "tensor": f"tensor<?x{_ANY}>"}.get(self.type, self.type)


@dataclass(frozen=True)
class Signature:
    """What the IRDL text says of one op."""

    operands: tuple[Slot, ...]
    results: tuple[Slot, ...]
    required: tuple[str, ...]


def readme() -> str:
    """Return the whole text."""
    return "\n".join([HEAD, *(_dialect(name) for name in DIALECTS)])


def _dialect(name: str) -> str:
    text = Path(__file__).with_name(f"{name}.mlir").read_text()
    about = re.match(r"(?:// ?[^\n]*\n)+", text)
    comment = " ".join(line.lstrip("/ ") for line in about[0].splitlines()) if about else ""
    types = re.findall(r"irdl\.type @(\w+)", text)
    lines = [f"## {name}", "", comment, ""]
    if types:
        lines += [f"Types: {', '.join(f'`!{name}.{type}`' for type in types)}.", ""]
    for op, signature in signatures(text).items():
        lines += _op(f"{name}.{op}", signature)
    return "\n".join(lines)


def signatures(text: str) -> dict[str, Signature]:
    """Return the signatures in an IRDL text, by op."""
    return {name: _signature(body) for _, name, body in _OP.findall(text)}


def _signature(body: str) -> Signature:
    types = {name: _type(kind, what) for name, kind, what in _VARIABLE.findall(body)}
    required = re.search(r"irdl\.attributes \{(.*?)\}", body)
    return Signature(
        _slots("operands", body, types),
        _slots("results", body, types),
        tuple(re.findall(r'"(\w+)" =', required[1])) if required else (),
    )


def _type(kind: str, what: str) -> str:
    """Return a constraint's type; empty for any."""
    if kind == "base" and "tensor" in what:
        return "tensor"
    return {"any": ""}.get(kind, what.strip().replace("@", "!").replace("::!", "."))


def _slots(group: str, body: str, types: dict[str, str]) -> tuple[Slot, ...]:
    found = re.search(rf"irdl\.{group}\((.*?)\)", body)
    slots = _SLOT.findall(found[1]) if found else []
    return tuple(Slot(name, types[variable], bool(many)) for name, many, variable in slots)


def _op(name: str, signature: Signature) -> list[str]:
    view = views()[name]
    shape = [", ".join(slot.shown for slot in slots) or "nothing" for slots in _both(signature)]
    lines = [f"### {name}", "", cleandoc(view.__doc__ or ""), "", f"`{shape[0]}` -> `{shape[1]}`", ""]
    rows = list(_attributes(view, signature.required))
    if rows:
        lines += ["| attribute | what | |", "|---|---|---|", *rows, ""]
    lines += ["```mlir", example(name, signature), "```", ""]
    return [*lines, f"Lowers to {view.lowers_to}.", ""] if view.lowers_to else lines


def _both(signature: Signature) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    return signature.operands, signature.results


def common() -> set[str]:
    """Return the attributes that every op may carry."""
    return {member.name for member in vars(AgentView).values() if isinstance(member, Attr)}


def _attributes(view: type[AgentView], required: tuple[str, ...]) -> Iterator[str]:
    for name, rule in view.rules.items():
        if name not in common():
            must = "required" if name in required else ""
            yield f"| `{name}` | {_range(rule)} | {must} |"


def _range(rule: Attr[Any]) -> str:
    text = _KINDS[rule.kind]
    if rule.choices:
        return f"{text}: {', '.join(rule.choices)}"
    low = "" if rule.low is None else f"{rule.low:g}"
    if rule.high is not None:
        return f"{text}, {low} to {rule.high:g}"
    return f"{text}, from {low} up" if low else text


def example(name: str, signature: Signature) -> str:
    """Return a line of IR that verifies, with one value for each operand."""
    operands, results = _both(signature)
    attributes = ", ".join(f'{attribute} = "{attribute}"' for attribute in signature.required)
    reads = ", ".join(f"%{slot.name}" for slot in operands)
    makes = f"{', '.join(f'%{slot.name}_0' for slot in results)} = " if results else ""
    types = [", ".join(slot.example for slot in slots) for slots in (operands, results)]
    into = types[1] if len(results) == 1 else f"({types[1]})"
    return f'{makes}"{name}"({reads}) {{{attributes}}} : ({types[0]}) -> {into}'


def main() -> None:
    """Write the file."""
    Path(__file__).with_name("README.md").write_text(readme())


if __name__ == "__main__":
    main()
