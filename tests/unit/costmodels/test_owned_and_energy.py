"""Owned hardware in full, prices by provider, energy and carbon: against figures worked by hand."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agentc.costmodels import energy, prices
from agentc.costmodels.catalog.read import grids, released, tco_parameters, tco_scenarios
from agentc.costmodels.fleet import Defaults, Tier, read_fleet
from agentc.costmodels.notes import notes_on_tiers
from agentc.costmodels.tco import Ownership, annuity_usd_per_hour, owned_cost, owned_usd_per_hour
from agentc.diagnostics import AgentcError, Location

CAPEX, WATTS = 25_000.0, 700.0


def tier(**changed: str) -> Tier:
    made = Tier("big", None, None, 1.0, 0.0, "rented", "provider x", "", Location("fleet.yaml"))
    return replace(made, **changed)


def test_every_parameter_has_a_source_a_date_and_a_value_in_its_range() -> None:
    for row in (*tco_parameters().values(), *grids().values()):
        assert len(row.source) > 3
        date.fromisoformat(row.date)
    for row in tco_parameters().values():
        assert row.low <= row.value <= row.high, row.name
    for scenario in tco_scenarios().values():
        assert set(scenario) <= set(Ownership.__dataclass_fields__)


def test_the_paper_s_scenario_is_what_fleets_start_from() -> None:
    assert Ownership(**tco_scenarios()["paper"]) == Ownership() == prices.ownership(Defaults())
    assert Defaults().gco2_per_kwh == grids()["world"].gco2_per_kwh


def test_with_nothing_else_counted_it_is_annuity_and_power() -> None:
    made = owned_cost(CAPEX, WATTS, Ownership())
    assert made.usd_per_hour == pytest.approx(owned_usd_per_hour(CAPEX, WATTS))
    assert made.hosting_usd_per_hour == 0


def test_full_cost_by_hand() -> None:
    how = Ownership(
        usd_per_kwh=0.1, pue=1.5, hosting_usd_per_kw_month=200, network_share=0.12, residual_share=0.3
    )
    made = owned_cost(CAPEX, WATTS, how)
    sold = 0.3 * (1 + 0.08 / 12) ** -48
    assert made.capital_usd_per_hour == pytest.approx(annuity_usd_per_hour(CAPEX * (1.12 - sold), 0.08, 4))
    assert made.power_usd_per_hour == pytest.approx(0.7 * 1.5 * 0.1)
    assert made.hosting_usd_per_hour == pytest.approx(0.7 * 200 * 12 / 8760)


def test_idle_hours_make_used_ones_dearer_but_draw_little() -> None:
    full, half = (owned_cost(CAPEX, WATTS, Ownership(utilisation=u)) for u in (1.0, 0.5))
    assert half.capital_usd_per_hour == pytest.approx(2 * full.capital_usd_per_hour)
    assert half.power_usd_per_hour == pytest.approx(full.power_usd_per_hour * (0.5 + 0.5 * 0.15) / 0.5)


def fleet_of(tmp_path: Path, tiers: str, defaults: str = "") -> Tier:
    path = tmp_path / "fleet.yaml"
    path.write_text(f"tiers:\n  - {{name: t, {tiers}}}\ndefaults: {{{defaults}}}\n")
    return read_fleet(path).tier("t")


def test_a_fleet_may_state_more_of_owning(tmp_path: Path) -> None:
    plain = fleet_of(tmp_path, "device: H100-SXM, capex_usd: 25000")
    assert plain.usd_per_hour == pytest.approx(owned_usd_per_hour(25000, 700))
    more = fleet_of(tmp_path, "device: H100-SXM, capex_usd: 25000", "hosting_usd_per_kw_month: 200")
    assert more.usd_per_hour - plain.usd_per_hour == pytest.approx(0.7 * 200 * 12 / 8760)
    assert "hosting 200 USD/kW-month" in more.price_source


def test_scenarios_and_the_paper_s_accounting(tmp_path: Path) -> None:
    colocated = fleet_of(tmp_path, "device: H100-SXM, capex_usd: 25000", "scenario: colocation, pue: 1.2")
    how = Ownership(**tco_scenarios()["colocation"])
    assert colocated.usd_per_hour == pytest.approx(owned_cost(25000, 700, replace(how, pue=1.2)).usd_per_hour)
    paper = fleet_of(tmp_path, "device: H100-SXM, capex_usd: 25000", "accounting: paper")
    assert paper.usd_per_hour == pytest.approx(0.548 + 25000 / 35040, abs=0.001)


@pytest.mark.parametrize(
    ("tiers", "defaults", "wrong"),
    [
        ("device: H100-SXM, capex_usd: 1", "scenario: colo", "unknown scenario 'colo'"),
        ("device: H100-SXM, capex_usd: 1", "utilisation: 1.5", "at most 1"),
        ("device: H100-SXM, capex_usd: 1", "utilisation: 0", "more than 0"),
        ("device: H100-SXM, capex_usd: 1", "grid: narnia", "unknown grid"),
        ("device: H100-SXM, usd_per_hour: 1, provider: verda", "", "states its own"),
        ("device: H100-SXM, provider: nobody", "", "no on-demand price of nobody"),
        ("device: TPU-v6e, offer: sopt", "", "unknown offer 'sopt'"),
        ("device: GB200, offer: spot", "", "no spot price"),
        ("device: H100-SXM, usd_per_hour: 1, price_date: yesterday", "", "must be a day"),
    ],
)
def test_what_a_fleet_cannot_mean_is_refused(tmp_path: Path, tiers: str, defaults: str, wrong: str) -> None:
    with pytest.raises(AgentcError, match=wrong):
        fleet_of(tmp_path, tiers, defaults)


def test_providers_and_spot_prices_are_picked_by_name(tmp_path: Path) -> None:
    assert fleet_of(tmp_path, "device: H100-SXM").usd_per_hour == 2.29
    assert fleet_of(tmp_path, "device: H100-SXM, provider: nebius").usd_per_hour == 2.95
    spot = fleet_of(tmp_path, "device: H100-SXM, offer: spot")
    assert spot.usd_per_hour == 0.8015
    assert "spot" in spot.price_source


def test_a_price_is_old_by_the_catalog_s_date_and_not_by_a_clock() -> None:
    old, new = tier(price_date="2025-11-22"), tier(price_date="2025-11-23")
    assert released() == "2026-11-23"
    notes = list(notes_on_tiers([old, new, tier()]))
    assert len(notes) == 1
    assert "2025-11-22" in notes[0]
    assert "provider x" in notes[0]
    assert list(prices.old_prices([new], date(2026, 11, 25)))


def test_no_price_of_the_catalog_is_old_at_its_release() -> None:
    from agentc.costmodels.catalog.read import prices as offers

    assert not list(prices.old_prices([tier(price_date=o.date) for o in offers()]))


def test_decoding_draws_more_with_the_batch() -> None:
    assert energy.draw_share("decode", 1) == 0.52
    assert energy.draw_share("decode", 64) == energy.draw_share("decode", 4096) == 0.83
    assert energy.draw_share("decode", 8) == pytest.approx((0.52 + 0.83) / 2)
    assert energy.draw_share("prefill", 1) == 1


def test_energy_and_carbon_by_hand() -> None:
    kwh = energy.energy_kwh(3600, 1000, pue=1.5)
    assert kwh == pytest.approx(1.5)
    assert energy.carbon_gco2(kwh, 481) == pytest.approx(721.5)


def plan(mode: str, rate_per_s: float | None) -> Any:
    """As much of a manifest as the footprint reads: a prefill and a decode pool of one H100 each."""
    shared = {"device": "H100-SXM", "replicas": 2, "watts": 1400.0, "utilisation": 0.5}
    pools = [
        SimpleNamespace(id="p", role="prefill", max_batch=1, **shared),
        SimpleNamespace(id="d", role="decode", max_batch=64, **shared),
    ]
    visits = [
        SimpleNamespace(pool="p", visits=1.0, busy_s=0.2),
        SimpleNamespace(pool="d", visits=2.0, busy_s=0.5),
    ]
    return SimpleNamespace(mode=mode, rate_per_s=rate_per_s, pools=pools, operators=visits)


def test_a_metered_plan_draws_for_the_seconds_that_it_occupies() -> None:
    made = energy.plan_footprint(plan("metered", None), gco2_per_kwh=400, pue=1.2)
    joules = 700 * 1.3 * (0.2 + 0.83 * 2 * 0.5) * 1.2
    assert made.kwh_per_1k_requests == pytest.approx(1000 * joules / 3.6e6)
    assert made.gco2_per_1k_requests == pytest.approx(400 * made.kwh_per_1k_requests)
    assert made.kwh_per_hour is None


def test_a_provisioned_plan_draws_every_hour_and_idles_too() -> None:
    made = energy.plan_footprint(plan("provisioned", 5.0), gco2_per_kwh=400)
    watts = sum(0.5 * 1400 * 1.3 * draw + 0.5 * 0.15 * 1400 for draw in (1.0, 0.83))
    assert made.kwh_per_hour == pytest.approx(watts / 1000)
    assert made.gco2_per_hour == pytest.approx(0.4 * watts)
    assert made.kwh_per_1k_requests == pytest.approx(watts / 1000 / 18)
