"""Search by size, tools as distributions, overlapped transfers, the paper's equations: by hand."""

import math

import pytest

from agentc.costmodels import paper, retrieval, tool, transfer
from agentc.costmodels.catalog.read import envelopes, sandboxes, tools
from agentc.costmodels.fleet import Link

LINK = Link("a--b", gbps=8.0, latency_us=1000.0)  # 1e6 bytes a ms


@pytest.mark.parametrize(("vectors", "core_ms"), [(1e6, 5.4), (1e7, 11.8)])
def test_an_index_costs_what_servers_were_measured_at(vectors: float, core_ms: float) -> None:
    assert retrieval.ann_ms(vectors, 768) - retrieval.ANN_CALL_MS == pytest.approx(core_ms, rel=0.01)


@pytest.mark.parametrize("bandwidth_gbs", [10.0, 25.6, 200.0])
def test_search_takes_the_faster_way_and_never_less_for_more_vectors(bandwidth_gbs: float) -> None:
    sizes = [10.0**n for n in range(2, 10)]
    times = [retrieval.search_ms(n, 384, bandwidth_gbs) for n in sizes]
    assert times == sorted(times)
    assert retrieval.is_approximate(1e8, 384, bandwidth_gbs)
    assert not retrieval.is_approximate(1e3, 384, bandwidth_gbs)
    assert times[-1] < 100


def test_quantiles_of_a_measured_tool_are_kept_and_joined() -> None:
    shell = tool.Empirical(tools()["shell"].quantiles_ms)
    assert [round(shell.quantile_ms(q)) for q in (0.5, 0.9, 0.99)] == [5100, 10600, 29500]
    assert (
        shell.quantile_ms(0.5) < shell.quantile_ms(0.7) < shell.quantile_ms(0.95) < shell.quantile_ms(0.999)
    )


def test_two_quantiles_are_a_lognormal() -> None:
    made, same = tool.Empirical(((0.5, 120.0), (0.95, 900.0))), tool.from_quantiles(120, 900)
    assert made.quantile_ms(0.8) == pytest.approx(same.quantile_ms(0.8))
    assert made.mean_ms == pytest.approx(same.mean_ms, rel=0.01)


def test_traces_of_all_calls_have_the_mean_that_was_measured() -> None:
    calls = tools()["any-call"]
    assert calls.mean_ms is not None
    assert tool.Empirical(calls.quantiles_ms).mean_ms == pytest.approx(calls.mean_ms, rel=0.5)


def test_samples_become_quantiles() -> None:
    made = tool.from_samples([float(n) for n in range(1, 102)])
    assert made.quantile_ms(0.5) == pytest.approx(51)
    assert made.quantile_ms(0.9) == pytest.approx(91)


@pytest.mark.parametrize("samples", [[], [1.0], [0.0, 2.0]])
def test_too_few_samples_are_refused(samples: list[float]) -> None:
    with pytest.raises(ValueError, match="samples"):
        tool.from_samples(samples)


def test_a_sandbox_adds_its_start_to_the_call() -> None:
    run, start = tool.from_quantiles(120, 900), tool.Empirical(sandboxes()["e2b"].quantiles_ms)
    both = tool.after_start(start, run)
    assert both.mean_ms == pytest.approx(start.mean_ms + run.mean_ms)
    assert both.quantile_ms(0.95) > run.quantile_ms(0.95)
    instant = tool.after_start(tool.from_quantiles(1e-6, 1e-6), run)
    assert instant.quantile_ms(0.95) == pytest.approx(900, rel=1e-6)


def test_memory_bounds_how_many_tools_share_a_host() -> None:
    typical = envelopes()["typical"]
    envelope = tool.Envelope(typical.mean_mb, typical.peak_mb)
    assert envelope.fitting_calls(32_000) == 92  # 32 GB over peaks of 345 MB
    assert envelope.fitting_calls(32_000, overcommit=1.0) == 172
    with pytest.raises(ValueError, match="overcommit"):
        envelope.fitting_calls(32_000, overcommit=1.5)


def test_a_slow_computation_hides_all_but_the_last_layer() -> None:
    # 32e6 bytes are 32 ms on the wire, 1 ms a layer of 32.
    assert transfer.transfer_ms(32e6, LINK) == pytest.approx(33)
    assert transfer.exposed_ms(32e6, LINK, compute_ms=100, layers=32) == pytest.approx(1 + 1)
    assert transfer.exposed_ms(32e6, LINK, compute_ms=16, layers=32) == pytest.approx(1 + 32 - 15.5)


@pytest.mark.parametrize(("compute_ms", "layers"), [(0, 32), (100, 1)])
def test_nothing_to_overlap_with_exposes_the_whole_transfer(compute_ms: float, layers: int) -> None:
    made = transfer.exposed_ms(32e6, LINK, compute_ms, layers)
    assert made == pytest.approx(transfer.transfer_ms(32e6, LINK))


def test_the_paper_s_network_figures_are_below_what_70b_needs() -> None:
    kv = 327_680 * 32_768  # llama-3.1-70b in bf16, 32K tokens
    assert transfer.egress_gbps(kv, 250) == pytest.approx(344, rel=0.01)
    assert transfer.ingress_gbps(kv, 20, 8) == pytest.approx(537, rel=0.01)


def test_equation_1_takes_the_slowest_resource() -> None:
    needs, rates = {"flops": 2e12, "bytes": 1e10}, {"flops": 1e14, "bytes": 2e12}
    assert paper.task_ms(needs, rates, static_ms=3, transfer_ms=2, sync_ms=1) == pytest.approx(20 + 6)
    with pytest.raises(ValueError, match="bytes"):
        paper.task_ms(needs, {"flops": 1e14})


def test_equations_2_and_3_give_the_worked_example() -> None:
    prefill = paper.task_usd({"tokens": 1000}, {"tokens": 0.00008})
    decode = paper.task_usd({"tokens": 500}, {"tokens": 0.00002})
    transfer_usd = paper.task_usd({}, {}, transfer_ms=10, usd_per_transfer_ms=0.005 / 10)
    assert prefill + decode + transfer_usd == pytest.approx(0.095)
    all_cheap = paper.objective_usd([0.06], [paper.lateness_ms(160, 120)], usd_per_late_ms=0.000875)
    assert math.isclose(all_cheap, 0.095)
