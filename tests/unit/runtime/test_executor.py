"""The executor, with operators that are plain coroutines: order, concurrency, control flow, failures."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agentc.diagnostics import Location
from agentc.runtime.control import Control
from agentc.runtime.errors import OperatorError, StepError
from agentc.runtime.executor import RunTimeoutError, execute
from agentc.runtime.settings import OperatorSetting
from agentc.runtime.trace import Trace


async def same(value: Any) -> Any:
    return value


async def double(value: int) -> int:
    return 2 * value


async def join(*values: Any) -> str:
    return " ".join(map(str, values))


async def give_way(times: int) -> None:
    """Let others run, without a clock."""
    for _ in range(times):
        await asyncio.sleep(0)


def run(function, *arguments, **options):
    return asyncio.run(execute(function, arguments, Control, **options))


def test_values_flow_from_operator_to_operator():
    async def agent(do, x):
        a = do.operate("a", double, [x])
        b = do.operate("b", double, [a])
        return (do.operate("c", join, [a, b, "end"]),)

    assert run(agent, 3) == ("6 12 end",)


def test_the_order_of_the_text_does_not_matter():
    """The first line waits for what the last one gives: a step is only said, not run, where it stands."""
    first_ran_last: list[str] = []

    async def note(name: str, *_: Any) -> str:
        first_ran_last.append(name)
        return name

    async def agent(do, x):
        gate = asyncio.Event()

        async def slow(*_: Any) -> str:
            await gate.wait()
            return await note("slow")

        async def fast(*_: Any) -> str:
            gate.set()
            return await note("fast")

        slowly = do.operate("slow", slow, [x])
        quickly = do.operate("fast", fast, [x])
        return (slowly, quickly)

    assert run(agent, 0) == ("slow", "fast")
    assert first_ran_last == ["fast", "slow"]


def test_independent_operators_run_at_the_same_time():
    """Each waits until all three are at work: one after the other would never end."""

    async def agent(do):
        together = asyncio.Barrier(3)

        async def meet() -> int:
            return await together.wait()

        return tuple(do.operate(f"op{n}", meet, []) for n in range(3))

    assert sorted(run(agent, timeout_s=10)) == [0, 1, 2]


def test_a_slow_sibling_does_not_hold_up_a_fast_chain():
    async def agent(do):
        chain_done = asyncio.Event()

        async def last(value: Any) -> Any:
            chain_done.set()
            return value

        async def slow() -> str:
            await chain_done.wait()
            return "slow"

        slowly = do.operate("slow", slow, [])
        chain = do.operate("c", last, [do.operate("b", same, [do.operate("a", same, [1])])])
        return (slowly, chain)

    assert run(agent, timeout_s=10) == ("slow", 1)


def test_after_keeps_an_order_that_no_value_keeps():
    seen: list[int] = []

    async def write(number: int) -> int:
        await give_way(0 if number else 20)
        seen.append(number)
        return number

    async def agent(do):
        first = do.operate("w0", write, [0])
        second = do.operate("w1", write, [1], after=(first,))
        return (second,)

    run(agent)
    assert seen == [0, 1]


async def _then(do, x):
    return (do.operate("then", join, ["then", x]),)


async def _else(do, x):
    return (do.operate("else", join, ["else", x]),)


@pytest.mark.parametrize(("flag", "expected"), [(True, "then 7"), (False, "else 7")])
def test_a_branch_runs_one_side_only(flag, expected):
    trace = Trace()

    async def agent(do):
        go = do.operate("test", same, [flag])
        return (do.branch(go, _then, _else, 7, results=1)[0],)

    assert run(agent, trace=trace) == (expected,)
    assert [span.id for span in trace.spans] == ["test", expected.split()[0]]


@pytest.mark.parametrize(("index", "expected"), [(0, "then 1"), (5, "else 1"), (9, "9 default")])
def test_a_switch_takes_the_case_or_the_default(index, expected):
    async def default(do, x):
        return (do.operate("d", join, [9, "default"]),)

    async def agent(do):
        return (do.switch(index, {0: _then, 5: _else}, default, 1, results=1)[0],)

    assert run(agent) == (expected,)


async def _below(do, count, word, limit):
    return (do.calc(lambda c, most: c < most, count, limit), count, word)


async def _grow(do, count, word, limit):
    return (do.calc(lambda c: c + 1, count), do.operate("grow", join, [word, count]))


@pytest.mark.parametrize(
    ("limit", "most", "expected"), [(3, None, "a 0 1 2"), (0, None, "a"), (9, 2, "a 0 1")]
)
def test_a_loop_goes_on_while_its_test_holds_and_no_further_than_its_bound(limit, most, expected):
    async def agent(do):
        return (do.loop(_below, _grow, 0, "a", args=(limit,), results=2, most=most)[1],)

    assert run(agent) == (expected,)


def test_a_loop_waits_only_for_its_test():
    """The state's operator of trip 0 ends after trip 1 was tested: only who reads it awaits it."""

    async def agent(do):
        tested_twice = asyncio.Event()

        async def test(do, count, state):
            async def ask(value: int) -> bool:
                if value == 1:
                    tested_twice.set()
                return value < 2

            return (do.operate("ask", ask, [count]), count, state)

        async def body(do, count, state):
            async def wait(value: int) -> int:
                await tested_twice.wait()
                return value + 1

            return (do.calc(lambda c: c + 1, count), do.operate("work", wait, [state]))

        return (do.loop(test, body, 0, 0, results=2)[1],)

    assert run(agent, timeout_s=10) == (2,)


