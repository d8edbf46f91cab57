"""What must hold whatever the constants: more hardware never hurts, longer work never helps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentc.costmodels.catalog.read import find_device, find_model
from agentc.costmodels.serving import api
from agentc.costmodels.serving.precision import FORMATS

MODELS = ("llama-3.1-8b", "llama-3.1-70b", "mixtral-8x7b", "deepseek-v3", "gemma-3-27b", "gpt-oss-120b")
DEVICES = ("H100-SXM", "A100-80GB-SXM", "MI300X", "Gaudi3", "TPU-v6e", "Trainium1", "L40S", "Apple-M2-Ultra")
STACKS = (("vllm", 2023), ("vllm", 2025), ("trtllm", 2024), ("optimum-habana", 2025), ("nobody-knows", 2025))

replicas = st.builds(
    lambda model, device, stack, tp, weights: api.Replica(
        find_model(model), find_device(device), api.Stack(*stack), tp=tp, weights=FORMATS[weights]
    ),
    st.sampled_from(MODELS),
    st.sampled_from(DEVICES),
    st.sampled_from(STACKS),
    st.sampled_from((1, 2, 4, 8)),
    st.sampled_from(("bf16", "fp8", "w4a16")),
)
tokens = st.integers(1, 32_000)
batches = st.integers(1, 512)
ALMOST = 1.0 + 1e-9


@given(replicas, batches, tokens, st.floats(1.01, 4.0))
@settings(max_examples=80, deadline=None)
def test_more_bandwidth_is_never_slower(replica, batch, context, faster):
    wider = replace(replica.device, bandwidth_gbs=replica.device.bandwidth_gbs * faster)
    quick = replace(replica, device=wider)
    now = api.step_ms(replica, batch=batch, context_tokens=context)
    assert api.step_ms(quick, batch=batch, context_tokens=context) <= now * ALMOST
    before = api.prefill_ms(replica, prompt_tokens=context)
    assert api.prefill_ms(quick, prompt_tokens=context) <= before * ALMOST


@given(replicas, st.integers(1, 8_000), st.integers(1, 2_000), st.data())
@settings(max_examples=80, deadline=None)
def test_more_batch_never_gives_less_throughput_until_memory_ends(replica, prompt, output, data):
    most = api.max_batch(replica, tokens_each=prompt + output)
    if most < 2:
        return
    small = data.draw(st.integers(1, min(most, 512) - 1))
    large = data.draw(st.integers(small + 1, min(most, 512)))
    asked = {"prompt_tokens": prompt, "output_tokens": output}
    less = api.throughput_tok_s(replica, batch=small, **asked)
    assert api.throughput_tok_s(replica, batch=large, **asked) >= less / ALMOST


@given(replicas, st.tuples(tokens, tokens).map(sorted), batches)
@settings(max_examples=80, deadline=None)
def test_first_token_and_step_grow_with_length(replica, lengths, batch):
    short, long = lengths
    assert (
        api.prefill_ms(replica, prompt_tokens=short) <= api.prefill_ms(replica, prompt_tokens=long) * ALMOST
    )
    near = api.step_ms(replica, batch=batch, context_tokens=short)
    assert near <= api.step_ms(replica, batch=batch, context_tokens=long) * ALMOST


@given(replicas, st.tuples(batches, batches).map(sorted), tokens)
@settings(max_examples=80, deadline=None)
def test_a_step_of_more_sequences_is_never_faster(replica, sizes, context):
    few, many = sizes
    step = api.step_ms(replica, batch=few, context_tokens=context)
    assert step <= api.step_ms(replica, batch=many, context_tokens=context) * ALMOST


@given(replicas, st.integers(2, 16_000), st.floats(0.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_a_cached_prefix_never_costs_time(replica, prompt, part):
    cold = api.prefill_ms(replica, prompt_tokens=prompt)
    assert api.prefill_ms(replica, prompt_tokens=prompt, prefix_tokens=part * prompt) <= cold * ALMOST


@given(replicas, batches, tokens)
@settings(max_examples=60, deadline=None)
def test_no_step_beats_the_datasheet(replica, batch, context):
    """Reading the KV alone, at peak bandwidth of all devices, is a floor under every step."""
    kv = (
        batch
        * float(replica.facts.kv_token_bytes[0])
        * float(
            replica.facts.global_share[0] * context
            + (1 - replica.facts.global_share[0]) * min(context, replica.facts.window[0])
        )
    )
    floor_ms = kv / (replica.tp * replica.device.bandwidth_gbs * 1e6)
    assert api.step_ms(replica, batch=batch, context_tokens=context) >= floor_ms


@pytest.mark.parametrize("engine", ["llamacpp", "exllama"])
def test_engines_that_cut_by_layers_gain_memory_and_no_speed(engine):
    model, device = find_model("llama-2-7b"), find_device("A100-40GB-SXM")
    one = api.Replica(model, device, api.Stack(engine), tp=1)
    four = api.Replica(model, device, api.Stack(engine), tp=4)
    assert api.step_ms(four, batch=1, context_tokens=512) >= api.step_ms(one, batch=1, context_tokens=512)
    assert api.max_batch(four, tokens_each=4096) > 4 * api.max_batch(one, tokens_each=4096)
