"""What an LLM costs on a device: time of a prefill, of a decode step, memory, batch by memory.

Where a serving stack is known (`Placed.serving`), the fitted model of `serving/` gives all of them.
Elsewhere, on CPUs and on devices of stated specs, these datasheet formulas do.

Letters (the formulas' own, from measured serving systems and the paper's appendix of resources):

    x   tokens in one step                    n   tensor-parallel degree
    B   sequences in one step                 BW  memory bandwidth of a device, GB/s
    S   prompt tokens                         P   dense peak of a device at the precision, TFLOP/s
    L   layers, d hidden size                 η   efficiencies, τ and α overheads: `Stack`

    GEMM        p-norm (p = 4) of  bytes/(n·BW·η_bw)  and  2·N·x/(n·P·η_c·x/(x + x½))
    KV read     KV bytes / (min(n, kv_heads)·BW·η_kv); latent attention (MLA) is not sharded
    attention   causal operations, which grow with S², / (n·P·η_att)
    all-reduce  2·L·[α·(1 + ¼·log₂ n) + 2·(n - 1)/n · x·d·2 bytes / (0.6·link)]
    overhead    L·τ_layer + B·τ_seq + a constant

A p-norm of the two GEMM times lies between their maximum and their sum: memory traffic and
arithmetic overlap, not perfectly. The matrix unit's efficiency grows with x: half of it at x½.

Everything is in milliseconds; 1 GB/s moves 1e6 bytes in a millisecond and 1 TFLOP/s does 1e9
operations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.costmodels import shape
from agentc.costmodels.served import Asked, replica_of
from agentc.costmodels.serving import api

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Device, Model, Stack
    from agentc.costmodels.served import Serving
    from agentc.costmodels.serving.api import Replica

BYTES_PER_MS_PER_GBS = 1e6
FLOPS_PER_MS_PER_TFLOPS = 1e9
GB = 1e9
# The rest of a device's memory goes to activations, workspaces and fragmentation.
USABLE_MEMORY = 0.9
# A collective reaches this part of a link's one-direction bandwidth.
LINK_EFFICIENCY = 0.6
ACTIVATION_BYTES = 2.0


@dataclass(frozen=True)
class Placed:
    """A model on `tp` x `pp` devices of one kind under one software stack.

    `serving` is the stack of the fitted model; None: the datasheet formulas with `stack`.
    """

    model: Model
    device: Device
    stack: Stack
    tp: int = 1
    pp: int = 1
    precision: str = "bf16"
    kv_precision: str = "bf16"
    serving: Serving | None = None

    @property
    def peak_tflops(self) -> float:
        """Dense peak of one device at this precision; 0 where it has no such unit."""
        return self.device.tflops.get(self.precision, 0.0)

    @property
    def replica(self) -> Replica | None:
        """The fitted model's replica; None where the datasheet formulas hold."""
        if self.serving is None:
            return None
        layout = (self.tp, self.pp, self.precision, self.kv_precision)
        return replica_of(Asked(self.model, self.device, self.serving, *layout))

    @property
    def basis(self) -> str:
        """`calibrated` where the stack was measured on this family of chips, else `datasheet`."""
        replica = self.replica
        return self.stack.basis if replica is None else replica.basis


def prefill_ms(
    placed: Placed, input_tokens: float, *, batch: float = 1.0, prefix_tokens: float = 0.0
) -> float:
    """Time until the first token of `batch` prompts that are processed together.

    `prefix_tokens` of each prompt are cached already: they are attended to, not computed, but for
    the last prompt token, which always is. With
    pipeline stages, prompts follow one another: (B + pp - 1)/pp times one prompt's time.
    """
    replica = placed.replica
    if replica is not None:
        return api.prefill_ms(replica, prompt_tokens=input_tokens, prompts=batch, prefix_tokens=prefix_tokens)
    new = max(1.0, input_tokens - prefix_tokens)
    past = max(0.0, input_tokens - new)
    if placed.pp == 1:
        return _prefill_step_ms(placed, new, past, batch)
    one = _prefill_step_ms(placed, new, past, 1.0)
    return one * (batch + placed.pp - 1) / placed.pp + hops_ms(placed, new)


def _prefill_step_ms(placed: Placed, new: float, past: float, batch: float) -> float:
    peak = placed.device.tflops["bf16"] * FLOPS_PER_MS_PER_TFLOPS
    attention = batch * shape.attention_flops(placed.model, new, past)
    return (
        gemm_ms(placed, new * batch, batch)
        + attention / (placed.tp * peak * placed.stack.eta_attention)
        + all_reduce_ms(placed, new * batch)
        + overhead_ms(placed, batch)
    )


