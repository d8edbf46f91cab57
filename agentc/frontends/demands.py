"""What an agent must keep and carry: `SLO`, `Load`, and how people write durations and rates.

    SLO(e2e="8s", ttft="500ms")      Load("5/s")

A bare number is in the unit of the field's IR name: milliseconds for times, requests a second for
rates.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from agentc.diagnostics import AgentcError, error, nearest
from agentc.dialects.bounds import COUNT, RATE_PER_S, TIME_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    T = TypeVar("T")

MS_PER_UNIT = {"us": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3, "min": 6e4, "m": 6e4, "h": 3.6e6}
S_PER_UNIT = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

_DURATION = re.compile(r"\s*([-+]?[\d._]+(?:e[-+]?\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
_RATE = re.compile(r"\s*([-+]?[\d._]+(?:e[-+]?\d+)?)\s*(?:/\s*([a-z]+))?\s*", re.IGNORECASE)

LIMITS = {
    "e2e": "e2e_ms_p95",
    "ttft": "ttft_ms_p95",
    "tpot": "tpot_ms_p95",
    "availability": "availability",
    "soft_usd_per_ms": "soft_usd_per_ms",
}
"""Short names of the limits and their names in the IR."""


def duration_ms(text: str | float, what: str = "a duration") -> float:
    """Read a duration such as `8s`, `500ms`, `2min` or a number of milliseconds.

    Returns:
        Milliseconds.

    Raises:
        AgentcError: it is no duration, not above zero, or longer than anybody means.
    """
    value = _number(text, _DURATION, MS_PER_UNIT, "ms")
    if value is None:
        raise error(f"{what}: {text!r} is not a duration", hint='write "8s", "500ms" or "2min"')
    if not value > 0:
        raise error(f"{what}: {text!r} is not above zero", hint='write "8s", "500ms" or "2min"')
    if value > TIME_MS:
        raise error(f"{what}: {text!r} is more than {TIME_MS:g} ms", hint='write "8s", "500ms" or "2min"')
    return value


def rate_per_s(text: str | float, what: str = "the load") -> float:
    """Read a rate such as `5/s`, `300/min` or a number of requests a second.

    Returns:
        Requests a second.

    Raises:
        AgentcError: it is no rate, not above zero, or above 1e9 requests a second.
    """
    rate = _number(text, _RATE, {unit: 1 / s for unit, s in S_PER_UNIT.items()}, "s")
    if rate is None:
        raise error(f"{what}: {text!r} is not a rate", hint='write "5/s", "300/min" or "1000/h"')
    if not rate > 0:
        raise error(f"{what}: the rate {text!r} is not above zero", hint='write "5/s" or "300/min"')
    if rate > RATE_PER_S:
        message = f"{what}: the rate {text!r} is more than {RATE_PER_S:g} requests a second"
        raise error(message, hint='write "5/s" or "300/min"')
    return rate


def _number(text: object, pattern: re.Pattern[str], units: Mapping[str, float], bare: str) -> float | None:
    """Return number times unit, or None where the text says neither."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        try:
            return float(text)
        except OverflowError:  # a whole number of hundreds of digits
            return math.inf
    match = pattern.fullmatch(text) if isinstance(text, str) else None
    unit = (match[2] or bare).lower() if match else ""
    if match is None or unit not in units:
        return None
    try:
        return float(match[1]) * units[unit]
    except ValueError:
        return None


def _availability(value: str | float) -> float:
    text = value.strip() if isinstance(value, str) else value
    try:
        share = float(text[:-1]) / 100 if isinstance(text, str) and text.endswith("%") else float(text)
    except (TypeError, ValueError):
        share = math.nan
    if not 0 < share < 1:
        raise error(f"availability: {value!r} is not between 0 and 1", hint='write 0.999 or "99.9%"')
    return round(share, 12)


