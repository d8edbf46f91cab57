"""Custom: whatever a program can say. Here a route by difficulty, a vote of three, and a check at the end.

agentc compile examples/shapes/custom.py:custom --fleet examples/fleets/demo.yaml -o build/custom
"""

import agentc as ac

SMALL, BIG, HARD_WORDS = "llama-3.1-8b", "llama-3.1-70b", 30


@ac.test(cpu_ms=1)
def is_hard(question: str) -> bool:
    return len(question.split()) > HARD_WORDS


@ac.compute(cpu_ms=1)
def majority(a: str, b: str, c: str) -> str:
    """Return what at least two say, else the first."""
    return b if b.strip() == c.strip() else a


@ac.test(cpu_ms=1)
def is_right(verdict: str) -> bool:
    return verdict.strip().casefold().startswith("yes")


@ac.agent(slo=ac.SLO(e2e="30s"))
def custom(question: str) -> str:
    """Hard questions go to the big model, easy ones to a vote; what fails the check is done again."""

    def vote() -> str:
        asked = [ac.llm(SMALL, f"({n}) {{q}}", output_tokens=80)(q=question) for n in range(3)]
        return majority(*asked)

    def think() -> str:
        return ac.llm(BIG, "Think step by step. {q}", output_tokens=400)(q=question)

    answer = ac.cond(is_hard(question), think, vote, probability=0.3)
    verdict = ac.llm(SMALL, "{q}\n{answer}\nIs that right? yes or no:", output_tokens=2)

    def again() -> str:
        return ac.llm(BIG, "{q}\nNot this: {answer}", output_tokens=200)(q=question, answer=answer)

    right = is_right(verdict(q=question, answer=answer))
    return ac.cond(right, lambda: answer, again, probability=0.8)
