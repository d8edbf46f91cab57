"""How available a plan is: spare replicas against replicas that are down.

A pool that needs m replicas and has n works while no more than n - m are down. Replicas fail on their
own, each up a share `a` of the time, and the agent works while all its pools do:

    pool   P(at most n - m of n down) = sum over k <= n - m of C(n, k) (1 - a)^k a^(n - k)
    agent  product over its pools, so its logarithm is a sum

Sums are kept in trillionths of -ln(availability), rounded up: what is missing to "always".
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, exp, floor, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentc.placement.problem import Problem

TRILLION = 1_000_000_000_000
MERCY = 1000
"""A plan exactly on its limit is inside it, for all the rounding."""
MOST_SPARES = 40
NEGLIGIBLE = 1_000_000
"""A pool that takes less than this part of what may be missing needs no more spares."""


@lru_cache(maxsize=100_000)
def missing(up: float, needed: int, n: int) -> int:
    """Trillionths of -ln(availability) of a pool of `n` replicas of which `needed` must be up."""
    term = chance = up**n
    for k in range(1, n - needed + 1):
        term *= (n - k + 1) / k * (1 - up) / up
        chance += term
    return ceil(-log(min(max(chance, 1e-300), 1.0)) * TRILLION - 1e-6)


def may_miss(availability: float) -> int:
    """The same for the whole agent: what may be missing at most."""
    return floor(-log(availability) * TRILLION) + MERCY


def reached(trillionths: int) -> float:
    """The availability of which so much is missing."""
    return exp(-trillionths / TRILLION)


def sizes(problem: Problem, pool: str, needed: int, least: int) -> list[tuple[int, int]]:
    """(replicas, what is missing) from the fewest on, until more spares are of no use."""
    up = problem.up.get(problem.pools[pool].tier, 1.0)
    limit = problem.may_miss
    assert limit is not None
    found: list[tuple[int, int]] = []
    for n in range(max(needed, least), max(needed, least) + MOST_SPARES + 1):
        found.append((n, missing(up, needed, n)))
        if found[-1][1] * NEGLIGIBLE <= limit:
            break
    return found


def cheapest_spares(problem: Problem, needed: Mapping[str, int], least: Mapping[str, int]) -> dict[str, int]:
    """Replicas by pool that reach the availability for the least money; the most there are if none do."""
    rows = {p: sizes(problem, p, m, least.get(p, 1)) for p, m in needed.items()}
    states: list[tuple[int, int, tuple[int, ...]]] = [(0, 0, ())]
    for p, options in rows.items():
        grown = [
            (usd + n * problem.pool_money(p), lost + u, (*ns, n))
            for usd, lost, ns in states
            for n, u in options
        ]
        states = _front(grown)
    limit = problem.may_miss or 0
    fine = [s for s in states if s[1] <= limit]
    best = min(fine, default=None) or min(states, key=lambda s: (s[1], s[0]))
    return dict(zip(rows, best[2], strict=True))


def _front(states: Sequence[tuple[int, int, tuple[int, ...]]]) -> list[tuple[int, int, tuple[int, ...]]]:
    kept: list[tuple[int, int, tuple[int, ...]]] = []
    for state in sorted(states):
        if not kept or state[1] < kept[-1][1]:
            kept.append(state)
    return kept
