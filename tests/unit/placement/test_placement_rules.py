"""Rules of a fleet file, from the file to the plan, and what is said where they cannot be kept."""

from __future__ import annotations

from math import comb

import pytest

from agentc.diagnostics import AgentcError, Infeasible, render
from agentc.placement import place
from agentc.placement.verify import verify_manifest
from agentc.plan import to_json

TIERS = """
tiers:
  - {name: big, device: H100-SXM, count: 8, usd_per_hour: 2.95, regions: [us]}
  - {name: small, device: L4, count: 16, usd_per_hour: 0.8, regions: [eu], labels: [iso, gdpr]}
  - {name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4, regions: [eu, us], labels: [gdpr]}
  - {name: odd, device: m7i.2xlarge, usd_per_hour: 0.1, spot: {interruptions_per_hour: 0.5}}
"""


@pytest.fixture
def ruled(fleet_of):
    """A fleet with these rules."""
    return lambda *rules: fleet_of(
        TIERS + "".join(f"  - {r}\n" for r in ("rules:", *rules)).replace("  - r", "r", 1)
    )


def tier_of(plan, id):
    return plan.operator(id).tier


def kept(plan):
    assert verify_manifest(to_json(plan)) == []
    return {c.kind: c for c in plan.constraints}


def test_without_rules_the_spot_tier_is_cheapest(rag, ruled):
    plan = place(rag(2.0), ruled("{operators: [draft], tiers: [big, small]}"))
    assert tier_of(plan, "cite") == "odd"
    assert any("Tier odd is spot" in n for n in plan.notes)


def test_no_spot_moves_what_it_names(rag, ruled):
    plan = place(rag(2.0), ruled('{operators: [cite, "hits.*"], spot: false}'))
    assert all(tier_of(plan, i) != "odd" for i in ("hits.embed", "hits.lookup", "cite"))
    assert kept(plan)["tiers"].operators == ("hits.embed", "hits.lookup", "cite")


def test_residency_and_labels(rag, ruled):
    plan = place(
        rag(2.0), ruled("{operators: [draft], regions: [eu]}", "{operators: [hits], labels: [gdpr]}")
    )
    assert tier_of(plan, "draft.prefill") in {"small", "cpu"}
    assert tier_of(plan, "hits.lookup") in {"small", "cpu"}
    kept(plan)


def test_together_and_apart(rag, ruled):
    free = place(rag(2.0), ruled("{operators: [cite], tiers: [odd]}"))
    assert tier_of(free, "facts") == "odd"
    plan = place(
        rag(2.0),
        ruled("{operators: [cite, facts], apart: true}", "{operators: [cite, hits], together: true}"),
    )
    assert tier_of(plan, "cite") != tier_of(plan, "facts")
    assert len({tier_of(plan, i) for i in ("cite", "hits.embed", "hits.lookup")}) == 1
    assert kept(plan)["apart"].value == 1


def test_fewest_and_most_replicas(rag, ruled):
    plan = place(rag(2.0), ruled("{operators: [cite], min_replicas: 3}"))
    assert plan.pool(plan.operator("cite").pool).replicas == 3
    assert kept(plan)["min_replicas"].value == 3
    with pytest.raises(Infeasible, match=r"at most 1 replicas for draft\.prefill, draft\.decode"):
        place(rag(400.0), ruled("{operators: [draft], max_replicas: 1}"))


def test_a_budget_is_kept_or_named(rag, ruled):
    cheapest = place(rag(2.0), ruled("{operators: [cite], tiers: [odd]}")).totals.usd_per_hour or 0.0
    fine = ruled(f"{{budget_usd_per_hour: {cheapest + 0.001}}}", "{operators: [cite], tiers: [odd]}")
    assert kept(place(rag(2.0), fine))["budget"].value == pytest.approx(cheapest)
    fast = place(rag(2.0), fine, objective="latency")
    assert (fast.totals.usd_per_hour or 0.0) <= cheapest + 0.001
    with pytest.raises(Infeasible, match=r"the budget of 0\.2 USD an hour: the cheapest plan costs"):
        place(rag(2.0), ruled("{budget_usd_per_hour: 0.2}"))


def test_availability_buys_spares(rag, ruled):
    rule = "{operators: [cite], tiers: [odd, cpu]}"
    plain, safe = place(rag(2.0), ruled(rule)), place(rag(2.0, availability=0.9999), ruled(rule))
    assert (safe.totals.usd_per_hour or 0.0) > (plain.totals.usd_per_hour or 0.0)
    assert any(p.replicas > p.needed for p in safe.pools)
    up = {t.name: t.up for t in safe.tiers}
    works = 1.0
    for p in safe.pools:
        a = up[p.tier]
        spare = p.replicas - p.needed
        works *= sum(comb(p.replicas, k) * (1 - a) ** k * a ** (p.replicas - k) for k in range(spare + 1))
    assert safe.totals.availability == pytest.approx(works, abs=1e-9)
    assert works >= 0.9999 - 1e-9
    kept(safe)
    with pytest.raises(Infeasible, match=r"availability of 0\.99999"):
        place(rag(2.0, availability=0.999999), ruled('{operators: ["*"], max_replicas: 1}'))


def test_a_kv_cache_does_not_cross_where_no_connector_is(rag, fleet_of):
    profile = "{prefill: {latency_ms: %d, usd: 0.1}, decode: {latency_ms: %d, usd: 0.1}}"
    text = (
        "tiers:\n"
        f"  - {{name: card, device: L4, usd_per_hour: 0.8, profile: {profile % (10, 900)}}}\n"
        f"  - {{name: host, device: m7i.2xlarge, usd_per_hour: 0.4, profile: {profile % (900, 10)}}}\n"
    )
    plan = place(rag(), fleet_of(text), objective="latency")
    assert tier_of(plan, "draft.prefill") == tier_of(plan, "draft.decode")
    assert kept(plan)["kv"].why.startswith("no KV connector joins L4 (nixl) and m7i.2xlarge (none)")
    with pytest.raises(Infeasible, match=r"KV cache draft\.prefill -> draft\.decode") as caught:
        place(rag(e2e_ms_p95=300.0), fleet_of(text))
    assert "drop the rule: KV cache" in render(caught.value.diagnostics[0], source=False)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{operators: [drat], tiers: [big]}", "names 'drat', which answer does not have"),
        ("{budget_usd_per_hour: 3}", "budget_usd_per_hour is meaningless without a load"),
        ("{operators: [cite], min_replicas: 3}", "min_replicas is meaningless without a load"),
    ],
)
def test_rules_that_fit_no_agent_are_refused(rag, ruled, rule, words):
    with pytest.raises(AgentcError, match=words) as caught:
        place(rag(), ruled(rule))
    assert caught.value.exit_code == 2
    assert caught.value.diagnostics[0].location is not None
