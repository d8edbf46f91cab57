"""The engine's queue: one at a time, the urgent first, and a waiter that leaves takes no turn with it."""

from __future__ import annotations

import asyncio

from agentc.runtime.engines.turns import Turns


async def _in_order(urgencies: list[int]) -> list[int]:
    turns, served = Turns(), list[int]()

    async def one(urgency: int) -> None:
        async with turns.take(urgency):
            served.append(urgency)
            await asyncio.sleep(0)

    async with turns.take(9):
        waiting = [asyncio.create_task(one(u)) for u in urgencies]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    return served


def test_the_urgent_go_first_then_first_come_first_served():
    assert asyncio.run(_in_order([1, 1, 0, 1, 0])) == [0, 0, 1, 1, 1]


def test_only_one_holds_the_turn():
    async def main() -> int:
        turns, inside, most = Turns(), 0, 0

        async def one() -> None:
            nonlocal inside, most
            async with turns.take(0):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(one() for _ in range(10)))
        return most

    assert asyncio.run(main()) == 1


def test_a_waiter_that_leaves_does_not_block_the_rest():
    async def main() -> str:
        turns = Turns()

        async def one() -> str:
            async with turns.take(0):
                return "served"

        async with turns.take(0):
            leaves, stays = asyncio.create_task(one()), asyncio.create_task(one())
            await asyncio.sleep(0)
            leaves.cancel()
            await asyncio.sleep(0)
        return await asyncio.wait_for(stays, 5)

    assert asyncio.run(main()) == "served"
