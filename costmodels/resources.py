"""An operator's resource vector θ: what one visit needs, whatever device runs it (the paper's θ).

Keys, each present where it applies: `flops` operations, `weight_bytes` of the model, `kv_bytes` made
or read, `memory_bytes` that must be held, `cpu_s` core-seconds, `usd` charged by a third party.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels import encoder, retrieval, shape, speech, tool
from agentc.costmodels.catalog.read import find_model, knows_model
from agentc.costmodels.demand import amount
from agentc.ir.defaults import RERANK_CANDIDATES

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Model
    from agentc.ir.graph import Operator

BYTES_PER_MB = 1e6
MS_PER_S = 1e3


def resources(operator: Operator) -> dict[str, float]:
    """Return θ of one visit; empty for an operator whose model the catalog does not know.

    An unknown model is no error here: a tier may hold a profile of the operator.
    """
    kind = operator.op
    if kind.startswith("llm."):
        known = operator.model is not None and knows_model(operator.model)
        return _model_resources(operator, find_model(operator.model or "")) if known else {}
    if kind in {"tool.invoke", "tool.compute"}:
        return _tool_resources(operator)
    if kind in {"memory.search", "memory.lookup"}:
        index = retrieval.index_bytes(amount(operator, "vectors"), amount(operator, "dim"))
        return {"flops": index / 2.0, "memory_bytes": index}
    if kind.startswith("agent."):
        return {"cpu_s": amount(operator, "cpu_ms") / MS_PER_S}
    return {"memory_bytes": float(operator.bytes)}


def _model_resources(operator: Operator, model: Model) -> dict[str, float]:
    kind = operator.op
    if kind in {"llm.transcribe", "llm.speak"}:
        weights = speech.memory_gb(model) * 1e9
        flops = speech.flops(model, amount(operator, "seconds")) if model.speech else 0.0
        return {"flops": flops, "weight_bytes": weights, "memory_bytes": weights}
    if kind in {"llm.embed", "llm.rerank"}:
        tokens, texts = texts_of(operator)
        weights = shape.weight_bytes(model)
        flops = encoder.encode_flops(model, tokens, texts)
        return {"flops": flops, "weight_bytes": weights, "memory_bytes": weights}
    return _generation_resources(operator, model)


def texts_of(operator: Operator) -> tuple[float, float]:
    """Tokens a text and how many texts one visit encodes: a query, or a pair for each candidate."""
    tokens = amount(operator, "input_tokens")
    if operator.op == "llm.rerank":
        return tokens + amount(operator, "passage_tokens"), max(
            1.0, amount(operator, "k") * RERANK_CANDIDATES
        )
    return tokens, 1.0


def _generation_resources(operator: Operator, model: Model) -> dict[str, float]:
    prompt = amount(operator, "input_tokens")
    reads = operator.op in {"llm.call", "llm.prefill"}
    past = amount(operator, "prefix_tokens") if reads else prompt
    new = max(0.0, prompt - past) if reads else 0.0
    written = amount(operator, "output_tokens") if operator.op in {"llm.call", "llm.decode"} else 0.0
    s = shape.shape(model)
    body = 2.0 * shape.active_parameters(model) * (new + written)
    head = 2.0 * s.head * (written + (1.0 if reads else 0.0))
    flops = body + head + shape.attention_flops(model, new + written, past)
    weights = shape.weight_bytes(model, str(operator.attrs.get("precision") or "bf16"))
    kv = shape.kv_bytes(model, prompt + written)
    return {"flops": flops, "weight_bytes": weights, "kv_bytes": kv, "memory_bytes": weights + kv}


def _tool_resources(operator: Operator) -> dict[str, float]:
    latency = tool_latency(operator)
    return {
        "cpu_s": amount(operator, "cpu") * latency.mean_ms / MS_PER_S,
        "memory_bytes": amount(operator, "memory_mb") * BYTES_PER_MB,
        "usd": amount(operator, "usd_per_call"),
    }


def tool_latency(operator: Operator) -> tool.Lognormal:
    """The latency distribution of a tool; a p50 of 0 is taken as a microsecond."""
    p50 = max(1e-3, amount(operator, "latency_ms_p50"))
    return tool.from_quantiles(p50, max(p50, amount(operator, "latency_ms_p95")))
