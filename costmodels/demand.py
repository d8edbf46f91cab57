"""What an operator asks for: its attributes, with a default for each one that nobody stated.

Graphs that were read from IR carry all of these already, listed as defaulted. The token counts of
prompts here are for operators made without one, whose operands nobody knows.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from agentc.diagnostics import error
from agentc.ir import defaults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.ir.graph import Operator

GENERATE = {"input_tokens": 512.0, "prefix_tokens": 0.0, "output_tokens": float(defaults.OUTPUT_TOKENS)}
SEARCH = {"k": float(defaults.K), "vectors": float(defaults.VECTORS), "dim": float(defaults.DIM)}
QUERY = {"input_tokens": 32.0}
TOOL = {
    "latency_ms_p50": defaults.LATENCY_MS_P50,
    "latency_ms_p95": defaults.LATENCY_MS_P50 * defaults.P95_OVER_P50,
    "cpu": defaults.CPU_CORES,
    "memory_mb": defaults.MEMORY_MB,
    "usd_per_call": 0.0,
}
FUNCTION = {"cpu_ms": defaults.CPU_MS}
SPEECH = {"seconds": defaults.SECONDS}

DEFAULTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "llm.call": GENERATE,
        "llm.prefill": {k: GENERATE[k] for k in ("input_tokens", "prefix_tokens")},
        "llm.decode": {k: GENERATE[k] for k in ("input_tokens", "output_tokens")},
        "llm.embed": QUERY,
        "llm.rerank": {**QUERY, "passage_tokens": float(defaults.PASSAGE_TOKENS), "k": SEARCH["k"]},
        "llm.transcribe": SPEECH,
        "llm.speak": SPEECH,
        "memory.search": {**SEARCH, **QUERY},
        "memory.lookup": SEARCH,
        "memory.load": {},
        "memory.store": {},
        "tool.invoke": TOOL,
        "tool.lookup": {},
        "tool.compute": TOOL,
        "agent.compute": FUNCTION,
        "agent.test": FUNCTION,
        "agent.observe": FUNCTION,
    }
)


def amount(operator: Operator, name: str) -> float:
    """A numeric attribute of an operator, or its default.

    Raises:
        AgentcError: the attribute is negative or no number.
    """
    stated: Any = operator.attrs.get(name)
    if stated is None:
        return _default(operator, name)
    if isinstance(stated, bool) or not isinstance(stated, int | float) or stated < 0:
        message = f"{name} of {operator.id!r} must be a number of at least 0, not {stated!r}"
        raise error(message, operator.location)
    return float(stated)


def _default(operator: Operator, name: str) -> float:
    """A p95 that nobody stated is the default multiple of a stated p50, so that it stays above it."""
    default = DEFAULTS[operator.op][name]
    p50 = operator.attrs.get("latency_ms_p50")
    if name == "latency_ms_p95" and isinstance(p50, int | float):
        return float(p50) * defaults.P95_OVER_P50
    return default
