"""Counts that follow from a model's shape alone: parameters, KV elements, attention work.

Letters: L layers, d hidden size, H attention heads, K key-value heads, h head size, f feed-forward
size, V vocabulary, E experts, k experts a token, x tokens in a step, S sequence length. Biases and
norms are left out: they are below 0.1% of any model here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Mla, Model, Window

# Bytes of one weight. fp4 formats carry an 8-bit scale for each 16 weights: 4.5 bits.
WEIGHT_BYTES = {"fp32": 4.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "fp4": 0.5625}
BF16_BYTES = 2.0


@dataclass(frozen=True)
class Shape:
    """Parameter counts of one model, in single parameters (not 1e9).

    `dense` is what every token runs, attention and plain feed-forward, without experts; `expert`
    is one expert of one layer; `moe_layers` how many layers have experts. `embedding` is the input
    table, 0 where it is the output head too.
    """

    dense: float
    expert: float
    moe_layers: int
    head: float
    embedding: float


@cache
def shape(model: Model) -> Shape:
    """Count the parameters of a model's parts."""
    moe = model.moe
    moe_layers = model.layers - moe.dense_layers if moe else 0
    dense_ffn = (model.layers - moe_layers) * model.ffn_mats * model.hidden * model.ffn
    expert = model.ffn_mats * model.hidden * moe.expert_ffn if moe else 0
    shared = moe_layers * expert * moe.shared_experts if moe else 0
    router = moe_layers * model.hidden * moe.experts if moe else 0
    table = float(model.vocab * model.hidden)
    return Shape(
        dense=float(_attention_parameters(model) + dense_ffn + shared + router),
        expert=float(expert),
        moe_layers=moe_layers,
        head=table,
        embedding=0.0 if model.tied_embeddings else table,
    )


def _attention_parameters(model: Model) -> int:
    """Projections of all layers: q and o, k and v; or the low-rank ones of latent attention."""
    if model.mla:
        return model.layers * _mla_parameters(model.hidden, model.heads, model.mla)
    wide, narrow = model.heads * model.head_dim, model.kv_heads * model.head_dim
    return model.layers * 2 * model.hidden * (wide + narrow)


def _mla_parameters(d: int, heads: int, mla: Mla) -> int:
    query = d * mla.q_lora + mla.q_lora * heads * (mla.nope + mla.rope)
    latent = d * (mla.kv_lora + mla.rope) + mla.kv_lora * heads * (mla.nope + mla.v)
    return query + latent + heads * mla.v * d


@cache
def parameters(model: Model) -> float:
    """All parameters: every expert, embedding and head."""
    s = shape(model)
    experts = s.moe_layers * model.moe.experts * s.expert if model.moe else 0.0
    return s.dense + experts + s.head + s.embedding


@cache
def active_parameters(model: Model) -> float:
    """Parameters that one token multiplies with, embedding table and output head left out.

    The table is a lookup, and the head runs once for a new token, not for each prompt token.
    """
    s = shape(model)
    return s.dense + (s.moe_layers * model.moe.active * s.expert if model.moe else 0.0)


@cache
def weight_bytes(model: Model, precision: str = "bf16") -> float:
    """Bytes of all weights. Embedding and head stay in bf16 when the layers are quantized."""
    s = shape(model)
    tables = s.head + s.embedding
    table_bytes = max(BF16_BYTES, WEIGHT_BYTES[precision])
    return (parameters(model) - tables) * WEIGHT_BYTES[precision] + tables * table_bytes


def touched_weight_bytes(model: Model, tokens: float, precision: str = "bf16") -> float:
    """Bytes of weights that one step of `tokens` tokens reads.

    A layer of E experts of which each token picks k touches E·(1 - (1 - k/E)^x) of them, if
    tokens pick independently.
    """
    s = shape(model)
    touched = 0.0
    if model.moe:
        e, k = model.moe.experts, model.moe.active
        touched = s.moe_layers * s.expert * e * (1.0 - (1.0 - k / e) ** tokens)
    head_bytes = s.head * max(BF16_BYTES, WEIGHT_BYTES[precision])
    return (s.dense + touched) * WEIGHT_BYTES[precision] + head_bytes


def kv_elements_per_token(model: Model) -> int:
    """Numbers cached for one token in all layers: 2·L·K·h, or L·(latent + rope) with MLA."""
    if model.mla:
        return model.layers * (model.mla.kv_lora + model.mla.rope)
    return 2 * model.layers * model.kv_heads * model.head_dim


def kv_bytes_per_token(model: Model, kv_precision: str = "bf16") -> float:
    """Bytes cached for one token in all layers, no window applied."""
    return kv_elements_per_token(model) * WEIGHT_BYTES[kv_precision]


def kv_bytes(model: Model, context_tokens: float, kv_precision: str = "bf16") -> float:
    """Bytes cached for one sequence; windowed layers hold `window.tokens` at most."""
    full = global_share(model)
    held = full * context_tokens + (1.0 - full) * _windowed(model.window, context_tokens)
    return held * kv_bytes_per_token(model, kv_precision)


def kv_shards(model: Model, tp: int) -> int:
    """How many of `tp` devices hold different KV: K at most, and latent KV is on all of them."""
    return 1 if model.mla else min(tp, model.kv_heads)


def global_share(model: Model) -> float:
    """The part of layers that see the whole context."""
    return 1.0 / model.window.global_every if model.window else 1.0


def attention_flops(model: Model, new_tokens: float, past_tokens: float = 0.0) -> float:
    """Operations of causal attention of `new_tokens` after `past_tokens`: one sequence, all layers.

    Each (query, key) pair costs 2·h for its score and 2·h for its value, in H heads. A new token
    sees all past ones and half of the new ones; in a windowed layer, `window.tokens` at most.
    """
    per_pair = 2.0 * model.heads * _pair_width(model)
    pairs = new_tokens * (past_tokens + new_tokens / 2.0)
    full = global_share(model)
    windowed = min(pairs, new_tokens * model.window.tokens) if model.window else 0.0
    return model.layers * per_pair * (full * pairs + (1.0 - full) * windowed)


def _pair_width(model: Model) -> float:
    if model.mla:
        return model.mla.nope + model.mla.rope + model.mla.v
    return 2.0 * model.head_dim


def _windowed(window: Window | None, context_tokens: float) -> float:
    return min(context_tokens, window.tokens) if window else 0.0
