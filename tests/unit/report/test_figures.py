"""How figures read."""

import pytest

from agentc.report.figures import duration, limit, money, number, percent, size


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        (None, "-"),
        (0, "$0"),
        (0.095, "$0.095"),
        (0.1, "$0.10"),
        (0.00123456, "$0.00123"),
        (0.9, "$0.90"),
        (1, "$1.00"),
        (12.345, "$12.35"),
        (1234567, "$1,234,567"),
        (-3, "-$3.00"),
        (2e-9, "<$0.000001"),
        (1e-6, "$0.000001"),
    ],
)
def test_money(usd: float | None, words: str):
    assert money(usd) == words


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (None, "-"),
        (0, "0 ms"),
        (0.05, "0.05 ms"),
        (6.8, "6.8 ms"),
        (12.34, "12.3 ms"),
        (100.4, "100 ms"),
        (2310, "2,310 ms"),
        (12345, "12.3 s"),
    ],
)
def test_duration(ms: float | None, words: str):
    assert duration(ms) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(None, "-"), (0, "0 B"), (999, "999 B"), (1536, "1.54 kB"), (131_072_000, "131 MB"), (4e12, "4 TB")],
)
def test_size(count: float | None, words: str):
    assert size(count) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, "-"),
        (0, "0%"),
        (1, "100%"),
        (0.123, "12%"),
        (0.0123, "1.2%"),
        (1e-6, "<0.01%"),
        (-1e-6, ">-0.01%"),
    ],
)
def test_percent(share: float | None, words: str):
    assert percent(share) == words


def test_numbers_and_limits():
    assert [number(n) for n in (None, 2.0, 1.6, 123456.0)] == ["-", "2", "1.6", "123,456"]
    assert limit("e2e_ms_p95", 8000) == "8,000 ms"
    assert limit("availability", 0.999) == "0.999"
