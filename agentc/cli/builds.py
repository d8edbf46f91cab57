"""What commands read of a finished build: its plan and its graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.diagnostics import error

if TYPE_CHECKING:
    from pathlib import Path

    from agentc.ir.graph import Graph
    from agentc.plan import Plan


def plan_of(build: Path) -> Plan:
    """The build's plan; an AgentcError when there is no build."""
    from agentc.plan import read_plan  # noqa: PLC0415 (commands import where used)

    return read_plan(build / "manifest.json")


def graph_of(build: Path, demands: dict[str, float], rate_per_s: float | None = None) -> Graph:
    """The decomposed graph from the build's last stage, with these demands in place of its own."""
    from dataclasses import replace  # noqa: PLC0415

    from agentc.ir.parse import parse_file  # noqa: PLC0415
    from agentc.ir.read import read_graph  # noqa: PLC0415

    stages = sorted((build / "ir").glob("*-*.mlir"))
    if not stages:
        raise error(f"{build} has no ir/", hint="give the folder that `agentc compile -o` wrote")
    graph = read_graph(parse_file(stages[-1]))
    slo = replace(graph.slo, **demands)
    return replace(graph, slo=slo, rate_per_s=graph.rate_per_s if rate_per_s is None else rate_per_s)
