"""The user's functions and tools, by the names that a graph has for them; MCP servers among them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentc.runtime import code, mcp
from agentc.runtime.builtins import find_builtin
from agentc.runtime.errors import StepError
from agentc.runtime.settings import CodeSetting, loaded
from agentc.runtime.values import to_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from agentc.runtime.settings import Settings

BUILTIN, MCP = "builtin:", "mcp:"


@dataclass(frozen=True)
class Call:
    """A tool that was found, with checked arguments; `run` calls it."""

    tool: str
    run: Callable[[], Awaitable[Any]]


class Toolbox:
    """Finds, checks and calls. Servers are started once and run in the folder of the agent's source."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Know the program's folder; nothing is imported or started yet."""
        self.settings = settings
        self.code = code.Code(folder / "app")
        self._servers: dict[str, mcp.Server] = {}

    async def start(self) -> None:
        """Start the servers of all tools that the program's operators call.

        Raises:
            StepError: one of them does not start.
        """
        servers = [self._server(mcp.split_name(name)[0]) for name in self.server_tools()]
        await asyncio.gather(*(server.start() for server in servers))

    async def stop(self) -> None:
        """End the servers."""
        await asyncio.gather(*(server.stop() for server in self._servers.values()))

    def server_tools(self) -> list[str]:
        """Return the tools of MCP servers that the program's operators call."""
        named = dict.fromkeys(o.tool for o in self.settings.operators.values() if o.tool)
        return [found for name in named if (found := self.tool_setting(name).mcp)]

    async def compute(
        self, *values: Any, fn: str, names: Sequence[str] = (), kinds: Sequence[str] = ("json",)
    ) -> Any:
        """Call a function of the user's, or a built-in one; several results come as a tuple."""
        setting = self.function(fn)
        if setting.value:
            return loaded(setting.value)
        names = () if fn.startswith(BUILTIN) else names
        function = self.find(fn, setting)
        result = await code.call(function, code.bind(function, fn, setting, names, values))
        return code.to_kinds(result, kinds, fn)

    def function(self, fn: str) -> CodeSetting:
        """Return what a function's name is bound to.

        Raises:
            StepError: nothing.
        """
        if fn.startswith(BUILTIN):
            return CodeSetting()
        if fn not in self.settings.fns:
            raise StepError(f"the function {fn!r} is bound to nothing", "bind it in the module's agent.fns")
        return self.settings.fns[fn]

    def find(self, fn: str, setting: CodeSetting) -> Callable[..., Any]:
        """Return the function itself."""
        return find_builtin(fn.removeprefix(BUILTIN)) if fn.startswith(BUILTIN) else self.code.find(setting)

    async def tool(
        self, *values: Any, tool: str, names: Sequence[str] = (), kinds: Sequence[str] = ("json",)
    ) -> Any:
        """Find, check and call in one."""
        return await self.tool_compute(
            await self.tool_lookup(*values, tool=tool, names=names), tool=tool, kinds=kinds
        )

    async def tool_lookup(self, *values: Any, tool: str, names: Sequence[str] = ()) -> Call:
        """Find the tool and check the arguments against what it takes."""
        setting = self.tool_setting(tool)
        if setting.mcp:
            return await self._server_call(tool, setting, names, values)
        function = self.code.find(setting)
        arguments = code.bind(function, tool, setting, names, values)
        return Call(tool, lambda: code.call(function, arguments))

    async def tool_compute(self, request: Any, *, tool: str, kinds: Sequence[str] = ("json",)) -> Any:
        """Call the tool."""
        if not isinstance(request, Call):
            raise StepError(f"{tool} was not looked up")
        return code.to_kinds(await request.run(), kinds, tool)

    def tool_setting(self, tool: str) -> CodeSetting:
        """Return what a tool's name is bound to; `mcp:command#tool` binds itself.

        Raises:
            StepError: nothing.
        """
        if tool.startswith(MCP):
            return CodeSetting(mcp=tool)
        if tool not in self.settings.tools:
            raise StepError(f"the tool {tool!r} is bound to nothing", "bind it in the module's agent.tools")
        return self.settings.tools[tool]

    async def _server_call(
        self, name: str, setting: CodeSetting, names: Sequence[str], values: Sequence[Any]
    ) -> Call:
        command, tool = mcp.split_name(setting.mcp)
        server = self._server(command)
        await server.start()
        constants = {key: loaded(value) for key, value in setting.arguments.items()}
        arguments = mcp.by_name(server, tool, names, [to_json(value) for value in values]) | constants
        server.check(tool, arguments)
        return Call(name, lambda: server.call(tool, arguments))

    def _server(self, command: str) -> mcp.Server:
        if command not in self._servers:
            self._servers[command] = mcp.Server(command, Path(self.settings.source_root))
        return self._servers[command]
