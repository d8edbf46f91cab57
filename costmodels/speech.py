"""Speech: transcription and synthesis, as work for a second of audio.

Transcription (an encoder over windows of audio, a decoder over its text). Letters: d hidden size, f
feed-forward size, L_e and L_d layers of encoder and decoder, W windows, F frames a window, T text
tokens. An encoder layer has 4·d² + 2·d·f parameters, a decoder layer 8·d² + 2·d·f (it attends to
the audio too).

Synthesis models publish no operation counts: `gflop_per_audio_s` is an estimate in the catalog, and
the real-time factor (seconds of work for a second of audio) is held at 0.01 or more, because such
models launch many small kernels whatever the device. Read both as orders of magnitude.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agentc.costmodels import encoder, shape
from agentc.costmodels.llm import BYTES_PER_MS_PER_GBS, FLOPS_PER_MS_PER_TFLOPS, GB

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Device, Model, Speech, Stack

LEAST_REAL_TIME_FACTOR = 0.01
MS_PER_S = 1e3
BILLION = 1e9


def transcribe_ms(
    model: Model, device: Device, stack: Stack, audio_s: float, *, streams: float = 1.0
) -> float:
    """Time to transcribe `streams` recordings of `audio_s` seconds together."""
    speech = _work(model)
    windows = max(1.0, math.ceil(audio_s / speech.window_s))
    tokens = max(1.0, audio_s * speech.tokens_per_s)
    return windows * _encode_window_ms(model, device, stack, streams) + tokens * _token_ms(
        model, device, stack, streams
    )


def speak_ms(model: Model, device: Device, stack: Stack, audio_s: float, *, streams: float = 1.0) -> float:
    """Time to synthesize `audio_s` seconds of audio for `streams` requests together."""
    speech = _work(model)
    peak = _peak(device) * stack.eta_encoder
    compute = streams * audio_s * speech.gflop_per_audio_s * BILLION / peak
    floor = audio_s * MS_PER_S * LEAST_REAL_TIME_FACTOR
    return max(compute, floor) + stack.step_ms


def flops(model: Model, audio_s: float) -> float:
    """Operations for one recording or one utterance."""
    speech = _work(model)
    if speech.gflop_per_audio_s:
        return audio_s * speech.gflop_per_audio_s * BILLION
    windows = max(1.0, math.ceil(audio_s / speech.window_s))
    tokens = max(1.0, audio_s * speech.tokens_per_s)
    return windows * _window_flops(model, speech) + tokens * 2.0 * _decoder_parameters(model)


def memory_gb(model: Model) -> float:
    """Weights in bf16, from the published parameter count."""
    return model.params_b * BILLION * shape.BF16_BYTES / GB


def _encode_window_ms(model: Model, device: Device, stack: Stack, streams: float) -> float:
    speech = _work(model)
    compute = streams * _window_flops(model, speech) / (_peak(device) * stack.eta_encoder)
    return compute + speech.encoder_layers * stack.tau_layer_us * 1e-3 + stack.step_ms


def _token_ms(model: Model, device: Device, stack: Stack, streams: float) -> float:
    parameters = _decoder_parameters(model)
    read = shape.WEIGHT_BYTES[encoder.run_precision(device)] * parameters
    memory = read / (device.bandwidth_gbs * BYTES_PER_MS_PER_GBS * stack.eta_bw)
    compute = 2.0 * parameters * (streams + stack.x_half) / (_peak(device) * stack.eta_compute)
    gemm = (memory**stack.norm + compute**stack.norm) ** (1.0 / stack.norm)
    return gemm + model.layers * stack.tau_layer_us * 1e-3 + stack.step_ms


def _window_flops(model: Model, speech: Speech) -> float:
    d, frames = model.hidden, speech.window_frames
    parameters = speech.encoder_layers * (4.0 * d * d + model.ffn_mats * d * model.ffn)
    return 2.0 * parameters * frames + 4.0 * speech.encoder_layers * d * frames * frames


def _decoder_parameters(model: Model) -> float:
    d = model.hidden
    return model.layers * (8.0 * d * d + model.ffn_mats * d * model.ffn) + float(model.vocab * d)


def _peak(device: Device) -> float:
    return device.tflops[encoder.run_precision(device)] * FLOPS_PER_MS_PER_TFLOPS


def _work(model: Model) -> Speech:
    assert model.speech is not None, f"{model.name} is no speech model"
    return model.speech
