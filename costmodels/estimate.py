"""What one visit of an operator costs on a tier: the one door from placement to the cost models.

`estimate` gives figures, or a `Refusal` that says why the operator cannot run there. It picks the
source in this order: a profile that the fleet states for the operator, the tier's calibration where
it covers the model and layout, else the models: LLMs by the serving model under the tier's stack.

    usd = busy_s · tp·pp · usd_per_hour/3600 + usd_per_call

busy_s is how many seconds of a whole replica one visit takes: its latency divided by the batch it
shares for LLM operators; its mean latency times the share of the host it holds for tools.

Answers are taken to be as long as stated, so p95 differs from the median for tools alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.costmodels import encoder, host, llm, speech
from agentc.costmodels.calibration import engine as calibrated
from agentc.costmodels.catalog.read import find_model, models, stacks
from agentc.costmodels.catalog.records import PRECISIONS
from agentc.costmodels.demand import amount
from agentc.costmodels.parallel_resources import PARTS
from agentc.costmodels.resources import texts_of
from agentc.costmodels.results import Estimate, Refusal, refuse_memory
from agentc.costmodels.served import serving_of
from agentc.diagnostics import error, nearest

if TYPE_CHECKING:
    from agentc.costmodels.calibration.engine import Engine
    from agentc.costmodels.catalog.records import Device, Model, Stack
    from agentc.costmodels.fleet import Profile, Tier
    from agentc.ir.graph import Operator

__all__ = ["Estimate", "Refusal", "estimate", "max_batch", "placed_model"]

SECONDS_PER_HOUR = 3600.0
MS_PER_S = 1e3
GENERATING = frozenset({"llm.call", "llm.prefill", "llm.decode"})
KINDS = {
    "llm.call": ("decoder", "encoder_causal"),
    "llm.prefill": ("decoder", "encoder_causal"),
    "llm.decode": ("decoder", "encoder_causal"),
    "llm.embed": ("encoder", "encoder_causal"),
    "llm.rerank": ("cross_encoder", "encoder", "encoder_causal", "decoder"),
    "llm.transcribe": ("speech_to_text",),
    "llm.speak": ("text_to_speech",),
}


@dataclass(frozen=True)
class Site:
    """Where one visit is costed: a tier whose device is known, the replica's shape, the batch."""

    tier: Tier
    device: Device
    stack: Stack
    tp: int
    pp: int
    batch: float

    @property
    def devices(self) -> int:
        """Devices of one replica."""
        return self.tp * self.pp


def estimate(
    operator: Operator, tier: Tier, *, tp: int = 1, pp: int = 1, batch: float = 1
) -> Estimate | Refusal:
    """Cost one visit of `operator` on a replica of `tp` x `pp` devices of `tier`.

    Args:
        operator: of a graph, decomposed or not.
        tier: of a fleet.
        tp: tensor-parallel degree.
        pp: pipeline stages.
        batch: visits that share one replica at the operating point (LLM, encoder, speech).

    Raises:
        AgentcError: the model is unknown, or of a kind that cannot do this; located.
    """
    profile = tier.profile_of(operator.id, operator.role, operator.model)
    if profile is not None:
        return _profiled(operator, tier, profile, tp * pp)
    if tier.device is None:
        return Refusal(f"tier {tier.name!r} has no device and no profile of {operator.id!r}")
    refusal = _shape_refusal(operator, tier, tp, pp)
    if refusal:
        return refusal
    site = Site(tier, tier.device, stacks()[tier.device.stack], tp, pp, max(1.0, batch))
    if operator.op in GENERATING:
        return _generation(operator, site)
    if operator.op.startswith("llm."):
        return _encoding(operator, site)
    return _priced(host.estimate_host(operator, tier.device), operator, site.tier, 1)


def placed_model(operator: Operator, tier: Tier, *, tp: int = 1, pp: int = 1) -> llm.Placed | Refusal:
    """The operator's model on a replica of a tier, for a finer look than `estimate` gives."""
    if tier.device is None:
        return Refusal(f"tier {tier.name!r} has no device")
    model = model_of(operator)
    precision = str(operator.attrs.get("precision") or "bf16")
    if precision not in PRECISIONS:
        hint = nearest(precision, PRECISIONS)
        raise error(f"unknown precision {precision!r} of {operator.id!r}", operator.location, hint)
    if precision not in tier.device.tflops:
        return Refusal(f"{tier.device.name} has no {precision} unit")
    stack = stacks()[tier.device.stack]
    return llm.Placed(model, tier.device, stack, tp, pp, precision, serving=serving_of(tier))


