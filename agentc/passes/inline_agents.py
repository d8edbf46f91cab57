"""inline-agents: nested agents become part of the graph that calls them.

before
    func.func private @search(%q: !agent.text) -> !agent.json {
      %0 = "tool.invoke"(%q) {id = "web", tool = "web"} : (!agent.text) -> !agent.json
      return %0 : !agent.json
    }
    func.func @answer(%q: !agent.text) -> !agent.json {
      %0 = call @search(%q) : (!agent.text) -> !agent.json
      return %0 : !agent.json
    }
after
    func.func @answer(%q: !agent.text) -> !agent.json {
      %0 = "tool.invoke"(%q) {id = "search.web", tool = "web"} : (!agent.text) -> !agent.json
      return %0 : !agent.json
    }

Agents that call each other in a circle are refused at the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.ir.bindings import add_pass
from agentc.ir.inline import inline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir import ir
    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS: tuple[str, ...] = ()


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    add_pass(manager, inline_agents, "inline-agents")


def inline_agents(module: ir.OpView, _pass: object) -> None:
    """Inline every call below the agent."""
    inline(module.operation)
