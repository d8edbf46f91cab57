"""Every fact has a source and a date, and no row holds what sources are known to get wrong."""

import re
from typing import Any

import pytest
import yaml

from agentc.costmodels import shape
from agentc.costmodels.catalog import read
from agentc.diagnostics import AgentcError, Location

ISO = re.compile(r"20\d\d-\d\d-\d\d")
HERE = Location("app.py", 12, 4)
DENSE_BF16 = {  # what tables print sparse, and the dense truth
    "H100-SXM": 989,
    "L40S": 362,
    "GH200-96GB": 989,
    "MI300X": 1307,
    "MI355X": 2516,
    "B200": 2250,
    "TPU-v6e": 918,
}


def rows() -> list[Any]:
    tables: dict[str, Any] = {
        "devices": read.devices().values(),
        "models": read.models().values(),
        "prices": read.prices(),
        "profiles": read.stacks().values(),
        "paper": read.paper_devices().values(),
        "programs": read.programs().values(),
        "tco": read.tco_parameters().values(),
        "grids": read.grids().values(),
        "tools": read.tools().values(),
        "sandboxes": read.sandboxes().values(),
        "envelopes": read.envelopes().values(),
    }
    return [
        pytest.param(row, id=f"{what}-{getattr(row, 'name', getattr(row, 'instance', ''))}")
        for what, table in tables.items()
        for row in table
    ]


@pytest.mark.parametrize("row", rows())
def test_each_row_has_a_source_and_a_date(row: Any) -> None:
    assert len(row.source) > 3
    assert ISO.fullmatch(row.date)


def test_sources_say_whether_their_date_is_their_own() -> None:
    for code, source in read.sources().items():
        assert source["what"], code
        assert source["date_is"] in {"source", "read"}


@pytest.mark.parametrize(("name", "tflops"), DENSE_BF16.items())
def test_peaks_are_dense(name: str, tflops: float) -> None:
    assert read.devices()[name].tflops["bf16"] == tflops


def test_int8_is_all_but_gone_in_blackwell_ultra() -> None:
    assert read.devices()["B300"].tflops["int8"] < 200


def test_gaudi_1_instances_are_not_priced_as_gaudi_2() -> None:
    assert not [o for o in read.prices() if o.device == "Gaudi2"]


def test_units_are_plausible_in_every_device() -> None:
    for d in read.devices().values():
        assert 8 <= d.memory_gb <= 2000, d.name
        assert 10 <= d.bandwidth_gbs <= 10_000, d.name
        assert 0.4 <= d.tflops["bf16"] <= 3000, d.name
        assert d.tdp_watts == 0 or 10 <= d.tdp_watts <= 1500, d.name
        assert d.kind in {"accelerator", "cpu"}
        assert d.stack in read.stacks(), d.name
        assert d.host_vcpus > 0, d.name
        assert d.host_memory_gb > 0, d.name
        assert d.host_basis != "none", d.name


def test_low_precision_is_never_slower_but_where_a_unit_was_removed() -> None:
    for d in read.devices().values():
        if "fp8" in d.tflops:
            assert d.tflops["fp8"] >= d.tflops["bf16"], d.name


def test_every_offer_is_of_a_known_device() -> None:
    for offer in read.prices():
        assert offer.device in read.devices()
        assert offer.devices >= 1
        assert 0.03 < offer.usd_per_device_hour < 40, offer
        assert offer.spot_usd_per_hour is None or offer.spot_usd_per_hour < offer.usd_per_hour


def test_the_cheapest_offer_is_by_device_not_by_instance() -> None:
    offer = read.cheapest_offer("H100-SXM")
    assert offer
    assert (offer.provider, offer.usd_per_device_hour) == ("verda", 2.29)
    assert read.cheapest_offer("Gaudi3") is None


@pytest.mark.parametrize("name", [m.name for m in read.models().values() if m.speech is None])
def test_published_size_follows_from_the_shape(name: str) -> None:
    model = read.models()[name]
    vision = 0.42 if name in {"gemma-3-4b", "gemma-3-12b", "gemma-3-27b"} else 0.0
    counted = shape.parameters(model) / 1e9 + vision
    assert counted == pytest.approx(model.params_b, rel=0.02)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"),
        ("llama3.1:8b", "llama-3.1-8b"),
        ("LLAMA-3.1-8B", "llama-3.1-8b"),
        ("minilm-l6-v2", "all-minilm-l6-v2"),
        ("smollm2-135m", "smollm2-135m"),
        ("deepseek-ai/DeepSeek-R1", "deepseek-r1"),
        ("Llama 3.3 70B", "llama-3.3-70b"),
        ("code_llama_34b", "codellama-34b"),
        ("meta-llama/Llama-3.2-3B-Instruct", "llama-3.2-3b"),
    ],
)
def test_models_answer_to_the_names_people_write(written: str, name: str) -> None:
    assert read.find_model(written).name == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("GH200-144GB", "GH200-144GB"),
        ("H200 NVL", "H200-NVL"),
        ("gb300", "GB300"),
        ("A6000", "RTX-A6000"),
        ("RTX 6000 Ada", "RTX-6000-Ada"),
        ("RTX 3090", "RTX-3090"),
        ("M4 Max", "Apple-M4-Max"),
        *[(f"Apple M{n}", f"Apple-M{n}") for n in (1, 2, 3, 4)],
    ],
)
def test_devices_answer_to_the_names_people_write(written: str, name: str) -> None:
    assert read.find_device(written).name == name


def test_no_alias_means_two_models() -> None:
    for rows in (read.models(), read.devices()):
        names = [n.lower() for row in rows.values() for n in {row.name, *row.aliases}]
        assert len(names) == len(set(names))


def test_an_unknown_model_is_refused_where_it_stands_with_the_nearest_names() -> None:
    with pytest.raises(AgentcError) as caught:
        read.find_model("llama-3.1-8bb", HERE)
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.location == HERE
    assert diagnostic.message == "unknown model 'llama-3.1-8bb'"
    assert "llama-3.1-8b" in diagnostic.hint


def test_an_unknown_device_is_refused_even_when_no_name_is_near() -> None:
    with pytest.raises(AgentcError) as caught:
        read.find_device("zzzzzz", HERE)
    assert "agentc catalog devices" in caught.value.diagnostics[0].hint


def test_the_catalog_is_read_by_the_fast_loader_where_there_is_one() -> None:
    assert yaml.__with_libyaml__ == (read.LOADER is getattr(yaml, "CSafeLoader", None))
