"""A stand-in MCP server over stdio, started by tests: `python mcp_stand_in.py [PIDFILE]`."""

import os
import sys
from pathlib import Path

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("stand-in")


@server.tool()
def shout(text: str, times: int = 1) -> str:
    """Say it louder."""
    return " ".join([text.upper()] * times)


@server.tool()
def fail(text: str) -> str:
    """Always fail."""
    raise ToolError(f"cannot do {text}")


@server.tool()
def crash(text: str) -> str:
    """Always crash: the protocol's answer does not say why."""
    raise ValueError(f"no {text} here")


@server.tool()
def key_of_the_environment() -> str:
    """Return a secret that must not be here."""
    return os.environ.get("AGENTC_LLM_KEY", "no key")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(str(os.getpid()))
    server.run()
