"""`estimate`: the figures of one visit, profiles before models, and refusals with their reasons."""

from typing import Any

import pytest

from agentc.costmodels import llm
from agentc.costmodels.catalog.read import models
from agentc.costmodels.demand import DEFAULTS
from agentc.costmodels.estimate import GENERATING, Estimate, Refusal, estimate, max_batch, placed_model
from agentc.costmodels.fleet import Fleet, Tier, read_fleet
from agentc.costmodels.parallel_resources import PARTS
from agentc.costmodels.resources import resources
from agentc.diagnostics import AgentcError, Location
from agentc.ir.graph import ROLES, Operator

HERE = Location("app.py", 7, 5)
FLEET = """\
tiers:
  - {name: big, device: H100-SXM, usd_per_hour: 3.6}
  - {name: many, device: H100-SXM, count: 2, usd_per_hour: 3.6}
  - {name: old, device: A100-80GB-SXM, usd_per_hour: 1.8}
  - {name: small, device: L4, usd_per_hour: 0.8}
  - {name: cpu, device: m7i.2xlarge, usd_per_hour: 0.4}
  - {name: bare, specs: {memory_gb: 80, bandwidth_gbs: 3000, bf16_tflops: 900}, usd_per_hour: 3.6}
  - name: HP
    profile:
      task: {latency_ms: 80, latency_ms_p95: 95, usd: 0.08}
      m/decode: {latency_ms: 25}
      tool: {latency_ms: 100}
  - name: cpu-profiled
    device: m7i.2xlarge
    usd_per_hour: 3.6
    profile: {tool: {latency_ms: 1000}}
"""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    path = tmp_path_factory.mktemp("fleet") / "fleet.yaml"
    path.write_text(FLEET)
    return read_fleet(path)


def op(kind: str, id: str = "x", **attrs: Any) -> Operator:
    return Operator(id, kind, attrs, HERE, bytes=4096)


def costed(operator: Operator, tier: Tier, **how: int) -> Estimate:
    made = estimate(operator, tier, **how)
    assert isinstance(made, Estimate), made
    return made


def room_gib(operator: Operator, tier: Tier) -> float:
    """What the stack was seen to fill of the tier's device, by its constants."""
    placed = placed_model(operator, tier)
    assert isinstance(placed, llm.Placed)
    assert placed.replica
    constants = placed.replica.constants
    return 80 * float(constants.usable[0]) - float(constants.reserve_gib[0])


def refused(operator: Operator, tier: Tier, **how: int) -> Refusal:
    made = estimate(operator, tier, **how)
    assert isinstance(made, Refusal), made
    return made


ATTRS: dict[str, dict[str, Any]] = {
    "llm.call": {"model": "llama-3.1-8b"},
    "llm.prefill": {"model": "llama-3.1-8b"},
    "llm.decode": {"model": "llama-3.1-8b"},
    "llm.embed": {"model": "minilm-l6-v2"},
    "llm.rerank": {"model": "bge-reranker-large"},
    "llm.transcribe": {"model": "whisper-large-v3"},
    "llm.speak": {"model": "kokoro-82m"},
}


@pytest.mark.parametrize("kind", DEFAULTS)
@pytest.mark.parametrize("tier", ["big", "cpu"])
def test_every_operator_has_figures_on_accelerators_and_cpus(fleet: Fleet, kind: str, tier: str) -> None:
    made = costed(op(kind, **ATTRS.get(kind, {})), fleet.tier(tier))
    assert 0 < made.latency_ms <= made.latency_ms_p95
    assert made.busy_s > 0
    assert made.usd_per_visit > 0
    assert made.memory_gb >= 0
    fitted = tier == "big" and kind in GENERATING
    assert made.basis == ("calibrated" if fitted else "datasheet")
    assert made.watts == fleet.tier(tier).watts
    assert (made.tpot_ms is not None) == (kind in {"llm.call", "llm.decode"})


