"""`@agent`: a function that is traced once, on symbols, into a graph."""

from __future__ import annotations

import inspect
import json
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

from agentc.diagnostics import AgentcError, error
from agentc.frontends.demands import SLO, Load
from agentc.frontends.tracing import arguments as args
from agentc.frontends.tracing.annotations import spelled
from agentc.frontends.tracing.callsite import (
    call_site,
    definition_location,
    definition_site,
    is_agentcs,
    raised_at,
)
from agentc.frontends.tracing.functions import bind_call, check_signature, hints_of, kind_of, plain_function
from agentc.frontends.tracing.record import Kind, Trace, current
from agentc.frontends.tracing.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from agentc.frontends.tracing.callsite import CallSite
    from agentc.frontends.tracing.record import Program

P = ParamSpec("P")
R = TypeVar("R")
MAX_DEPTH = 32
"""Agents in agents. A fixed parameter may count down a recursion; deeper than this it never ends."""


class Agent(Generic[P, R]):
    """An agent: it runs only when compiled, or as a step of another agent."""

    def __init__(self, fn: Callable[P, R], slo: SLO | None, load: Load | None) -> None:
        site = call_site()
        if not isinstance(slo, SLO | None):  # pyright: ignore[reportUnnecessaryIsInstance] (users err)
            raise error(f"slo={slo!r} is not an SLO", site.location, 'write slo=ac.SLO(e2e="8s")')
        if not isinstance(load, Load | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise error(f"load={load!r} is not a Load", site.location, 'write load=ac.Load("5/s")')
        self.__wrapped__ = fn
        self.function = plain_function(fn, "agent", site)
        self.signature = inspect.signature(self.function)
        self.location = definition_location(self.function)
        self.slo = slo
        self.load = load
        update_wrapper(self, fn)
        self._check()

    __name__: str

    def _check(self) -> None:
        check_signature(self.signature, f"agent {self.__name__!r}", self.location)
        if inspect.iscoroutinefunction(self.function) or inspect.isgeneratorfunction(self.function):
            raise error(
                f"the agent {self.__name__!r} must be a plain function",
                self.location,
                "leave out `async` and `yield`: calls that do not need each other run together anyway",
            )

    def __call__(self, *a: P.args, **k: P.kwargs) -> R:
        """Record a step of the agent that is being traced."""
        trace = current()
        site = call_site()
        if trace is None:
            raise error(
                f"the agent {self.__name__!r} runs only when compiled",
                site.location,
                f"agentc compile {self.location.file}:{self.__name__} --fleet FILE -o OUT; agentc run OUT",
            )
        return self._step(trace, site, bind_call(self.signature, self.__name__, a, k, site))

    def _step(self, trace: Trace, site: CallSite, given: Mapping[str, Any]) -> Any:
        """Record a call of this agent; fixed parameters are part of which graph is called."""
        fixed = self._fixed(given)
        operands = {n: args.value_of(v, f"{n}=", trace, site) for n, v in given.items() if n not in fixed}
        called = trace_agent(self, trace.program, fixed, site)
        kinds = {a.name: a.kind for a in called.body.arguments}
        values = [trace.cast(operands[name], kind, site) for name, kind in kinds.items()]
        attrs = {"callee": called.name, "id": args.new_id(trace, site, None, self.__name__)}
        results = trace.add("call", values, attrs, site, [v.kind for v in called.body.results])
        symbols = tuple(Symbol(r) for r in results)
        return symbols if called.several else symbols[0]

    def _fixed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with a default that no symbol was given for: known while tracing."""
        optional = {n: p.default for n, p in self.signature.parameters.items() if p.default is not p.empty}
        fixed = {n: given.get(n, default) for n, default in optional.items()}
        return {n: v for n, v in fixed.items() if not isinstance(v, Symbol)}


def trace_agent(
    agent: Agent[..., Any], program: Program, fixed: Mapping[str, Any], site: CallSite | None
) -> Trace:
    """Trace an agent, once for each choice of its fixed parameters.

    Raises:
        AgentcError: whatever the user's function does wrong, at its line.
    """
    key = (id(agent), json.dumps(dict(fixed), sort_keys=True, default=repr))
    if key in program.traces and program.traces[key] not in program.stack:
        return program.traces[key]
    if key in program.traces or len(program.stack) >= MAX_DEPTH:
        raise error(
            f"the agent {agent.__name__!r} calls itself",
            site.location if site else agent.location,
            "agents cannot recurse; repeat a step with ac.loop(body, state, until=test, max_trips=n)",
        )
    trace = Trace(_free_name(agent.__name__, program), agent.location, program, private=bool(program.stack))
    program.traces[key] = trace
    program.stack.append(trace)
    try:
        _record_body(agent, trace, fixed)
        program.done.append(trace)
    finally:
        program.stack.pop()
    return trace


def _free_name(name: str, program: Program) -> str:
    taken = {t.name for t in program.traces.values()}
    names = (name if n == 1 else f"{name}_{n}" for n in range(1, len(taken) + 2))
    return next(n for n in names if n not in taken)


def _record_body(agent: Agent[..., Any], trace: Trace, fixed: Mapping[str, Any]) -> None:
    hints = hints_of(agent.function)
    inputs = dict(fixed)
    for name in agent.signature.parameters:
        if name not in fixed:
            kind = kind_of(hints[name]) if name in hints else Kind.TEXT
            type = (spelled(hints[name]) if kind is Kind.JSON else None) or ""
            inputs[name] = Symbol(trace.body.argument(kind, name, type))
    with located_failures(f"the agent {agent.__name__!r} failed while it was traced", agent):
        returned = agent.function(**inputs)
    if trace.program.misuse:
        raise trace.program.misuse
    _close_body(agent, trace, returned, kind_of(hints.get("return")))


class located_failures:  # noqa: N801 (a context manager, used like a function)
    """Turn what the user's code raises into an error at the user's line; defects of agentc pass."""

    def __init__(self, what: str, agent: Agent[..., Any]) -> None:
        self.what = what
        self.agent = agent

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _type: object, raised: BaseException | None, trace: TracebackType | None) -> None:
        """Locate an exception of the user's code."""
        if (
            raised is None
            or isinstance(raised, AgentcError)
            or not isinstance(raised, Exception | SystemExit)
        ):
            return
        if is_agentcs(trace):
            return
        site = raised_at(trace)
        hint = "values of the agent can only be handed on; " if "Symbol" in str(raised) else ""
        raise error(
            f"{self.what}: {type(raised).__name__}: {raised}",
            site.location if site else self.agent.location,
            hint and hint + "compute with them in a function decorated with @ac.compute",
        ) from raised


def _close_body(agent: Agent[..., Any], trace: Trace, returned: object, kind: Kind) -> None:
    """Take what the function returned as the graph's results."""
    site = definition_site(agent.function)
    if returned is None:
        raise error(
            f"the agent {agent.__name__!r} returns nothing",
            agent.location,
            "return the value that answers the request",
        )
    trace.several = isinstance(returned, tuple)
    if not trace.body.nodes:
        raise error(
            f"the agent {agent.__name__!r} uses no operator",
            agent.location,
            "call ac.llm, a store, a tool, a compute or another agent in it",
        )
    what = f"what {agent.__name__!r} returns"
    values = [args.value_of(r, what, trace, site) for r in args.as_tuple(returned)]
    stated = kind is Kind.TEXT and len(values) == 1
    trace.body.results = tuple(trace.cast(v, kind, site) if stated else v for v in values)