def max_batch(operator: Operator, tier: Tier, *, tp: int = 1, pp: int = 1) -> int | None:
    """Sequences of this operator's length that fit beside the weights; None where memory sets no bound.

    That is so for operators that are not generation, and where only a profile is known. A
    calibrated engine takes no more at once than it was measured with.
    """
    known = operator.op in GENERATING and tier.device is not None
    if not known or tier.profile_of(operator.id, operator.role, operator.model):
        return None
    placed = placed_model(operator, tier, tp=tp, pp=pp)
    if isinstance(placed, Refusal):
        return 0
    fit = llm.max_batch_by_memory(placed, _context(operator))
    measured = engine_of(operator, tier, tp=tp, pp=pp)
    return fit if measured is None else min(fit, measured.max_batch)


def model_of(operator: Operator) -> Model:
    """The operator's model; an error at its place when it is unknown or of the wrong kind."""
    model = find_model(operator.model or "", operator.location)
    kinds = KINDS[operator.op]
    if model.kind not in kinds:
        fit = [name for name, m in models().items() if m.kind in kinds]
        hint = nearest(model.name, fit) or f"models that can: {', '.join(fit[:4])}"
        message = f"{model.name} is a model of kind {model.kind}: {operator.op} needs {kinds[0]}"
        raise error(message, operator.location, hint)
    return model


def _shape_refusal(operator: Operator, tier: Tier, tp: int, pp: int) -> Refusal | None:
    device = tier.device
    assert device is not None
    if operator.op in PARTS:
        return Refusal(f"{operator.op} is a part of a model on several devices: place its prefill and decode")
    if tp * pp > 1 and operator.op not in GENERATING:
        return Refusal(f"{operator.op} does not shard over devices")
    if tp > device.scaleup_domain:
        return Refusal(f"tensor parallelism {tp} exceeds the {device.scaleup_domain} linked {device.name}")
    if tp * pp > 1 and not device.scaleup_gbs:
        return Refusal(f"{device.name} has no link between devices")
    if tier.count is not None and tp * pp > tier.count:
        return Refusal(f"a replica of {tp * pp} devices exceeds the {tier.count} of tier {tier.name!r}")
    return None


def _generation(operator: Operator, site: Site) -> Estimate | Refusal:
    placed = placed_model(operator, site.tier, tp=site.tp, pp=site.pp)
    if isinstance(placed, Refusal):
        return placed
    needed = llm.memory_gb(placed, _context(operator), batch=site.batch)
    usable = llm.usable_memory_gb(placed)
    if needed > usable:
        kv = f"KV of {site.batch:g} x {_context(operator):g} tokens"
        what = f"{placed.model.name} ({placed.precision}) with {kv}"
        return refuse_memory(what, needed, usable, f"{site.devices} x {site.device.name}")
    measured = engine_of(operator, site.tier, tp=site.tp, pp=site.pp)
    if measured is not None:
        latency_ms, busy_ms, tpot_ms = _calibrated_ms(operator, measured, site.batch)
    else:
        latency_ms, busy_ms, tpot_ms = _generation_ms(operator, placed, site.batch)
    basis = "calibrated" if measured is not None else placed.basis
    made = Estimate(latency_ms, latency_ms, busy_ms / MS_PER_S, 0.0, needed, tpot_ms, basis)
    return _priced(made, operator, site.tier, site.devices)


def _generation_ms(operator: Operator, placed: llm.Placed, batch: float) -> tuple[float, float, float | None]:
    """Latency, busy time and time between tokens, in ms.

    A whole call prefills alone while the other sequences of its batch decode.
    """
    prompt = amount(operator, "input_tokens")
    if operator.op == "llm.prefill":
        time = llm.prefill_ms(placed, prompt, batch=batch, prefix_tokens=amount(operator, "prefix_tokens"))
        return time, time / batch, None
    written = amount(operator, "output_tokens")
    decode = llm.decode_ms(placed, prompt, written, batch=batch)
    tpot = llm.decode_step_ms(placed, prompt + written / 2.0, batch=batch)
    if operator.op == "llm.decode":
        return decode, decode / batch, tpot
    prefill = llm.prefill_ms(placed, prompt, prefix_tokens=amount(operator, "prefix_tokens"))
    return prefill + decode, prefill + decode / batch, tpot


