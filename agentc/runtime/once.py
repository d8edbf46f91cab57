"""Things that are made at first need, once, however many wait for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from agentc.runtime.trace import began

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class Once(Generic[T]):
    """A model, an index or a server that takes a while to load."""

    def __init__(self, make: Callable[[], Coroutine[None, None, T]]) -> None:
        """Remember how it is made."""
        self._make = make
        self._made: asyncio.Task[T] | None = None

    def start(self) -> asyncio.Task[T]:
        """Begin making it, without waiting."""
        if self._made is None:
            self._made = asyncio.create_task(self._make())
            self._made.add_done_callback(_heard)
        return self._made

    async def get(self) -> T:
        """Return it when it is there; the time of the operator that needs it starts then."""
        made = await asyncio.shield(self.start())
        began()
        return made

    async def drop(self, *, finish: bool = False) -> T | None:
        """Stop making it, or let it `finish` where half of it would do harm; return it where it was made."""
        if self._made is None:
            return None
        if not finish:
            self._made.cancel()
        await asyncio.wait({self._made})
        return None if self._made.cancelled() or self._made.exception() else self._made.result()


def _heard(task: asyncio.Task[T]) -> None:
    """Take note of a failure that nobody came to wait for."""
    if not task.cancelled():
        task.exception()
