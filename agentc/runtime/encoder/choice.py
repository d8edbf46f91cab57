"""Which encoder runs here: the embedded one, whatever the plan names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.runtime.errors import threads_from

if TYPE_CHECKING:
    from agentc.runtime.encoder.encoder import Encoder

ENCODER = "minilm-l6-v2"
PACKAGES = ("onnx", "onnxruntime", "tokenizers", "safetensors")
THREADS = "AGENTC_ENCODER_THREADS"


def make_encoder() -> Encoder:
    """Load the embedded encoder; slow, call it in a thread."""
    from agentc.runtime.encoder.encoder import OnnxEncoder  # noqa: PLC0415 (numpy and more, only where used)

    return OnnxEncoder(ENCODER, threads_from(THREADS))
