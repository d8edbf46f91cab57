"""What a sweep measures: something that answers prompts and can be timed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agentc.costmodels.calibration.points import Subject

TEXT = (
    "time people way water day number part sound place year back give most name sentence man line "
    "right thing air world head house page country answer school study food sun state idea tree city "
    "farm night"
)
WORDS = tuple(TEXT.split())
"""Common words, about a token each: a prompt's length then follows from how many there are."""
CLOSING = "Write a long story with these words, and do not stop."


@dataclass(frozen=True)
class Workload:
    """Tokens in and out, and how many requests are in flight at once."""

    input_tokens: int
    output_tokens: int
    concurrency: int = 1

    @property
    def name(self) -> str:
        """A short name, as rows carry it."""
        return f"i{self.input_tokens}-o{self.output_tokens}-c{self.concurrency}"


@dataclass(frozen=True)
class Timing:
    """One run: tokens as they came out, times in ms; `tpot_ms` None where tokens were not seen apart."""

    input_tokens: float
    output_tokens: float
    ttft_ms: float
    e2e_ms: float
    tpot_ms: float | None = None


class Target(Protocol):
    """An engine under measurement."""

    subject: Subject
    clock: str

    def prepare(self) -> None:
        """Warm up, and learn how many tokens a word takes."""
        ...

    def run(self, workload: Workload, seed: int) -> Timing:
        """Serve one workload. Prompts of different seeds share no prefix."""
        ...

    def close(self) -> None:
        """Free whatever was started."""
        ...


@dataclass(frozen=True)
class Ruler:
    """Tokens of a prompt as a line: `fixed` for template and closing, `per_word` for each word."""

    fixed: float = 20.0
    per_word: float = 1.0

    def words(self, tokens: int) -> int:
        """How many words make a prompt of about this many tokens."""
        return max(1, round((tokens - self.fixed) / self.per_word))


def measure_ruler(short: tuple[int, float], long: tuple[int, float]) -> Ruler:
    """The line through two prompts of known (words, tokens)."""
    per_word = (long[1] - short[1]) / (long[0] - short[0])
    return Ruler(short[1] - per_word * short[0], max(0.1, per_word))


def prompt_text(words: int, seed: int) -> str:
    """A prompt of `words` words; the first one differs with the seed, so that no cache helps."""
    draw = random.Random(seed)  # noqa: S311 (words, not secrets)
    return f"{' '.join(draw.choices(WORDS, k=words))}\n{CLOSING}"
