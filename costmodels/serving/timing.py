"""The formulas: how long one step of a serving engine takes. All of them run over columns.

Letters: x tokens in a step, B sequences of one replica, C context tokens of each, S prompt tokens,
n tensor-parallel degree, L layers, d hidden size; BW bandwidth, P peak; the constants (eta, half,
tau, alpha, ...) are the stack's, see `constants`.

    weights     each class of matrices (layers, experts, head): p-norm of
                bytes / (n·BW·eta_bw)  and  2·N·(x + half·ridge) / (n·P·eta_compute)
    experts     touched = E·(1 - (1 - k/E)^(x^routing)); each touched expert pays half·ridge·moe_tile
    KV          B·C·bytes / (BW·eta_kv) on the device that holds most of it
    attention   2·L·H·width·S²/2 operations a prompt / (n·P_bf16·eta_attention)
    all-reduce  2·L·(alpha·(1 + ¼·log₂ n) + 2·(n - 1)/n·x·d·2 bytes / (eta_link·link))
    launches    the host queues L layers at `launch` each, at the same time as the device works:
                p-norm of the two; what the device itself loses between kernels is added, L·tau_layer;
                layers with experts count `moe_layer` times
    engine      step + B·tau_seq: scheduling, sampling, detokenizing

A p-norm lies between the maximum and the sum: things that overlap, not perfectly. Sources: the
roofline model (Williams et al. 2009) for the weights; Megatron-LM for the two all-reduces a layer;
the DeepSeek-V2 report for latent attention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from agentc.costmodels.serving.constants import Constants
    from agentc.costmodels.serving.facts import Facts, Floats

MICRO = 1e-6
MILLI = 1e-3
NORM = 4.0
ACTIVATION_BYTES = 2.0
# Latent attention launches about half again as many kernels: low-rank projections, absorbed products.
LATENT_EXTRA = 0.5


def p_norm(a: Floats, b: Floats, power: float = NORM) -> Floats:
    """Combine two times that overlap; both in the same unit."""
    top = np.maximum(np.maximum(a, b), 1e-15)
    return top * ((a / top) ** power + (b / top) ** power) ** (1.0 / power)


def weights_s(f: Facts, c: Constants, tokens: Floats, sequences: Floats) -> Floats:
    """Matrix products of one step in seconds; the head runs once a sequence."""
    return _layers_s(f, c, tokens) + _experts_s(f, c, tokens) + _head_s(f, c, sequences)


def _layers_s(f: Facts, c: Constants, x: Floats) -> Floats:
    # With data-parallel attention each device runs its attention over its own sequences alone.
    attention = f.attention_params * f.attention_dp
    share = f.attention_params + f.dense_params
    read = (attention + f.dense_params) * f.weight_bytes * _unpacking(f, c)
    memory = read / (f.tp * f.bandwidth * c.eta_bw)
    half = c.half * ridge(f.weight_bytes, f.flop_rate, f)
    compute = 2.0 * (share * x + (attention + f.dense_params) * half) / (f.tp * f.flop_rate * c.eta_compute)
    return p_norm(memory, compute)


def _experts_s(f: Facts, c: Constants, x: Floats) -> Floats:
    touched = f.experts * (1.0 - (1.0 - f.experts_active / f.experts) ** np.maximum(x, 1.0) ** c.routing)
    touched = np.where(f.moe_layers > 0, touched, 0.0)
    one = f.moe_layers * f.expert_params
    memory = touched * one * f.expert_bytes * _unpacking(f, c) / (f.tp * f.bandwidth * c.eta_bw)
    half = c.half * ridge(f.expert_bytes, f.expert_flop_rate, f)
    work = f.experts_active * x + touched * half * c.moe_tile
    compute = 2.0 * one * work / (f.tp * f.expert_flop_rate * c.eta_compute)
    return np.where(f.moe_layers > 0, p_norm(memory, compute) * c.moe, 0.0)


def _head_s(f: Facts, c: Constants, sequences: Floats) -> Floats:
    memory = f.head_params * f.head_bytes / (f.tp * f.bandwidth * c.eta_bw)
    half = c.half * ridge(f.head_bytes, f.bf16_flop_rate, f)
    compute = 2.0 * f.head_params * (sequences + half) / (f.tp * f.bf16_flop_rate * c.eta_compute)
    return p_norm(memory, compute)


def ridge(stored_bytes: Floats, flop_rate: Floats, f: Facts) -> Floats:
    """Tokens in a step at which peak arithmetic takes as long as streaming the weights at peak."""
    return flop_rate * stored_bytes / (2.0 * f.bandwidth)


def _unpacking(f: Facts, c: Constants) -> Floats:
    """Weights stored narrower than they are multiplied stream slower by `unpack`."""
    return np.where(f.unpacked > 0, c.unpack, 1.0)


def kv_read_s(f: Facts, c: Constants, sequences: Floats, context: Floats) -> Floats:
    """Attention of one decode step in seconds: the KV cache of every sequence is read once.

    A device holds whole KV heads: past K devices the heads repeat, latent KV repeats at once.
    Each query head multiplies with all of its KV, on vector units in most kernels: many query heads
    a KV head make that the longer of the two.
    """
    shards = f.tp / f.attention_dp
    heads_here = np.ceil(f.kv_heads / shards)
    here = sequences / f.attention_dp * f.kv_token_bytes * heads_here / f.kv_heads
    seen = attended(f, context)
    memory = here * seen / (f.bandwidth * c.eta_kv)
    work = sequences * seen * f.decode_pair_flops / f.tp
    return p_norm(memory, work / (f.bf16_flop_rate * c.eta_vector))


def attended(f: Facts, context: Floats) -> Floats:
    """Tokens that a new token looks back on, the mean over layers: windowed layers see a window."""
    windowed = np.minimum(context, f.window)
    return f.global_share * context + (1.0 - f.global_share) * windowed


def attention_s(f: Facts, c: Constants, prompts: Floats, prompt: Floats, past: Floats) -> Floats:
    """Attention of `prompts` prompts of `prompt` new tokens after `past` cached ones, in seconds.

    Causal: a new token looks back on all past ones and, on average, half of the new.
    """
    seen = past + prompt / 2.0
    mean = f.global_share * seen + (1.0 - f.global_share) * np.minimum(seen, f.window)
    return prompts * prompt * mean * f.pair_flops / (f.tp * f.bf16_flop_rate * c.eta_attention)


def exchange_s(f: Facts, c: Constants, tokens: Floats) -> Floats:
    """Two all-reduces a layer, in seconds; past a scale-up domain the network carries them."""
    n = f.tp
    start = c.alpha_us * MICRO * (1.0 + 0.25 * np.log2(n))
    rate = np.where(n > f.domain, f.nic, f.link) * c.eta_link
    moved = 2.0 * (n - 1.0) / n * tokens * f.hidden * ACTIVATION_BYTES / rate
    return np.where(n > 1, 2.0 * f.layers * (start + moved), 0.0) + _hops_s(f, c, tokens)


def _hops_s(f: Facts, c: Constants, tokens: Floats) -> Floats:
    moved = tokens * f.hidden * ACTIVATION_BYTES / (f.link * c.eta_link)
    return (f.pp - 1.0) * (2.0 * c.alpha_us * MICRO + moved)


def with_engine_s(f: Facts, c: Constants, device_s: Floats, sequences: Floats, launch_us: Floats) -> Floats:
    """Add what the engine and the host cost to the device's time of one step, in seconds."""
    layers = f.layers * (1.0 + LATENT_EXTRA * f.latent) + f.moe_layers * (c.moe_layer - 1.0)
    device = device_s + layers * c.tau_layer_us * MICRO
    host = layers * launch_us * MICRO
    return p_norm(device, host) + c.step_ms * MILLI + sequences * c.tau_seq_us * MICRO