def engine_of(operator: Operator, tier: Tier, *, tp: int = 1, pp: int = 1) -> Engine | None:
    """What was calibrated for this operator's model and layout on the tier; None where nothing was."""
    if tier.calibration is None or operator.op not in GENERATING:
        return None
    stated = operator.attrs.get("precision")
    precision = str(stated) if stated and "precision" not in operator.defaulted else None
    return tier.calibration.engine_of(model_of(operator), precision, tp, pp)


def _calibrated_ms(operator: Operator, engine: Engine, batch: float) -> tuple[float, float, float | None]:
    """As `_generation_ms`, from fitted constants. Prompts are read one after the other."""
    prompt = amount(operator, "input_tokens")
    written = amount(operator, "output_tokens") if operator.op != "llm.prefill" else 0.0
    decode = calibrated.decode_ms(engine, prompt, written, batch=batch)
    tpot = calibrated.step_ms(engine, prompt + written / 2.0, batch=batch)
    if operator.op == "llm.decode":
        return decode, decode / batch, tpot
    prefill = calibrated.prefill_ms(engine, prompt, prefix_tokens=amount(operator, "prefix_tokens"))
    if operator.op == "llm.prefill":
        return prefill * batch, prefill, None
    return prefill + decode, prefill + decode / batch, tpot


def _context(operator: Operator) -> float:
    """Tokens that the KV cache of one sequence grows to."""
    written = amount(operator, "output_tokens") if operator.op != "llm.prefill" else 0.0
    return amount(operator, "input_tokens") + written


def _encoding(operator: Operator, site: Site) -> Estimate | Refusal:
    """Encoders and speech: the model is small and held whole on one device."""
    model, device = model_of(operator), site.device
    heard = operator.op in {"llm.transcribe", "llm.speak"}
    needed = speech.memory_gb(model) if heard else encoder.memory_gb(model, device)
    usable = llm.USABLE_MEMORY * device.memory_gb
    if needed > usable:
        return refuse_memory(model.name, needed, usable, device.name)
    latency_ms = _encoding_ms(operator, model, site)
    busy_s = latency_ms / site.batch / MS_PER_S
    made = Estimate(latency_ms, latency_ms, busy_s, 0.0, needed, None, site.stack.basis)
    return _priced(made, operator, site.tier, site.devices)


def _encoding_ms(operator: Operator, model: Model, site: Site) -> float:
    device, stack, batch = site.device, site.stack, site.batch
    if operator.op == "llm.transcribe":
        return speech.transcribe_ms(model, device, stack, amount(operator, "seconds"), streams=batch)
    if operator.op == "llm.speak":
        return speech.speak_ms(model, device, stack, amount(operator, "seconds"), streams=batch)
    tokens, texts = texts_of(operator)
    return encoder.encode_ms(model, device, stack, tokens, texts=texts * batch)


def _profiled(operator: Operator, tier: Tier, profile: Profile, devices: int) -> Estimate | Refusal:
    """A profile's figures; a tool without a stated price pays for its share of the host."""
    share = host.share_of_host(operator, tier.device) if tier.device else 1.0
    if isinstance(share, Refusal):
        return share
    busy_s = profile.latency_ms / MS_PER_S * share
    made = Estimate(profile.latency_ms, profile.latency_ms_p95, busy_s, 0.0, 0.0, None, "profile")
    if profile.usd is not None:
        return made.priced(profile.usd, tier.watts * devices)
    return _priced(made, operator, tier, devices)


def _priced(made: Estimate | Refusal, operator: Operator, tier: Tier, devices: int) -> Estimate | Refusal:
    """Add the metered price of one visit and the power of one replica at its TDP."""
    if isinstance(made, Refusal):
        return made
    called = amount(operator, "usd_per_call") if operator.op in host.CALLS else 0.0
    usd = made.busy_s * devices * tier.usd_per_hour / SECONDS_PER_HOUR + called
    return made.priced(usd, tier.watts * devices)
