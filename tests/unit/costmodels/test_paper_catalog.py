"""The paper's Table 5: rows as printed, and its operating cost reproduced."""

import pytest

from agentc.costmodels.catalog.read import paper_devices
from agentc.costmodels.tco import (
    annuity_usd_per_hour,
    owned_usd_per_hour,
    paper_full_usd_per_hour,
    paper_operating_usd_per_hour,
    power_usd_per_hour,
)


@pytest.mark.parametrize("name", [n for n in paper_devices() if n != "H100"])
def test_operating_cost_is_reproduced_within_a_cent(name: str) -> None:
    row = paper_devices()[name]
    made = paper_operating_usd_per_hour(row.capex_usd, row.tdp_watts)
    assert made == pytest.approx(row.operating_usd_per_hour, abs=0.01)


def test_h100_is_the_row_that_its_own_formula_does_not_give() -> None:
    row = paper_devices()["H100"]
    assert row.operating_usd_per_hour == 0.60
    assert paper_operating_usd_per_hour(row.capex_usd, row.tdp_watts) == pytest.approx(0.548, abs=0.001)
    assert "sparse" in row.note
    assert row.fp16_tflops == 1979


def test_printed_rows_stay_apart_from_true_ones() -> None:
    assert paper_devices()["A40"].fp16_tflops == 75
    assert paper_devices()["Gaudi3"].fp16_tflops == 1678


def test_power_by_hand() -> None:
    assert power_usd_per_hour(700, 0.40, pue=1.5) == pytest.approx(0.7 * 1.5 * 0.40)


def test_annuity_by_hand() -> None:
    # 25,000 USD, 48 months, 8%/12 a month: the textbook payment is 610.32 USD a month.
    assert annuity_usd_per_hour(25_000, 0.08, 4) == pytest.approx(610.32 * 12 / 8760, abs=1e-5)


def test_without_interest_the_capital_is_spread_evenly() -> None:
    assert annuity_usd_per_hour(35_040, 0.0, 4) == pytest.approx(1.0)


def test_interest_costs_and_the_paper_counts_more_of_it_than_an_annuity() -> None:
    annuity = owned_usd_per_hour(25_000, 700)
    paper = paper_full_usd_per_hour(25_000, 700)
    assert annuity > owned_usd_per_hour(25_000, 700, interest=0.0)
    assert paper > annuity  # the paper lets interest compound on all the capital until the end
