"""Reading rows: what people write for precisions, devices, stacks; and what is refused, with a reason."""

from __future__ import annotations

import pytest

from agentc.costmodels.catalog.read import find_device, find_model
from agentc.costmodels.serving.precision import read_format
from agentc.costmodels.serving.predict import NoPrediction, Prediction, predict_row
from agentc.costmodels.serving.rows import Unreadable, guessed_model, read_row
from agentc.costmodels.serving.stacks import engine_of, era_of, levels_of
from agentc.costmodels.shape import parameters

ROW = {
    "row_id": "r1",
    "source": "somebody",
    "software": "vLLM 0.8.4",
    "model": "Llama-3.1-8B",
    "precision": "fp8",
    "kv_precision": "bf16",
    "device": "H100-SXM",
    "n_devices": "1",
    "tp": "1",
    "pp": "1",
    "input_len": "1024",
    "output_len": "128",
    "batch_or_concurrency": "8",
    "kind": "static",
    "metric": "tpot_ms",
    "value": "8.0",
}


@pytest.mark.parametrize(
    ("written", "name", "compute"),
    [
        ("fp16", "bf16", "bf16"),
        ("FP8-E4M3", "fp8", "fp8"),
        ("nvfp4", "fp4", "fp4"),
        ("mxfp4", "mxfp4", "fp4"),
        ("int8", "int8", "int8"),
        ("w8a16", "w8a16", "bf16"),
        ("W4A16-AWQ", "w4a16", "bf16"),
        ("Q4_K_M", "q4", "bf16"),
        ("Q8_0", "q8_0", "bf16"),
        ("", "bf16", "bf16"),
    ],
)
def test_precisions_as_written(written, name, compute):
    found = read_format(written)
    assert found is not None
    assert (found.name, found.compute) == (name, compute)


def test_a_precision_that_nobody_knows_is_refused():
    assert read_format("ternary") is None
    refused = predict_row(ROW | {"precision": "ternary"})
    assert isinstance(refused, NoPrediction)
    assert "ternary" in refused.why


@pytest.mark.parametrize(
    ("software", "engine"),
    [
        ("TensorRT-LLM 0.10 IFB", "trtllm"),
        ("vLLM 0.10 ROCm 6.4.1", "vllm"),
        ("Deepspeed-MII", "deepspeed-mii"),
        ("Deepspeed", "deepspeed"),
        ("optimum-habana (CI baseline)", "optimum-habana"),
        ("Transformers-NeuronX 2.18.0", "neuronx"),
        ("llama.cpp b4500", "llamacpp"),
        ("JetStream MaxText", "jetstream"),
        ("a stack of tomorrow", "unknown"),
    ],
)
def test_engines_as_written(software, engine):
    assert engine_of(software) == engine


@pytest.mark.parametrize(
    ("software", "source", "era"),
    [
        ("vLLM (2023)", "splitwise", 2023),
        ("vLLM 0.2.7", "x", 2023),
        ("vLLM 0.5.4", "x", 2024),
        ("vLLM 0.10", "x", 2025),
        ("vLLM", "argonne", 2024),
        ("MLPerf submission", "mlperf_v5.0", 2025),
    ],
)
def test_eras(software, source, era):
    model, device = find_model("llama-3.1-8b"), find_device("H100-SXM")
    assert era_of(software, source, engine_of(software), model, device) == era


def test_a_machine_of_cpus_is_no_accelerator_of_its_vendor():
    weights = read_format("bf16")
    assert weights is not None
    xeon = levels_of("vllm", 2025, find_device("Xeon-6980P-2S"), weights)
    gaudi = levels_of("vllm", 2025, find_device("Gaudi3"), weights)
    assert xeon["vendor"] == "cpu" != gaudi["vendor"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"device": "Abacus-9000"}, "Abacus-9000"),
        ({"model": "Nobody-7B"}, "Nobody-7B"),
        ({"kind": "dance"}, "dance"),
        ({"metric": "joy"}, "joy"),
        ({"input_len": "long"}, "input_len"),
    ],
)
def test_refusals_name_what_is_wrong(change, reason):
    read = read_row(ROW | change)
    assert isinstance(read, Unreadable)
    assert reason in read.reason


def test_a_model_outside_the_catalog_is_guessed_from_its_size_and_says_so():
    made = predict_row(ROW | {"model": "Nobody-7B", "params_b": "7.0"})
    assert isinstance(made, Prediction)
    assert "guessed" in made.why
    for size in (1.0, 7.0, 70.0):
        assert parameters(guessed_model("x", size, size)) == pytest.approx(size * 1e9, rel=0.15)


def test_a_prediction_lies_in_its_band_and_says_what_it_rests_on():
    made = predict_row(ROW)
    assert isinstance(made, Prediction)
    assert made.low < made.value < made.high
    assert made.basis == "calibrated"
    unmeasured = predict_row(ROW | {"device": "TPU-v6e", "precision": "bf16"})
    assert isinstance(unmeasured, Prediction)
    assert unmeasured.basis == "datasheet"
    assert unmeasured.high / unmeasured.low > made.high / made.low