def test_every_operator_has_defaults() -> None:
    assert set(DEFAULTS) == set(ROLES) - set(PARTS)


@pytest.mark.parametrize("kind", PARTS)
def test_parts_of_a_model_are_not_placed_one_by_one(fleet: Fleet, kind: str) -> None:
    assert "part of a model" in refused(op(kind, model="llama-3.1-8b"), fleet.tier("big")).reason


def test_the_price_is_the_time_of_all_devices(fleet: Fleet) -> None:
    made = costed(op("llm.decode", model="llama-3.1-70b"), fleet.tier("big"), tp=4)
    assert made.usd_per_visit == pytest.approx(made.busy_s * 4 * 3.6 / 3600)
    assert made.watts == 4 * 700


def test_a_batch_shares_the_replica(fleet: Fleet) -> None:
    one = costed(op("llm.decode", model="llama-3.1-8b"), fleet.tier("big"))
    many = costed(op("llm.decode", model="llama-3.1-8b"), fleet.tier("big"), batch=16)
    assert many.latency_ms > one.latency_ms
    assert many.busy_s == pytest.approx(many.latency_ms / 16 / 1000)
    assert many.usd_per_visit < one.usd_per_visit
    assert many.memory_gb > one.memory_gb


def test_a_call_is_its_prefill_and_its_decode(fleet: Fleet) -> None:
    how: dict[str, Any] = {"model": "llama-3.1-8b", "input_tokens": 900, "output_tokens": 100}
    call, prefill, decode = (
        costed(op(k, **how), fleet.tier("big")) for k in ("llm.call", "llm.prefill", "llm.decode")
    )
    assert call.latency_ms == pytest.approx(prefill.latency_ms + decode.latency_ms)
    assert call.tpot_ms == decode.tpot_ms


def test_lack_of_memory_is_refused_with_what_is_missing(fleet: Fleet) -> None:
    operator = op("llm.decode", model="llama-3.1-70b", input_tokens=1000, output_tokens=24)
    made = refused(operator, fleet.tier("big"))
    # 70.55e9 weights x 2 bytes and 1,024 tokens x 327,680 bytes against what vLLM fills of 80 GiB.
    filled = room_gib(operator, fleet.tier("big"))
    assert 60 < filled < 80
    expected = 141.107 + 1024 * 327_680 / 1e9 - filled * 2**30 / 1e9
    assert made.missing_gb == pytest.approx(expected, abs=0.02)
    assert "GB are missing" in made.reason
    assert costed(operator, fleet.tier("big"), tp=2, pp=2)


def test_kv_of_a_large_batch_counts(fleet: Fleet) -> None:
    operator = op("llm.decode", model="llama-3.1-8b", input_tokens=8000, output_tokens=1000)
    most = max_batch(operator, fleet.tier("big"))
    assert most
    assert costed(operator, fleet.tier("big"), batch=most)
    assert refused(operator, fleet.tier("big"), batch=most + 1).missing_gb


def test_memory_bounds_no_batch_where_there_is_none_to_bound(fleet: Fleet) -> None:
    assert max_batch(op("tool.invoke"), fleet.tier("cpu")) is None
    assert max_batch(op("llm.decode", id="task", model="m"), fleet.tier("HP")) is None
    assert max_batch(op("llm.decode", model="llama-3.1-405b"), fleet.tier("big")) == 0


