"""LLMs in plans under the fitted serving model: which stack a tier runs, and its replicas.

The rule, in order: the stack that the tier's calibration was fitted on, with its factors; the stack
that the tier states (`stack: vllm 2025`, or a row of `profiles.yaml` for the datasheet formulas of
`llm.py`); for accelerators of the catalog, the usual stack of their vendor. CPUs and devices of
stated specs that say nothing of their engine keep the datasheet formulas: nobody measured them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from agentc.costmodels.catalog.read import devices, stacks
from agentc.costmodels.serving.api import Replica
from agentc.costmodels.serving.precision import FORMATS
from agentc.costmodels.serving.stacks import LAST_ERA, Stack, named_stack, usual_stack

if TYPE_CHECKING:
    from agentc.costmodels.calibration.profile import StackProfile
    from agentc.costmodels.catalog.records import Device, Model
    from agentc.costmodels.fleet import Tier


@dataclass(frozen=True)
class Serving:
    """A stack, and what a user's calibration says of its constants: factors and an 80% band."""

    stack: Stack
    factors: tuple[tuple[str, float], ...] = ()
    measured_band: float | None = None


@dataclass(frozen=True)
class Asked:
    """What a replica is made of: all that its figures depend on."""

    model: Model
    device: Device
    serving: Serving
    tp: int
    pp: int
    precision: str
    kv_precision: str


def serving_of(tier: Tier) -> Serving | None:
    """The stack that LLMs on a tier are timed as; None where the datasheet formulas hold."""
    device = tier.device
    if device is None:
        return None
    if tier.calibration is not None and tier.calibration.stack is not None:
        return calibrated_serving(tier.calibration.stack)
    if tier.stack:
        stated = None if tier.stack in stacks() else named_stack(tier.stack)
        return Serving(stated) if stated else None
    own = devices().get(device.name)
    known = own is not None and own.stack == device.stack and device.kind == "accelerator"
    return Serving(usual_stack(device)) if known else None


def calibrated_serving(profile: StackProfile) -> Serving:
    """The stack of a user's profile, which is written `vendor/engine/era` or `vendor/engine/tuning`."""
    _, engine, era = profile.stack.split("/")
    stack = Stack(engine, int(era)) if era.isdigit() else Stack(engine, LAST_ERA, era)
    return Serving(stack, tuple(sorted(profile.factors.items())), profile.band)


@lru_cache(maxsize=4096)
def replica_of(asked: Asked) -> Replica:
    """The replica, made once: its facts and constants are laid out when first asked for."""
    return Replica(
        asked.model,
        asked.device,
        asked.serving.stack,
        asked.tp,
        asked.pp,
        FORMATS[asked.precision],
        FORMATS[asked.kv_precision],
        factors=asked.serving.factors,
        measured_band=asked.serving.measured_band,
    )


def about(tier: Tier, model: Model) -> str:
    """One line for a plan: which stack the times of LLMs on a tier are for, and how far off they may be."""
    serving = serving_of(tier)
    device = tier.device
    if device is None:
        return f"Tier {tier.name}: LLM times are those of its profile."
    if serving is None:
        return (
            f"Tier {tier.name}: LLM times by datasheet formulas with the constants {device.stack!r}, "
            "which no measurement backs; no error band is known."
        )
    replica = replica_of(Asked(model, device, serving, 1, 1, "bf16", "bf16"))
    how = "fitted on measurements of this family of chips"
    if serving.measured_band is not None:
        how = "calibrated on this stack"
    elif replica.basis == "datasheet":
        how = "carried over from other chips or stacks, as nobody measured this pair"
    return (
        f"Tier {tier.name}: LLM times as {serving.stack.title} on {device.name}, {how}; four of five "
        f"measurements lie within {_band(replica, 'tpot_ms')} (first tokens {_band(replica, 'ttft_ms')})."
    )


def _band(replica: Replica, metric: str) -> str:
    factor = replica.band(metric)
    return f"{100 * (1 / factor - 1):.0f}% to +{100 * (factor - 1):.0f}%"
