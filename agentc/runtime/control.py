"""Branches, loops and maps of a program: each runs functions of the program in scopes of their own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentc.runtime.executor import Scope
from agentc.runtime.flow import Several, Value, get

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentc.runtime.executor import Body


@dataclass(frozen=True)
class Frame:
    """What a construct hands to its functions, and where its results go.

    `state` is what it begins with, `args` what its functions read from around it, `entry` what their
    ordered steps wait for.
    """

    state: tuple[Any, ...]
    args: tuple[Any, ...]
    entry: tuple[Value, ...]
    out: Several


class Control(Scope):
    """The constructs. `after` names steps that must have ended before ordered steps inside begin."""

    def branch(
        self,
        test: Any,
        then: Body,
        otherwise: Body,
        *args: Any,
        results: int = 0,
        after: Sequence[Value] = (),
    ) -> Several:
        """Run one of two functions by a flag."""
        return self.switch(
            test, {True: then, False: otherwise}, otherwise, *args, results=results, after=after
        )

    def switch(
        self,
        index: Any,
        cases: Mapping[Any, Body],
        default: Body,
        *args: Any,
        results: int = 0,
        after: Sequence[Value] = (),
    ) -> Several:
        """Run the function of a case, or the default."""
        out = Several(results)
        self.spawn(self._switch(index, cases, default, Frame((), args, tuple(after), out)))
        return out

    def loop(
        self,
        test: Body,
        body: Body,
        *state: Any,
        args: Sequence[Any] = (),
        results: int = 0,
        most: int | None = None,
        after: Sequence[Value] = (),
    ) -> Several:
        """Run `body` on what `test` hands on while its first result holds, `most` times at most."""
        out = Several(results)
        self.spawn(self._loop(test, body, most, Frame(state, tuple(args), tuple(after), out)))
        return out

    def repeat(
        self,
        bounds: tuple[Any, Any, Any],
        body: Body,
        *state: Any,
        args: Sequence[Any] = (),
        after: Sequence[Value] = (),
    ) -> Several:
        """Run `body` for each number from start to stop by step, handing its results on to the next trip."""
        out = Several(len(state))
        self.spawn(self._repeat(bounds, body, Frame(state, tuple(args), tuple(after), out)))
        return out

    def each(
        self,
        count: Any,
        body: Body,
        *into: Any,
        args: Sequence[Any] = (),
        width: int | None = None,
        after: Sequence[Value] = (),
    ) -> Several:
        """Run `body` for each of `count` items, at most `width` at once; it says what goes into the lists."""
        out = Several(len(into))
        self.spawn(self._each(count, body, width, Frame(into, tuple(args), tuple(after), out)))
        return out

    async def _switch(self, index: Any, cases: Mapping[Any, Body], default: Body, frame: Frame) -> None:
        chosen = cases.get(await get(index), default)
        results, done = await self.enter(chosen, frame.args, frame.entry)
        frame.out.forward(results)
        await _all([done], frame.out)

    async def _loop(self, test: Body, body: Body, most: int | None, frame: Frame) -> None:
        state, entry = frame.state, frame.entry
        ends: list[Value] = []
        trips = 0
        while True:
            (go, *kept), done = await self.enter(test, [*state, *frame.args], entry)
            ends.append(done)
            if not await get(go) or trips == most:
                break
            state, done = await self.enter(body, [*kept, *frame.args], (done,))
            ends.append(done)
            entry = (done,)
            trips += 1
            await asyncio.sleep(0)  # a loop without waiting must not keep the others from running
        frame.out.forward(tuple(kept))
        await _all(ends, frame.out)

    async def _repeat(self, bounds: tuple[Any, Any, Any], body: Body, frame: Frame) -> None:
        state, entry = frame.state, frame.entry
        ends: list[Value] = []
        for number in range(*[await get(bound) for bound in bounds]):
            state, done = await self.enter(body, [number, *state, *frame.args], entry)
            ends.append(done)
            entry = (done,)
            await asyncio.sleep(0)
        frame.out.forward(tuple(state))
        await _all(ends, frame.out)

    async def _each(self, count: Any, body: Body, width: int | None, frame: Frame) -> None:
        items = int(await get(count))
        lists = [list(await get(room)) for room in frame.state]
        free = asyncio.Semaphore(width or max(items, 1))

        async def one(number: int) -> None:
            async with free:
                puts, done = await self.enter(body, [number, *frame.state, *frame.args], frame.entry)
                await done.get()
                for which, at, piece in puts:
                    start, new = int(await get(at)), await get(piece)
                    lists[which][start : start + len(new)] = new

        async with asyncio.TaskGroup() as trips:
            for number in range(items):
                trips.create_task(one(number))
        frame.out.forward(tuple(lists))
        await _all([], frame.out)


async def _all(ends: Sequence[Value], out: Several) -> None:
    for end in ends:
        await end.get()
    out.done.set(None)
