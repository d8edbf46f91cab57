"""Blocking work in threads that do not keep the process alive.

A tool that hangs must not hold up Ctrl-C: `asyncio`'s own executor waits for its threads at exit, a
daemon thread is simply left behind. Native engines are another matter: a thread of theirs that wants
the interpreter while it is being taken down aborts the process. So their work is counted, and a run
waits for it at its end.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LAST_WORK_S = 20.0
_native: set[threading.Thread] = set()


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Run `work(*arguments)` in a daemon thread with the caller's context variables; await its result."""
    return await _run(work, arguments, None)


async def in_engine(work: Callable[..., T], *arguments: Any) -> T:
    """Run work of a native engine, as `in_thread` does; `engines_at_rest` waits for its end."""
    return await _run(work, arguments, _native)


async def engines_at_rest() -> None:
    """Wait until no engine is at work, though nobody waits for its result any more."""
    end = time.monotonic() + LAST_WORK_S
    while any(thread.is_alive() for thread in _native) and time.monotonic() < end:  # noqa: ASYNC110 (threads set no event)
        await asyncio.sleep(0.01)


async def _run(
    work: Callable[..., T], arguments: tuple[Any, ...], counted: set[threading.Thread] | None
) -> T:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: T | None, failure: BaseException | None) -> None:
        if done.cancelled():
            return
        if failure is not None:
            done.set_exception(failure)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # no failure: it is a T

    def report(result: T | None, failure: BaseException | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, failure)

    def body() -> None:
        try:
            report(context.run(work, *arguments), None)
        except StopIteration as e:  # a future refuses it
            report(None, RuntimeError(f"StopIteration: {e}"))
        except BaseException as e:  # noqa: BLE001 (whatever it is, the awaiting side must hear of it)
            report(None, e)

    thread = threading.Thread(target=body, daemon=True, name=getattr(work, "__name__", "work"))
    if counted is not None:
        counted -= {old for old in counted if old.ident and not old.is_alive()}
        counted.add(thread)
    thread.start()
    return await done
