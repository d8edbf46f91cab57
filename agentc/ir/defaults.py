"""What an attribute is when nobody states it. Every value used from here is listed as defaulted.

Tokens are counted at 4 bytes each, the usual figure for English text.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BYTES_PER_TOKEN = 4
OUTPUT_TOKENS = 256
MAX_TOKENS_OVER_EXPECTED = 2
ARGUMENT_BYTES = 200  # what a person types
RESULT_BYTES = 1024  # of a tool, a function or a stored value
K = 4
RERANK_CANDIDATES = 4  # passages looked up for each one kept
DIM = 384
VECTORS = 10_000
PASSAGE_TOKENS = 200
EMBEDDER = "minilm-l6-v2"
LATENCY_MS_P50 = 250.0
P95_OVER_P50 = 4.0
CPU_CORES = 0.1  # a tool mostly waits for something else
MEMORY_MB = 128.0
CPU_MS = 1.0
SECONDS = 5.0  # of speech
TOKENS_PER_SECOND = 3  # of speech
BYTES_PER_SECOND = 32_000  # 16-bit mono at 16 kHz
PRECISION = "bf16"
PROBABILITY = 0.5
TRIPS = 2.0
MAX_TRIPS_OVER_EXPECTED = 2
ITEMS = 4.0


def complete(op: str, stated: Mapping[str, Any], sizes: Sequence[int]) -> dict[str, Any]:
    """Return the attributes that `op` lacks, by name, `bytes` among them where it can be told.

    `sizes` are those of its operands, in bytes. A KV cache's size depends on the model, which the IR
    does not know: `llm.prefill` gets no `bytes` here.
    """
    attrs = dict(stated)
    known = _ATTRIBUTES.get(op)
    for name, value in known(attrs, _read(op, sizes)).items() if known else ():
        attrs.setdefault(name, value)
    if "bytes" not in attrs and (size := _size(op, attrs, sum(sizes))) is not None:
        attrs["bytes"] = size
    return {name: value for name, value in attrs.items() if name not in stated}


def _read(op: str, sizes: Sequence[int]) -> int:
    """Bytes that a model reads as one text: all operands; of a rerank, the query."""
    return sizes[0] if op == "llm.rerank" else sum(sizes)


def prompt_tokens(attrs: Mapping[str, Any], input_bytes: int) -> int:
    """Return about how many tokens a prompt has: its text and the values put into it."""
    written = len(attrs.get("prompt", "").encode()) + len(attrs.get("system", "").encode())
    return _tokens(written + input_bytes)


def _tokens(size: int) -> int:
    return max(1, ceil(size / BYTES_PER_TOKEN))


def _call(attrs: dict[str, Any], size: int) -> dict[str, Any]:
    return {**_prefill(attrs, size), **_decode(attrs, size)}


def _prefill(attrs: dict[str, Any], size: int) -> dict[str, Any]:
    tokens = max(prompt_tokens(attrs, size), int(attrs.get("prefix_tokens", 0)))
    return {"input_tokens": tokens, "precision": PRECISION}


def _decode(attrs: dict[str, Any], _size: int) -> dict[str, Any]:
    bound = attrs.get("max_tokens", OUTPUT_TOKENS)
    expected = attrs.get("output_tokens", min(OUTPUT_TOKENS, bound))
    return {
        "output_tokens": expected,
        "max_tokens": max(1, ceil(MAX_TOKENS_OVER_EXPECTED * expected)),
        "precision": PRECISION,
    }


def _embed(_attrs: dict[str, Any], size: int) -> dict[str, Any]:
    return {"input_tokens": _tokens(size), "dim": DIM}


def _lookup(_attrs: dict[str, Any], _size: int) -> dict[str, Any]:
    return {"k": K, "vectors": VECTORS, "dim": DIM, "passage_tokens": PASSAGE_TOKENS}


def _search(attrs: dict[str, Any], size: int) -> dict[str, Any]:
    return {"embedder": EMBEDDER, **_embed(attrs, size), **_lookup(attrs, size)}


def _rerank(_attrs: dict[str, Any], size: int) -> dict[str, Any]:
    return {"k": K, "passage_tokens": PASSAGE_TOKENS, "input_tokens": _tokens(size)}


def _tool(attrs: dict[str, Any], _size: int) -> dict[str, Any]:
    slow = attrs.get("latency_ms_p95")
    median = LATENCY_MS_P50 if slow is None else slow / P95_OVER_P50
    median = attrs.get("latency_ms_p50", median)
    return {
        "latency_ms_p50": median,
        "latency_ms_p95": median * P95_OVER_P50,
        "cpu": CPU_CORES,
        "memory_mb": MEMORY_MB,
        "usd_per_call": 0.0,
    }


def _transcribe(attrs: dict[str, Any], _size: int) -> dict[str, Any]:
    spoken = attrs.get("seconds", SECONDS)
    return {"seconds": SECONDS, "output_tokens": ceil(TOKENS_PER_SECOND * spoken)}


def _speak(_attrs: dict[str, Any], size: int) -> dict[str, Any]:
    return {"seconds": SECONDS, "input_tokens": _tokens(size)}


def _function(_attrs: dict[str, Any], _size: int) -> dict[str, Any]:
    return {"cpu_ms": CPU_MS}


_ATTRIBUTES: dict[str, Callable[[dict[str, Any], int], dict[str, Any]]] = {
    "llm.call": _call,
    "llm.prefill": _prefill,
    "llm.decode": _decode,
    "llm.gate": _prefill,
    "llm.embed": _embed,
    "llm.rerank": _rerank,
    "llm.transcribe": _transcribe,
    "llm.speak": _speak,
    "memory.search": _search,
    "memory.lookup": _lookup,
    "tool.invoke": _tool,
    "tool.compute": _tool,
    "agent.compute": _function,
    "agent.test": _function,
    "agent.observe": _function,
}


def _size(op: str, attrs: Mapping[str, Any], input_bytes: int) -> int | None:  # noqa: PLR0911 (one case a kind)
    """Bytes of the op's result."""
    match op:
        case "llm.call" | "llm.decode" | "llm.transcribe":
            return ceil(BYTES_PER_TOKEN * attrs["output_tokens"])
        case "llm.embed":
            return BYTES_PER_TOKEN * attrs["dim"]
        case "llm.rerank" | "memory.search" | "memory.lookup":
            return ceil(attrs["k"] * attrs["passage_tokens"] * BYTES_PER_TOKEN)
        case "llm.speak":
            return ceil(attrs["seconds"] * BYTES_PER_SECOND)
        case "agent.test":
            return 1
        case "agent.observe":
            return 0
        case "tool.lookup":
            return input_bytes
        case "llm.all_reduce" if attrs.get("phase") == "decode":
            return ceil(BYTES_PER_TOKEN * attrs.get("output_tokens", OUTPUT_TOKENS))
        case (
            "llm.prefill"
            | "llm.gate"
            | "llm.expert_prefill"
            | "llm.expert_decode"
            | "llm.merge"
            | "llm.all_reduce"
        ):
            return None
        case _:
            return RESULT_BYTES
