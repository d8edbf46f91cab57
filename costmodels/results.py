"""What a cost model answers: figures of one visit, or why the operator cannot run there."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Estimate:
    """One visit on one tier.

    `latency_ms` is the median of an idle system. `busy_s` is seconds of a whole replica that one
    visit takes. `usd_per_visit` is the metered price. `memory_gb` is held on the replica's devices
    together. `tpot_ms` is the time between tokens, where there are tokens. `watts` is the replica's
    draw at TDP, so busy_s·watts is an upper bound of the energy in joules. `basis` says what the
    figures rest on: datasheet, calibrated, measured or profile.
    """

    latency_ms: float
    latency_ms_p95: float
    busy_s: float
    usd_per_visit: float
    memory_gb: float
    tpot_ms: float | None
    basis: str
    watts: float = 0.0

    def priced(self, usd_per_visit: float, watts: float) -> Estimate:
        """The same figures with the tier's price and power."""
        return replace(self, usd_per_visit=usd_per_visit, watts=watts)


@dataclass(frozen=True)
class Refusal:
    """Why an operator cannot run on a tier; `missing_gb` where memory is what lacks."""

    reason: str
    missing_gb: float | None = None


def refuse_memory(what: str, needed_gb: float, usable_gb: float, where: str) -> Refusal:
    """Refuse for lack of memory, saying how much is missing."""
    missing = needed_gb - usable_gb
    reason = (
        f"{what} needs {needed_gb:.1f} GB; {where} can give {usable_gb:.1f} GB: {missing:.1f} GB are missing"
    )
    return Refusal(reason, missing)
