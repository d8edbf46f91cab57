"""Python agents: `app.py:name` is loaded, traced once and written as MLIR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from agentc.diagnostics import Location, error, nearest
from agentc.frontends.tracing.agents import Agent, trace_agent
from agentc.frontends.tracing.files import loaded
from agentc.frontends.tracing.record import Bindings, Program, program

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from mlir import ir


def read(path: Path, name: str, source: str) -> tuple[ir.Module, Path, tuple[Path, ...]]:
    """Trace the agent `name` of a file.

    Returns:
        The verified module, the folder of the file, and the files there that belong to the agent.

    Raises:
        AgentcError: anything wrong in the file, at its line.
    """
    with loaded(path) as file:
        agent = _find(file.module, name, path)
        running = Program(Bindings(file.root))
        mark = program.set(running)
        try:
            fixed = {n: p.default for n, p in agent.signature.parameters.items() if p.default is not p.empty}
            trace_agent(agent, running, fixed, None)
        finally:
            program.reset(mark)
        from agentc.frontends.tracing.emit import emit  # noqa: PLC0415 (MLIR loads once the trace stands)

        slo = agent.slo.limits() if agent.slo else {}
        load = agent.load.demands() if agent.load else {}
        return emit(running, source, slo, load), file.root, file.sources


def _find(module: ModuleType, name: str, path: Path) -> Agent[..., Any]:
    """Return the agent called so, or say what else there is."""
    agents = [n for n, v in vars(module).items() if isinstance(v, Agent)]
    here = Location(str(path))
    listed = f"agents there: {', '.join(agents)}" if agents else "decorate a function with @ac.agent"
    if not name:
        raise error("say which agent", here, f"write {path}:{agents[0]}; {listed}" if agents else listed)
    if name not in vars(module):
        raise error(f"has no {name!r}", here, nearest(name, agents) or listed)
    found: object = vars(module)[name]
    if isinstance(found, Agent):
        return cast("Agent[..., Any]", found)
    if type(found).__module__.startswith("langgraph"):
        raise error(f"{name!r} is a LangGraph graph; these are not read yet", here, listed)
    raise error(f"{name!r} is a {type(found).__name__}, not an agent", here, listed)
