"""Symbols: what an agent's function handles while it is traced, and every way to misuse one.

A symbol stands for a value that exists only when the agent runs. It can be passed on, and nothing
else: each Python operation that would need the value is refused at the user's line with the fix.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NoReturn

from agentc.diagnostics import error
from agentc.frontends.tracing.callsite import ancestors, call_site, site_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentc.frontends.tracing.callsite import CallSite
    from agentc.frontends.tracing.record import Value

COMPUTE = "do it in a function decorated with @ac.compute and call that here"
COND = "write ac.cond(test, then, else), where test comes from a function decorated with @ac.test"
LOOP = "write ac.loop(body, state, until=test, max_trips=n)"
MAP = "write ac.map(function, items), or loop inside a function decorated with @ac.compute"
PROMPT = "name it in the prompt, ac.llm(model, '... {x}')(x=...), or " + COMPUTE


class Symbol:
    """A value of the running agent, seen while tracing."""

    __slots__ = ("agentc_value",)

    agentc_value: Value

    def __init__(self, value: Value) -> None:
        object.__setattr__(self, "agentc_value", value)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        """Only for debuggers: an agent that prints a symbol meets `__str__`."""
        return f"<{self.agentc_value.kind} {self.agentc_value.name}>"

    def __bool__(self) -> bool:  # noqa: PLE0304 (it always refuses)
        _refuse_truth(self)

    def __iter__(self) -> Any:
        _refuse_iteration(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # Python and its tools look for protocols; users do not
            raise AttributeError(name)
        _refuse(self, f"asked for its attribute {name!r}", COMPUTE)

    def __setattr__(self, name: str, value: object) -> None:
        _refuse(self, f"changed (its attribute {name!r})", COMPUTE)


def _refuse(symbol: Symbol, used: str, fix: str, site: CallSite | None = None) -> NoReturn:
    value = symbol.agentc_value
    message = (
        f"{value.name!r} is known only when the agent runs; it cannot be {used} while the agent is traced"
    )
    refused = error(message, (site or call_site()).location, fix)
    program = value.region.trace.program
    program.misuse = program.misuse or refused  # an `except` of the user's must not hide it
    raise refused


def _refuse_truth(symbol: Symbol) -> NoReturn:
    """Name the construct that asked: they have different fixes."""
    site = call_site()
    for node in ancestors(site):
        match node:
            case ast.If(test=asked) | ast.IfExp(test=asked):
                _refuse(symbol, "used in a Python `if`", COND, site_of(asked, site))
            case ast.While(test=asked):
                _refuse(symbol, "used in a Python `while`", LOOP, site_of(asked, site))
            case ast.Assert(test=asked):
                _refuse(symbol, "used in `assert`", COMPUTE, site_of(asked, site))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                asked = next((test for g in node.generators for test in g.ifs), node)
                _refuse(symbol, "used in the `if` of a comprehension", MAP, site_of(asked, site))
            case ast.BoolOp() | ast.UnaryOp() | ast.Name():
                continue
            case _:
                break
    _refuse(symbol, "used as a truth value (`and`, `or`, `not`, bool())", COND, site)


def _refuse_iteration(symbol: Symbol) -> NoReturn:
    site = call_site()
    match ancestors(site):
        case [ast.For(iter=over), *_] | [_, ast.For(iter=over), *_]:
            _refuse(symbol, "used in a Python `for`", MAP, site_of(over, site))
        case [ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp() as comprehension, *_]:
            over = comprehension.generators[0].iter
            _refuse(symbol, "looped over in a comprehension", MAP, site_of(over, site))
        case [_, ast.comprehension(), *_]:
            _refuse(symbol, "looped over in a comprehension", MAP, site)
        case [ast.Assign(value=value), *_]:
            _refuse(symbol, "unpacked", COMPUTE, site_of(value, site))
        case [ast.Tuple(), ast.Assign(value=value), *_]:
            _refuse(symbol, "unpacked", COMPUTE, site_of(value, site))
        case _:
            _refuse(symbol, "iterated", MAP, site)


OPERATIONS: dict[str, tuple[str, str]] = {
    "__len__": ("asked for its length (len())", COMPUTE),
    "__int__": ("made a number (int())", COMPUTE),
    "__index__": ("used as a number", COMPUTE),
    "__float__": ("made a number (float())", COMPUTE),
    "__complex__": ("made a number (complex())", COMPUTE),
    "__round__": ("rounded", COMPUTE),
    "__str__": ("made text (str(), print())", PROMPT),
    "__bytes__": ("made bytes", COMPUTE),
    "__format__": ("put into an f-string or format()", PROMPT),
    "__eq__": ("compared (==)", COND),
    "__ne__": ("compared (!=)", COND),
    "__lt__": ("compared (<)", COND),
    "__le__": ("compared (<=)", COND),
    "__gt__": ("compared (>)", COND),
    "__ge__": ("compared (>=)", COND),
    "__contains__": ("searched with `in`", COND),
    "__getitem__": ("indexed", COMPUTE),
    "__setitem__": ("changed by index", COMPUTE),
    "__delitem__": ("changed by index", COMPUTE),
    "__reversed__": ("reversed", COMPUTE),
    "__next__": ("iterated", MAP),
    "__call__": ("called", "only tools, computes, tests and agents are called"),
    "__enter__": ("used in `with`", COMPUTE),
    "__exit__": ("used in `with`", COMPUTE),
    "__await__": ("awaited", "agents are plain functions: leave out `await`; independent calls run together"),
    "__aiter__": ("used in `async for`", MAP),
}
"""Every other operation: what it does to the value, and the fix."""

_ARITHMETIC = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift divmod"
_UNARY = "neg pos abs invert"
_JOINING = ("used in arithmetic or joined (+, *, %, ...)", PROMPT)
_OPERATORS = [
    *(f"__{name}__" for name in _UNARY.split()),
    *(f"__{side}{name}__" for name in _ARITHMETIC.split() for side in ("", "r", "i")),
]


def _refusal(used: str, fix: str) -> Callable[..., NoReturn]:
    def refuse(self: Symbol, *_: object, **__: object) -> NoReturn:
        _refuse(self, used, fix)

    return refuse


for _name, (_used, _fix) in (OPERATIONS | dict.fromkeys(_OPERATORS, _JOINING)).items():
    setattr(Symbol, _name, _refusal(_used, _fix))
