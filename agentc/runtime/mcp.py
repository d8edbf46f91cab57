"""Tools of MCP servers over stdio: each server is started once and ended with the run."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# (tool schemas are plain JSON; an exception group is of whatever)

from __future__ import annotations

import asyncio
import os
import re
import shlex
import tempfile
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from agentc.diagnostics import nearest
from agentc.runtime.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import mcp

START_S, CALL_S, END_S = 30.0, 600.0, 8.0
SECRETS = ("AGENTC_LLM_KEY",)
TAIL = 400  # characters of a server's last words that are worth repeating
LOG_BYTES = 200_000
SILENT = re.compile(r"Error executing tool \S+")
RAISED = re.compile(r"^ *((?:\w+\.)*\w*(?:Error|Exception)(?:: .+(?:\n *[^\s].*)*)?)$", re.MULTILINE)
"""A traceback's last line, `ValueError: why`, which goes on in further lines where a log is narrow."""
JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def split_name(name: str) -> tuple[str, str]:
    """Split `mcp:command#tool` into command and tool.

    Raises:
        StepError: it is not of that form.
    """
    command, mark, tool = name.removeprefix("mcp:").rpartition("#")
    if not mark or not command.strip() or not tool.strip():
        raise StepError(f"{name!r} is not an MCP tool", "write mcp:command#tool")
    return command.strip(), tool.strip()