def _price(value: str | float) -> float:
    try:
        price = float(value)
    except (TypeError, ValueError):
        price = math.nan
    if not 0 <= price <= COUNT:
        raise error(f"soft_usd_per_ms: {value!r} is not a price in USD per millisecond")
    return price


def _limit(name: str, value: str | float) -> float:
    if name == "availability":
        return _availability(value)
    if name == "soft_usd_per_ms":
        return _price(value)
    return duration_ms(value, name)


@dataclass(frozen=True, kw_only=True)
class SLO:
    """What the whole agent must keep, at the 95th percentile. Absent limits are None.

    Attributes:
        e2e: from the request to the whole answer, e.g. "8s".
        ttft: to the first token of the answer, e.g. "500ms".
        tpot: between tokens of the answer, e.g. "50ms".
        availability: share of the time, e.g. 0.999 or "99.9%".
        soft_usd_per_ms: prices each millisecond over e2e in place of a hard limit.
    """

    e2e: str | float | None = None
    ttft: str | float | None = None
    tpot: str | float | None = None
    availability: str | float | None = None
    soft_usd_per_ms: str | float | None = None

    def __post_init__(self) -> None:
        """Refuse values that mean nothing, at the line that wrote them."""
        _at_call_site(self.limits)

    def limits(self) -> dict[str, float]:
        """Return the stated limits under their IR names, in ms, shares and USD a ms."""
        stated = {name: getattr(self, name) for name in LIMITS}
        return {LIMITS[n]: _limit(n, v) for n, v in stated.items() if v is not None}


@dataclass(frozen=True)
class Load:
    """How many requests arrive: `Load("5/s")`, `Load("300/min")`, `Load(5)`."""

    rate: str | float

    def __post_init__(self) -> None:
        """Refuse a rate that means nothing, at the line that wrote it."""
        _at_call_site(self.demands)

    def demands(self) -> dict[str, float]:
        """Return the load under its IR name, in requests a second."""
        return {"rate_per_s": rate_per_s(self.rate)}


def _at_call_site(check: Callable[[], T]) -> T:
    """Run a check; place its error at the user's line."""
    try:
        return check()
    except AgentcError as e:
        from agentc.frontends.tracing.callsite import call_site  # noqa: PLC0415 (only for errors)

        raise error(e.diagnostics[0].message, call_site().location, e.diagnostics[0].hint) from None


def read_limits(pairs: Iterable[str]) -> dict[str, float]:
    """Read `--slo` options such as `e2e=8s` or `ttft_ms_p95=500`.

    Returns:
        Limits under their IR names.

    Raises:
        AgentcError: an unknown name, one given twice, or a value that means nothing.
    """
    short = {long: name for name, long in LIMITS.items()} | {name: name for name in LIMITS}
    limits: dict[str, float] = {}
    for pair in pairs:
        name, value = _split(pair, "--slo", "e2e=8s", short)
        if LIMITS[short[name]] in limits:
            raise error(f"--slo states {short[name]} twice", hint="state each limit once")
        limits[LIMITS[short[name]]] = _limit(short[name], value)
    return limits


def read_load(pairs: Iterable[str]) -> float | None:
    """Read `--load` options such as `rate=5/s` or `rate_per_s=5`.

    Returns:
        Requests a second, or None where nothing is said.

    Raises:
        AgentcError: an unknown name or a value that means nothing.
    """
    rate = None
    for pair in pairs:
        _, value = _split(pair, "--load", "rate=5/s", ("rate", "rate_per_s"))
        if rate is not None:
            raise error("--load states the rate twice", hint="state it once")
        rate = rate_per_s(value, "--load")
    return rate


def _split(pair: str, option: str, example: str, known: Iterable[str]) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    known = list(known)
    if not equals:
        raise error(f"{option} {pair!r} is not name=value", hint=f"for example {option} {example}")
    if name not in known:
        hint = nearest(name, known) or f"known: {', '.join(known)}"
        raise error(f"{option} has no {name!r}", hint=hint)
    return name, value
