"""Thousands of operators through the default pipeline without the solver: fast, and close to linear."""

from __future__ import annotations

from time import process_time

import pytest

from agentc.ir.parse import parse_text
from agentc.passes.pipeline import run

PIPELINE = (
    "inline-agents,canonicalize,cse,dce,parallelize,hoist-invariant,share-prefix,decompose,cse,dce,annotate"
)


def agent(n: int) -> str:
    """A chain of models, tools and searches, in turn."""
    lines = ["func.func @answer(%v0: !agent.text) -> !agent.text {"]
    for i in range(n):
        read, made = f"%v{i}", f"%v{i + 1}"
        if i % 3 == 0:
            lines.append(
                f'{made} = "llm.call"({read}) {{model = "llama-3.1-8b"}} : (!agent.text) -> !agent.text'
            )
        elif i % 3 == 1:
            lines.append(f'{made} = "tool.invoke"({read}) {{tool = "t"}} : (!agent.text) -> !agent.text')
        else:
            lines.append(f'%d{i} = "memory.search"({read}) {{store = "s"}} : (!agent.text) -> !agent.docs')
            lines.append(f'{made} = "agent.cast"(%d{i}) : (!agent.docs) -> !agent.text')
    return "\n".join([*lines, f"return %v{n} : !agent.text", "}"])


def seconds(n: int) -> float:
    start = process_time()
    run(parse_text(agent(n), "chain.mlir"), PIPELINE)
    return process_time() - start


@pytest.mark.slow
def test_growth_is_close_to_linear() -> None:
    seconds(100)
    times = {n: seconds(n) for n in (1250, 5000, 20_000)}
    print("\n" + ", ".join(f"{n} operators {t:.2f} s" for n, t in times.items()))
    assert times[5000] < 5
    assert times[20_000] < 6 * times[5000]  # 4 times as many
