"""Which operator runs on which tier: the cheapest plan that keeps every demand, with its proof.

    problem     plain data: what may run where        build, pools   make one from a graph and a fleet
    evaluate    what an assignment costs and takes    timeline, frames   how long a graph takes
    constraints, solve   CP-SAT                       clash          why nothing meets all demands
    explain     what else each operator could do      manifest       the plan as it is written
    verify      the second pair of eyes: reads the manifest, shares nothing with the others

Importing this package imports no solver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentc.costmodels.fleet import Fleet
    from agentc.ir.graph import Graph
    from agentc.placement.solve import Objective
    from agentc.plan import Plan

TIME_LIMIT_S = 60.0


def place(
    graph: Graph,
    fleet: Fleet,
    *,
    objective: Objective = "tco",
    source: str = "",
    time_limit_s: float = TIME_LIMIT_S,
) -> Plan:
    """Place an agent on a fleet.

    Args:
        graph: the decomposed agent with its demands; a load in it makes the plan provisioned.
        fleet: tiers, prices, links.
        objective: tco, latency, energy, carbon, pareto, or a mix: see `objectives.py`.
        source: what the user compiled, for the manifest.
        time_limit_s: after this long the best plan found is returned with its proven gap.

    Raises:
        Infeasible: no placement keeps all demands; the message names those that clash.
        AgentcError: a demand is meaningless for this agent, or the time was too short for any plan.
    """
    from agentc.placement.steps import place_agent  # noqa: PLC0415 (imports the solver)

    return place_agent(graph, fleet, objective, source, time_limit_s)
