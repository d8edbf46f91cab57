"""Runs a program in dataflow order: each step starts when what it reads is there.

A program's functions only say which step reads which values; nothing waits for its place in the text.
`Scope` collects the steps of one function's run: the agent's, one branch's, one trip's of a loop. The
first step that fails ends the run, and everything that was under way is cancelled and awaited.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from agentc.diagnostics import AgentcError, Diagnostic
from agentc.runtime.errors import OperatorError, StepError
from agentc.runtime.flow import Value, found, get, is_ready
from agentc.runtime.settings import OperatorSetting
from agentc.runtime.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    Body = Callable[..., Awaitable[tuple[Any, ...]]]


class RunTimeoutError(AgentcError):
    """The run took longer than it was given. Exit code 1."""

    exit_code = 1


@dataclass
class Run:
    """One run of a program: what its scopes share."""

    group: asyncio.TaskGroup
    trace: Trace
    operators: Mapping[str, OperatorSetting]
    host: Any


class Maker(Protocol):
    """Makes the scope that a program's function gets as `do`."""

    def __call__(self, run: Run, entry: tuple[Value, ...] = ()) -> Scope:
        """Make a scope whose ordered steps wait for `entry` first."""
        ...


class Scope:
    """The steps of one function's run. `entry` is what its ordered steps must wait for."""

    def __init__(self, run: Run, entry: tuple[Value, ...] = ()) -> None:
        """Open a scope; `close` it when the function has said all its steps."""
        self.run = run
        self.entry = entry
        self.done = Value()
        self._open = 1

    def close(self) -> Value:
        """Say that no further step comes; `done` is set when the last one has ended."""
        self._leave()
        return self.done

    def operate(
        self,
        id: str,
        work: Callable[..., Awaitable[Any]],
        operands: Sequence[Any],
        after: Sequence[Value] = (),
        **keywords: Any,
    ) -> Value:
        """Start an operator when its operands are there and the steps of `after` have ended."""
        out = Value()
        self.spawn(self._operator(id, partial(work, **keywords), operands, after), out)
        return out

    def calc(self, function: Callable[..., Any], *operands: Any) -> Value:
        """Apply a plain function when its operands are there. Free: it is no operator."""
        out = Value()
        if all(is_ready(operand) for operand in operands):
            out.set(_apply(function, [found(operand) for operand in operands]))
        else:
            self.spawn(self._calc(function, operands), out)
        return out

    def spawn(self, step: Coroutine[Any, Any, Any], out: Value | None = None) -> None:
        """Start a step of this scope; its result goes to `out`."""
        self._open += 1
        self.run.group.create_task(self._tracked(step, out))

    async def _tracked(self, step: Coroutine[Any, Any, Any], out: Value | None) -> None:
        result = await step
        if out is not None:
            out.set(result)
        self._leave()

    def _leave(self) -> None:
        self._open -= 1
        if not self._open:
            self.done.set(None)

    async def enter(
        self, body: Body, arguments: Sequence[Any], entry: tuple[Value, ...]
    ) -> tuple[tuple[Any, ...], Value]:
        """Say a function's steps in a scope of its own; return its results, and when all is done."""
        inner = type(self)(self.run, entry)
        results = await body(inner, *arguments)
        return results, inner.close()

    async def _operator(
        self,
        id: str,
        work: Callable[..., Awaitable[Any]],
        operands: Sequence[Any],
        after: Sequence[Value],
    ) -> Any:
        values = [await get(operand) for operand in operands]
        for earlier in after:
            await earlier.get()
        setting = self.run.operators.get(id) or OperatorSetting(op="")
        span = self.run.trace.open(id, setting.op, setting.tier, setting.pool)
        try:
            result = await work(*values)
        except StepError as e:
            raise OperatorError(id, e.reason, setting.location, e.hint) from e
        except AgentcError:
            raise
        except Exception as e:
            raise OperatorError(id, f"{type(e).__name__}: {e}", setting.location) from e
        self.run.trace.close(span)
        return result

    async def _calc(self, function: Callable[..., Any], operands: Sequence[Any]) -> Any:
        return _apply(function, [await get(operand) for operand in operands])


def _apply(function: Callable[..., Any], values: Sequence[Any]) -> Any:
    try:
        return function(*values)
    except StepError as e:
        raise OperatorError(function.__name__, e.reason, hint=e.hint) from e
    except Exception as e:
        raise OperatorError(function.__name__, f"{type(e).__name__}: {e}") from e


async def execute(
    function: Body,
    arguments: Sequence[Any],
    make: Maker,
    *,
    host: Any = None,
    operators: Mapping[str, OperatorSetting] | None = None,
    trace: Trace | None = None,
    timeout_s: float | None = None,
) -> tuple[Any, ...]:
    """Run an agent's function to its results; every step that was started has ended when this returns.

    Raises:
        OperatorError: the first operator that failed.
        RunTimeoutError: `timeout_s` went by.
    """
    trace = trace or Trace()
    try:
        async with asyncio.timeout(timeout_s), asyncio.TaskGroup() as group:
            run = Run(group, trace, operators or {}, host)
            scope = make(run)
            results = await function(scope, *arguments)
            scope.close()
    except TimeoutError:
        running = trace.running()
        who = f"{', '.join(running) or 'nothing'} {'were' if len(running) > 1 else 'was'} still at work"
        late = Diagnostic(f"no answer within {timeout_s:g} s; {who}")
        raise RunTimeoutError(late) from None
    except BaseExceptionGroup as group:
        raise first_failure(group) from None
    return tuple([await get(result) for result in results])


def first_failure(group: BaseExceptionGroup[Any]) -> BaseException:
    """Return the failure that matters in a group of them: an error for people before any other."""
    leaves = list(_leaves(group))
    return next((leaf for leaf in leaves if isinstance(leaf, AgentcError)), leaves[0])


def _leaves(failure: BaseException) -> list[BaseException]:
    if not isinstance(failure, BaseExceptionGroup):
        return [failure]
    parts = cast("BaseExceptionGroup[BaseException]", failure).exceptions
    return [leaf for part in parts for leaf in _leaves(part)]
