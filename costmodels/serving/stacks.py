"""Which software stack served a measurement: engine, era, and the levels that constants hang on.

The rule, in order. Engine: the first pattern of ENGINES found in the text; none found: `unknown`,
which has no factors of its own, so base, vendor, architecture and precision decide. Era: a stated
year, else the engine's version (VERSIONS), else what the source is known to have used, else the
year in which model and device were both to be had. Eras are 2023 and before, 2024, 2025 and later:
eager Python engines, captured graphs, and asynchronous engines with chunked prefill.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.costmodels.catalog.records import Device, Model
    from agentc.costmodels.serving.precision import Format

ENGINES = (
    (r"deepspeed.?mii|\bmii\b|fastgen", "deepspeed-mii"),
    (r"deepspeed", "deepspeed"),
    (r"optimum.?(habana|gaudi)|habana|tgi.?gaudi", "optimum-habana"),
    (r"neuron|nxd", "neuronx"),
    (r"tensorrt|trt.?llm|\btrt\b|\bnim\b", "trtllm"),
    (r"jetstream|maxtext|pax|saxml", "jetstream"),
    (r"sglang", "sglang"),
    (r"vllm|sarathi|vidur", "vllm"),
    (r"lmdeploy|turbomind", "lmdeploy"),
    (r"llama\.?cpp|ggml|gguf|llama-bench|ollama|lm.?studio|koboldcpp|llamafile|localscore", "llamacpp"),
    (r"mlx|mlc", "mlx"),
    (r"exllama|tabby", "exllama"),
    (r"\btgi\b|text.?generation.?inference", "tgi"),
    (r"fastertransformer|\bft\b", "trtllm"),
    (r"transformers|hugging ?face|pytorch|torch|gpt.?fast|accelerate", "transformers"),
    (r"openvino|ipex|xfastertransformer", "openvino"),
)
# Engines that cut a model over devices by whole layers, which then work in turn.
LAYER_SPLIT = frozenset({"llamacpp", "exllama", "transformers", "mlx"})
# Engine -> (version, era from it on), newest first.
VERSIONS = {
    "trtllm": (((0, 15), 2025), ((0, 8), 2024), ((0, 0), 2023)),
    "vllm": (((0, 7), 2025), ((0, 3), 2024), ((0, 0), 2023)),
    "sglang": (((0, 4), 2025), ((0, 0), 2024)),
}
SOURCES = {"argonne": 2024, "aic_silicon": 2025, "splitwise": 2023, "optimum_habana": 2025, "neuron": 2024}
MODEL_YEARS = (
    (r"llama-?4|qwen3|gpt-oss|deepseek-r1|gemma-?3|kimi|glm-4", 2025),
    (r"llama-?3|qwen2|deepseek|gemma|mixtral|phi-3|mistral-(nemo|large|small)", 2024),
)
FIRST_ERA, LAST_ERA = 2023, 2025
# What people run on a vendor's devices where nobody says otherwise.
USUAL_ENGINES = {
    "nvidia": "vllm",
    "amd": "vllm",
    "intel": "vllm",
    "google": "vllm",
    "aws": "neuronx",
    "apple": "llamacpp",
}
# How engines are called, by the names that constants hang on.
TITLES = {
    "vllm": "vLLM",
    "trtllm": "TensorRT-LLM",
    "sglang": "SGLang",
    "tgi": "TGI",
    "lmdeploy": "LMDeploy",
    "deepspeed": "DeepSpeed",
    "deepspeed-mii": "DeepSpeed-MII",
    "optimum-habana": "Optimum-Habana",
    "neuronx": "NeuronX",
    "jetstream": "JetStream",
    "llamacpp": "llama.cpp",
    "mlx": "MLX",
    "exllama": "ExLlama",
    "transformers": "Transformers",
    "openvino": "OpenVINO",
}

ARCHITECTURES = (
    (r"^(a100|a40|a10|a30|rtx-a|rtx-30)", "ampere"),
    (r"^l4$", "ada-edge"),
    (r"^rtx-40", "ada-consumer"),
    (r"^(l40|rtx-6000-ada)", "ada"),
    (r"^(h100|h200|h20|gh200)", "hopper"),
    (r"^(b200|b300|gb200|gb300|rtx-pro|rtx-50)", "blackwell"),
    (r"^mi2", "cdna2"),
    (r"^mi30|^mi32", "cdna3"),
    (r"^mi35", "cdna4"),
    (r"^gaudi-?2", "gaudi2"),
    (r"^gaudi-?3", "gaudi3"),
    (r"^tpu-?v5", "tpu5"),
    (r"^tpu-?v6", "tpu6"),
    (r"^(trainium-?1|trn1|inferentia-?2|inf2)", "neuron-v2"),
    (r"^(trainium-?2|trn2)", "neuron-v3"),
    (r"^apple.*ultra", "apple-ultra"),
    (r"^apple", "apple"),
)


@dataclass(frozen=True)
class Stack:
    """A serving engine of an era (2023, 2024, 2025 and later).

    `tuning` is `mlperf` for an engine tuned row by row for that benchmark.
    """

    engine: str
    era: int = LAST_ERA
    tuning: str = "plain"

    @property
    def title(self) -> str:
        """The engine as people call it, and the era."""
        tuned = ", tuned as for MLPerf" if self.tuning != "plain" else ""
        return f"{TITLES.get(self.engine, self.engine)} of {self.era}{tuned}"


def usual_stack(device: Device) -> Stack:
    """The stack taken for a device where none is stated: llama.cpp on CPUs, else the vendor's usual."""
    engine = USUAL_ENGINES.get(device.vendor, "vllm") if device.kind == "accelerator" else "llamacpp"
    return Stack(engine)


