"""The decorators that users write: `agent`, `tool`, `compute` and `test`."""
# ruff: noqa: PT028 (`test` is a decorator for users, not a test)

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast, overload

from agentc.diagnostics import error
from agentc.frontends.tracing import arguments as args
from agentc.frontends.tracing.agents import Agent
from agentc.frontends.tracing.callsite import call_site
from agentc.frontends.tracing.functions import Compute, ServerTool, Test, Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentc.frontends.demands import SLO, Load

P = ParamSpec("P")
R = TypeVar("R")


@overload
def agent(function: Callable[P, R], /) -> Agent[P, R]: ...
@overload
def agent(*, slo: SLO | None = None, load: Load | None = None) -> Callable[[Callable[P, R]], Agent[P, R]]: ...
def agent(function: Any = None, /, *, slo: SLO | None = None, load: Load | None = None) -> Any:
    """Make a function an agent: `@ac.agent(slo=ac.SLO(e2e="8s"), load=ac.Load("5/s"))`.

    Its parameters are the request: `str` is text, `bytes` is speech, anything else JSON. A parameter
    with a default is fixed when the agent is compiled.
    """
    return _decorate(lambda fn: Agent(fn, slo, load), function, "agent")


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    server: str,
    /,
    *,
    latency_ms: float | tuple[float, float] | None = None,
    memory_mb: float | None = None,
    cpu: float | None = None,
    usd_per_call: float | None = None,
    effects: str | None = None,
    id: str | None = None,
) -> ServerTool: ...
@overload
def tool(
    *,
    latency_ms: float | tuple[float, float] | None = None,
    memory_mb: float | None = None,
    cpu: float | None = None,
    usd_per_call: float | None = None,
    effects: str | None = None,
    id: str | None = None,
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Any = None,
    /,
    *,
    latency_ms: float | tuple[float, float] | None = None,
    memory_mb: float | None = None,
    cpu: float | None = None,
    usd_per_call: float | None = None,
    effects: str | None = None,
    id: str | None = None,
) -> Any:
    """Make a function a tool, or name one of an MCP server: `ac.tool("mcp:python server.py#search")`.

    Args:
        function: the function, or `mcp:command#tool`.
        latency_ms: of one call: the median, or (median, 95th percentile).
        memory_mb: what one call needs.
        cpu: cores that one call keeps busy.
        usd_per_call: what one call costs besides the machine.
        effects: "none" (equal calls are shared), "read" or "write"; not stated, calls are never shared.
            A tool that writes says effects="write", and then keeps its order with whatever states read
            or write. Calls that state nothing start as soon as their arguments are there.
        id: the name of its operators in plans; otherwise the variable that takes the result.
    """
    args.check_effects(effects)
    args.check_number("memory_mb", memory_mb)
    args.check_number("cpu", cpu)
    args.check_number("usd_per_call", usd_per_call, least=0)
    attrs = _latency(latency_ms) | args.stated(
        memory_mb=memory_mb, cpu=cpu, usd_per_call=usd_per_call, effects=effects
    )
    if isinstance(function, str):
        return ServerTool(function, attrs, id)
    return _decorate(lambda fn: Tool(fn, attrs, id), function, "tool")


@overload
def compute(function: Callable[P, R], /) -> Compute[P, R]: ...
@overload
def compute(
    *, cpu_ms: float | None = None, effects: str | None = None, id: str | None = None
) -> Callable[[Callable[P, R]], Compute[P, R]]: ...
def compute(
    function: Any = None, /, *, cpu_ms: float | None = None, effects: str | None = None, id: str | None = None
) -> Any:
    """Make a function a step of plain Python between operators; `cpu_ms` is its time on one core."""
    attrs = _function_attrs(cpu_ms, effects)
    return _decorate(lambda fn: Compute(fn, attrs, id), function, "compute")


@overload
def test(function: Callable[P, bool], /) -> Test[P, bool]: ...
@overload
def test(
    *, cpu_ms: float | None = None, effects: str | None = None, id: str | None = None
) -> Callable[[Callable[P, bool]], Test[P, bool]]: ...
def test(
    function: Any = None, /, *, cpu_ms: float | None = None, effects: str | None = None, id: str | None = None
) -> Any:
    """Make a function that returns a bool a test, for `ac.cond` and `ac.loop`."""
    attrs = _function_attrs(cpu_ms, effects)
    return _decorate(lambda fn: Test(fn, attrs, id), function, "test")


def _function_attrs(cpu_ms: float | None, effects: str | None) -> dict[str, Any]:
    args.check_effects(effects)
    args.check_number("cpu_ms", cpu_ms, least=0)
    return args.stated(cpu_ms=cpu_ms, effects=effects)


def _latency(latency_ms: object) -> dict[str, float]:
    """Return the median and the 95th percentile that were stated."""
    pair = (
        list(cast("Sequence[object]", latency_ms)) if isinstance(latency_ms, tuple | list) else [latency_ms]
    )
    if len(pair) > 2:  # noqa: PLR2004 (a pair)
        raise error(f"latency_ms={latency_ms!r} is not (median, p95)", call_site().location)
    for number in pair:
        args.check_number("latency_ms", number)
    numbers = [float(n) for n in pair if args.is_number(n)]
    if numbers != sorted(numbers):
        raise error(
            f"latency_ms={latency_ms!r}: the median is above the 95th percentile",
            call_site().location,
            "write (median, p95)",
        )
    return dict(zip(("latency_ms_p50", "latency_ms_p95"), numbers, strict=False))


def _decorate(make: Callable[[Any], Any], function: object, what: str) -> Any:
    """Apply a decorator written with or without parentheses."""
    if function is None:
        return make
    if not callable(function):
        raise error(f"@{what} takes a function, not {function!r}", call_site().location)
    return make(function)
