"""Queueing, tools, encoders, retrieval and speech, against hand-worked or published figures."""

import math

import pytest

from agentc.costmodels import encoder, queueing, retrieval, speech, tool
from agentc.costmodels.catalog.read import find_device, find_model, stacks
from agentc.costmodels.catalog.records import Device, Stack


def on(device: str) -> tuple[Device, Stack]:
    found = find_device(device)
    return found, stacks()[found.stack]


def test_erlang_c_by_hand() -> None:
    assert queueing.erlang_c(1, 0.6) == pytest.approx(0.6)  # one server: the load itself
    assert queueing.erlang_c(2, 1.0) == pytest.approx(1 / 3)  # the textbook's two servers
    assert queueing.erlang_b(2, 1.0) == pytest.approx(0.2)


@pytest.mark.parametrize("a", [3.0, 4.0])
def test_more_load_than_servers_always_waits(a: float) -> None:
    assert queueing.erlang_c(3, a) == 1
    assert math.isinf(queueing.wait_quantile_ms(3, a, 1.0))
    assert math.isinf(queueing.mean_wait_ms(3, a, 1.0))


def test_waits_of_one_server_by_hand() -> None:
    # λ = 8/s, S = 0.1 s: C = 0.8, c·μ - λ = 2/s, so P(wait > t) = 0.8 e^-2t and t95 = ln(16)/2 s.
    assert queueing.wait_quantile_ms(1, 8, 0.1, 0.95) == pytest.approx(1000 * math.log(16) / 2)
    assert queueing.mean_wait_ms(1, 8, 0.1) == pytest.approx(400)


def test_most_arrivals_do_not_wait_when_load_is_light() -> None:
    assert queueing.wait_quantile_ms(1, 0.4, 0.1, 0.95) == 0
    assert queueing.wait_quantile_ms(4, 0, 0.1) == 0


def test_a_lognormal_goes_through_its_quantiles() -> None:
    made = tool.from_quantiles(120, 900)
    assert made.quantile_ms(0.5) == pytest.approx(120)
    assert made.quantile_ms(0.95) == pytest.approx(900)
    assert made.mean_ms == pytest.approx(254.1, abs=0.1)


def test_a_constant_latency_is_its_own_mean() -> None:
    made = tool.from_quantiles(50, 50)
    assert (made.sigma, made.mean_ms) == (0, pytest.approx(50))


@pytest.mark.parametrize(("p50", "p95"), [(0, 1), (2, 1), (-1, 1)])
def test_impossible_quantiles_are_refused(p50: float, p95: float) -> None:
    with pytest.raises(ValueError, match="p50"):
        tool.from_quantiles(p50, p95)


@pytest.mark.parametrize(
    ("model", "device", "tokens", "texts", "per_s"),
    [
        ("bge-large", "L4", 450, 32, 138),  # L4, 62k tokens a second
        ("bge-small", "c7i.8xlarge", 450, 1, 40),  # 20 a second on half of its 32 vCPU
    ],
)
def test_encoders_reach_what_was_measured(
    model: str, device: str, tokens: float, texts: float, per_s: float
) -> None:
    made = 1000 * texts / encoder.encode_ms(find_model(model), *on(device), tokens, texts=texts)
    assert made == pytest.approx(per_s, rel=0.25)


def test_cpus_encode_in_fp32_and_accelerators_in_bf16() -> None:
    model, cpu, gpu = find_model("minilm-l6-v2"), find_device("m7i.2xlarge"), find_device("L4")
    assert (encoder.run_precision(cpu), encoder.run_precision(gpu)) == ("fp32", "bf16")
    assert encoder.memory_gb(model, cpu) == pytest.approx(2 * encoder.memory_gb(model, gpu))


def test_a_scan_by_hand() -> None:
    # 20,000 x 384 x 4 bytes = 30.72 MB at half of 25.6 GB/s is 2.4 ms, and the overhead.
    made = retrieval.vector_scan_ms(20_000, 384, 25.6)
    assert made == pytest.approx(2.4 + retrieval.SEARCH_OVERHEAD_MS)
    assert retrieval.hybrid_ms(20_000, 384, 25.6) > made


def test_transcription_is_far_faster_than_speech_on_an_accelerator_and_slower_on_few_cores() -> None:
    model = find_model("whisper-large-v3")
    assert speech.transcribe_ms(model, *on("H100-SXM"), 30) < 1500
    assert speech.transcribe_ms(model, *on("m7i.2xlarge"), 30) > 15_000


def test_transcription_grows_by_windows_and_words() -> None:
    model, (device, stack) = find_model("whisper-large-v3"), on("L4")
    short, window, next_window = (speech.transcribe_ms(model, device, stack, s) for s in (10, 30, 31))
    assert short < window < next_window


def test_synthesis_runs_at_a_quarter_of_real_time_on_eight_cores() -> None:
    model = find_model("kokoro-82m")
    assert speech.speak_ms(model, *on("m7i.2xlarge"), 10) == pytest.approx(2500, rel=0.1)
    assert speech.speak_ms(model, *on("H100-SXM"), 10) == pytest.approx(100, rel=0.05)
