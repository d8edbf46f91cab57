"""Supervisor as tools: one model calls the other agents as it calls tools, all it wants at once.

agentc compile examples/shapes/supervisor_as_tools.py:supervisor_as_tools \
    --fleet examples/fleets/demo.yaml -o build/as_tools
"""

import agentc as ac

guides = ac.store("../corpus/", embedder="minilm-l6-v2")


@ac.agent
def ask_guides(question: str) -> str:
    """Answer from the guides."""
    hits = guides.search(question, k=3)
    return ac.llm("llama-3.1-8b", "{hits}\n\n{question}", output_tokens=120)(hits=hits, question=question)


@ac.agent
def check_sums(question: str) -> str:
    """Work the numbers out."""
    return ac.llm("llama-3.1-8b", "Only the numbers, worked out: {question}", output_tokens=80)(
        question=question
    )


@ac.tool(latency_ms=(150, 600), memory_mb=64, effects="read")
def weather(question: str) -> str:
    """Stand for a weather service."""
    return "It is dry."


@ac.agent(slo=ac.SLO(e2e="15s"))
def supervisor_as_tools(question: str) -> str:
    """Ask all three at the same time, then answer."""
    facts, sums, sky = ask_guides(question), check_sums(question), weather(question)
    answer = ac.llm("llama-3.1-70b", "{facts}\n{sums}\n{sky}\n\n{question}", output_tokens=150)
    return answer(facts=facts, sums=sums, sky=sky, question=question)
