"""One at a time, the most urgent first, then the one that has waited longest."""

from __future__ import annotations

import asyncio
import heapq
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING

from agentc.runtime.trace import began

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Turns:
    """A lock with priorities. An engine with one thread gains nothing from two calls at once."""

    def __init__(self) -> None:
        """Start free."""
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = count()
        self._busy = False

    @asynccontextmanager
    async def take(self, urgency: int) -> AsyncGenerator[None]:
        """Wait for the turn; the operator's time starts when it has come. Lower is more urgent."""
        await self._acquire(urgency)
        try:
            began()
            yield
        finally:
            self._release()

    async def _acquire(self, urgency: int) -> None:
        if not self._busy:
            self._busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (urgency, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._release()  # the turn came at the very moment of leaving: hand it on
            raise

    def _release(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False
