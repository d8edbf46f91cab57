"""Single agent: one model with tools, asked again until it is done.

agentc compile examples/shapes/single.py:single --fleet examples/fleets/demo.yaml -o build/single
"""

import agentc as ac


@ac.tool(latency_ms=(200, 800), memory_mb=64, effects="read")
def look_up(request: str) -> str:
    """Stand for a search engine."""
    return f"Nothing is known about {request!r}."


@ac.compute(cpu_ms=1)
def add(notes: str, found: str) -> str:
    return f"{notes}\n{found}".strip()


@ac.test(cpu_ms=1)
def is_done(thought: str) -> bool:
    return "done" in thought.casefold()


@ac.agent(slo=ac.SLO(e2e="20s"))
def single(task: str) -> str:
    """Think, act, look at what came back, and again."""

    def step(notes: str, thought: str) -> tuple[str, str]:
        notes = add(notes, look_up(thought))
        think = ac.llm("llama-3.1-8b", "Task: {task}\n{notes}\nWhat next? Or: done.", output_tokens=60)
        return notes, think(task=task, notes=notes)

    def done(notes: str, thought: str) -> bool:
        return is_done(thought)

    notes, thought = ac.loop(step, "", task, until=done, trips=2, max_trips=5)
    write = ac.llm("llama-3.1-8b", "Task: {task}\n{notes}\nAnswer:", output_tokens=200)
    return write(task=task, notes=add(notes, thought))
