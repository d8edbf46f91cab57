"""Supervisor: one agent decides who works next, the others answer to it.

agentc compile examples/shapes/supervisor.py:supervisor --fleet examples/fleets/demo.yaml -o build/supervisor
"""

import agentc as ac


@ac.agent
def researcher(task: str) -> str:
    """Collect facts."""
    return ac.llm("llama-3.1-8b", "List facts about: {task}", output_tokens=200)(task=task)


@ac.agent
def coder(task: str) -> str:
    """Write a program."""
    return ac.llm("llama-3.1-8b", "Write Python for: {task}", output_tokens=400)(task=task)


@ac.compute(cpu_ms=1)
def note(work: str, done: str) -> str:
    return f"{work}\n\n{done}".strip()


@ac.test(cpu_ms=1)
def needs_code(order: str) -> bool:
    return "coder" in order.casefold()


@ac.test(cpu_ms=1)
def is_finished(order: str) -> bool:
    return "finished" in order.casefold()


@ac.agent(slo=ac.SLO(e2e="60s"))
def supervisor(task: str) -> str:
    """Give out work until the supervisor calls it finished."""

    def order(work: str) -> str:
        ask = ac.llm("llama-3.1-70b", "{task}\n{work}\nresearcher, coder or finished?", output_tokens=8)
        return ask(task=task, work=work)

    def turn(work: str, said: str) -> tuple[str, str]:
        done = ac.cond(needs_code(said), lambda: coder(said), lambda: researcher(said), probability=0.3)
        work = note(work, done)
        return work, order(work)

    def finished(work: str, said: str) -> bool:
        return is_finished(said)

    work, _ = ac.loop(turn, "", order(task), until=finished, trips=2, max_trips=6)
    return work
