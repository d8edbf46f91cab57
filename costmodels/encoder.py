"""Encoders: the time to embed texts or to score query-passage pairs.

Letters: x tokens in the step (texts times their length S), N parameters of the layers, L layers,
P peak and BW bandwidth of the device, η_enc the fraction of the peak that small encoders reach.

    time = p-norm of  weights/(BW·η_bw)  and  [2·N·(x + x½) + attention]/(P·η_enc)
           + L·τ_layer + a constant

Attention sees all tokens both ways: 4·S²·d·L operations a text, twice the causal count. CPUs run
encoders in fp32 (as ONNX Runtime does), accelerators in bf16. The word table is looked up, not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels import shape
from agentc.costmodels.llm import BYTES_PER_MS_PER_GBS, FLOPS_PER_MS_PER_TFLOPS, GB

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Device, Model, Stack

BIDIRECTIONAL = 2.0


def run_precision(device: Device) -> str:
    """fp32 on CPUs whose fp32 peak is known, else bf16."""
    return "fp32" if device.kind == "cpu" and "fp32" in device.tflops else "bf16"


def encode_flops(model: Model, tokens: float, texts: float) -> float:
    """Operations for `texts` texts of `tokens` tokens each."""
    layers = 2.0 * shape.active_parameters(model) * tokens * texts
    return layers + texts * BIDIRECTIONAL * shape.attention_flops(model, tokens)


def encode_ms(model: Model, device: Device, stack: Stack, tokens: float, *, texts: float = 1.0) -> float:
    """Time of one step over `texts` texts (or pairs) of `tokens` tokens each."""
    precision = run_precision(device)
    tokens = max(1.0, tokens)
    weights = shape.active_parameters(model) * shape.WEIGHT_BYTES[precision]
    memory = weights / (device.bandwidth_gbs * BYTES_PER_MS_PER_GBS * stack.eta_bw)
    peak = device.tflops[precision] * FLOPS_PER_MS_PER_TFLOPS * stack.eta_encoder
    fill = 2.0 * shape.active_parameters(model) * stack.x_half
    compute = (encode_flops(model, tokens, texts) + fill) / peak
    gemm = (memory**stack.norm + compute**stack.norm) ** (1.0 / stack.norm)
    return gemm + model.layers * stack.tau_layer_us * 1e-3 + stack.step_ms


def memory_gb(model: Model, device: Device) -> float:
    """Weights at the precision that the device runs encoders in."""
    return shape.weight_bytes(model, run_precision(device)) / GB
