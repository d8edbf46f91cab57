"""How large the numbers of an agent may be: far above what anybody means, far below what overflows.

The verifier and the Python frontend refuse what is above these bounds, infinite or not a number, so
that products of them (trips of nested loops, tokens times weights) stay finite numbers.
"""

from __future__ import annotations

TOKENS = 1e8
"""Tokens of one prompt, answer or passage."""
TIME_MS = 1e10
"""Milliseconds of one call or limit: about 116 days."""
TRIPS = 1e6
"""Trips of one loop, items of one map."""
COUNT = 1e9
"""Whatever has no bound of its own: results of a search, dimensions, cores, megabytes, USD."""
RATE_PER_S = 1e9
"""Requests a second."""

_OWN = {
    "input_tokens": TOKENS,
    "output_tokens": TOKENS,
    "prefix_tokens": TOKENS,
    "passage_tokens": TOKENS,
    "max_tokens": TOKENS,
    "latency_ms": TIME_MS,
    "latency_ms_p50": TIME_MS,
    "latency_ms_p95": TIME_MS,
    "cpu_ms": TIME_MS,
    "e2e_ms_p95": TIME_MS,
    "ttft_ms_p95": TIME_MS,
    "tpot_ms_p95": TIME_MS,
    "rate_per_s": RATE_PER_S,
    "agent.trips": TRIPS,
    "agent.max_trips": TRIPS,
    "agent.items": TRIPS,
    "trips": TRIPS,
    "max_trips": TRIPS,
    "items_expected": TRIPS,
    "vectors": 1e12,
    "bytes": 1e15,
    "agent.visits": 1e18,  # trips of three loops in each other
}


def highest(name: str) -> float:
    """Return the greatest value that a number of this name may have, in the unit of the name."""
    return _OWN.get(name, COUNT)


def shown(number: float) -> str:
    """Return a number for a message, in few digits however large it is."""
    if isinstance(number, int):
        return str(number) if abs(number) < 10**20 else f"{'-' if number < 0 else ''}more than 1e20"
    return f"{number:g}"
