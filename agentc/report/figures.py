"""Numbers as people read them. Every figure carries its unit."""

from __future__ import annotations

NONE = "-"
DIGITS = 3


def money(usd: float | None) -> str:
    """USD: cents from one dollar up, else three significant digits."""
    if usd is None:
        return NONE
    sign, size = ("-" if usd < 0 else ""), abs(usd)
    if size >= 1000:  # noqa: PLR2004 (from here on cents are noise)
        return f"{sign}${size:,.0f}"
    if size >= 1:
        return f"{sign}${size:,.2f}"
    if 0 < size < 1e-6:  # noqa: PLR2004 (a millionth of a dollar)
        return f"{sign}<$0.000001"
    return f"{sign}${_small(size)}"


def _small(size: float) -> str:
    if size == 0:
        return "0"
    leading_zeros = f"{size:.12f}".split(".")[1]
    places = len(leading_zeros) - len(leading_zeros.lstrip("0")) + DIGITS
    digits = f"{size:.{places}f}".rstrip("0")
    return digits.ljust(4, "0")


def duration(ms: float | None) -> str:
    """Milliseconds, from ten seconds up in seconds."""
    if ms is None:
        return NONE
    if ms >= 10_000:  # noqa: PLR2004 (ten seconds)
        return f"{ms / 1000:,.1f} s"
    places = 0 if ms >= 100 else 1 if ms >= 10 else 2  # noqa: PLR2004 (three digits)
    text = f"{ms:,.{places}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} ms"


def size(count: float | None) -> str:
    """Bytes in decimal units, as links are sold."""
    if count is None:
        return NONE
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:  # noqa: PLR2004 (the next unit)
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.3g} TB"


def percent(share: float | None) -> str:
    """A share of one as a percentage; small ones keep a digit."""
    if share is None:
        return NONE
    value = share * 100
    if 0 < abs(value) < 0.01:  # noqa: PLR2004 (a ten-thousandth: nobody acts on less)
        return "<0.01%" if value > 0 else ">-0.01%"
    exact = value == round(value) or abs(value) >= 10  # noqa: PLR2004 (a digit more says nothing)
    return f"{value:.0f}%" if exact else f"{value:.2g}%"


def number(value: float | None) -> str:
    """A plain number without needless zeros."""
    if value is None:
        return NONE
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"  # noqa: PLR2004 (no exponents)


def limit(name: str, value: float) -> str:
    """The value of a demand, in the unit that its name ends in."""
    return duration(value) if "_ms" in name else number(value)
