"""The LLM formulas, worked by hand on a device and a model with round numbers."""

import math
from typing import Any

import pytest

from agentc.costmodels import llm, shape
from agentc.costmodels.catalog.read import find_device, find_model, stacks
from agentc.costmodels.catalog.records import Device, Model, Stack

ROUND = Device(
    "round", "test", "accelerator", 100.0, 1000.0, {"bf16": 100.0, "fp8": 200.0}, "ideal",
    scaleup_gbs=100.0, scaleup_domain=8,
)  # fmt: skip
IDEAL = Stack(
    "ideal", "datasheet", 1, 1, 1, 1, 1, x_half=0, alpha_us=0, tau_layer_us=0, tau_seq_us=0, step_ms=0
)
TOY = Model(
    "toy", "decoder", layers=10, hidden=1000, heads=10, kv_heads=5, head_dim=100, ffn=4000, vocab=10_000,
    ffn_mats=3, tied_embeddings=False, params_b=0.17,
)  # fmt: skip
# Ten layers of (2 + 1) million attention and 12 million feed-forward weights.
TOY_BODY = 10 * (2e6 + 1e6 + 12e6)
TOY_HEAD = 1e7


def placed(device: Device = ROUND, stack: Stack = IDEAL, model: Model = TOY, **how: Any) -> llm.Placed:
    return llm.Placed(model, device, stack, **how)


def real(model: str = "llama-3.1-8b", device: str = "H100-SXM", **how: Any) -> llm.Placed:
    found = find_device(device)
    return llm.Placed(find_model(model), found, stacks()[found.stack], **how)


def test_parameters_by_hand() -> None:
    assert shape.active_parameters(TOY) == TOY_BODY
    assert shape.parameters(TOY) == TOY_BODY + 2 * TOY_HEAD


def test_kv_bytes_of_the_paper_by_hand() -> None:
    # 2 x 80 layers x 8 heads x 128 x 2 bytes = 327,680 bytes a token for Llama 70B.
    assert shape.kv_bytes_per_token(find_model("llama-3.1-70b")) == 327_680
    assert shape.kv_bytes_per_token(find_model("llama-3.1-8b")) == 131_072


def test_latent_attention_caches_the_latent() -> None:
    assert shape.kv_elements_per_token(find_model("deepseek-v3")) == 61 * (512 + 64)


def test_windowed_layers_stop_caching() -> None:
    model = find_model("gpt-oss-20b")
    per_token = shape.kv_bytes_per_token(model)
    assert shape.kv_bytes(model, 100) == pytest.approx(100 * per_token)
    assert shape.kv_bytes(model, 10_000) == pytest.approx((5000 + 64) * per_token)


def test_one_expert_set_is_touched_by_one_token_and_all_by_many() -> None:
    model = find_model("mixtral-8x7b")
    s = shape.shape(model)
    two_experts = (s.dense + s.moe_layers * 2 * s.expert + s.head) * 2
    assert shape.touched_weight_bytes(model, 1) == pytest.approx(two_experts)
    assert shape.touched_weight_bytes(model, 1000) == pytest.approx(
        shape.weight_bytes(model) - 2 * s.embedding, rel=1e-6
    )


def test_decoding_one_token_is_reading_the_weights_and_the_cache() -> None:
    # 0.16e9 weights x 2 bytes at 1,000 GB/s = 0.32 ms; arithmetic 2 x 0.16e9 at 100 TFLOP/s = 0.0032 ms.
    p = placed()
    gemm = ((TOY_BODY + TOY_HEAD) * 2 / 1e9, 2 * (TOY_BODY + TOY_HEAD) / 1e11)
    expected = (gemm[0] ** 4 + gemm[1] ** 4) ** 0.25
    cache = 1000 * 2 * 10 * 5 * 100 * 2 / 1e9  # 1,000 tokens of 20,000 bytes
    assert llm.decode_step_ms(p, 1000) == pytest.approx(expected + cache)
    assert expected == pytest.approx(0.32, rel=1e-3)
    assert cache == pytest.approx(0.02)


def test_prefill_by_hand() -> None:
    tokens = 1000
    compute = (2 * TOY_BODY * tokens + 2 * TOY_HEAD) / 1e11
    memory = (TOY_BODY + TOY_HEAD) * 2 / 1e9
    attention = 10 * (4 * 10 * 100) * tokens**2 / 2 / 1e11
    expected = (compute**4 + memory**4) ** 0.25 + attention
    assert llm.prefill_ms(placed(), tokens) == pytest.approx(expected)


def test_a_cached_prefix_is_attended_to_but_not_computed() -> None:
    whole = llm.prefill_ms(placed(), 1000)
    cached = llm.prefill_ms(placed(), 1000, prefix_tokens=900)
    alone = llm.prefill_ms(placed(), 100)
    assert alone < cached < whole
    extra = 10 * (4 * 10 * 100) * 100 * 900 / 1e11
    assert cached - alone == pytest.approx(extra)


