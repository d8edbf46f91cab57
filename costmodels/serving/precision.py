"""How weights and KV are stored and multiplied, read from what people write about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

BF16_BYTES = 2.0


@dataclass(frozen=True)
class Format:
    """Bytes of one number, the unit that multiplies it, and what stays in bf16.

    `compute` is a precision of the device catalog. `experts_only`: layers but experts stay in
    bf16. `head_bytes`: the output head is seldom quantized.
    """

    name: str
    bytes: float
    compute: str
    head_bytes: float = BF16_BYTES
    experts_only: bool = False


# Blocks of 16 or 32 numbers carry a scale: 4 bits and an 8-bit scale for 16 are 4.5 bits.
FORMATS = {
    "fp32": Format("fp32", 4.0, "bf16", 4.0),
    "bf16": Format("bf16", 2.0, "bf16"),
    "fp8": Format("fp8", 1.0, "fp8"),
    "int8": Format("int8", 1.0, "int8"),
    "w8a16": Format("w8a16", 1.0, "bf16"),
    "fp4": Format("fp4", 0.5625, "fp4"),
    "mxfp4": Format("mxfp4", 0.53125, "fp4", experts_only=True),
    "w4a16": Format("w4a16", 0.53, "bf16"),
    "w4a8": Format("w4a8", 0.53, "fp8"),
    "q8_0": Format("q8_0", 1.0625, "bf16", 1.0625),
    "q6_k": Format("q6_k", 0.82, "bf16", 0.82),
    "q5": Format("q5", 0.70, "bf16", 0.82),
    "q4": Format("q4", 0.58, "bf16", 0.82),
    "q3": Format("q3", 0.48, "bf16", 0.82),
    "q2": Format("q2", 0.36, "bf16", 0.82),
}

# First match wins. llama.cpp's block formats carry scales, and it quantizes the head too.
RULES = (
    (r"mxfp4", "mxfp4"),
    (r"nvfp4|w4a4|fp4", "fp4"),
    (r"w4a8|qserve|qoq", "w4a8"),
    (r"q8", "q8_0"),
    (r"q6", "q6_k"),
    (r"q5", "q5"),
    (r"q4|iq4|4bit|4-bit", "q4"),
    (r"q3|iq3", "q3"),
    (r"q2|iq2", "q2"),
    (r"w4a16|int4|awq|gptq|nf4|u4|exl2|w4", "w4a16"),
    (r"w8a16|int8.?wo|weight.?only.?int8", "w8a16"),
    (r"w8a8.?fp|fp8|e4m3|e5m2|float8", "fp8"),
    (r"int8|w8a8|smoothquant|i8", "int8"),
    (r"fp32|f32|float32|tf32", "fp32"),
    (r"bf16|fp16|f16|float16|half|16", "bf16"),
)


def read_format(text: str, default: str = "bf16") -> Format | None:
    """The format that a precision's name means; None for a name that no rule knows."""
    written = text.strip().lower().replace("_", "")
    if not written or written == "auto":
        return FORMATS[default]
    for pattern, name in RULES:
        if re.search(pattern.replace("_", ""), written):
            return FORMATS[name]
    return None
