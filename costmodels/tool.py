"""Tools: latency is heavy-tailed, so it is a distribution, not a number.

A lognormal through two stated quantiles: with z95 = 1.6449, μ = ln p50 and σ = ln(p95/p50)/z95. Its
mean, e^(μ + σ²/2), is what a visit occupies on average. Traces of coding agents (7,792 calls: p50
0.04 s, p95 10.7 s, mean 3.0 s) show how far the mean lies above the median. Where more quantiles
were measured, `Empirical` goes through all of them; `catalog/tools.yaml` holds some, with the starts
of sandboxes and the memory that tools hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Z95 = NormalDist().inv_cdf(0.95)


@dataclass(frozen=True)
class Lognormal:
    """A lognormal latency in ms: `mu` and `sigma` of its logarithm. sigma 0 is a constant."""

    mu: float
    sigma: float

    @property
    def mean_ms(self) -> float:
        """e^(μ + σ²/2)."""
        return math.exp(self.mu + self.sigma**2 / 2.0)

    def quantile_ms(self, q: float) -> float:
        """The latency that a share `q` of calls stays under, 0 < q < 1."""
        return math.exp(self.mu + self.sigma * NormalDist().inv_cdf(q))


def from_quantiles(p50_ms: float, p95_ms: float) -> Lognormal:
    """The lognormal through the median and the 95th percentile (p95 at least p50 > 0)."""
    if not 0 < p50_ms <= p95_ms:
        raise ValueError(f"need 0 < p50 <= p95, got {p50_ms} and {p95_ms}")
    return Lognormal(math.log(p50_ms), math.log(p95_ms / p50_ms) / Z95)


@dataclass(frozen=True)
class Empirical:
    """A measured latency: quantiles `(share, ms)` in rising order, log-linear between them.

    Below the first and above the last quantile, the slope of the neighboring pair goes on; a
    single quantile is a constant.
    """

    quantiles: tuple[tuple[float, float], ...]

    def quantile_ms(self, q: float) -> float:
        """The latency that a share `q` of calls stays under, 0 < q < 1.

        Between two quantiles ln(latency) is a line in the normal deviate, as a lognormal's is.
        """
        if len(self.quantiles) == 1:
            return self.quantiles[0][1]
        pairs = list(pairwise(self.quantiles))
        (qa, a), (qb, b) = next((p for p in pairs if q <= p[1][0]), pairs[-1])
        za, zb, z = (NormalDist().inv_cdf(v) for v in (qa, qb, q))
        return math.exp(math.log(a) + (math.log(b) - math.log(a)) * (z - za) / (zb - za))

    @property
    def mean_ms(self) -> float:
        """The mean over the middles of a thousand equal shares of calls: the far tail is cut."""
        return sum(self.quantile_ms((n + 0.5) / SHARES) for n in range(SHARES)) / SHARES


Latency = Lognormal | Empirical
SHARES = 1000


def from_samples(
    samples_ms: Sequence[float], shares: Sequence[float] = (0.05, 0.5, 0.9, 0.95, 0.99)
) -> Empirical:
    """An empirical latency from measured calls: their quantiles (at least two samples above 0)."""
    ordered = sorted(samples_ms)
    if len(ordered) < 2 or ordered[0] <= 0:  # noqa: PLR2004 (two points make a line)
        raise ValueError("need two samples or more, all above 0")
    last = len(ordered) - 1
    found = tuple((q, float(ordered[round(q * last)])) for q in shares)
    return Empirical(found)


def after_start(start: Latency, run: Latency) -> Lognormal:
    """A call that waits for a sandbox first: the lognormal with the sum's mean and variance.

    Means and variances of independent times add; a lognormal with these two moments stands for
    the sum (Fenton 1960), good to some percent in the body and low in the far tail.
    """
    mean = start.mean_ms + run.mean_ms
    variance = _variance(start) + _variance(run)
    sigma2 = math.log1p(variance / mean**2)
    return Lognormal(math.log(mean) - sigma2 / 2.0, math.sqrt(sigma2))


def _variance(latency: Latency) -> float:
    if isinstance(latency, Lognormal):
        return latency.mean_ms**2 * math.expm1(latency.sigma**2)
    mean = latency.mean_ms
    shares = (latency.quantile_ms((n + 0.5) / SHARES) for n in range(SHARES))
    return sum((v - mean) ** 2 for v in shares) / SHARES


@dataclass(frozen=True)
class Envelope:
    """Memory of one call: its mean and its peak, in MB."""

    mean_mb: float
    peak_mb: float

    def fitting_calls(self, memory_mb: float, *, overcommit: float = 0.0) -> int:
        """Calls at once in `memory_mb`: by the peak (0), by the mean (1), or in between.

        Reserving peaks is safe and wastes what is between; reserving means relies on peaks not
        coming together. Memory, not cores, bounds how many agents share a host.
        """
        if not 0.0 <= overcommit <= 1.0:
            raise ValueError(f"overcommit is a share from 0 to 1, not {overcommit}")
        reserved = self.peak_mb + overcommit * (self.mean_mb - self.peak_mb)
        return math.floor(memory_mb / reserved)
