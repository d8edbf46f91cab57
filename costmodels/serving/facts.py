"""What the formulas read of a model, a device and a layout: one column a fact, one row a case.

Letters: L layers, d hidden size, H query heads, K key-value heads, h head size, E experts of which
a token runs k, n devices of one replica (tensor or expert parallel), p pipeline stages. A column
holds one float a case, so that the formulas run over all cases at once; a single case is a column
of one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels import shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from agentc.costmodels.catalog.records import Device, Model
    from agentc.costmodels.serving.precision import Format

    Floats = NDArray[np.float64]

# HBM is sold in powers of two: "80 GB" of an accelerator holds 80 * 2^30 bytes.
GIB = 2.0**30
GIGA = 1e9
TERA = 1e12


@dataclass(frozen=True)
class Case:
    """One model on one replica: what a prediction starts from.

    `weights` and `kv` say how numbers are stored and multiplied. `attention_dp` of the `tp`
    devices hold attention whole and share the sequences; `expert_parallel` over how many
    devices whole experts are spread. `pipelined`: with `pp` stages, groups of sequences are in flight
    behind one another; False where layers are cut over devices that then work in turn.
    """

    model: Model
    device: Device
    weights: Format
    kv: Format
    tp: int = 1
    pp: int = 1
    attention_dp: int = 1
    expert_parallel: int = 1
    pipelined: bool = True


@dataclass(frozen=True)
class Facts:
    """Columns of facts; parameters are counted singly, bytes in bytes, rates a second.

    `dense_flop_rate` and the like are peaks of one device at the precision that the stage
    computes in.
    """

    layers: Floats
    hidden: Floats
    attention_params: Floats
    dense_params: Floats
    expert_params: Floats
    experts: Floats
    experts_active: Floats
    moe_layers: Floats
    head_params: Floats
    table_params: Floats
    weight_bytes: Floats
    expert_bytes: Floats
    head_bytes: Floats
    flop_rate: Floats
    expert_flop_rate: Floats
    bf16_flop_rate: Floats
    unpacked: Floats
    bandwidth: Floats
    memory: Floats
    link: Floats
    nic: Floats
    domain: Floats
    tdp: Floats
    tp: Floats
    pp: Floats
    in_flight: Floats
    attention_dp: Floats
    expert_parallel: Floats
    kv_heads: Floats
    latent: Floats
    kv_token_bytes: Floats
    global_share: Floats
    window: Floats
    pair_flops: Floats
    decode_pair_flops: Floats

    def take(self, rows: NDArray[np.intp]) -> Facts:
        """The cases of these row numbers, in this order."""
        return Facts(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def with_(self, **columns: Floats) -> Facts:
        """The same cases with some columns exchanged."""
        return replace(self, **columns)


def make_facts(cases: Sequence[Case]) -> Facts:
    """Lay the facts of many cases out in columns."""
    rows = [_row(case) for case in cases]
    return Facts(**{f.name: np.array([row[f.name] for row in rows], dtype=float) for f in fields(Facts)})


def _row(case: Case) -> dict[str, float]:
    return {**_model_row(case), **_device_row(case), **_attention_row(case)}


def _model_row(case: Case) -> dict[str, float]:
    model, s = case.model, shape.shape(case.model)
    moe = model.moe
    plain = (model.layers - s.moe_layers) * model.ffn_mats * model.hidden * model.ffn
    shared = s.moe_layers * (s.expert * moe.shared_experts + model.hidden * moe.experts) if moe else 0.0
    quantized = case.weights
    dense_bytes = 2.0 if quantized.experts_only else quantized.bytes
    return {
        "layers": model.layers,
        "hidden": model.hidden,
        "attention_params": s.dense - plain - shared,
        "dense_params": plain + shared,
        "expert_params": s.expert,
        "experts": moe.experts if moe else 1.0,
        "experts_active": moe.active if moe else 1.0,
        "moe_layers": s.moe_layers,
        "head_params": s.head,
        "table_params": s.embedding,
        "weight_bytes": dense_bytes,
        "expert_bytes": quantized.bytes,
        "head_bytes": quantized.head_bytes,
    }


def _device_row(case: Case) -> dict[str, float]:
    device, weights = case.device, case.weights
    bf16 = peak_tflops(device, "bf16")
    rate = peak_tflops(device, weights.compute)
    native = weights.compute in device.tflops
    return {
        "flop_rate": (bf16 if weights.experts_only else rate) * TERA,
        "expert_flop_rate": rate * TERA,
        "bf16_flop_rate": bf16 * TERA,
        # Stored narrower than it is multiplied: every weight is unpacked first.
        "unpacked": float(weights.bytes < 2.0 and (weights.compute == "bf16" or not native)),  # noqa: PLR2004
        "bandwidth": device.bandwidth_gbs * GIGA,
        "memory": device.memory_gb * GIB,
        "link": max(device.scaleup_gbs, 1.0) * GIGA,
        "nic": max(device.nic_gbps, 1.0) * GIGA / 8.0,
        "domain": max(device.scaleup_domain, 1),
        "tdp": device.tdp_watts,
        "tp": case.tp,
        "pp": case.pp,
        "in_flight": case.pp if case.pipelined else 1,
        "attention_dp": min(case.attention_dp, case.tp),
        "expert_parallel": min(case.expert_parallel, case.tp),
    }


def _attention_row(case: Case) -> dict[str, float]:
    model = case.model
    decode_width = 2.0 * model.head_dim
    prefill_width = decode_width
    if model.mla:
        prefill_width = model.mla.nope + model.mla.rope + model.mla.v
        decode_width = 2.0 * model.mla.kv_lora + model.mla.rope
    return {
        "kv_heads": 1.0 if model.mla else model.kv_heads,
        "latent": float(model.mla is not None),
        "kv_token_bytes": shape.kv_elements_per_token(model) * case.kv.bytes,
        "global_share": shape.global_share(model),
        "window": model.window.tokens if model.window else 0.0,
        "pair_flops": 2.0 * model.layers * model.heads * prefill_width,
        "decode_pair_flops": 2.0 * model.layers * model.heads * decode_width,
    }


def peak_tflops(device: Device, precision: str) -> float:
    """Dense peak of one device; a precision without units of its own runs at the bf16 rate.

    The nearest wider unit serves it: fp4 on a device with fp8 units runs as fp8.
    """
    for candidate in {"fp4": ("fp4", "fp8", "bf16"), "fp8": ("fp8", "bf16"), "int8": ("int8", "bf16")}.get(
        precision, ("bf16",)
    ):
        if candidate in device.tflops:
            return device.tflops[candidate]
    return device.tflops.get("fp32", 1.0)
