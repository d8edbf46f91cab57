"""Fleet files: what they mean, and each refusal at the line and column of the mistake."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from agentc.costmodels.fleet import Fleet, Profile, read_fleet
from agentc.costmodels.tco import owned_usd_per_hour
from agentc.costmodels.transfer import transfer_ms, transfer_usd
from agentc.diagnostics import AgentcError

GOOD = """\
fleet: my-cluster
currency: USD
tiers:
  - {name: big,   device: H100-SXM, count: 16, usd_per_hour: 2.95}      # rented
  - {name: cheap, device: Gaudi3,   count: 16, capex_usd: 15625}        # owned
  - {name: cpu,   device: m7i.2xlarge}
links:
  - {between: [big, cheap], gbps: 400, latency_us: 10, usd_per_gb: 0.0}
defaults: {years: 4, interest: 0.08, usd_per_kwh: 0.40, pue: 1.0, link_gbps: 100, link_latency_us: 50}
"""


@pytest.fixture
def fleet_of(tmp_path: Path) -> Callable[[str], Fleet]:
    def make(text: str) -> Fleet:
        path = tmp_path / "fleet.yaml"
        path.write_text(text)
        return read_fleet(path)

    return make


def tiers(*lines: str) -> str:
    return "tiers:\n" + "".join(f"  - {line}\n" for line in lines)


def test_the_published_example_is_read_whole(fleet_of: Callable[[str], Fleet]) -> None:
    fleet = fleet_of(GOOD)
    assert fleet.name == "my-cluster"
    big, cheap, cpu = fleet.tiers
    assert (big.count, big.usd_per_hour, big.price_basis) == (16, 2.95, "rented")
    assert cheap.price_basis == "owned"
    assert cheap.usd_per_hour == pytest.approx(owned_usd_per_hour(15625, 900))
    assert (cpu.count, cpu.price_basis, cpu.price_date) == (None, "catalog", "2026-07-20")
    assert cpu.price_source == "aws m7i.2xlarge, on demand"
    assert cpu.usd_per_hour == 0.4032
    assert big.location.line == 4


def test_a_price_whose_source_has_no_date_says_so(fleet_of: Callable[[str], Fleet]) -> None:
    assert fleet_of(tiers("{name: a, device: H100-SXM}")).tier("a").price_source.endswith("dated when read")


def test_defaults_reach_owned_tiers(fleet_of: Callable[[str], Fleet]) -> None:
    text = (
        tiers("{name: a, device: Gaudi3, capex_usd: 15625}") + "defaults: {years: 3, pue: 1.5, interest: 0}\n"
    )
    expected = owned_usd_per_hour(15625, 900, years=3, interest=0.0, pue=1.5)
    assert fleet_of(text).tier("a").usd_per_hour == pytest.approx(expected)


def test_links_are_stated_or_default_and_the_same_both_ways(fleet_of: Callable[[str], Fleet]) -> None:
    fleet = fleet_of(GOOD)
    assert fleet.link("big", "cheap") == fleet.link("cheap", "big")
    assert fleet.link("big", "cheap").gbps == 400
    assert fleet.link("cpu", "big") == fleet.link("big", "cpu")
    assert (fleet.link("cpu", "big").gbps, fleet.link("cpu", "big").latency_us) == (100, 50)


def test_inside_a_tier_nothing_is_paid_or_waited_for(fleet_of: Callable[[str], Fleet]) -> None:
    link = fleet_of(GOOD).link("big", "big")
    assert transfer_ms(1e9, link) == 0
    assert transfer_usd(1e9, link) == 0


def test_a_transfer_by_hand(fleet_of: Callable[[str], Fleet]) -> None:
    link = fleet_of(GOOD).link("big", "cheap")
    # 50 MB = 0.4 Gb over 400 Gb/s is 1 ms, and 10 us to start.
    assert transfer_ms(50e6, link) == pytest.approx(1.01)


def test_a_link_charges_by_gb_and_by_transfer(fleet_of: Callable[[str], Fleet]) -> None:
    text = GOOD.replace("usd_per_gb: 0.0", "usd_per_gb: 0.02, usd_per_transfer: 1e-5")
    assert transfer_usd(2e9, fleet_of(text).link("big", "cheap")) == pytest.approx(0.04001)


def test_specs_stand_in_for_a_device(fleet_of: Callable[[str], Fleet]) -> None:
    specs = "{memory_gb: 48, bandwidth_gbs: 900, bf16_tflops: 200, int8_tops: 400, host_vcpus: 8}"
    tier = fleet_of(tiers(f"{{name: mine, specs: {specs}, usd_per_hour: 1}}")).tier("mine")
    assert tier.device
    assert tier.device.tflops == {"bf16": 200, "int8": 400}
    assert (tier.device.host_vcpus, tier.device.host_memory_gb) == (8, 32)


def test_specs_override_a_known_device(fleet_of: Callable[[str], Fleet]) -> None:
    tier = fleet_of(tiers("{name: a, device: H100-SXM, specs: {memory_gb: 40}}")).tier("a")
    assert tier.device
    assert tier.device.memory_gb == 40
    assert tier.device.bandwidth_gbs == 3350
    assert tier.price_basis == "catalog"


def test_a_tier_of_profiles_alone_needs_no_device_and_no_price(fleet_of: Callable[[str], Fleet]) -> None:
    tier = fleet_of(
        tiers('{name: HP, profile: {"p": {latency_ms: 80, latency_ms_p95: 95, usd: 0.08}}}')
    ).tier("HP")
    assert tier.device is None
    assert (tier.usd_per_hour, tier.price_basis) == (0, "unstated")
    assert tier.profile["p"].latency_ms_p95 == 95


def test_the_most_exact_profile_wins(fleet_of: Callable[[str], Fleet]) -> None:
    profile = "{prefill: {latency_ms: 3}, m/prefill: {latency_ms: 2}, a.prefill: {latency_ms: 1}}"
    tier = fleet_of(tiers(f"{{name: t, profile: {profile}}}")).tier("t")
    assert tier.profile_of("a.prefill", "prefill", "m") == Profile(1, 1)
    assert tier.profile_of("b.prefill", "prefill", "m") == Profile(2, 2)
    assert tier.profile_of("b.prefill", "prefill", "other") == Profile(3, 3)
    assert tier.profile_of("b", "decode", "m") is None
    assert tier.profile["prefill"].latency_ms_p95 == 3


@pytest.mark.parametrize("empty", ["links:", "defaults:"])
def test_a_section_with_all_its_lines_commented_out_is_absent(
    fleet_of: Callable[[str], Fleet], empty: str
) -> None:
    assert fleet_of(tiers("{name: a, device: L4}") + empty + "\n").tier("a")


REFUSED = {
    "unknown top-level key": ("teirs: []\n", 1, 1, "unknown key 'teirs'", "tiers"),
    "no tiers at all": ("fleet: x\n", 1, 1, "no 'tiers'", ""),
    "empty tiers": ("tiers: []\n", 1, 8, "no tiers", ""),
    "tiers not a list": ("tiers: {a: 1}\n", 1, 8, "must be a list", ""),
    "a tier not a mapping": ("tiers:\n  - H100\n", 2, 5, "must be a mapping", ""),
    "unknown tier key": (tiers("{name: a, device: L4, cuont: 2}"), 2, 27, "unknown key 'cuont'", "count"),
    "unknown device": (tiers("{name: a, device: H100-SXN}"), 2, 23, "unknown device", "H100-SXM"),
    "no name": (tiers("{device: L4}"), 2, 5, "without a name", ""),
    "nothing known": (tiers("{name: a, count: 2}"), 2, 5, "nothing is known", "device"),
    "zero count": (tiers("{name: a, device: L4, count: 0}"), 2, 34, "at least 1", ""),
    "negative count": (tiers("{name: a, device: L4, count: -1}"), 2, 34, "at least 1", ""),
    "half a device": (tiers("{name: a, device: L4, count: 1.5}"), 2, 34, "whole number", ""),
    "more devices than there are": (
        tiers("{name: a, device: L4, count: 10000000000000000000}"),
        2,
        34,
        "at most 10,000,000",
        "",
    ),
    "a latency of years": (
        tiers("{name: a, profile: {p: {latency_ms: 1e308, usd: 1}}}"),
        2,
        41,
        "at most 1e+09",
        "",
    ),
    "a price beyond reason": (tiers("{name: a, device: L4, usd_per_hour: 1e13}"), 2, 41, "at most 1e+12", ""),
    "next to no bandwidth": (
        tiers("{name: a, specs: {memory_gb: 80, bandwidth_gbs: 1e-300, bf16_tflops: 1}}"),
        2,
        53,
        "at least 1e-09",
        "",
    ),
    "a facility that makes power": (
        tiers("{name: a, device: L4}") + "defaults: {pue: 0.1}\n",
        3,
        17,
        "at least 1, not 0.1",
        "",
    ),
    "count of words": (
        tiers("{name: a, device: L4, count: many}"),
        2,
        34,
        "must be a number, not 'many'",
        "",
    ),
    "quoted number": (tiers('{name: a, device: L4, count: "2"}'), 2, 34, "must be a number", ""),
    "true is no count": (tiers("{name: a, device: L4, count: true}"), 2, 34, "must be a number", ""),
    "negative price": (tiers("{name: a, device: L4, usd_per_hour: -1}"), 2, 41, "more than 0 USD", ""),
    "zero price": (tiers("{name: a, device: L4, usd_per_hour: 0}"), 2, 41, "more than 0 USD", ""),
    "infinite price": (tiers("{name: a, device: L4, usd_per_hour: .inf}"), 2, 41, "must be a number", ""),
    "zero capex": (tiers("{name: a, device: L4, capex_usd: 0}"), 2, 38, "more than 0 USD", ""),
    "rented and owned": (
        tiers("{name: a, device: L4, usd_per_hour: 1, capex_usd: 2}"),
        2,
        55,
        "both usd_per_hour and capex_usd",
        "keep one",
    ),
    "no price known": (tiers("{name: a, device: Gaudi3}"), 2, 5, "no dated price", "15625"),
    "duplicate tier": (tiers("{name: a, device: L4}", "{name: a, device: L4}"), 3, 5, "two tiers", ""),
    "duplicate key": (tiers("{name: a, device: L4, name: b}"), 2, 27, "stated twice", ""),
    "unknown spec": (
        tiers("{name: a, specs: {memroy_gb: 1}}"),
        2,
        23,
        "unknown key 'memroy_gb'",
        "memory_gb",
    ),
    "too few specs": (
        tiers("{name: a, specs: {memory_gb: 1}}"),
        2,
        22,
        "lack bandwidth_gbs, bf16_tflops",
        "",
    ),
    "negative spec": (
        tiers("{name: a, specs: {memory_gb: -1, bandwidth_gbs: 1, bf16_tflops: 1}}"),
        2,
        34,
        "more than 0",
        "",
    ),
    "unknown stack": (tiers("{name: a, device: L4, specs: {stack: cuda}}"), 2, 42, "unknown stack", ""),
    "profile without latency": (tiers("{name: a, profile: {p: {usd: 1}}}"), 2, 28, "lacks latency_ms", ""),
    "unknown profile key": (
        tiers("{name: a, profile: {p: {latency: 1}}}"),
        2,
        29,
        "unknown key",
        "latency_ms",
    ),
    "negative latency": (tiers("{name: a, profile: {p: {latency_ms: -1}}}"), 2, 41, "at least 0", ""),
    "p95 below the median": (
        tiers("{name: a, profile: {p: {latency_ms: 9, latency_ms_p95: 8}}}"),
        2,
        60,
        "below its latency_ms",
        "",
    ),
    "profile of a list": (tiers("{name: a, profile: [1]}"), 2, 24, "must be a mapping", ""),
    "other currency": ("currency: EUR\n" + tiers("{name: a, device: L4}"), 1, 11, "'EUR'", "USD"),
    "unknown default": (
        tiers("{name: a, device: L4}") + "defaults: {yaers: 4}\n",
        3,
        12,
        "unknown key",
        "years",
    ),
    "zero years": (tiers("{name: a, device: L4}") + "defaults: {years: 0}\n", 3, 19, "more than 0", ""),
    "link to nowhere": (
        tiers("{name: big, device: L4}") + "links:\n  - {between: [big, bag]}\n",
        4,
        21,
        "unknown tier 'bag'",
        "big",
    ),
    "link to itself": (
        tiers("{name: a, device: L4}") + "links:\n  - {between: [a, a]}\n",
        4,
        15,
        "two different tiers",
        "",
    ),
    "link without ends": (
        tiers("{name: a, device: L4}") + "links:\n  - {gbps: 1}\n",
        4,
        5,
        "without ends",
        "",
    ),
    "link without speed": (
        tiers("{name: a, device: L4}", "{name: b, device: L4}") + "links:\n  - {between: [a, b], gbps: 0}\n",
        5,
        29,
        "more than 0",
        "",
    ),
    "two links": (
        tiers("{name: a, device: L4}", "{name: b, device: L4}")
        + "links:\n  - {between: [a, b]}\n  - {between: [b, a]}\n",
        6,
        5,
        "two links",
        "",
    ),
    "broken YAML": ("tiers: [\n", 2, 1, "not valid YAML", ""),
    "two documents": ("tiers: []\n---\ntiers: []\n", 2, 1, "not valid YAML", ""),
    "tabs": ("tiers:\n\t- a\n", 2, 1, "not valid YAML", ""),
}


@pytest.mark.parametrize("mistake", REFUSED.values(), ids=REFUSED.keys())
def test_a_mistake_is_refused_where_it_stands(
    fleet_of: Callable[[str], Fleet], tmp_path: Path, mistake: tuple[str, int, int, str, str]
) -> None:
    text, line, col, message, hint = mistake
    with pytest.raises(AgentcError) as caught:
        fleet_of(text)
    diagnostic = caught.value.diagnostics[0]
    assert caught.value.exit_code == 2
    assert message in diagnostic.message
    assert hint in diagnostic.hint
    assert diagnostic.location
    assert (diagnostic.location.file, diagnostic.location.line, diagnostic.location.col) == (
        str(tmp_path / "fleet.yaml"),
        line,
        col,
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgentcError, match=r"fleet file not found: .*nowhere\.yaml"):
        read_fleet(tmp_path / "nowhere.yaml")


def test_a_folder_is_no_fleet(tmp_path: Path) -> None:
    with pytest.raises(AgentcError, match="cannot read the fleet file"):
        read_fleet(tmp_path)


@pytest.mark.parametrize("content", [b"", b"# nothing\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(AgentcError, match="is empty"):
        read_fleet(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xff\xfe\x00tiers")
    with pytest.raises(AgentcError, match="not UTF-8"):
        read_fleet(path)


def test_the_local_link_is_free_and_instant(fleet_of: Callable[[str], Fleet]) -> None:
    link = fleet_of(GOOD).link("cpu", "cpu")
    assert math.isinf(link.gbps)
    assert (link.latency_us, link.usd_per_gb, link.usd_per_transfer) == (0, 0, 0)