def decode_step_s(f: Facts, c: Constants, sequences: Floats, context: Floats) -> Floats:
    """One token for each of `sequences` sequences, in seconds.

    With p pipeline stages the sequences run as p groups behind one another (`in_flight`): a token
    passes all layers with the sequences of one group. Engines that only cut the layers over devices
    have one group, and one device works at a time.
    """
    zero = np.zeros_like(sequences)
    return mixed_step_s(f, c, sequences, context, zero, zero + 1.0)


def mixed_step_s(  # noqa: PLR0917 -- what decodes, then what is carried along
    f: Facts, c: Constants, sequences: Floats, context: Floats, prompts: Floats, prompt: Floats
) -> Floats:
    """One step that decodes `sequences` and carries `prompts` (a fraction, mostly) prompts along."""
    b = np.maximum(sequences / f.in_flight, 1e-9)
    y = prompts / f.in_flight
    x = b + y * prompt
    device = (
        weights_s(f, c, x, b + y)
        + kv_read_s(f, c, b, context)
        + attention_s(f, c, y, prompt, np.zeros_like(prompt))
        + exchange_s(f, c, x)
    )
    launch_us = np.where(y > 0, c.prefill_launch_us, c.launch_us)
    return with_engine_s(f, c, device, sequences, launch_us)


def prefill_s(f: Facts, c: Constants, prompts: Floats, prompt: Floats, past: Floats | None = None) -> Floats:
    """`prompts` prompts of `prompt` tokens, after `past` cached ones, computed together, in seconds.

    With p pipeline stages, prompts follow one another through the stages: (prompts + p - 1)/p
    times one prompt.
    """
    staged = f.in_flight > 1
    together = np.where(staged, 1.0, prompts)
    tokens = together * prompt
    cached = np.zeros_like(prompt) if past is None else past
    device = weights_s(f, c, tokens, together) + exchange_s(f, c, tokens)
    device = device + attention_s(f, c, together, prompt, cached)
    trips = np.where(staged, (prompts + f.in_flight - 1.0) / f.in_flight, 1.0)
    return with_engine_s(f, c, device * c.prefill, prompts, c.prefill_launch_us) * trips


def sequences_that_fit(f: Facts, c: Constants, tokens_each: Floats) -> Floats:
    """Sequences of this many cached tokens that fit beside the weights, not rounded down."""
    return (room_bytes(f, c) - held_weight_bytes(f)) / np.maximum(held_kv_bytes(f, tokens_each), 1.0)


def held_weight_bytes(f: Facts) -> Floats:
    """The weights of one replica on all of its devices, in bytes."""
    weights = (f.attention_params * f.attention_dp + f.dense_params) * f.weight_bytes
    weights = weights + f.moe_layers * f.experts * f.expert_params * f.expert_bytes
    return weights + (f.head_params + f.table_params) * f.head_bytes


def held_kv_bytes(f: Facts, tokens_each: Floats) -> Floats:
    """The KV cache of one sequence on all devices, in bytes, with the copies that sharding makes."""
    shards = f.tp / f.attention_dp
    copies = np.ceil(f.kv_heads / shards) * shards / f.kv_heads
    return attended(f, tokens_each) * f.kv_token_bytes * copies


def room_bytes(f: Facts, c: Constants) -> Floats:
    """What weights and KV may fill on all devices of one replica, in bytes."""
    return f.tp * f.pp * (f.memory * c.usable - c.reserve_gib * 2.0**30)
