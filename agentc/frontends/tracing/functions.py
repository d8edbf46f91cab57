"""Python functions as operators: `@tool`, `@compute` and `@test`.

Each is callable as the plain function that it wraps when no agent is being traced: unit tests and
emitted programs use it so (`__wrapped__` is the function itself).
"""

from __future__ import annotations

import inspect
import os
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, get_type_hints

from agentc.diagnostics import error
from agentc.frontends.tracing import arguments as args
from agentc.frontends.tracing.callsite import call_site, definition_location
from agentc.frontends.tracing.record import Kind, current
from agentc.frontends.tracing.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FunctionType

    from agentc.diagnostics import Location
    from agentc.frontends.tracing.callsite import CallSite
    from agentc.frontends.tracing.record import Bindings, Trace

P = ParamSpec("P")
R = TypeVar("R")
KINDS = {str: Kind.TEXT, bytes: Kind.AUDIO, "str": Kind.TEXT, "bytes": Kind.AUDIO}


def kind_of(annotation: object) -> Kind:
    """Return what an annotated value is: str is text, bytes is audio, all else JSON."""
    return KINDS.get(annotation, Kind.JSON) if isinstance(annotation, type | str) else Kind.JSON


def hints_of(fn: Callable[..., Any]) -> Mapping[str, Any]:
    """Return a function's annotations, resolved where they can be."""
    try:
        return get_type_hints(fn)
    except Exception:  # noqa: BLE001 (a name that only a type checker knows)
        return getattr(fn, "__annotations__", {})


class Function(Generic[P, R]):
    """A function of the user's as an operator of the agent."""

    what = "function"
    op = ""
    slot = "fn"

    def __init__(self, fn: Callable[P, R], attrs: dict[str, Any], id: str | None) -> None:
        site = call_site()
        self.__wrapped__ = fn
        self._plain = plain_function(fn, self.what, site)
        self._attrs = attrs
        self._id = id
        self._signature = inspect.signature(self._plain)
        self._location = definition_location(self._plain)
        update_wrapper(self, fn)
        check_signature(self._signature, f"{self.what} {self.__name__!r}", self._location)

    __name__: str
    __qualname__: str

    def __call__(self, *a: P.args, **k: P.kwargs) -> R:
        """Record one use while an agent is traced; otherwise call the function."""
        trace = current()
        if trace is None:
            return self.__wrapped__(*a, **k)
        return self._record(trace, call_site(), a, k)

    def _record(self, trace: Trace, site: CallSite, a: tuple[Any, ...], k: dict[str, Any]) -> Any:
        name = self._variable()
        given = bind_call(self._signature, name, a, k, site)
        symbols = {n: v for n, v in given.items() if isinstance(v, Symbol)}
        fixed = {n: v for n, v in given.items() if n not in symbols}
        constants = {n: args.as_json(v, f"{name}({n}=...)", site) for n, v in fixed.items()}
        values = [args.value_of(v, n, trace, site) for n, v in symbols.items()]
        attrs = {
            "id": args.new_id(trace, site, self._id, name, self),
            self.slot: self._bound(trace.program.bindings, name, constants),
            "inputs": list(symbols),
            **self._attrs,
        }
        (result,) = trace.add(self.op, args.alike(values, trace, site), attrs, site, (self._kind(),))
        return Symbol(result)

    def _kind(self) -> Kind:
        return kind_of(hints_of(self._plain).get("return"))

    def _variable(self) -> str:
        """Return the name that the file knows this object by: its own, or another variable's."""
        scope = self._plain.__globals__
        if scope.get(self.__name__) is self:
            return self.__name__
        name = next((n for n, v in scope.items() if v is self), None)
        if name is None:
            raise error(
                f"the {self.what} {self.__name__!r} is not found by name in its file",
                self._location,
                "define it at the top level of the file: the emitted program imports it from there",
            )
        return name

    def _bound(self, bindings: Bindings, name: str, constants: dict[str, str]) -> str:
        """Name this function, with its constant arguments, in the module's table.

        It is found as `file.py:name`, or as `module:name` outside the agent's folder.
        """
        file = Path(os.path.abspath(self._plain.__code__.co_filename))  # noqa: PTH100 (keeps links)
        inside = file.is_relative_to(bindings.root)
        where = file.relative_to(bindings.root).as_posix() if inside else self._plain.__module__
        table = bindings.tools if self.slot == "tool" else bindings.fns
        binding = {"python": f"{where}:{name}", **args.stated(arguments=constants or None)}
        return bindings.bind(table, name, binding)


class Tool(Function[P, R]):
    """A call out of the agent: its effects are unknown, so it is neither dropped nor shared."""

    what = "tool"
    op = "tool.invoke"
    slot = "tool"


class Compute(Function[P, R]):
    """Plain Python between operators."""

    what = "compute"
    op = "agent.compute"


class Test(Function[P, R]):
    """A yes or no for `cond` and `loop`."""

    what = "test"
    op = "agent.test"

    def _kind(self) -> Kind:
        return Kind.FLAG


class ServerTool:
    """A tool of an MCP server: `mcp:command#tool`. Arguments are given by name."""

    def __init__(self, name: str, attrs: dict[str, Any], id: str | None) -> None:
        site = call_site()
        command, mark, tool = name.removeprefix("mcp:").rpartition("#")
        if not (name.startswith("mcp:") and mark and command.strip() and tool.strip()):
            raise error(f"{name!r} is not an MCP tool", site.location, 'write "mcp:command#tool"')
        self.__name__ = tool
        self._attrs = attrs | {"tool": name}
        self._id = id

    def __call__(self, **arguments: Any) -> str:
        """Record one use."""
        trace, site = args.tracing(f"the tool {self.__name__!r}")
        values = [args.value_of(v, f"{self.__name__}({n}=...)", trace, site) for n, v in arguments.items()]
        id = args.new_id(trace, site, self._id, self.__name__, self)
        attrs = {"id": id, "inputs": list(arguments), **self._attrs}
        (result,) = trace.add("tool.invoke", args.alike(values, trace, site), attrs, site, (Kind.TEXT,))
        return Symbol(result)  # type: ignore[return-value]  # traced code sees symbols in place of values


def plain_function(fn: object, what: str, site: CallSite) -> FunctionType:
    """Return the Python function inside a decorated one; an error at the decorator for anything else."""
    inner = inspect.unwrap(fn) if callable(fn) else fn
    if not inspect.isfunction(inner):
        raise error(f"@{what} takes a Python function, not {fn!r}", site.location)
    return inner


def check_signature(signature: inspect.Signature, who: str, location: Location) -> None:
    """Refuse parameters that no operand can be handed to by name."""
    for p in signature.parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.POSITIONAL_ONLY):
            raise error(
                f"the {who} takes {p}; its parameters must have names of their own",
                location,
                "operands are handed over by name",
            )


def bind_call(signature: inspect.Signature, name: str, a: Any, k: Any, site: CallSite) -> dict[str, Any]:
    """Return a call's arguments by parameter; an error at the call where they do not fit."""
    try:
        return dict(signature.bind(*a, **k).arguments)
    except TypeError as e:
        raise error(f"{name}(): {e}", site.location, f"its parameters: {name}{signature}") from None
