"""Network: agents hand the work to one another, whoever is asked next, in bounded rounds.

agentc compile examples/shapes/network.py:network --fleet examples/fleets/demo.yaml -o build/network
"""

import agentc as ac

MODEL = "llama-3.1-8b"


@ac.agent
def writer(draft: str) -> str:
    """Improve a draft."""
    return ac.llm(MODEL, "Make this clearer:\n{draft}", output_tokens=250)(draft=draft)


@ac.agent
def critic(draft: str) -> str:
    """Find what is wrong with a draft, and mend it."""
    faults = ac.llm(MODEL, "List the mistakes in:\n{draft}", output_tokens=120)(draft=draft)
    mend = ac.llm(MODEL, "{draft}\nMend these mistakes:\n{faults}", output_tokens=250)
    return mend(draft=draft, faults=faults)


@ac.test(cpu_ms=1)
def wants_critic(choice: str) -> bool:
    return "critic" in choice.casefold()


@ac.test(cpu_ms=1)
def is_good(draft: str) -> bool:
    return draft.rstrip().endswith("(good)")


@ac.agent(slo=ac.SLO(e2e="60s"))
def network(task: str) -> str:
    """Any agent may follow any other; a short answer says which."""

    def round_(draft: str) -> str:
        ask = ac.llm(MODEL, "{draft}\nWho should see this next, writer or critic?", output_tokens=4)
        choice = ask(draft=draft)
        return ac.cond(wants_critic(choice), lambda: critic(draft), lambda: writer(draft), probability=0.4)

    return ac.loop(round_, task, until=is_good, trips=2.5, max_trips=6)
