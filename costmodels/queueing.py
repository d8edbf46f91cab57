"""Waiting for a free server: the M/M/c queue.

Letters: c servers, λ arrivals a second, S seconds of service (so μ = 1/S), a = λ·S the offered load,
ρ = a/c the utilisation. Arrivals are Poisson, service exponential, one queue in order of arrival.
Real service varies less than that for LLM steps and more for tools: read waits as estimates.
"""

from __future__ import annotations

import math

MS_PER_S = 1e3


def erlang_b(c: int, a: float) -> float:
    """Share of arrivals that find all `c` servers busy and leave: B(n) = a·B(n-1)/(n + a·B(n-1))."""
    blocked = 1.0
    for n in range(1, c + 1):
        blocked = a * blocked / (n + a * blocked)
    return blocked


def erlang_c(c: int, a: float) -> float:
    """Share of arrivals that wait: B/(1 - ρ·(1 - B)); 1 when the load is more than `c` servers bear."""
    if a >= c:
        return 1.0
    b = erlang_b(c, a)
    return b / (1.0 - a / c * (1.0 - b))


def wait_quantile_ms(c: int, arrivals_per_s: float, service_s: float, q: float = 0.95) -> float:
    """The wait that a share `q` of arrivals stays under; infinite when ρ >= 1.

    P(wait > t) = C·e^(-(c·μ - λ)·t), so t_q = ln(C/(1 - q))/(c·μ - λ), and 0 where C <= 1 - q.
    """
    if arrivals_per_s <= 0 or service_s <= 0:
        return 0.0
    a = arrivals_per_s * service_s
    if a >= c:
        return math.inf
    waits = erlang_c(c, a)
    if waits <= 1.0 - q:
        return 0.0
    return MS_PER_S * math.log(waits / (1.0 - q)) / (c / service_s - arrivals_per_s)


def mean_wait_ms(c: int, arrivals_per_s: float, service_s: float) -> float:
    """The mean wait, C/(c·μ - λ); infinite when ρ >= 1."""
    if arrivals_per_s <= 0 or service_s <= 0:
        return 0.0
    a = arrivals_per_s * service_s
    return math.inf if a >= c else MS_PER_S * erlang_c(c, a) / (c / service_s - arrivals_per_s)
