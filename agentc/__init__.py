"""agentc: a compiler for agent workloads.

    import agentc as ac

    docs = ac.store("corpus/")

    @ac.agent(slo=ac.SLO(e2e="8s"), load=ac.Load("5/s"))
    def answer(question: str) -> str:
        hits = docs.search(question, k=4)
        return ac.llm("llama-3.1-8b", "Answer {question} from {hits}.")(question=question, hits=hits)

Names load when they are first used: importing agentc costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentc.driver import compile  # noqa: A004 (the public name)
    from agentc.frontends.demands import SLO, Load
    from agentc.frontends.tracing.control import cond, loop, map  # noqa: A004 (the public names)
    from agentc.frontends.tracing.decorators import agent, compute, test, tool
    from agentc.frontends.tracing.memory import store
    from agentc.frontends.tracing.models import llm, speak, transcribe
    from agentc.plan import Plan

__all__ = [
    "SLO",
    "Load",
    "Plan",
    "agent",
    "compile",
    "compute",
    "cond",
    "llm",
    "loop",
    "map",
    "speak",
    "store",
    "test",
    "tool",
    "transcribe",
]

_HOMES = {
    "agentc.driver": ("compile",),
    "agentc.frontends.demands": ("SLO", "Load"),
    "agentc.frontends.tracing.control": ("cond", "loop", "map"),
    "agentc.frontends.tracing.decorators": ("agent", "compute", "test", "tool"),
    "agentc.frontends.tracing.memory": ("store",),
    "agentc.frontends.tracing.models": ("llm", "speak", "transcribe"),
    "agentc.plan": ("Plan",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
