"""Functions that the agents of this folder name; plain Python, without agentc."""

from __future__ import annotations

import asyncio

WRITTEN: list[str] = []


def upper(text: str) -> str:
    return text.upper()


def shorten(text: str, most: int = 4) -> str:
    return text[:most]


async def reverse(text: str) -> str:
    await asyncio.sleep(0)
    return text[::-1]


def words(text: str) -> list[str]:
    return text.split()


def join(parts: list[str]) -> str:
    return "+".join(parts)


def both(a: str, b: object) -> str:
    return f"{a}|{b}"


def length(text: str) -> int:
    return len(text)


def add_x(text: str) -> str:
    return text + "x"


def is_short(text: str) -> bool:
    return len(text) < 4


def starts_with_a(text: str) -> bool:
    return text.startswith("a")


def write(text: str) -> str:
    WRITTEN.append(text)
    return ",".join(WRITTEN)


def two(text: str) -> tuple[str, int]:
    return text + "!", len(text)


def fail(text: str) -> str:
    raise ValueError(f"cannot use {text!r}")
