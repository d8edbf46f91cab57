"""What users state or measure moves costs the right way: owned hardware, search, calibrated engines."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agentc.costmodels import retrieval, tool, transfer
from agentc.costmodels.calibration.engine import Engine, decode_ms, prefill_ms, step_ms
from agentc.costmodels.fleet import Link
from agentc.costmodels.tco import Ownership, owned_cost

TINY = 1e-9

coefficients = st.floats(0, 10)
engines = st.builds(
    Engine,
    model=st.just("m"),
    prefill_ms=coefficients,
    prefill_ms_per_token=coefficients,
    prefill_ms_per_square_token=st.floats(0, 0.01),
    decode_ms=coefficients,
    step_ms=coefficients,
    step_ms_per_token=st.floats(0, 0.1),
    sequence_ms=coefficients,
    sequence_ms_per_token=st.floats(0, 0.1),
)
ownerships = st.builds(
    Ownership,
    years=st.floats(1, 8),
    interest=st.floats(0, 0.3),
    usd_per_kwh=st.floats(0, 1),
    pue=st.floats(1, 2),
    hosting_usd_per_kw_month=st.floats(0, 400),
    network_share=st.floats(0, 0.3),
    residual_share=st.floats(0, 0.5),
    utilisation=st.floats(0.05, 1),
)
tokens = st.integers(1, 20_000)
more = st.integers(0, 5_000)


@given(engines, tokens, more, tokens, st.floats(0, 1))
def test_calibrated_times_grow_with_work(e: Engine, s: int, add: int, o: int, cached: float) -> None:
    assert prefill_ms(e, s) <= prefill_ms(e, s + add) + TINY
    assert prefill_ms(e, s, prefix_tokens=cached * s) <= prefill_ms(e, s) * (1 + 1e-9) + TINY
    assert decode_ms(e, s, o) <= decode_ms(e, s + add, o + add) * (1 + 1e-9) + TINY


@given(engines, tokens, st.integers(1, 64), st.integers(0, 64))
def test_more_sequences_never_make_a_step_shorter(e: Engine, context: int, batch: int, add: int) -> None:
    assert step_ms(e, context, batch=batch) <= step_ms(e, context, batch=batch + add) + TINY


@given(ownerships, st.floats(0, 1e5), st.floats(0, 2000), st.floats(1.01, 3))
def test_each_part_of_owning_costs_more_when_it_grows(
    how: Ownership, capex: float, watts: float, factor: float
) -> None:
    base = owned_cost(capex, watts, how).usd_per_hour
    dearer = (
        replace(how, usd_per_kwh=how.usd_per_kwh * factor),
        replace(how, pue=how.pue * factor),
        replace(how, hosting_usd_per_kw_month=how.hosting_usd_per_kw_month * factor),
        replace(how, network_share=how.network_share * factor),
        replace(how, residual_share=how.residual_share / factor),
        replace(how, utilisation=how.utilisation / factor),
    )
    assert all(owned_cost(capex, watts, d).usd_per_hour >= base * (1 - 1e-9) for d in dearer)
    assert base >= 0


@given(st.floats(10, 1e9), st.floats(1, 4), st.integers(8, 4096), st.floats(5, 1000))
def test_search_grows_with_vectors_and_shrinks_with_bandwidth(
    vectors: float, factor: float, dim: int, bandwidth_gbs: float
) -> None:
    one = retrieval.hybrid_ms(vectors, dim, bandwidth_gbs)
    assert one <= retrieval.hybrid_ms(vectors * factor, dim, bandwidth_gbs) + TINY
    assert retrieval.hybrid_ms(vectors, dim, bandwidth_gbs * factor) <= one + TINY


@given(st.floats(1, 1e10), st.floats(0, 1e5), st.floats(0, 1e4), st.integers(1, 128))
def test_overlap_never_costs_more_than_sending_afterwards(
    size: float, compute_ms: float, add: float, layers: int
) -> None:
    link = Link("l", gbps=100, latency_us=10)
    exposed = transfer.exposed_ms(size, link, compute_ms, layers)
    whole = transfer.transfer_ms(size, link)
    assert link.latency_us / 1e3 <= exposed <= whole * (1 + 1e-9)
    assert transfer.exposed_ms(size, link, compute_ms + add, layers) <= exposed * (1 + 1e-9)


@given(st.lists(st.floats(0.1, 1e6), min_size=2, max_size=30), st.floats(0.05, 0.94))
def test_quantiles_of_samples_are_ordered(samples: list[float], q: float) -> None:
    made = tool.from_samples(samples)
    assert made.quantile_ms(q) <= made.quantile_ms(q + 0.05) * (1 + 1e-9)
