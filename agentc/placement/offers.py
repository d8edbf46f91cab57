"""What each tier can do with one operator: the cost models asked for every size of replica.

Sizes are tensor-parallel degrees 1, 2, 4, 8 that divide the model's attention heads; where none of
them has the memory, pipeline stages on top; with a load, batches in powers of two up to what the
memory holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from agentc.costmodels.catalog.read import find_model, knows_model
from agentc.costmodels.demand import amount
from agentc.costmodels.estimate import Estimate, estimate, max_batch
from agentc.costmodels.host import CALLS
from agentc.placement.problem import Refused, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentc.costmodels.estimate import Refusal
    from agentc.costmodels.fleet import Tier
    from agentc.ir.graph import Operator
    from agentc.plan import Basis

TENSOR_PARALLEL = (1, 2, 4, 8)
PIPELINE = (2, 4, 8)
LARGEST_BATCH = {"prefill": 4, "decode": 256, "embed": 32, "rerank": 8, "transcribe": 32, "speak": 32}


@dataclass(frozen=True)
class Offer:
    """One visit of one operator on a replica of one size, in an idle system."""

    tp: int
    pp: int
    batch: int
    latency_us: int
    latency_p95_us: int
    busy_s: float
    usd_per_visit: float
    usd_per_call: float
    memory_gb: float
    precision: str
    basis: Basis

    @property
    def devices(self) -> int:
        """Devices of one replica."""
        return self.tp * self.pp


def offers_of(operator: Operator, tier: Tier, *, provisioned: bool) -> list[Offer] | Refused:
    """All sizes in which a tier can run an operator, or why it cannot in any."""
    found, refusals = _sized(operator, tier, [(tp, 1) for tp in _degrees(operator)], provisioned=provisioned)
    if not found and any(r.missing_gb is not None for r in refusals):
        deeper = [(tp, pp) for pp in PIPELINE for tp in _degrees(operator)]
        found, more = _sized(operator, tier, deeper, provisioned=provisioned)
        refusals += more
    return found or _nearest(refusals)


def _sized(
    operator: Operator, tier: Tier, sizes: list[tuple[int, int]], *, provisioned: bool
) -> tuple[list[Offer], list[Refusal]]:
    found: list[Offer] = []
    refusals: list[Refusal] = []
    for tp, pp in sizes:
        for batch in _batches(operator, tier, tp, pp) if provisioned else (1,):
            made = estimate(operator, tier, tp=tp, pp=pp, batch=batch)
            if isinstance(made, Estimate):
                found.append(_offer(operator, tier, (tp, pp, batch), made, provisioned=provisioned))
            else:
                refusals.append(made)
                break
        if found and found[-1].basis == "profile":  # a profile knows no sizes
            break
    return found, refusals


def _nearest(refusals: list[Refusal]) -> Refused:
    """The refusal that lacks least."""
    short = sorted((r for r in refusals if r.missing_gb is not None), key=lambda r: r.missing_gb or 0.0)
    nearest = (short or refusals)[0]
    return Refused(nearest.reason, nearest.missing_gb)


def _degrees(operator: Operator) -> tuple[int, ...]:
    if operator.role not in {"prefill", "decode", "serve"} or not knows_model(operator.model or ""):
        return (1,)
    heads = find_model(operator.model or "", operator.location).heads
    return tuple(tp for tp in TENSOR_PARALLEL if heads % tp == 0)


def _batches(operator: Operator, tier: Tier, tp: int, pp: int) -> Iterator[int]:
    if tier.profile_of(operator.id, operator.role, operator.model):
        yield 1
        return
    held = max_batch(operator, tier, tp=tp, pp=pp)
    most = LARGEST_BATCH.get(operator.role, 1)
    batch = 1
    yield batch  # even where it does not fit: the estimate says what is missing
    while batch * 2 <= min(most, most if held is None else held):
        batch *= 2
        yield batch


def _offer(
    operator: Operator, tier: Tier, size: tuple[int, int, int], made: Estimate, *, provisioned: bool
) -> Offer:
    """An estimate in the problem's units.

    With a load a visit pays its call's price only, as the replica is paid by the hour; a tier without
    an hourly price has nothing but its profile's price of a visit.
    """
    called = amount(operator, "usd_per_call") if operator.op in CALLS else 0.0
    by_the_hour = provisioned and tier.usd_per_hour > 0
    tp, pp, batch = size
    return Offer(
        tp=tp,
        pp=pp,
        batch=batch,
        latency_us=microseconds(made.latency_ms),
        latency_p95_us=microseconds(made.latency_ms_p95),
        busy_s=made.busy_s,
        usd_per_visit=called if by_the_hour else made.usd_per_visit,
        usd_per_call=called,
        memory_gb=made.memory_gb,
        precision=str(operator.attrs.get("precision") or ""),
        basis=cast("Basis", made.basis),
    )