def test_all_reduce_by_hand() -> None:
    stack = Stack("a", "datasheet", 1, 1, 1, 1, 1, 0, alpha_us=10, tau_layer_us=0, tau_seq_us=0, step_ms=0)
    p = placed(stack=stack, tp=4)
    # 20 reduces of 10 us x 1.5, and 2 x 3/4 of 100 x 1000 x 2 bytes over 60 GB/s each.
    assert llm.all_reduce_ms(p, 100) == pytest.approx(20 * (0.015 + 1.5 * 2e5 / 60e6))
    assert llm.all_reduce_ms(placed(), 100) == 0


def test_overhead_by_hand() -> None:
    stack = Stack("o", "datasheet", 1, 1, 1, 1, 1, 0, 0, tau_layer_us=20, tau_seq_us=30, step_ms=2)
    assert llm.overhead_ms(placed(stack=stack), 8) == pytest.approx(10 * 0.02 + 8 * 0.03 + 2)


def test_matrix_units_are_half_as_good_at_x_half() -> None:
    stack = Stack(
        "x", "datasheet", 1e9, 1, 1, 1, 1, x_half=64, alpha_us=0, tau_layer_us=0, tau_seq_us=0, step_ms=0
    )
    ideal = Stack(
        "i", "datasheet", 1e9, 1, 1, 1, 1, x_half=0, alpha_us=0, tau_layer_us=0, tau_seq_us=0, step_ms=0
    )
    assert llm.gemm_ms(placed(stack=stack), 64, 64) == pytest.approx(
        2 * llm.gemm_ms(placed(stack=ideal), 64, 64)
    )


def test_kv_heads_bound_the_sharding_of_the_cache() -> None:
    full = llm.kv_read_ms(placed(), 1000, 1)
    assert llm.kv_read_ms(placed(tp=4), 1000, 1) == pytest.approx(full / 4)
    assert llm.kv_read_ms(placed(tp=8), 1000, 1) == pytest.approx(full / 5)
    latent = find_model("deepseek-v3")
    one, eight = (llm.kv_read_ms(placed(model=latent, tp=n), 1000, 1) for n in (1, 8))
    assert one == eight


def test_memory_by_hand() -> None:
    weights = (TOY_BODY + 2 * TOY_HEAD) * 2
    assert llm.memory_gb(placed(), 1000, batch=3) == pytest.approx((weights + 3 * 1000 * 20_000) / 1e9)
    # Eight devices hold five different shards of KV: eight fifths of it in all.
    copied = llm.memory_gb(placed(tp=8), 1000, batch=1)
    assert copied == pytest.approx((weights + 1000 * 20_000 * 8 / 5) / 1e9)


def test_the_largest_batch_fits_and_one_more_does_not() -> None:
    p = real("llama-3.1-8b", "H100-SXM")
    batch = llm.max_batch_by_memory(p, 8192)
    assert batch > 10
    assert llm.memory_gb(p, 8192, batch=batch) <= llm.usable_memory_gb(p)
    assert llm.memory_gb(p, 8192, batch=batch + 1) > llm.usable_memory_gb(p)


def test_a_model_that_does_not_fit_has_no_batch() -> None:
    assert llm.max_batch_by_memory(real("llama-3.1-70b", "H100-SXM"), 1024) == 0
    assert llm.max_batch_by_memory(real("llama-3.1-70b", "H100-SXM", tp=4), 1024) > 0


def test_quantized_weights_halve_but_for_embedding_and_head() -> None:
    model = find_model("llama-3.1-8b")
    tables = 2 * 128_256 * 4096 * 2
    assert shape.weight_bytes(model, "fp8") == pytest.approx(
        (shape.weight_bytes(model) - tables) / 2 + tables
    )


def test_pipeline_stages_keep_latency_and_add_hops() -> None:
    one, two = llm.decode_step_ms(placed(), 1000), llm.decode_step_ms(placed(pp=2), 1000)
    assert two == pytest.approx(one + llm.hops_ms(placed(pp=2), 1))


def test_pipeline_stages_overlap_prompts() -> None:
    together = llm.prefill_ms(placed(pp=4), 1000, batch=8)
    single = llm.prefill_ms(placed(pp=4), 1000)
    assert together < 8 * single
    assert together > 8 / 4 * (single - llm.hops_ms(placed(pp=4), 1000))


def test_the_first_token_is_prefill_s_and_the_others_are_steps() -> None:
    p = placed()
    assert llm.decode_ms(p, 100, 1) == 0
    assert llm.decode_ms(p, 100, 11) == pytest.approx(10 * llm.decode_step_ms(p, 105.5))


@pytest.mark.parametrize(
    ("model", "device", "how", "low", "high"),
    [
        ("llama-3.1-8b", "H100-SXM", {}, 6, 11),  # ms between tokens, commonly published about 8
        ("llama-3.1-70b", "H100-SXM", {"tp": 4}, 12, 25),
        ("llama-2-7b", "A100-80GB-SXM", {}, 9, 16),
    ],
)
def test_real_devices_land_where_published_ones_do(
    model: str, device: str, how: dict[str, int], low: float, high: float
) -> None:
    assert low < llm.decode_step_ms(real(model, device, **how), 1024) < high


def test_norm_lies_between_maximum_and_sum() -> None:
    p = real()
    both = llm.gemm_ms(p, 300, 300)
    memory = llm.gemm_ms(p, 1e-9, 1e-9)
    assert memory < both
    assert math.isfinite(both)