@pytest.mark.parametrize(
    ("asked", "how", "tier", "reason"),
    [
        (("llm.decode", {"model": "llama-3.1-8b", "precision": "fp8"}), {}, "old", "has no fp8 unit"),
        (("llm.decode", {"model": "llama-3.1-8b", "precision": "fp4"}), {}, "big", "has no fp4 unit"),
        (("llm.decode", {"model": "llama-3.1-8b"}), {"tp": 16}, "big", "exceeds the 8 linked"),
        (("llm.decode", {"model": "llama-3.1-8b"}), {"tp": 2, "pp": 2}, "many", "exceeds the 2"),
        (("llm.decode", {"model": "llama-3.1-8b"}), {"tp": 2}, "cpu", "exceeds the 1 linked"),
        (("llm.decode", {"model": "llama-3.1-8b"}), {"pp": 2}, "cpu", "no link"),
        (("tool.invoke", {}), {"tp": 2}, "big", "does not shard"),
        (("llm.embed", {"model": "minilm-l6-v2"}), {"tp": 2}, "big", "does not shard"),
        (("tool.invoke", {"cpu": 9}), {}, "cpu", "needs 9 cores"),
        (("tool.invoke", {}), {}, "bare", "states no host vCPUs"),
        (("llm.decode", {"model": "llama-3.1-8b"}), {}, "HP", "no device and no profile"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    fleet: Fleet, asked: tuple[str, dict[str, Any]], how: dict[str, int], tier: str, reason: str
) -> None:
    kind, attrs = asked
    made = refused(op(kind, **attrs), fleet.tier(tier), **how)
    assert reason in made.reason
    assert made.missing_gb is None


@pytest.mark.parametrize(
    ("kind", "attrs", "missing"),
    [
        ("tool.invoke", {"memory_mb": 40_000}, 8.0),
        ("memory.lookup", {"vectors": 25_000_000, "dim": 384}, 17.92),  # a graph index: 1.3 x 38.4 GB
    ],
)
def test_hosts_run_out_of_memory_too(fleet: Fleet, kind: str, attrs: dict[str, Any], missing: float) -> None:
    assert refused(op(kind, **attrs), fleet.tier("cpu")).missing_gb == pytest.approx(missing)


def test_fp8_is_faster_where_there_is_a_unit(fleet: Fleet) -> None:
    slow, fast = (
        costed(op("llm.prefill", model="llama-3.1-8b", input_tokens=4000, precision=p), fleet.tier("big"))
        for p in ("bf16", "fp8")
    )
    assert fast.latency_ms < slow.latency_ms
    assert fast.memory_gb < slow.memory_gb


def test_an_unknown_model_is_an_error_at_the_operator(fleet: Fleet) -> None:
    with pytest.raises(AgentcError) as caught:
        estimate(op("llm.call", model="llama-3.1-8bb"), fleet.tier("big"))
    assert caught.value.diagnostics[0].location == HERE
    assert "llama-3.1-8b" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize(
    ("kind", "model"),
    [("llm.call", "minilm-l6-v2"), ("llm.speak", "whisper-large-v3"), ("llm.transcribe", "llama-3.1-8b")],
)
def test_a_model_of_the_wrong_kind_is_an_error(fleet: Fleet, kind: str, model: str) -> None:
    with pytest.raises(AgentcError, match="is a model of kind"):
        estimate(op(kind, model=model), fleet.tier("big"))


def test_an_unknown_precision_is_an_error(fleet: Fleet) -> None:
    with pytest.raises(AgentcError, match="unknown precision 'fp9'"):
        placed_model(op("llm.call", model="llama-3.1-8b", precision="fp9"), fleet.tier("big"))


@pytest.mark.parametrize("bad", [-1, "many", True])
def test_an_amount_that_is_none_is_an_error(fleet: Fleet, bad: object) -> None:
    with pytest.raises(AgentcError, match="input_tokens of 'x'"):
        estimate(op("llm.call", model="llama-3.1-8b", input_tokens=bad), fleet.tier("big"))


def test_a_profile_with_a_price_is_taken_as_it_is(fleet: Fleet) -> None:
    made = costed(op("llm.prefill", id="task", model="nobody-knows", usd_per_call=5.0), fleet.tier("HP"))
    assert (made.latency_ms, made.latency_ms_p95, made.usd_per_visit) == (80, 95, 0.08)
    assert (made.basis, made.memory_gb) == ("profile", 0)


def test_a_profile_without_a_price_pays_for_its_time(fleet: Fleet) -> None:
    free = costed(op("llm.decode", model="m"), fleet.tier("HP"))
    assert (free.latency_ms, free.usd_per_visit, free.busy_s) == (25, 0, 0.025)
    paid = costed(op("tool.invoke", cpu=2, memory_mb=100, usd_per_call=0.001), fleet.tier("cpu-profiled"))
    assert paid.busy_s == pytest.approx(1.0 * 2 / 8)
    assert paid.usd_per_visit == pytest.approx(0.25 * 3.6 / 3600 + 0.001)


def test_a_tool_pays_for_its_share_of_the_host_on_average(fleet: Fleet) -> None:
    made = costed(
        op("tool.invoke", latency_ms_p50=120, latency_ms_p95=900, memory_mb=8000), fleet.tier("cpu")
    )
    assert (made.latency_ms, made.latency_ms_p95) == (120, 900)
    mean_s = 0.120 * 2.718281828 ** ((2.0149030205 / 1.6448536270) ** 2 / 2)  # ln(900/120) = 2.0149
    assert made.busy_s == pytest.approx(mean_s * 8 / 32)


def test_a_stated_median_above_the_default_p95_raises_it(fleet: Fleet) -> None:
    made = costed(op("tool.invoke", latency_ms_p50=10_000), fleet.tier("cpu"))
    assert made.latency_ms_p95 == 40_000


def test_calls_charge_their_price(fleet: Fleet) -> None:
    free, paid = (costed(op("tool.compute", usd_per_call=p), fleet.tier("cpu")) for p in (0, 0.005))
    assert paid.usd_per_visit - free.usd_per_visit == pytest.approx(0.005)


def test_a_small_store_is_scanned_and_a_large_one_has_an_index(fleet: Fleet) -> None:
    small, more, large = (
        costed(op("memory.lookup", vectors=n), fleet.tier("cpu")) for n in (1_000, 21_000, 10_000_000)
    )
    # 20,000 vectors of 384 numbers are 30.72 MB: 2.4 ms at half of 25.6 GB/s, on all cores.
    assert more.latency_ms - small.latency_ms == pytest.approx(2.4, rel=0.02)
    assert more.busy_s == pytest.approx(more.latency_ms / 1e3)
    # Ten million would be 1,200 ms; a graph index takes about half of 11.8 ms at 768, on one core.
    assert 5 < large.latency_ms < 12
    assert large.busy_s < large.latency_ms / 1e3


def test_resources_are_of_the_operator_not_of_a_device() -> None:
    theta = resources(op("llm.prefill", model="llama-3.1-8b", input_tokens=1000))
    body = 2 * 6.98e9 * 1000
    assert theta["flops"] == pytest.approx(body, rel=0.04)  # attention and head are the rest
    assert theta["kv_bytes"] == 1000 * 131_072
    assert theta["memory_bytes"] == theta["weight_bytes"] + theta["kv_bytes"]


@pytest.mark.parametrize("kind", ROLES)
def test_resources_are_finite_and_positive_for_every_operator(kind: str) -> None:
    theta = resources(op(kind, **ATTRS.get(kind, {})))
    assert all(value >= 0 for value in theta.values())


def test_resources_of_an_unknown_model_are_unknown() -> None:
    assert resources(op("llm.call", model="nobody-knows")) == {}


def test_a_graph_s_prefill_and_decode_together_do_the_work_of_the_call() -> None:
    how: dict[str, Any] = {"model": "llama-3.1-8b", "input_tokens": 500, "output_tokens": 100}
    call, prefill, decode = (resources(op(k, **how)) for k in ("llm.call", "llm.prefill", "llm.decode"))
    assert call["flops"] == pytest.approx(prefill["flops"] + decode["flops"])


def test_every_decoder_runs_somewhere(fleet: Fleet) -> None:
    for model in (m for m in models().values() if m.kind == "decoder" and m.params_b < 100):
        made = costed(op("llm.decode", model=model.name), fleet.tier("big"), tp=8)
        assert made.memory_gb < llm.USABLE_MEMORY * 640
