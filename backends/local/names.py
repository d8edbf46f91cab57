"""Names and literals of emitted Python: whatever a graph calls its things, the text stays what we mean."""

from __future__ import annotations

import keyword
import re
from typing import Any

AGENT_VERBS = {
    "llm.call": "generate",
    "llm.prefill": "prefill",
    "llm.decode": "decode",
    "llm.embed": "embed",
    "llm.rerank": "rerank",
    "llm.transcribe": "transcribe",
    "llm.speak": "speak",
    "memory.search": "search",
    "memory.lookup": "lookup",
    "memory.load": "load",
    "memory.store": "store",
    "tool.invoke": "tool",
    "tool.lookup": "tool_lookup",
    "tool.compute": "tool_compute",
    "agent.compute": "compute",
    "agent.test": "test",
    "agent.observe": "observe",
}
"""Our operators and the methods of `agentc.runtime.do.Do` that run them."""

ARITHMETIC = {
    "arith.addi": "add",
    "arith.addf": "add",
    "arith.subi": "sub",
    "arith.subf": "sub",
    "arith.muli": "mul",
    "arith.mulf": "mul",
    "arith.divsi": "div",
    "arith.divui": "div",
    "arith.divf": "div",
    "arith.ceildivsi": "up",
    "arith.ceildivui": "up",
    "arith.remsi": "rem",
    "arith.remui": "rem",
    "arith.andi": "both",
    "arith.ori": "either",
    "arith.xori": "differ",
    "arith.select": "choose",
    "arith.minsi": "smaller",
    "arith.minui": "smaller",
    "arith.minimumf": "smaller",
    "arith.maxsi": "larger",
    "arith.maxui": "larger",
    "arith.maximumf": "larger",
    "arith.index_cast": "whole",
    "arith.index_castui": "whole",
    "arith.extsi": "whole",
    "arith.extui": "whole",
    "arith.trunci": "whole",
    "arith.fptosi": "whole",
    "arith.fptoui": "whole",
    "arith.sitofp": "real",
    "arith.uitofp": "real",
    "tensor.dim": "size",
    "tensor.empty": "empty",
    "tensor.extract": "item",
    "tensor.from_elements": "pack",
    "tensor.insert": "put",
}
"""Upstream ops and the functions of `agentc.runtime.arith` that do them."""

INTEGER_TESTS = ("eq", "ne", "lt", "le", "gt", "ge", "lt", "le", "gt", "ge")
FLOAT_TESTS = {
    1: "eq",
    2: "gt",
    3: "ge",
    4: "lt",
    5: "le",
    6: "ne",
    8: "eq",
    9: "gt",
    10: "ge",
    11: "lt",
    12: "le",
    13: "ne",
}
"""`arith.cmpi` and `arith.cmpf` predicates by number; a NaN is not expected here."""

FLOW = ("scf.if", "scf.index_switch", "scf.while", "scf.for", "scf.forall", "func.call")
FREE = (
    "agent.cast",
    "agent.scatter",
    "agent.gather",
    "place.tier",
    "place.pool",
    "place.transfer",
    "tensor.cast",
)
ENDS = ("scf.yield", "scf.condition", "scf.forall.in_parallel", "tensor.parallel_insert_slice", "func.return")
TESTS = ("arith.cmpi", "arith.cmpf", "arith.constant")
EXPRESSES = frozenset([*AGENT_VERBS, *ARITHMETIC, *FLOW, *FREE, *ENDS, *TESTS])

RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, "do", "arith", "Do", "AGENT", "float"})


class Names:
    """Hands out Python identifiers, each once.

    Inside a function they are in lower case with single underscores; constants are in upper case and
    the functions of regions have a double underscore. So nothing local hides what is read from outside.
    """

    def __init__(self, taken: frozenset[str] = RESERVED) -> None:
        """Start with what must not be used."""
        self._taken = set(taken)

    def fresh(self, wanted: str) -> str:
        """Return the identifier `wanted`, numbered where somebody has it."""
        found, n, name = wanted, 1, wanted
        while found in self._taken:
            n += 1
            found = f"{name}_{n}"
        self._taken.add(found)
        return found


def identifier(text: str) -> str:
    """Return a text as an ASCII identifier, never a dunder."""
    name = re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_") or "x"
    return f"x{name}" if name[0].isdigit() else name


def local(text: str) -> str:
    """Return a text as the name of something inside a function."""
    return identifier(text).lower()


def literal(value: Any) -> str:
    """Return a text, number, flag, None or list as Python source."""
    match value:
        case str():
            return repr(value) if '"' in value else '"' + repr(f"'{value}")[2:]
        case bool() | int() | None:
            return repr(value)
        case float():
            return repr(value) if value == value and abs(value) != float("inf") else f'float("{value}")'  # noqa: PLR0124 (NaN)
        case list() | tuple():
            items: list[Any] = [*value]
            return tuple_of([literal(item) for item in items])
        case _:
            raise TypeError(f"no literal for a {type(value).__name__}")


def tuple_of(parts: list[str]) -> str:
    """Return expressions as a tuple's source."""
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def remark(text: str) -> str:
    """Return a text that cannot leave its comment or docstring."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown.replace("\\", "/").replace('"', "'")
