"""Policies of tiers and rules for operators in the fleet file; which tiers can hand KV caches on."""

from __future__ import annotations

import pytest

from agentc.costmodels.fleet import read_fleet
from agentc.costmodels.kv_transfer import kv_is_tested, kv_refusal
from agentc.diagnostics import AgentcError

TIERS = """
tiers:
  - {name: eu, device: L4, usd_per_hour: 0.8, regions: [eu], labels: [iso], availability: 0.998}
  - {name: odd, device: L4, usd_per_hour: 0.3, spot: {interruptions_per_hour: 0.5, restart_minutes: 12}}
"""


def fleet(tmp_path, text):
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    return read_fleet(path)


def test_policies_and_rules_are_read(tmp_path):
    found = fleet(
        tmp_path,
        TIERS + "rules:\n"
        "  - {operators: [draft], tiers: [eu], spot: false, min_replicas: 2, max_replicas: 4}\n"
        "  - {operators: [a, b], apart: true, regions: [eu], labels: [iso]}\n"
        "  - {budget_usd_per_hour: 20}\n",
    )
    eu, odd = found.tiers
    assert (eu.regions, eu.labels, eu.up) == (("eu",), ("iso",), 0.998)
    assert odd.up == pytest.approx(1 / 1.1)
    first, second, third = found.rules
    assert (first.tiers, first.spot, first.min_replicas, first.max_replicas) == (("eu",), False, 2, 4)
    assert (second.apart, second.together, second.regions) == (True, False, ("eu",))
    assert third.budget_usd_per_hour == 20
    assert first.location.line == 6


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{operators: [a]}", "a rule says something"),
        ("{tiers: [eu]}", "a rule says something"),
        ("{operators: [a], tiers: [uk]}", "unknown tier 'uk'"),
        ("{operators: [a], regions: [us]}", "no tier has region 'us'"),
        ("{operators: [a], labels: []}", "is empty"),
        ("{operators: [a], spot: perhaps}", "true or false"),
        ("{operators: [a], min_replicas: 3, max_replicas: 2}", "less than min_replicas"),
        ("{operators: [a], min_replicas: 0}", "at least 1"),
        ("{budget_usd_per_hour: -1}", "more than 0"),
        ("{budget_usd_per_hour: 3, tiers: [eu]}", "rule of its own"),
        ("{operators: [a], tier: [eu]}", "unknown key 'tier'"),
    ],
)
def test_wrong_rules_are_refused_where_they_stand(tmp_path, rule, words):
    with pytest.raises(AgentcError, match=words) as caught:
        fleet(tmp_path, TIERS + f"rules:\n  - {rule}\n")
    location = caught.value.diagnostics[0].location
    assert location is not None
    assert location.line == 6


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("availability: 1.2", "at most 1"),
        ("spot: {restart_minutes: 3}", "needs interruptions_per_hour"),
        ("regions: eu", "must be a list"),
    ],
)
def test_wrong_policies_are_refused(tmp_path, policy, words):
    with pytest.raises(AgentcError, match=words):
        fleet(tmp_path, f"tiers: [{{name: a, device: L4, usd_per_hour: 1, {policy}}}]\n")


@pytest.fixture
def vendors(tmp_path):
    """A tier of each vendor, two of one, and one of which nothing is known."""
    found = fleet(
        tmp_path,
        "tiers:\n"
        "  - {name: nvidia, device: H100-SXM, usd_per_hour: 3}\n"
        "  - {name: nvidia2, device: L4, usd_per_hour: 1}\n"
        "  - {name: intel, device: Gaudi3, usd_per_hour: 1}\n"
        "  - {name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4}\n"
        "  - {name: api, profile: {prefill: {latency_ms: 1}}}\n",
    )
    return {t.name: t for t in found.tiers}


def test_kv_caches_move_where_engines_agree(vendors):
    assert kv_refusal(vendors["nvidia"], vendors["nvidia2"]) is None
    assert kv_refusal(vendors["nvidia"], vendors["intel"]) is None
    assert kv_refusal(vendors["cpu"], vendors["cpu"]) is None
    assert kv_refusal(vendors["api"], vendors["cpu"]) is None
    refused = kv_refusal(vendors["nvidia"], vendors["cpu"])
    assert refused == "no KV connector joins H100-SXM (nixl) and m7i.2xlarge (none)"
    assert kv_is_tested(vendors["nvidia"], vendors["intel"])
    assert not kv_is_tested(vendors["cpu"], vendors["nvidia"])
