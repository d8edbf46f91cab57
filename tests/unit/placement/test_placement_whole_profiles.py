"""Profiles by the id that the author wrote, profile keys that price nothing, and what was assumed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentc.costmodels.fleet import Profile
from agentc.placement import place
from agentc.placement.verify import verify_manifest
from agentc.plan import to_json

FLEET = """
fleet: profiled
tiers:
  - {{name: a, device: m7i.2xlarge, count: 4, usd_per_hour: 0.4, profile: {{{profile}}}}}
  - {{name: b, device: H100-SXM, count: 4, usd_per_hour: {usd}}}
"""
WHOLE = "draft: {latency_ms: 70, usd: 0.0001}, hits: {latency_ms: 9, usd: 0.0002}"


@pytest.fixture
def tier(fleet_of):
    def make(profile):
        return fleet_of(FLEET.format(profile=profile, usd=2.95)).tier("a")

    return make


@pytest.mark.parametrize(
    ("key", "part", "role", "stands"),
    [
        ("ans", "ans.prefill", "prefill", False),
        ("ans", "ans.decode", "decode", True),
        ("tl", "tl.lookup", "tool", False),
        ("tl", "tl.compute", "tool", True),
        ("hits", "hits.embed", "embed", False),
        ("hits", "hits.lookup", "memory", True),
        ("hits", "hits.rerank", "rerank", False),
        ("in.ans", "in.ans.decode", "decode", True),
    ],
)
def test_a_profile_of_the_id_that_was_written_goes_to_one_part(tier, key, part, role, stands):
    made = tier(f"{key}: {{latency_ms: 5, usd: 1}}, {role}: {{latency_ms: 7}}").profile_of(part, role, "m")
    assert made == (Profile(5, 5, 1) if stands else Profile(0, 0, 0))


def test_a_part_of_its_own_profile_keeps_it(tier):
    made = tier("ans: {latency_ms: 5}, ans.prefill: {latency_ms: 2}")
    assert made.profile_of("ans.prefill", "prefill", "m") == Profile(2, 2)
    assert made.profile_of("in.decode", "embed", "m") is None  # no part that decomposition makes


@pytest.mark.parametrize("rate", [None, 2.0])
def test_a_whole_operator_costs_what_its_profile_says(rag, fleet_of, rate):
    plan = place(rag(rate), fleet_of(FLEET.format(profile=WHOLE, usd=2.95)))
    assert verify_manifest(to_json(plan)) == []
    parts = [plan.operator(f"draft.{p}") for p in ("prefill", "decode")]
    assert [o.tier for o in parts] == ["a", "a"]
    if rate is None:
        assert [o.latency_ms for o in parts] == [0, 70]
        assert sum(o.usd_per_1k for o in parts) == pytest.approx(0.1)


def test_parts_of_a_whole_profile_stay_together(rag, fleet_of):
    """The prefill is free on tier a, and the decode cheaper on b: a plan that takes both would lie."""
    dear = "draft: {latency_ms: 70, usd: 9}"
    fleet = fleet_of(FLEET.format(profile=dear, usd=0.001))
    plan = place(rag(), fleet)
    assert {plan.operator(f"draft.{p}").tier for p in ("prefill", "decode")} == {"b"}
    moved = next(a for a in plan.operator("draft.prefill").alternatives if a.tier == "a")
    assert not moved.feasible
    assert "parts draft.prefill -> draft.decode" in moved.why_not


def test_a_key_that_prices_nothing_is_named_with_the_nearest(rag, fleet_of):
    others = ("drafft", "rerank", "minilm-l6-v2/embed")
    profile = ", ".join([WHOLE, *(f"{key}: {{latency_ms: 1}}" for key in others)])
    notes = place(rag(), fleet_of(FLEET.format(profile=profile, usd=2.95))).notes
    mine = [n for n in notes if n.startswith("profile key")]
    assert len(mine) == 1
    assert mine[0].startswith("profile key drafft of tier a matches nothing; did you mean draft")


def test_what_nobody_stated_is_listed_with_its_value(rag, fleet_of):
    graph = rag()
    embed = replace(graph.operators["hits.embed"], defaulted=("input_tokens", "bytes"))
    graph = replace(graph, operators={**graph.operators, embed.id: embed})
    plan = place(graph, fleet_of(FLEET.format(profile=WHOLE, usd=2.95)))
    assert plan.defaulted == ("hits.embed.input_tokens = 32", "hits.embed.bytes = 1536")
