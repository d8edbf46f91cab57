"""What an LLM engine is to the runtime: prefill gives a cache, decode continues from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from agentc.runtime.prompts import Prompt


@dataclass(frozen=True)
class Request:
    """One prompt for one model. `room_tokens` is what the answer may take of the context.

    `prefix_tokens` above 0 says that the prompt begins as earlier ones did: the engine may keep it.
    """

    operator: str
    model: str
    prompt: Prompt
    room_tokens: int = 0
    prefix_tokens: int = 0


@dataclass(frozen=True)
class Cache:
    """A prompt that an engine has read, as decode takes it; `handle` is the engine's own."""

    request: Request
    tokens: int
    handle: Any = None


@dataclass(frozen=True)
class Limits:
    """How an answer is drawn and where it ends."""

    max_tokens: int
    temperature: float = 0.0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An answer and what it took; `figures` go into the trace."""

    text: str
    tokens: int
    figures: dict[str, float] = field(default_factory=dict[str, float])


class LlmEngine(Protocol):
    """Answers prompts."""

    async def prefill(self, request: Request) -> Cache:
        """Read a prompt."""
        ...

    async def decode(self, cache: Cache, limits: Limits) -> Answer:
        """Continue from a prompt that was read."""
        ...

    async def close(self) -> None:
        """End whatever the engine started."""
        ...
