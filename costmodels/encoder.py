"""Encoders: the time to embed texts or to score query-passage pairs.

Letters: x tokens in the step (B texts of S tokens each), N parameters of the layers, L layers,
P peak and BW bandwidth of the device, η_enc the fraction of the peak that small encoders reach.

    time = p-norm of  bytes/(BW·η_bw)  and  [operations + 2·N·x½]/(P·η_enc)  + overhead

Operations are counted from the encoder's ONNX graph where the catalog has it (`programs.yaml`,
written by `onnx_graph.py`): products and the rest. Elsewhere they follow from the shape: 2·N·x, and
attention, in which all tokens see each other both ways, 4·S²·d·L a text. The two agree on the
products to the last operation.

Bytes are the weights, read once a step; the word table is looked up, not read. What nodes pass to
each other is counted in the graph and left out here: it stays in caches (MiniLM on one core reaches
the same operations a second with 8 tokens a batch as with 2,000), and accelerators fuse nodes.

A CPU runs the graph's nodes one by one (as ONNX Runtime does) in fp32: its overhead is a time for
each node. Accelerators run in bf16, with an overhead of L·τ_layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels import shape
from agentc.costmodels.catalog.read import programs
from agentc.costmodels.llm import BYTES_PER_MS_PER_GBS, FLOPS_PER_MS_PER_TFLOPS, GB

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Device, Model, Stack

BIDIRECTIONAL = 2.0
NODE_MS = 0.008
"""A node of a graph on a CPU: ONNX Runtime on one core, MiniLM of 8 tokens, 176 nodes, measured."""


def run_precision(device: Device) -> str:
    """fp32 on CPUs whose fp32 peak is known, else bf16."""
    return "fp32" if device.kind == "cpu" and "fp32" in device.tflops else "bf16"


def encode_flops(model: Model, tokens: float, texts: float) -> float:
    """Operations for `texts` texts of `tokens` tokens each, from the graph or from the shape."""
    program = programs().get(model.name)
    if program is not None:
        return texts * (_at(program.product_flops, tokens) + _at(program.other_flops, tokens))
    layers = 2.0 * shape.active_parameters(model) * tokens * texts
    return layers + texts * BIDIRECTIONAL * shape.attention_flops(model, tokens)


def streamed_bytes(model: Model, device: Device) -> float:
    """Bytes of weights that one step streams; of tables only the rows that are looked up."""
    program = programs().get(model.name)
    elements = shape.active_parameters(model) if program is None else program.weight_elements
    return elements * shape.WEIGHT_BYTES[run_precision(device)]


def encode_ms(model: Model, device: Device, stack: Stack, tokens: float, *, texts: float = 1.0) -> float:
    """Time of one step over `texts` texts (or pairs) of `tokens` tokens each."""
    tokens = max(1.0, tokens)
    memory = streamed_bytes(model, device) / (device.bandwidth_gbs * BYTES_PER_MS_PER_GBS * stack.eta_bw)
    peak = device.tflops[run_precision(device)] * FLOPS_PER_MS_PER_TFLOPS * stack.eta_encoder
    fill = 2.0 * shape.active_parameters(model) * stack.x_half
    compute = (encode_flops(model, tokens, texts) + fill) / peak
    gemm = (memory**stack.norm + compute**stack.norm) ** (1.0 / stack.norm)
    return gemm + _overhead_ms(model, device, stack)


def _overhead_ms(model: Model, device: Device, stack: Stack) -> float:
    program = programs().get(model.name)
    if program is not None and device.kind == "cpu":
        return program.nodes * NODE_MS + stack.step_ms
    return model.layers * stack.tau_layer_us * 1e-3 + stack.step_ms


def _at(coefficients: tuple[float, float, float], tokens: float) -> float:
    c0, c1, c2 = coefficients
    return c0 + c1 * tokens + c2 * tokens**2


def memory_gb(model: Model, device: Device) -> float:
    """Weights at the precision that the device runs encoders in."""
    return shape.weight_bytes(model, run_precision(device)) / GB