def test_ordered_steps_of_a_loop_keep_their_order_over_trips():
    seen: list[int] = []

    async def agent(do):
        async def body(do, number):
            async def write(value: int) -> None:
                await give_way(20 * (3 - value))
                seen.append(value)

            do.operate("write", write, [number], after=(*do.entry,))
            return ()

        loop = do.repeat((0, 3, 1), body)

        async def last() -> str:
            seen.append(99)
            return "done"

        return (do.operate("last", last, [], after=(loop.done,)),)

    assert run(agent) == ("done",)
    assert seen == [0, 1, 2, 99]


def test_a_counted_loop_hands_its_state_on():
    async def body(do, number, total):
        return (do.calc(lambda a, b: a + b, number, total),)

    async def agent(do):
        return (do.repeat((1, 5, 2), body, 10)[0],)

    assert run(agent) == (10 + 1 + 3,)


def test_a_map_fills_its_list_in_order_and_keeps_its_width():
    at_work, most = 0, 0

    async def agent(do, items):
        async def each(do, number, into, items):
            async def work(value: str) -> str:
                nonlocal at_work, most
                at_work += 1
                most = max(most, at_work)
                await give_way(5)
                at_work -= 1
                return value.upper()

            item = do.calc(lambda listed, n: listed[n], items, number)
            done = do.operate("work", work, [item])
            return ((0, number, do.calc(lambda v: [v], done)),)

        room = do.calc(lambda listed: [None] * len(listed), items)
        return (do.each(do.calc(len, items), each, room, args=(items,), width=2)[0],)

    assert run(agent, list("abcde")) == (list("ABCDE"),)
    assert most == 2


def test_a_map_of_nothing_is_an_empty_list():
    async def each(do, number, into):
        raise AssertionError("nothing to do")

    async def agent(do):
        return (do.each(0, each, [], width=3)[0],)

    assert run(agent) == ([],)


def test_a_failure_names_the_operator_and_its_line_and_cancels_the_rest():
    ended: list[str] = []
    place = OperatorSetting(op="tool.compute", loc="app.py:12:5")

    async def agent(do):
        async def wait_forever() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        async def fail() -> None:
            raise StepError("no such city", "try another")

        do.operate("waits", wait_forever, [])
        return (do.operate("news", fail, []),)

    with pytest.raises(OperatorError) as caught:
        run(agent, operators={"news": place})
    (said,) = caught.value.diagnostics
    assert said.message == "operator 'news' failed: no such city"
    assert said.location == Location("app.py", 12, 5)
    assert said.hint == "try another"
    assert caught.value.exit_code == 1
    assert ended == ["cancelled"]


def test_an_exception_of_an_operator_becomes_an_error_for_people():
    async def agent(do):
        async def fail() -> None:
            raise ZeroDivisionError("division by zero")

        return (do.operate("x", fail, []),)

    with pytest.raises(OperatorError, match="'x' failed: ZeroDivisionError: division by zero"):
        run(agent)


def test_a_failure_inside_a_map_is_one_error():
    async def each(do, number, into):
        async def fail() -> None:
            raise StepError("broken")

        return ((0, number, do.operate("inner", fail, [])),)

    async def agent(do):
        return (do.each(3, each, [None] * 3)[0],)

    with pytest.raises(OperatorError, match="'inner' failed: broken"):
        run(agent)


def test_time_runs_out_with_the_names_of_what_was_at_work():
    ended: list[str] = []

    async def agent(do):
        async def hang() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        do.operate("quick", same, [1])
        return (do.operate("hangs", hang, []),)

    async def two(do):
        return do.operate("a", asyncio.Event().wait, []), do.operate("b", asyncio.Event().wait, [])

    with pytest.raises(RunTimeoutError, match=r"no answer within 0\.05 s; a, b were still at work"):
        run(two, timeout_s=0.05)
    with pytest.raises(RunTimeoutError, match=r"no answer within 0\.05 s; hangs was still at work"):
        run(agent, timeout_s=0.05)
    assert ended == ["cancelled"]


def test_a_step_whose_result_nobody_reads_has_ended_when_the_run_has():
    written: list[str] = []

    async def agent(do):
        async def write() -> None:
            await give_way(5)
            written.append("yes")

        do.operate("write", write, [])
        return (1,)

    assert run(agent) == (1,)
    assert written == ["yes"]


def test_the_trace_has_each_visit_with_its_place():
    trace = Trace()
    setting = OperatorSetting(op="agent.compute", tier="cpu", pool="p0")

    async def body(do, number):
        do.operate("work", same, [number])
        return ()

    async def agent(do):
        do.repeat((0, 3, 1), body)
        return ()

    run(agent, trace=trace, operators={"work": setting})
    assert [(r["id"], r["tier"], r["pool"], r["op"]) for r in trace.records()] == [
        ("work", "cpu", "p0", "agent.compute")
    ] * 3
    assert all(r["ready_ms"] <= r["start_ms"] <= r["end_ms"] for r in trace.records())
    assert not trace.running()
