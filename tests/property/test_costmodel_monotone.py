"""Costs move the right way when hardware or work does, whatever the model and device."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agentc.costmodels import llm, queueing, shape, tool
from agentc.costmodels.catalog.read import devices, models, stacks
from agentc.costmodels.catalog.records import Device, Model
from agentc.costmodels.served import Serving
from agentc.costmodels.serving.stacks import Stack
from agentc.costmodels.tco import annuity_usd_per_hour

DECODERS = sorted(n for n, m in models().items() if m.kind == "decoder")
ACCELERATORS = sorted(n for n, d in devices().items() if d.scaleup_gbs)
TINY = 1e-9

decoders = st.sampled_from(DECODERS).map(models().__getitem__)
all_devices = st.sampled_from(sorted(devices())).map(devices().__getitem__)
accelerators = st.sampled_from(ACCELERATORS).map(devices().__getitem__)
tokens = st.integers(1, 60_000)
batches = st.integers(1, 256)
factors = st.floats(1.0, 8.0)


# The datasheet formulas, and the fitted model of an engine that was measured and of one that was not.
SERVED = (None, Serving(Stack("vllm", 2025)), Serving(Stack("trtllm", 2024)), Serving(Stack("jetstream")))
servings = st.sampled_from(SERVED)


def on(model: Model, device: Device, serving: Serving | None = None, **how: Any) -> llm.Placed:
    return llm.Placed(model, device, stacks()[device.stack], serving=serving, **how)


def both(placed: llm.Placed, context: float, batch: float) -> tuple[float, float]:
    return llm.prefill_ms(placed, context), llm.decode_step_ms(placed, context, batch=batch)


def sharded(model: Model, device: Device, serving: Serving | None, tp: int) -> llm.Placed:
    return on(model, device, serving, tp=tp)


def staged(model: Model, device: Device, serving: Serving | None, pp: int) -> llm.Placed:
    return on(model, device, serving, pp=pp)


singles = st.builds(on, decoders, all_devices, servings)
shards = st.builds(sharded, decoders, accelerators, servings, st.sampled_from([1, 2, 4, 8]))
stages = st.builds(staged, decoders, accelerators, servings, st.sampled_from([1, 2, 4]))


@given(singles, tokens, batches, factors)
def test_more_bandwidth_is_never_slower(placed: llm.Placed, context: int, batch: int, factor: float) -> None:
    faster = replace(placed.device, bandwidth_gbs=placed.device.bandwidth_gbs * factor)
    before, after = (both(p, context, batch) for p in (placed, replace(placed, device=faster)))
    assert all(b <= a + TINY for a, b in zip(before, after, strict=True))


@given(singles, tokens, batches, factors)
def test_more_compute_is_never_slower(placed: llm.Placed, context: int, batch: int, factor: float) -> None:
    faster = replace(placed.device, tflops={p: v * factor for p, v in placed.device.tflops.items()})
    before, after = (both(p, context, batch) for p in (placed, replace(placed, device=faster)))
    assert all(b <= a + TINY for a, b in zip(before, after, strict=True))


@given(shards, tokens, st.integers(1, 5000))
def test_time_to_the_first_token_grows_with_the_prompt(placed: llm.Placed, context: int, more: int) -> None:
    assert llm.prefill_ms(placed, context) <= llm.prefill_ms(placed, context + more) + TINY


@given(stages, tokens, st.integers(1, 5000), batches)
def test_time_between_tokens_grows_with_the_context(
    placed: llm.Placed, context: int, more: int, batch: int
) -> None:
    short, long = (llm.decode_step_ms(placed, c, batch=batch) for c in (context, context + more))
    assert short <= long + TINY


@given(singles, tokens, batches, st.integers(1, 64))
def test_a_larger_batch_is_slower_for_each_and_faster_for_all(
    placed: llm.Placed, context: int, batch: int, more: int
) -> None:
    small, large = (llm.decode_step_ms(placed, context, batch=b) for b in (batch, batch + more))
    assert small <= large + TINY
    assert (batch + more) / large >= batch / small * (1 - TINY)


@given(singles, tokens, st.floats(0, 1))
def test_a_cached_prefix_never_slows_a_prompt(placed: llm.Placed, context: int, cached: float) -> None:
    cold = llm.prefill_ms(placed, context)
    assert llm.prefill_ms(placed, context, prefix_tokens=cached * context) <= cold + TINY


@given(decoders, accelerators, tokens, batches)
def test_sharding_over_an_instant_link_is_never_slower(
    model: Model, device: Device, context: int, batch: int
) -> None:
    stack = replace(stacks()[device.stack], alpha_us=0.0)
    linked = replace(device, scaleup_gbs=1e9)
    times = [both(llm.Placed(model, linked, stack, tp=n), context, batch) for n in (1, 2, 4, 8)]
    for before, after in pairwise(times):
        assert all(b <= a * (1 + 1e-6) for a, b in zip(before, after, strict=True))


@given(decoders, accelerators, tokens, st.sampled_from([2, 4, 8]))
def test_sharding_over_a_dead_slow_link_is_slower(
    model: Model, device: Device, context: int, tp: int
) -> None:
    linked = replace(device, scaleup_gbs=1e-4)
    alone, sharded = (llm.prefill_ms(on(model, linked, tp=n), context) for n in (1, tp))
    assert sharded > alone


@given(singles | shards, tokens)
def test_memory_decides_the_batch_exactly(placed: llm.Placed, context: int) -> None:
    batch = llm.max_batch_by_memory(placed, context)
    usable = llm.usable_memory_gb(placed) * (1 + 1e-9)
    assert batch == 0 or llm.memory_gb(placed, context, batch=batch) <= usable
    assert llm.memory_gb(placed, context, batch=batch + 1) > usable * (1 - 1e-8)


@given(decoders, st.floats(0.5, 1e6))
def test_experts_touched_lie_between_one_token_s_and_all(model: Model, x: float) -> None:
    least, most = shape.touched_weight_bytes(model, 1), shape.weight_bytes(model)
    assert shape.touched_weight_bytes(model, max(1.0, x)) >= least - 1
    assert shape.touched_weight_bytes(model, x) <= most + 1


@given(st.integers(1, 60), st.floats(0.01, 0.98), st.floats(0.001, 30))
def test_servers_shorten_waits(c: int, load: float, service_s: float) -> None:
    arrivals = load * c / service_s
    waits = [queueing.wait_quantile_ms(n, arrivals, service_s) for n in (c, c + 1, c + 2)]
    assert waits[0] >= waits[1] >= waits[2] >= 0
    assert 0 <= queueing.erlang_c(c, load * c) <= 1


@given(st.floats(0.1, 1e5), st.floats(1.0, 100.0))
def test_a_lognormal_s_quantiles_are_ordered_and_its_mean_above_the_median(p50: float, spread: float) -> None:
    made = tool.from_quantiles(p50, p50 * spread)
    assert made.quantile_ms(0.25) <= made.quantile_ms(0.5) * (1 + TINY) <= made.quantile_ms(0.99) * (1 + 1e-6)
    assert made.mean_ms >= p50 * (1 - 1e-9)


@settings(max_examples=50)
@given(st.floats(1, 1e6), st.floats(0, 0.5), st.floats(0.5, 10))
def test_an_annuity_returns_at_least_the_capital(capex: float, interest: float, years: float) -> None:
    assert annuity_usd_per_hour(capex, interest, years) * 8760 * years >= capex * (1 - 1e-6)