class Server:
    """One MCP server process. A task of its own holds the connection, as its library wants."""

    def __init__(self, command: str, folder: Path) -> None:
        """Name the command; `start` runs it in `folder`."""
        self.command = command
        self._folder = folder
        self._client: mcp.Client | None = None
        self._tools: dict[str, dict[str, Any]] = {}
        self._leave = asyncio.Event()
        self._started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self._errors: IO[str] | None = None

    async def start(self) -> None:
        """Start the server, or wait until the one that started first has it up.

        Raises:
            StepError: the command is not there, or does not speak MCP.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._live())
            self._task.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._started)

    async def _live(self) -> None:
        with tempfile.TemporaryFile("w+") as errors:
            self._errors = errors
            try:
                await self._connected(errors)
            except (Exception, asyncio.CancelledError) as e:
                if not self._started.done():
                    self._started.set_exception(self._no_start(e, errors))
                    self._started.exception()  # heard here, should nobody wait for it
                if isinstance(e, asyncio.CancelledError):
                    raise
            finally:
                self._errors = None

    async def _connected(self, errors: IO[str]) -> None:
        from mcp import Client, StdioServerParameters, stdio_client  # noqa: PLC0415 (0.5 s, only where used)

        program, *arguments = shlex.split(self.command)
        environment = {key: value for key, value in os.environ.items() if key not in SECRETS}
        parameters = StdioServerParameters(command=program, args=arguments, env=environment, cwd=self._folder)
        async with Client(stdio_client(parameters, errlog=errors), read_timeout_seconds=CALL_S) as client:  # type: ignore[arg-type]  # a text file, whatever its class
            async with asyncio.timeout(START_S):
                listed = await client.list_tools()
            self._tools = {tool.name: tool.input_schema for tool in listed.tools}
            self._client = client
            self._started.set_result(None)
            await self._leave.wait()
            self._client = None

    def _no_start(self, failure: BaseException, errors: IO[str]) -> StepError:
        errors.seek(0)
        said = " ".join(errors.read().split())[-TAIL:]
        reason = said or f"{type(failure).__name__}: {_innermost(failure)}"
        return StepError(f"the MCP server `{self.command}` does not start: {reason}")

    def check(self, tool: str, arguments: dict[str, Any]) -> None:
        """Check a call against the tool's schema before it is made.

        Raises:
            StepError: no such tool, an argument too many, too few, or of the wrong kind.
        """
        if tool not in self._tools:
            hint = nearest(tool, self._tools) or f"it has {', '.join(self._tools) or 'none'}"
            raise StepError(f"the MCP server `{self.command}` has no tool {tool!r}", hint)
        check_arguments(tool, self._tools[tool], arguments)

    def parameters(self, tool: str) -> list[str]:
        """Return the names of a tool's parameters, in its schema's order."""
        return list(self._tools.get(tool, {}).get("properties", {}))

    async def call(self, tool: str, arguments: dict[str, Any]) -> Any:
        """Call a tool: its structured result where it has one, else its text.

        Raises:
            StepError: it failed; the reason is the tool's own where it, or its server's log, says one.
        """
        if self._client is None:
            raise StepError(f"the MCP server `{self.command}` has ended")
        before = self._logged()
        try:
            result = await self._client.call_tool(tool, arguments)
        except Exception as e:
            raise StepError(f"the MCP server `{self.command}`: {type(e).__name__}: {e}") from e
        text = "\n".join(block.text for block in result.content if block.type == "text")
        if result.is_error:
            raise StepError(self._reason(tool, text, before))
        return text if text or result.structured_content is None else result.structured_content

    def _logged(self) -> int:
        """Return how many bytes the server has written to its log."""
        return os.fstat(self._errors.fileno()).st_size if self._errors else 0

    def _reason(self, tool: str, text: str, before: int) -> str:
        """Say why a call failed. Python servers answer `Error executing tool x` and log what was raised."""
        said = text.strip() or f"{tool} answered with an error and no message"
        if self._errors is None or (text.strip() and not SILENT.fullmatch(text.strip())):
            return said
        # pread: the server writes where this file stands, so its place must not move.
        log = os.pread(self._errors.fileno(), LOG_BYTES, before).decode(errors="replace")
        raised = RAISED.search(log)
        return f"{said}; its server logged: {' '.join(raised[1].split())[:TAIL]}" if raised else said

    async def stop(self) -> None:
        """End the server: its input is closed, then it is asked, then it is killed."""
        if self._task is None:
            return
        self._leave.set()
        done, _ = await asyncio.wait({self._task}, timeout=END_S)
        if not done:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.wait({self._task}, timeout=END_S)


def check_arguments(tool: str, schema: dict[str, Any], arguments: dict[str, Any]) -> None:
    """Check arguments against a JSON Schema's names and plain types."""
    known: dict[str, Any] = schema.get("properties", {})
    missing = [name for name in schema.get("required", []) if name not in arguments]
    extra = [name for name in arguments if name not in known and not schema.get("additionalProperties")]
    takes = f"it takes {', '.join(known) or 'no arguments'}"
    if missing:
        raise StepError(f"wrong arguments for {tool}: {', '.join(missing)} missing", takes)
    if extra:
        raise StepError(f"wrong arguments for {tool}: it has no {', '.join(extra)}", takes)
    for name, value in arguments.items():
        _check_type(tool, name, known.get(name, {}).get("type"), value)


def _check_type(tool: str, name: str, wanted: Any, value: Any) -> None:
    allowed = [wanted] if isinstance(wanted, str) else wanted or []
    fits = [isinstance(value, JSON_TYPES.get(kind, (object,))) for kind in allowed]
    if isinstance(value, bool) and "boolean" not in allowed and allowed:
        fits = [False]
    if allowed and not any(fits):
        raise StepError(
            f"wrong arguments for {tool}: {name}={value!r} is no {' or '.join(map(str, allowed))}"
        )


def by_name(server: Server, tool: str, inputs: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Return operands as named arguments: by `inputs`, else by the schema's order."""
    names = list(inputs) or server.parameters(tool)
    if len(values) > len(names):
        raise StepError(
            f"wrong arguments for {tool}: {len(values)} given, it takes {', '.join(names) or 'none'}"
        )
    return dict(zip(names, values, strict=False))


def _innermost(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup) and failure.exceptions:
        failure = failure.exceptions[0]
    return failure
