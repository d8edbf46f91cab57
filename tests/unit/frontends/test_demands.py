"""Durations, rates, SLOs and loads as people write them."""

from __future__ import annotations

import pytest

from agentc.diagnostics import AgentcError
from agentc.frontends.demands import SLO, Load, duration_ms, rate_per_s, read_limits, read_load


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("8s", 8000),
        ("500ms", 500),
        (" 1.5 s ", 1500),
        ("2min", 120_000),
        ("1h", 3.6e6),
        (250, 250),
        ("250", 250),
        ("1e3us", 1),
    ],
)
def test_durations(text: str | float, ms: float):
    assert duration_ms(text) == pytest.approx(ms)


@pytest.mark.parametrize(
    "text", ["", "s", "8 parsecs", "-1s", "0", "1..2s", "nan", None, True, float("inf"), []]
)
def test_no_durations(text):
    with pytest.raises(AgentcError):
        duration_ms(text)


@pytest.mark.parametrize(
    ("text", "rate"),
    [("5/s", 5), ("300/min", 5), ("3600/h", 1), ("86400/d", 1), ("5", 5), (0.5, 0.5), ("2 / s", 2)],
)
def test_rates(text: str | float, rate: float):
    assert rate_per_s(text) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["", "/s", "5/fortnight", "-5/s", "0/s", 0, -1, "5s", None])
def test_no_rates(text):
    with pytest.raises(AgentcError):
        rate_per_s(text)


def test_an_slo_states_ir_names():
    slo = SLO(e2e="8s", ttft="500ms", tpot=50, availability="99.9%", soft_usd_per_ms=0.001)
    assert slo.limits() == {
        "e2e_ms_p95": 8000,
        "ttft_ms_p95": 500,
        "tpot_ms_p95": 50,
        "availability": 0.999,
        "soft_usd_per_ms": 0.001,
    }
    assert SLO().limits() == {}
    assert Load("5/s").demands() == {"rate_per_s": 5}


@pytest.mark.parametrize(
    "limits", [{"availability": 1.5}, {"availability": "x"}, {"soft_usd_per_ms": "x"}, {"e2e": "x"}]
)
def test_a_wrong_slo_is_located_here(limits):
    with pytest.raises(AgentcError) as stop:
        SLO(**limits)
    assert str(stop.value.diagnostics[0].location).startswith(__file__)


def test_options():
    assert read_limits(["e2e=8s", "ttft_ms_p95=500"]) == {"e2e_ms_p95": 8000, "ttft_ms_p95": 500}
    assert read_load(["rate=5/s"]) == 5
    assert read_load(["rate=60/min"]) == 1
    assert read_load([]) is None


@pytest.mark.parametrize(
    ("pair", "hint"), [("e2e", "e2e=8s"), ("e3e=8s", "e2e"), ("zzz=8s", "known"), ("e2e=soon", "8s")]
)
def test_wrong_limits(pair: str, hint: str):
    with pytest.raises(AgentcError) as stop:
        read_limits([pair])
    assert hint in stop.value.diagnostics[0].hint


@pytest.mark.parametrize("pair", ["5/s", "rate=-5/s", "rate=soon", "speed=5/s"])
def test_wrong_loads(pair: str):
    with pytest.raises(AgentcError) as stop:
        read_load([pair])
    assert "--load" in stop.value.diagnostics[0].message


@pytest.mark.parametrize("pairs", [["e2e=4s", "e2e=5s"], ["e2e=4s", "e2e_ms_p95=4000"]])
def test_a_limit_given_twice(pairs):
    with pytest.raises(AgentcError, match="--slo states e2e twice"):
        read_limits(pairs)


def test_a_load_given_twice():
    with pytest.raises(AgentcError, match="--load states the rate twice"):
        read_load(["rate_per_s=2", "rate=60/min"])


@pytest.mark.parametrize("text", ["1e12/s", 1e12, float("inf"), 10**400])
def test_a_load_beyond_all_meaning(text):
    with pytest.raises(AgentcError, match=r"more than 1e\+09 requests a second"):
        rate_per_s(text)


@pytest.mark.parametrize("text", ["1e300", "1e9h", float("inf"), 10**400])
def test_a_duration_beyond_all_meaning(text):
    with pytest.raises(AgentcError, match=r"more than 1e\+10 ms"):
        duration_ms(text)
