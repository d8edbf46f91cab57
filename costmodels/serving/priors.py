"""What is believed of the constants before any measurement: the middle, and how far it may move.

Everything is a factor, and a spread is that of its logarithm: 0.1 is about ten percent. A level's
spread is the constant's own times that of the level's kind, so that a release moves less than an
engine, and nothing moves far on few rows.

JUDGED holds what engineers know of stacks and chips that no row of the calibration measures, in
round figures: how compiled graphs, eager Python, unified memory, boards without a scale-up link or
kernels that do not use a chip's newest units behave. They are judgements and are marked so.
"""

from __future__ import annotations

BASE = {
    "eta_bw": 0.85,
    "eta_compute": 0.68,
    "half": 0.2,
    "eta_kv": 0.65,
    "eta_attention": 0.32,
    "eta_vector": 0.05,
    "tau_layer_us": 15.0,
    "launch_us": 35.0,
    "prefill_launch_us": 150.0,
    "moe_layer": 2.0,
    "step_ms": 1.0,
    "tau_seq_us": 18.0,
    "alpha_us": 12.0,
    "eta_link": 0.5,
    "moe": 1.2,
    "moe_tile": 0.5,
    "routing": 0.85,
    "unpack": 1.2,
    "prefill": 1.1,
    "request_ms": 5.0,
    "burst": 0.1,
    "usable": 0.9,
    "reserve_gib": 2.0,
    "refill": 1.0,
    "served": 0.93,
}

SPREAD = {
    "eta_bw": 0.08,
    "eta_compute": 0.15,
    "half": 0.5,
    "eta_kv": 0.4,
    "eta_attention": 0.4,
    "eta_vector": 0.6,
    "tau_layer_us": 0.7,
    "launch_us": 0.7,
    "prefill_launch_us": 0.7,
    "moe_layer": 0.5,
    "step_ms": 1.0,
    "tau_seq_us": 0.8,
    "alpha_us": 0.6,
    "eta_link": 0.4,
    "moe": 0.2,
    "moe_tile": 0.6,
    "routing": 0.8,
    "unpack": 0.2,
    "prefill": 0.15,
    "request_ms": 1.0,
    "burst": 1.0,
    "usable": 0.03,
    "reserve_gib": 0.5,
    "refill": 0.2,
    "served": 0.06,
}

# The base of these moves less than their levels: dummy prompts route unlike people's.
BASE_SPREAD = {"routing": 0.08, "moe": 0.12, "eta_attention": 0.12}

KIND_SPREAD = {
    "vendor": 0.4,
    "form": 0.3,
    "architecture": 0.4,
    "precision": 0.3,
    "arithmetic": 0.5,
    "era": 0.9,
    "engine": 0.6,
    "tuning": 0.5,
    "pairing": 0.3,
    "stack": 0.6,
    "release": 0.4,
}

_KERNELS = ("eta_bw", "eta_compute", "half", "eta_kv", "eta_attention")
_ENGINE = ("tau_layer_us", "launch_us", "prefill_launch_us", "step_ms", "tau_seq_us", "prefill", "alpha_us")

# Which constants a kind of level may move: chips move peaks, engines move overheads.
VARIES = {
    "vendor": (*_KERNELS, "tau_layer_us", "launch_us", "alpha_us", "eta_link"),
    "form": ("alpha_us", "eta_link"),
    "architecture": (*_KERNELS, "eta_vector", "launch_us", "prefill_launch_us", "alpha_us", "eta_link"),
    "precision": ("tau_layer_us", "moe", "eta_kv"),
    "arithmetic": ("eta_compute",),
    "era": (
        "alpha_us",
        "eta_kv",
        "tau_layer_us",
        "launch_us",
        "prefill_launch_us",
        "step_ms",
        "tau_seq_us",
        "prefill",
        "moe",
        "eta_vector",
    ),
    "engine": (
        "eta_bw",
        "eta_kv",
        "eta_attention",
        *_ENGINE,
        "moe",
        "eta_vector",
        "request_ms",
        "burst",
        "refill",
    ),
    "tuning": (
        "eta_bw",
        "eta_compute",
        "half",
        "eta_kv",
        "tau_layer_us",
        "step_ms",
        "tau_seq_us",
        "moe",
        "prefill",
    ),
    "pairing": ("eta_bw", "eta_compute", "eta_kv"),
    "stack": (
        *_KERNELS,
        *_ENGINE,
        "moe",
        "moe_layer",
        "routing",
        "request_ms",
        "burst",
        "reserve_gib",
        "refill",
        "unpack",
    ),
    "release": (*_KERNELS, *_ENGINE, "moe", "routing", "request_ms", "burst"),
}

JUDGED: dict[str, dict[str, dict[str, float]]] = {
    "vendor": {
        "google": {
            "eta_bw": 0.9,
            "eta_compute": 0.9,
            "eta_kv": 0.65,
            "launch_us": 0.4,
            "step_ms": 2.0,
            "alpha_us": 0.6,
        },
        "cpu": {"eta_bw": 0.80, "eta_compute": 0.5, "eta_vector": 4.0, "half": 0.3, "alpha_us": 3.0},
    },
    "form": {"board": {"alpha_us": 2.2}},
    "architecture": {
        "ada": {"eta_compute": 0.92},
        "ada-edge": {"eta_compute": 0.75, "eta_bw": 0.95},
        "gaudi3": {"eta_compute": 0.85},
    },
    "engine": {
        "mlx": {"step_ms": 0.5},
        "exllama": {"unpack": 1.0},
        "transformers": {"launch_us": 12.0, "prefill_launch_us": 3.0, "tau_seq_us": 2.0, "step_ms": 3.0},
        "openvino": {"tau_seq_us": 2.0},
        "lmdeploy": {"tau_seq_us": 0.5, "step_ms": 0.6},
        "jetstream": {"tau_seq_us": 0.5, "prefill_launch_us": 0.3},
    },
}