def decode_step_ms(placed: Placed, context_tokens: float, *, batch: float = 1.0) -> float:
    """Time between two tokens of each of `batch` sequences of `context_tokens` tokens (TPOT).

    With pipeline stages the batch runs as pp groups that follow one another through the stages,
    so a token takes one pass of all layers with batch/pp sequences, plus the hops between stages.
    """
    replica = placed.replica
    if replica is not None:
        return api.step_ms(replica, batch=batch, context_tokens=context_tokens)
    group = max(1.0, batch / placed.pp)
    return (
        gemm_ms(placed, group, group)
        + kv_read_ms(placed, context_tokens, group)
        + all_reduce_ms(placed, group)
        + overhead_ms(placed, group)
        + hops_ms(placed, group)
    )


def decode_ms(placed: Placed, input_tokens: float, output_tokens: float, *, batch: float = 1.0) -> float:
    """Time of all tokens after the first, which prefill makes: (O - 1) steps at the mean context."""
    steps = max(0.0, output_tokens - 1.0)
    return steps * decode_step_ms(placed, input_tokens + output_tokens / 2.0, batch=batch)


def gemm_ms(placed: Placed, tokens: float, sequences: float) -> float:
    """Matrix products of one step; the output head runs once for each sequence."""
    n, s = placed.tp, placed.stack
    bytes_read = shape.touched_weight_bytes(placed.model, tokens, placed.precision)
    memory = bytes_read / (n * placed.device.bandwidth_gbs * BYTES_PER_MS_PER_GBS * s.eta_bw)
    peak = n * placed.peak_tflops * FLOPS_PER_MS_PER_TFLOPS * s.eta_compute
    body = 2.0 * shape.active_parameters(placed.model) * (tokens + s.x_half)
    head = 2.0 * shape.shape(placed.model).head * (sequences + s.x_half)
    compute = (body + head) / peak
    return (memory**s.norm + compute**s.norm) ** (1.0 / s.norm)


def kv_read_ms(placed: Placed, context_tokens: float, batch: float) -> float:
    """Reading the KV cache once, as each decode step does."""
    held = batch * shape.kv_bytes(placed.model, context_tokens, placed.kv_precision)
    shards = shape.kv_shards(placed.model, placed.tp)
    return held / (shards * placed.device.bandwidth_gbs * BYTES_PER_MS_PER_GBS * placed.stack.eta_kv)


def all_reduce_ms(placed: Placed, tokens: float) -> float:
    """Two all-reduces a layer over the scale-up link (a ring moves 2·(n - 1)/n of the data)."""
    n = placed.tp
    if n == 1:
        return 0.0
    start = placed.stack.alpha_us * 1e-3 * (1.0 + 0.25 * math.log2(n))
    moved = 2.0 * (n - 1) / n * tokens * placed.model.hidden * ACTIVATION_BYTES
    link = LINK_EFFICIENCY * placed.device.scaleup_gbs * BYTES_PER_MS_PER_GBS
    return 2.0 * placed.model.layers * (start + moved / link)


def overhead_ms(placed: Placed, sequences: float) -> float:
    """Launches a layer, scheduling a sequence, and the step itself."""
    s = placed.stack
    return placed.model.layers * s.tau_layer_us * 1e-3 + sequences * s.tau_seq_us * 1e-3 + s.step_ms


def hops_ms(placed: Placed, tokens: float) -> float:
    """Activations passing from each pipeline stage to the next over the scale-up link."""
    if placed.pp == 1:
        return 0.0
    link = LINK_EFFICIENCY * placed.device.scaleup_gbs * BYTES_PER_MS_PER_GBS
    moved = tokens * placed.model.hidden * ACTIVATION_BYTES
    return (placed.pp - 1) * (placed.stack.alpha_us * 1e-3 + moved / link)


def memory_gb(placed: Placed, context_tokens: float, *, batch: float = 1.0) -> float:
    """Weights and KV on all tp·pp devices together, in GB.

    KV is copied where devices outnumber the KV heads of the model.
    """
    replica = placed.replica
    if replica is not None:
        weights, each = api.memory_bytes(replica, tokens_each=context_tokens)
        return (weights + batch * each) / GB
    copies = placed.tp / shape.kv_shards(placed.model, placed.tp)
    held = batch * shape.kv_bytes(placed.model, context_tokens, placed.kv_precision) * copies
    return (shape.weight_bytes(placed.model, placed.precision) + held) / GB


def usable_memory_gb(placed: Placed) -> float:
    """What weights and KV may fill: 90% of the devices' memory, or what the stack was seen to fill."""
    has = placed.device.memory_gb * placed.tp * placed.pp
    replica = placed.replica
    return USABLE_MEMORY * has if replica is None else min(has, api.room_bytes(replica) / GB)


def max_batch_by_memory(placed: Placed, context_tokens: float) -> int:
    """How many sequences of this context fit; 0 when not even one does."""
    weights = memory_gb(placed, 0.0, batch=0.0)
    one = memory_gb(placed, context_tokens, batch=1.0) - weights
    free = usable_memory_gb(placed) - weights
    return max(0, math.floor(free / one)) if one > 0 else 0
