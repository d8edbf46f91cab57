"""Hierarchical: supervisors of supervisors, each level with smaller tasks.

agentc compile examples/shapes/hierarchical.py:hierarchical --fleet examples/fleets/demo.yaml -o build/tree
"""

from typing import Any

import agentc as ac

SMALL, BIG = "llama-3.1-8b", "llama-3.1-70b"


@ac.compute(cpu_ms=1)
def parts_of(plan: str) -> list[str]:
    """One part a line."""
    return [line for line in plan.splitlines() if line.strip()]


@ac.agent
def worker(part: str) -> str:
    """Do one small thing."""
    return ac.llm(SMALL, "Do this, briefly: {part}", output_tokens=120)(part=part)


@ac.agent
def team(task: str) -> str:
    """Split a task, have the parts done at once, and put them together."""
    plan = ac.llm(SMALL, "Split into three parts, one a line: {task}", output_tokens=60)(task=task)

    def do(part: Any) -> str:
        return worker(part)

    done = ac.map(do, parts_of(plan), items_expected=3, width=3)
    return ac.llm(SMALL, "{done}\n\nPut together: {task}", output_tokens=200)(done=done, task=task)


@ac.agent(slo=ac.SLO(e2e="60s"))
def hierarchical(task: str) -> str:
    """Two teams work at the same time; the top joins what they bring."""
    halves = ac.llm(BIG, "Say what to research about {task}", output_tokens=60)
    research = team(halves(task=task))
    writing = team(task)
    join = ac.llm(BIG, "Research:\n{research}\n\nDraft:\n{writing}\n\nFinal text:", output_tokens=300)
    return join(research=research, writing=writing)
