"""Plans time LLMs by the fitted serving model: which stack a tier is timed as, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agentc.costmodels import llm
from agentc.costmodels.calibration.profile import StackProfile, UserProfile, write_profile
from agentc.costmodels.calibration.stack import base_stamp
from agentc.costmodels.catalog.read import find_device, find_model, stacks
from agentc.costmodels.estimate import Estimate, estimate, max_batch, placed_model
from agentc.costmodels.fleet import Tier, read_fleet
from agentc.costmodels.notes import notes_on_llms
from agentc.costmodels.served import serving_of
from agentc.costmodels.serving import api
from agentc.costmodels.serving.stacks import Stack, named_stack
from agentc.diagnostics import AgentcError, Location
from agentc.ir.graph import Operator

if TYPE_CHECKING:
    from pathlib import Path

SIZES: dict[str, Any] = {"model": "llama-3.1-8b", "input_tokens": 800, "output_tokens": 120}


def op(kind: str, **attrs: Any) -> Operator:
    return Operator("x", kind, {**SIZES, **attrs}, Location("app.py"))


def tier_of(folder: Path, facts: str) -> Tier:
    path = folder / "fleet.yaml"
    path.write_text(f"tiers:\n  - {{name: t, usd_per_hour: 3, {facts}}}\n")
    return read_fleet(path).tier("t")


def replica(tier: Tier, **how: int) -> api.Replica:
    placed = placed_model(op("llm.decode"), tier, **how)
    assert isinstance(placed, llm.Placed)
    assert placed.replica is not None
    return placed.replica


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ("device: H100-SXM", Stack("vllm", 2025)),
        ("device: Trainium1", Stack("neuronx", 2025)),
        ("device: H100-SXM, stack: TensorRT-LLM 0.12", Stack("trtllm", 2024)),
        ("device: H100-SXM, stack: sglang 2024", Stack("sglang", 2024)),
        ("device: H100-SXM, specs: {memory_gb: 94}", Stack("vllm", 2025)),
        ("device: m7i.2xlarge, stack: llama.cpp", Stack("llamacpp", 2025)),
        ("device: H100-SXM, stack: nvidia-sxm", None),
        ("device: m7i.2xlarge", None),
        ("specs: {memory_gb: 80, bandwidth_gbs: 3000, bf16_tflops: 900}", None),
    ],
)
def test_which_stack_a_tier_is_timed_as(tmp_path: Path, facts: str, expected: Stack | None) -> None:
    found = serving_of(tier_of(tmp_path, facts))
    assert (found.stack if found else None) == expected


@pytest.mark.parametrize("name", ["", "vlm", "vllm-ish", "vllm x", "2024", "nvidia-sxm", "my vllm 2024"])
def test_names_that_mean_no_stack(name: str) -> None:
    assert named_stack(name) is None


def test_a_plan_s_times_are_the_serving_model_s(tmp_path: Path) -> None:
    tier = tier_of(tmp_path, "device: H100-SXM")
    made = estimate(op("llm.prefill"), tier, tp=2, batch=4)
    assert isinstance(made, Estimate)
    served = replica(tier, tp=2)
    assert made.latency_ms == pytest.approx(api.prefill_ms(served, prompt_tokens=800, prompts=4))
    assert made.basis == served.basis == "calibrated"
    made = estimate(op("llm.decode"), tier, tp=2, batch=64)
    assert isinstance(made, Estimate)
    step = api.step_ms(served, batch=64, context_tokens=860)
    assert made.tpot_ms == pytest.approx(step)
    assert made.latency_ms == pytest.approx(119 * step)
    assert made.busy_s == pytest.approx(made.latency_ms / 64 / 1000)


def test_a_chip_that_nobody_measured_keeps_the_basis_datasheet(tmp_path: Path) -> None:
    made = estimate(op("llm.decode"), tier_of(tmp_path, "device: Gaudi3"))
    assert isinstance(made, Estimate)
    assert made.basis == "datasheet"


def test_datasheet_formulas_can_be_asked_for(tmp_path: Path) -> None:
    made = estimate(op("llm.decode"), tier_of(tmp_path, "device: H100-SXM, stack: nvidia-sxm"))
    assert isinstance(made, Estimate)
    assert made.basis == "datasheet"
    by_hand = llm.Placed(find_model("llama-3.1-8b"), find_device("H100-SXM"), stacks()["nvidia-sxm"])
    assert made.latency_ms == pytest.approx(llm.decode_ms(by_hand, 800, 120))


@pytest.mark.parametrize("device", ["H100-SXM", "Gaudi3", "MI300X", "L40S", "Apple-M3-Ultra"])
@pytest.mark.parametrize("model", ["llama-3.1-8b", "gemma-3-27b", "mixtral-8x7b"])
def test_one_rule_of_memory(tmp_path: Path, device: str, model: str) -> None:
    """The largest batch, what a visit is charged and what the serving model holds agree."""
    tier, operator = tier_of(tmp_path, f"device: {device}"), op("llm.decode", model=model)
    placed = placed_model(operator, tier)
    assert isinstance(placed, llm.Placed)
    assert placed.replica
    most = max_batch(operator, tier) or 0
    assert most == api.max_batch(placed.replica, tokens_each=920)
    assert llm.usable_memory_gb(placed) <= placed.device.memory_gb
    if most:
        made = estimate(operator, tier, batch=most)
        assert isinstance(made, Estimate)
        assert made.memory_gb == pytest.approx(llm.memory_gb(placed, 920, batch=most))
    assert not isinstance(estimate(operator, tier, batch=most + 1), Estimate)


def test_a_replica_is_made_once(tmp_path: Path) -> None:
    assert replica(tier_of(tmp_path, "device: H100-SXM")) is replica(tier_of(tmp_path, "device: H100-SXM"))
    wide = tier_of(tmp_path, "device: H100-SXM, specs: {bf16_tflops: 2000}")
    assert replica(wide) is not replica(tier_of(tmp_path, "device: H100-SXM"))
    assert api.prefill_ms(replica(wide), prompt_tokens=8000) < api.prefill_ms(
        replica(tier_of(tmp_path, "device: H100-SXM")), prompt_tokens=8000
    )


def saved(folder: Path, of: str = "nvidia/vllm/2025", base: str = "") -> None:
    stack = StackProfile(stack=of, base=base or base_stamp(), factors={"eta_bw": 0.5}, band=0.1)
    write_profile(UserProfile(profile="mine", device="", stack=stack), folder / "mine.yaml")


def test_a_user_s_stack_bends_the_constants(tmp_path: Path) -> None:
    saved(tmp_path)
    tier = tier_of(tmp_path, "device: H100-SXM, profile_file: mine.yaml")
    bent, plain = replica(tier), replica(tier_of(tmp_path, "device: H100-SXM"))
    assert float(bent.constants.eta_bw[0]) < 0.6 * float(plain.constants.eta_bw[0])
    assert bent.basis == "calibrated"
    assert bent.band() == pytest.approx(2.718281828**0.1)
    slow, fast = (api.step_ms(r, batch=1, context_tokens=100) for r in (bent, plain))
    assert slow > 1.4 * fast
    (note,) = notes_on_llms(tier, [op("llm.decode")])
    assert "calibrated on this stack" in note
    assert "-10% to +11%" in note


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [({"base": "0"}, "other constants"), ({"of": "amd/vllm/2025"}, "is of the stack amd/vllm/2025")],
)
def test_a_user_s_stack_that_would_lie_is_refused(
    tmp_path: Path, changed: dict[str, str], wrong: str
) -> None:
    saved(tmp_path, **changed)
    with pytest.raises(AgentcError, match=wrong) as caught:
        tier_of(tmp_path, "device: H100-SXM, profile_file: mine.yaml")
    assert ":2:" in str(caught.value.diagnostics[0].location)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ("device: H100-SXM", ("vLLM of 2025 on H100-SXM", "fitted on measurements", "% to +")),
        ("device: Gaudi3", ("vLLM of 2025 on Gaudi3", "nobody measured this pair")),
        ("device: m7i.2xlarge", ("datasheet formulas", "'cpu'", "no error band")),
    ],
)
def test_a_plan_says_which_stack_its_times_are_for(tmp_path: Path, facts: str, said: tuple[str, ...]) -> None:
    (note,) = notes_on_llms(tier_of(tmp_path, facts), [op("llm.prefill"), op("llm.decode")])
    assert all(part in note for part in said)


def test_a_plan_says_nothing_of_stacks_where_a_profile_gives_the_times(tmp_path: Path) -> None:
    tier = tier_of(tmp_path, "device: H100-SXM, profile: {decode: {latency_ms: 5}}")
    assert not list(notes_on_llms(tier, [op("llm.decode")]))
    assert list(notes_on_llms(tier, [op("llm.decode"), op("llm.prefill")]))
