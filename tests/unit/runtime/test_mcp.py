"""MCP servers: started once, arguments checked before the call, ended with the run."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from agentc.runtime.errors import StepError
from agentc.runtime.mcp import Server, by_name, check_arguments, split_name

SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "times": {"type": "integer"}, "any": {}},
    "required": ["text"],
}
STAND_IN = Path(__file__).with_name("mcp_stand_in.py")
COMMAND = f"{sys.executable} {STAND_IN}"


def with_server(act, command=COMMAND):
    async def main():
        server = Server(command, Path.cwd())
        try:
            await server.start()
            return await act(server)
        finally:
            await server.stop()

    return asyncio.run(main())


def test_names():
    assert split_name("mcp:uvx some-server --flag#do#this") == ("uvx some-server --flag#do", "this")
    for wrong in ("mcp:#tool", "mcp:command", "mcp:command#", "mcp:"):
        with pytest.raises(StepError, match="is not an MCP tool"):
            split_name(wrong)


@pytest.mark.parametrize("arguments", [{"text": "a"}, {"text": "a", "times": 2}, {"text": "a", "any": [1]}])
def test_good_arguments_pass(arguments):
    check_arguments("shout", SCHEMA, arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "text missing"),
        ({"text": "a", "loud": True}, "it has no loud"),
        ({"text": 3}, "text=3 is no string"),
        ({"text": "a", "times": "2"}, "times='2' is no integer"),
        ({"text": "a", "times": True}, "times=True is no integer"),
    ],
)
def test_wrong_arguments_are_told(arguments, said):
    with pytest.raises(StepError, match=f"wrong arguments for shout: {said}"):
        check_arguments("shout", SCHEMA, arguments)


def test_a_tool_is_called():
    async def act(server):
        server.check("shout", {"text": "hi", "times": 2})
        return await server.call("shout", by_name(server, "shout", [], ["hi", 2]))

    assert with_server(act) == "HI HI"


def test_a_tools_own_failure_is_told():
    async def act(server):
        await server.call("fail", {"text": "that"})

    with pytest.raises(StepError, match="cannot do that"):
        with_server(act)


def test_a_crash_is_told_from_the_servers_log():
    async def act(server):
        with pytest.raises(StepError) as failed:
            await server.call("crash", {"text": "tea"})
        return failed.value.reason, await server.call("shout", {"text": "on"})

    reason, after = with_server(act)
    assert reason == "Error executing tool crash; its server logged: ValueError: no tea here"
    assert after == "ON"


def test_a_tool_that_is_not_there_is_told_with_the_nearest():
    async def act(server):
        server.check("shoud", {})

    with pytest.raises(StepError, match="has no tool 'shoud'") as caught:
        with_server(act)
    assert "shout" in caught.value.hint


def test_the_llms_key_does_not_reach_servers(monkeypatch):
    monkeypatch.setenv("AGENTC_LLM_KEY", "sk-secret")

    async def act(server):
        return await server.call("key_of_the_environment", {})

    assert with_server(act) == "no key"


def test_the_server_has_ended_with_the_run(tmp_path):
    async def act(server):
        await asyncio.gather(server.start(), server.start())
        return int((tmp_path / "pid").read_text())

    pid = with_server(act, f"{COMMAND} {tmp_path / 'pid'}")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-command-at-all", "does not start: .*no-such-command-at-all"),
        (f"{sys.executable} -c \"import sys; sys.exit('config file missing')\"", "config file missing"),
    ],
)
def test_a_server_that_does_not_start_says_why(command, said):
    async def act(server):
        raise AssertionError("it did not start")

    with pytest.raises(StepError, match=said):
        with_server(act, command)