def named_stack(text: str) -> Stack | None:
    """The stack that a name as `vllm`, `TensorRT-LLM 0.12` or `sglang 2024` means; None where it is none."""
    match = re.fullmatch(r"(.+?)(?:[ /]+v?(20\d\d|\d+\.\d+(?:\.\w+)*))?", text.strip())
    names = {title.lower(): engine for engine, title in TITLES.items()} | {e: e for e in TITLES}
    engine = names.get(match[1].lower()) if match else None
    if match is None or engine is None:
        return None
    return Stack(engine, _stated_era(match[2] or "", engine) or LAST_ERA)


def _stated_era(software: str, engine: str) -> int | None:
    """The era that a text states by a year or by a version of an engine whose versions are known."""
    year = re.search(r"\b(20[12]\d)\b", software)
    if year:
        return min(max(int(year[1]), FIRST_ERA), LAST_ERA)
    version = re.search(r"\bv?(\d+)\.(\d+)", software.lower())
    if version and engine in VERSIONS:
        number = (int(version[1]), int(version[2]))
        return next(era for first, era in VERSIONS[engine] if number >= first)
    return None


def engine_of(software: str) -> str:
    """The engine that a software text names, or `unknown`."""
    text = software.lower()
    return next((name for pattern, name in ENGINES if re.search(pattern, text)), "unknown")


def era_of(software: str, source: str, engine: str, model: Model, device: Device) -> int:
    """The era of a stack, as the module's rule says."""
    stated = _stated_era(software, engine)
    if stated:
        return stated
    round_ = re.search(r"mlperf.?v?(\d+)", source.lower())
    if round_:
        return LAST_ERA if int(round_[1]) > 4 else 2024  # noqa: PLR2004 -- rounds 5 began in 2025
    if source.lower() in SOURCES:
        return SOURCES[source.lower()]
    name = model.name.lower()
    by_model = next((y for pattern, y in MODEL_YEARS if re.search(pattern, name)), FIRST_ERA)
    return min(max(by_model, device.year or FIRST_ERA, 2024), LAST_ERA)


def architecture_of(device: Device) -> str:
    """The family of chips that a device belongs to; its vendor's name where no family is known."""
    name = device.name.lower()
    return next((family for pattern, family in ARCHITECTURES if re.search(pattern, name)), device.vendor)


def release_of(software: str, source: str, engine: str) -> str:
    """The release of an engine: its version where stated, else the source that ran it."""
    version = re.search(r"\bv?(\d+)\.(\d+)", software.lower())
    return f"{engine}/{version[1]}.{version[2]}" if version else f"{engine}/{source.lower() or 'any'}"


def levels_of(
    engine: str, era: int, device: Device, weights: Format, *, release: str = "", tuning: str = "plain"
) -> Mapping[str, str]:
    """The levels whose factors make up a case's constants, from the widest to the narrowest.

    `tuning` is `mlperf` for submissions to that benchmark, which are tuned row by row.
    """
    family = architecture_of(device)
    vendor = device.vendor if device.kind == "accelerator" else "cpu"
    return {
        "vendor": vendor,
        "form": "board" if device.scaleup_gbs <= PCIE_GBS else "module",
        "architecture": family,
        "precision": weights.name,
        "arithmetic": f"{family}/{weights.compute}",
        "era": str(era),
        "engine": engine,
        "pairing": f"{engine}/{family}",
        "tuning": tuning,
        "stack": f"{vendor}/{engine}/{era}" if tuning == "plain" else f"{vendor}/{engine}/{tuning}",
        "release": f"{vendor}/{release or engine}",
    }


# Links up to this one-direction bandwidth are PCIe's: collectives pass through the host.
PCIE_GBS = 64.0
