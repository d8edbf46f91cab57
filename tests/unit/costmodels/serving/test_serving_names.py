"""Names as people write them in tables of measurements."""

import pytest

from agentc.costmodels.catalog.read import devices, models
from agentc.costmodels.serving.names import device_named, model_named


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("H200", "H200-SXM"),
        ("h100", "H100-SXM"),
        ("NVIDIA H100 80GB HBM3", "H100-SXM"),
        ("H100-PCIE-80GB", "H100-PCIe"),
        ("A100-80GB", "A100-80GB-SXM"),
        ("NVIDIA A100-SXM4-80GB", "A100-80GB-SXM"),
        ("A100-SXM4-40GB", "A100-40GB-SXM"),
        ("L40S", "L40S"),
        ("AMD Instinct MI300X OAM", "MI300X"),
        ("TPU v6e", "TPU-v6e"),
        ("Intel Gaudi 3", "Gaudi3"),
        ("GeForce RTX 3090", "RTX-3090"),
        ("GB200 NVL72", "GB200"),
        ("GH200 144GB", "GH200-144GB"),
        ("inf2.48xlarge", "Inferentia2"),
        ("Apple M2 Ultra (192GB)", "Apple-M2-Ultra"),
        ("M1 Max 64GB", "Apple-M1-Max"),
    ],
)
def test_devices(written: str, meant: str) -> None:
    found = device_named(written)
    assert found is not None
    assert found.name == meant


@pytest.mark.parametrize(
    "written", ["", "GPU", "Apple", "Tesla V100", "H20", "H100 96GB", "RTX 3090 Ti", "80GB"]
)
def test_what_is_no_device_of_the_catalog(written: str) -> None:
    assert device_named(written) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("Meta-Llama-3.1-70B-Instruct", "llama-3.1-70b"),
        ("neuralmagic/Meta-Llama-3.1-70B-Instruct-FP8", "llama-3.1-70b"),
        ("RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w8a8", "llama-3.1-8b"),
        ("amd/Llama-3.1-405B-Instruct-FP8-KV", "llama-3.1-405b"),
        ("llama2-70b", "llama-2-70b"),
        ("Mistral-7B-Instruct-v0.3", "mistral-7b"),
        ("deepseek-ai/DeepSeek-R1-0528", "deepseek-r1"),
        ("Qwen3-235B-A22B-Instruct-2507", "qwen3-235b-a22b"),
    ],
)
def test_models(written: str, meant: str) -> None:
    found = model_named(written)
    assert found is not None
    assert found.name == meant


@pytest.mark.parametrize("written", ["", "instruct", "OPT-30B", "llama", "DeepSeek-R1-Distill-Phi"])
def test_what_is_no_model_of_the_catalog(written: str) -> None:
    assert model_named(written) is None


def test_every_row_of_the_catalog_is_itself() -> None:
    for rows, named in ((devices(), device_named), (models(), model_named)):
        for name, row in rows.items():
            for known in (name, *row.aliases):
                found = named(known)
                assert found is not None, known
                assert found.name == name, known
