"""What the catalog holds, as plain data: devices, models, price offers and software-stack constants.

Units: GB = 1e9 bytes, GB/s = 1e9 bytes a second, tflops = 1e12 dense operations a second (no
structured sparsity; a multiply-add counts as two), Gb/s = 1e9 bits a second, money in USD.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PRECISIONS = ("fp32", "bf16", "fp8", "int8", "fp4")


@dataclass(frozen=True)
class Device:
    """One accelerator with its share of a host, or one whole CPU machine.

    `tflops` maps a precision to its dense peak; a precision that is absent has no unit here.
    `scaleup_gbs` is one direction, one device; `scaleup_domain` is how many devices it joins.
    `host_*` is what one device's share of the host offers to tools and stores, and `host_basis`
    says whether an instance type states it or whether it is assumed. `stack` names the row of
    `profiles.yaml` whose constants apply. `verified`: the peaks were confirmed against a source
    that was read, not only remembered.
    """

    name: str
    vendor: str
    kind: str
    memory_gb: float
    bandwidth_gbs: float
    tflops: Mapping[str, float]
    stack: str
    tdp_watts: float = 0.0
    year: int | None = None
    scaleup_gbs: float = 0.0
    scaleup_domain: int = 1
    nic_gbps: float = 0.0
    host_vcpus: float = 0.0
    host_memory_gb: float = 0.0
    host_bandwidth_gbs: float = 0.0
    host_basis: str = "none"
    purchase_usd: tuple[float, float] | None = None
    purchase_source: str = ""
    source: str = ""
    date: str = ""
    verified: bool = False
    aliases: tuple[str, ...] = ()
    note: str = ""

    def __hash__(self) -> int:
        """By a few facts: `tflops` is a mapping, which has no hash."""
        return hash((self.name, self.memory_gb, self.bandwidth_gbs, self.stack))


@dataclass(frozen=True)
class Moe:
    """Mixture of experts: `active` of `experts` routed experts run for a token, `shared` always."""

    experts: int
    active: int
    expert_ffn: int
    shared_experts: int = 0
    dense_layers: int = 0


@dataclass(frozen=True)
class Mla:
    """Multi-head latent attention: ranks and head dimensions of the compressed projections."""

    q_lora: int
    kv_lora: int
    rope: int
    nope: int
    v: int


@dataclass(frozen=True)
class Window:
    """Sliding-window attention: every `global_every`-th layer sees all tokens, others `tokens`."""

    tokens: int
    global_every: int


@dataclass(frozen=True)
class Speech:
    """A speech model's work: encoder windows and tokens a second, or flops an audio second."""

    encoder_layers: int = 0
    window_s: float = 0.0
    window_frames: int = 0
    tokens_per_s: float = 0.0
    gflop_per_audio_s: float = 0.0


@dataclass(frozen=True)
class Model:
    """A model's architecture: what the cost formulas read.

    `ffn_mats` is 3 for gated feed-forward layers and 2 for plain ones. `params_b` is the published
    parameter count in 1e9; the formulas count parameters from the shape and a test compares.
    """

    name: str
    kind: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocab: int
    ffn_mats: int
    tied_embeddings: bool
    params_b: float
    active_b: float | None = None
    moe: Moe | None = None
    mla: Mla | None = None
    window: Window | None = None
    speech: Speech | None = None
    source: str = ""
    date: str = ""
    verified: bool = False
    aliases: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Offer:
    """A provider's dated hourly price of an instance that holds `devices` of a device.

    `date_is` says whether `date` is the source's own ("source") or the day it was read ("read").
    """

    device: str
    provider: str
    instance: str
    devices: int
    usd_per_hour: float
    date: str
    source: str
    date_is: str = "source"
    spot_usd_per_hour: float | None = None
    note: str = ""

    @property
    def usd_per_device_hour(self) -> float:
        """The on-demand price of one device for an hour."""
        return self.usd_per_hour / self.devices

    def device_usd_per_hour(self, *, spot: bool = False) -> float:
        """The price of one device for an hour, on demand or spot (infinite where there is none)."""
        if not spot:
            return self.usd_per_device_hour
        return math.inf if self.spot_usd_per_hour is None else self.spot_usd_per_hour / self.devices


@dataclass(frozen=True)
class Stack:
    """Efficiencies of a software stack on a class of devices; `basis` says where they come from.

    Letters as in `llm.py`: `eta_*` are fractions of a datasheet peak, `x_half` the tokens in a
    step at which matrix units reach half of `eta_compute`, `alpha_us` the latency of one
    all-reduce, `tau_*` the overheads of a layer, of a sequence and of a step.
    """

    name: str
    basis: str
    eta_bw: float
    eta_compute: float
    eta_kv: float
    eta_attention: float
    eta_encoder: float
    x_half: float
    alpha_us: float
    tau_layer_us: float
    tau_seq_us: float
    step_ms: float
    norm: float = 4.0
    source: str = ""
    date: str = ""


@dataclass(frozen=True)
class Program:
    """What an ONNX program costs for one text, as c0 + c1·S + c2·S² in the text's S tokens.

    Products and other operations are counted apart; `moved_elements` are read and written by nodes
    beside the weights; `weight_elements` are read once for all texts of a step; `nodes` are those
    that do any work.
    """

    name: str
    product_flops: tuple[float, float, float]
    other_flops: tuple[float, float, float]
    moved_elements: tuple[float, float, float]
    weight_elements: float
    nodes: int
    source: str = ""
    date: str = ""


@dataclass(frozen=True)
class Parameter:
    """One parameter of owning hardware: a value in `unit`, the range that sources give."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    date: str


@dataclass(frozen=True)
class Timed:
    """A tool, or the start of a sandbox: quantiles of its latency by share of calls."""

    name: str
    quantiles_ms: tuple[tuple[float, float], ...]
    source: str
    date: str
    mean_ms: float | None = None
    most_ms: float | None = None


@dataclass(frozen=True)
class Held:
    """Memory that one tool's sandbox holds."""

    name: str
    mean_mb: float
    peak_mb: float
    source: str
    date: str


@dataclass(frozen=True)
class Grid:
    """The carbon intensity of a country's electricity: a yearly mean."""

    name: str
    gco2_per_kwh: float
    source: str
    date: str


@dataclass(frozen=True)
class PaperDevice:
    """One row of the paper's Table 5, as printed. `tdp_watts` is what reproduces its last column."""

    name: str
    capex_usd: float
    memory_gb: float
    bandwidth_gbs: float
    fp16_tflops: float
    operating_usd_per_hour: float
    tdp_watts: float
    source: str
    date: str
    note: str = field(default="")
