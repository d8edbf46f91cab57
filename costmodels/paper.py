"""The paper's equations 1 to 3, as they are printed: time and cost of a task, and what is minimized.

Asgar, Nguyen, Katti, arXiv 2507.19635. Letters: θ_ij^r how much of resource r task i needs on device
class j, perf_j^r how much of it the class gives a second, c_j^r what a unit of it costs.

    (1)  t_ij    = max_r(θ_ij^r / perf_j^r) + l_i + d_ij + δ_ij
    (2)  Cost_ij = Σ_r θ_ij^r·c_j^r + g·d_ij
    (3)  min Σ_i Σ_j x_ij·Cost_ij + λ·Σ_i s_i      with  t_i - s_i ≤ T_SLA,  s_i ≥ 0

The placement of this package minimizes more than (3): it bounds the whole graph rather than each
task, counts replicas and queues, and names the link of each transfer. These functions are for
comparing with the paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MS_PER_S = 1e3


def task_ms(
    needs: Mapping[str, float],
    rates_per_s: Mapping[str, float],
    *,
    static_ms: float = 0.0,
    transfer_ms: float = 0.0,
    sync_ms: float = 0.0,
) -> float:
    """Equation 1: the slowest resource, and the latencies l, d and δ beside it.

    Raises:
        ValueError: the class gives nothing of a resource that the task needs.
    """
    missing = [r for r, need in needs.items() if need > 0 and rates_per_s.get(r, 0.0) <= 0]
    if missing:
        raise ValueError(f"the device class gives no {', '.join(missing)}")
    slowest = max((need / rates_per_s[r] for r, need in needs.items() if need > 0), default=0.0)
    return MS_PER_S * slowest + static_ms + transfer_ms + sync_ms


def task_usd(
    needs: Mapping[str, float],
    usd_per_unit: Mapping[str, float],
    *,
    transfer_ms: float = 0.0,
    usd_per_transfer_ms: float = 0.0,
) -> float:
    """Equation 2: every resource at its price, and the transfer at g = `usd_per_transfer_ms`."""
    used = sum(need * usd_per_unit[r] for r, need in needs.items())
    return used + usd_per_transfer_ms * transfer_ms


def objective_usd(
    costs_usd: Iterable[float], lateness_ms: Iterable[float], *, usd_per_late_ms: float
) -> float:
    """Equation 3 for a chosen x: the costs of all tasks, and λ for each millisecond over the SLA."""
    return sum(costs_usd) + usd_per_late_ms * sum(lateness_ms)


def lateness_ms(latency_ms: float, sla_ms: float) -> float:
    """The slack s_i: how far a task is over its SLA."""
    return max(0.0, latency_ms - sla_ms)
