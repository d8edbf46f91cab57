"""Devices and models by the names that people write in tables of measurements.

The catalog's own names and aliases come first (`catalog/read.py`). What is left over is mostly the
same names with more in them: a vendor, a form, a memory size, an organization, a quantization. Those
are taken off, never guessed: a memory size that is taken off must be the device's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from agentc.costmodels.catalog.read import devices, find_device, find_model
from agentc.diagnostics import AgentcError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentc.costmodels.catalog.records import Device, Model

SAME_MEMORY = 0.06
# Words that do not tell one device from another.
IDLE_WORDS = (
    r"(?i)\b(nvidia|amd|intel|google|cloud|aws|amazon|habana|geforce|tesla|instinct|radeon|quadro|apple|chip|"
    r"gpus?|tensor core|hgx|dgx|hbm\d?e?|gddr\dx?|nvl\d+|tpu|\d+-core|oam|hl-\w+)\b"
)
SIZE = r"(?i)\b(\d+)\s*gi?b\b"
# What follows a model's name without changing its shape.
ENDINGS = (
    r"(?i)[-_ .](instruct|chat|it|hf|base|preview|fp8|kv|dynamic|nvfp4|mxfp4|fp4|int[48]|w\d+a\d+|awq|gptq|"
    r"bf16|fp16|gguf|bnb|\dbit|v0\.\d|v1|0[1-9]\d\d|2[45]\d\d|quantized|tee)$"
)


def device_named(name: str) -> Device | None:
    """The device of the catalog that a name means, or None."""
    for candidate in (name, name.replace(" ", "-"), f"{name}-SXM", f"{name}-80GB-SXM", f"Apple-{name}"):
        try:
            return find_device(candidate)
        except AgentcError:
            continue
    plain = re.sub(r"(?i)sxm\d", "SXM", re.sub(IDLE_WORDS, " ", name))
    plain = re.sub(r"(?i)^\s*(inf2|trn1|trn2)\b.*", r"\1", plain)
    keys = (_fold(name), _fold(plain), _sorted(plain))
    found = next((_folded()[key] for key in keys if key in _folded()), None)
    return devices()[found] if found else _without_size(plain)


def _without_size(name: str) -> Device | None:
    """A device named with its memory: the size must be its own, but for Apple, which sells many."""
    size = re.search(SIZE, name)
    rest = _fold(re.sub(SIZE, " ", re.sub(r"[()]", " ", name)))
    if size is None or rest not in _folded():
        return None
    found = devices()[_folded()[rest]]
    same = abs(float(size[1]) / found.memory_gb - 1.0) <= SAME_MEMORY
    return found if same or found.vendor == "apple" else None


@cache
def _folded() -> Mapping[str, str]:
    """Names by their letters and digits, of aliases too; without the words that tell nothing apart."""
    made: dict[str, str] = {}
    for name, device in devices().items():
        for known in (*device.aliases, name):
            made.setdefault(_fold(re.sub(IDLE_WORDS, " ", known)), name)
            made.setdefault(_sorted(known), name)
            made[_fold(known)] = name
    return {key: name for key, name in made.items() if key}


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _sorted(name: str) -> str:
    """The words in one order: a form before a memory size is one after it."""
    return " ".join(sorted(re.findall(r"[a-z0-9]+", name.lower())))


def model_named(name: str) -> Model | None:
    """The model of the catalog that a name means, or None."""
    for candidate in dict.fromkeys(_spellings(name)):
        try:
            return find_model(candidate)
        except AgentcError:
            continue
    return None


def _spellings(name: str) -> Iterator[str]:
    """The name, then with less and less around it."""
    yield name
    short = name.rsplit("/", 1)[-1]
    yield short
    yield re.sub(r"(?i)-(instruct|chat|it|hf|base)\b.*$", "", name)
    short = re.sub(r"(?i)^meta-", "", short)
    while True:
        yield short
        yield re.sub(r"(?i)^(llama|qwen|gemma)(\d)", r"\1-\2", short)
        less = re.sub(ENDINGS, "", short)
        if less == short:
            return
        short = less
