"""Blocking work in threads that do not keep the process alive.

A tool that hangs must not hold up Ctrl-C: `asyncio`'s own executor waits for its threads at exit, a
daemon thread is simply left behind.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Run `work(*arguments)` in a daemon thread with the caller's context variables; await its result."""
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

    threading.Thread(target=body, daemon=True, name=getattr(work, "__name__", "work")).start()
    return await done
