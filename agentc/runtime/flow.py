"""Values that are still being made, and the handles of steps that make several."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_YET = object()


class Value:
    """A result that will be there later. It is set once; a failed run never sets it."""

    __slots__ = ("_found", "_waiting")

    def __init__(self) -> None:
        """Start without a result."""
        self._found: Any = _NOT_YET
        self._waiting: list[Callable[[Any], None]] = []

    @property
    def ready(self) -> bool:
        """Whether the result is there."""
        return self._found is not _NOT_YET

    @property
    def now(self) -> Any:
        """The result, which must be there."""
        assert self.ready
        return self._found

    def set(self, found: Any) -> None:
        """Give the result to everybody who waits."""
        self._found = found
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act(found)

    def then(self, act: Callable[[Any], None]) -> None:
        """Call `act` with the result, now or when it is there."""
        if self.ready:
            act(self._found)
        else:
            self._waiting.append(act)

    async def get(self) -> Any:
        """Wait for the result."""
        if not self.ready:
            arrival: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self.then(lambda found: None if arrival.done() else arrival.set_result(found))
            await arrival
        return self._found


class Several:
    """The results of one step, each there when it is there; `done` when all of its work is."""

    __slots__ = ("_values", "done")

    def __init__(self, count: int) -> None:
        """Make room for `count` results."""
        self._values = tuple(Value() for _ in range(count))
        self.done = Value()

    def __getitem__(self, number: int) -> Value:
        return self._values[number]

    def __len__(self) -> int:
        return len(self._values)

    def forward(self, results: tuple[Any, ...]) -> None:
        """Let each result arrive from a value, or set it."""
        for value, result in zip(self._values, results, strict=True):
            when(result, value.set)


def when(value: Any, act: Callable[[Any], None]) -> None:
    """Call `act` with what a value or a plain object holds, as soon as it holds it."""
    if isinstance(value, Value):
        value.then(act)
    else:
        act(value)


async def get(value: Any) -> Any:
    """Wait for a value; anything else is there already."""
    return await value.get() if isinstance(value, Value) else value


def is_ready(value: Any) -> bool:
    """Tell whether a value or a plain object holds its result."""
    return not isinstance(value, Value) or value.ready


def found(value: Any) -> Any:
    """Return what a ready value or a plain object holds."""
    return value.now if isinstance(value, Value) else value
