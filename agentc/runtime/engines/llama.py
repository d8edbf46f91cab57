"""The embedded LLM: llama.cpp in this process through xllamacpp, one thread unless told otherwise.

A prompt is read into a slot (`prefill`), and the answer continues from that slot's cache (`decode`), so
both operators have times of their own. Calls take turns: more threads than idle cores make llama.cpp
collapse, and answers that shared a batch would not be the same twice. A slot that was needed for
another prompt in between is read again.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportAttributeAccessIssue=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (xllamacpp is an untyped extension)

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agentc.runtime.engines.base import Answer, Cache, Limits, Request
from agentc.runtime.engines.turns import Turns
from agentc.runtime.errors import StepError
from agentc.runtime.prompts import Prompt, cut_middle
from agentc.runtime.threads import in_engine
from agentc.runtime.trace import note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTEXT_TOKENS = 4096
MOST_SLOTS = 4
BATCH_TOKENS = 64  # a prefill can be stopped between batches; larger ones were not faster
CUTS = 6
PREFILL_URGENCY, DECODE_URGENCY = 1, 0  # who holds a slot goes first, so that it is not taken away


@dataclass
class Slot:
    """Room for one prompt. `generation` counts the prompts that it has held."""

    number: int
    generation: int = 0
    used: int = 0


@dataclass
class Heard:
    """What a streamed call has said so far."""

    parts: list[str] = field(default_factory=list[str])
    prompt_tokens: int = 0
    timings: dict[str, float] = field(default_factory=dict[str, float])
    too_long: bool = False
    error: str = ""


class LlamaEngine:
    """Answers prompts with one GGUF model, whatever model the request names."""

    def __init__(
        self,
        model: Path,
        *,
        say: Callable[[str], None],
        threads: int = 1,
        slots: int = 1,
        context_tokens: int = CONTEXT_TOKENS,
    ) -> None:
        """Load the model (half a second; call it in a thread). `say` hears warnings for people."""
        self._server: Any = _serve(model, threads, slots, context_tokens)
        self._context_tokens = context_tokens
        self._slots = [Slot(number) for number in range(slots)]
        self._uses = 0
        self._turns = Turns()
        self._say = say

    async def prefill(self, request: Request) -> Cache:
        """Read a prompt into a slot; one that is too long for the context loses its middle."""
        async with self._turns.take(PREFILL_URGENCY):
            return await self._read(request)

    async def decode(self, cache: Cache, limits: Limits) -> Answer:
        """Continue from a slot, reading the prompt again where the slot has gone to another one."""
        async with self._turns.take(DECODE_URGENCY):
            slot, generation = cache.handle
            if slot.generation != generation:
                cache = await self._read(cache.request)
                slot = cache.handle[0]
            self._touch(slot)
            drawn = {"temperature": limits.temperature, "stop": list(limits.stop)}
            body = _body(cache.request.prompt, slot, limits.max_tokens, keep=True) | drawn
            heard = await self._call(body)
            tokens = int(heard.timings.get("predicted_n", len(heard.parts)))
            note(output_tokens=tokens)
            return Answer("".join(heard.parts).strip(), tokens, heard.timings)

    async def close(self) -> None:
        """Unload the model."""
        self._server = None

    async def _read(self, request: Request) -> Cache:
        slot = min(self._slots, key=lambda s: s.used)
        slot.generation += 1
        self._touch(slot)
        most = self._context_tokens - min(request.room_tokens, self._context_tokens // 2)
        first_tokens = 0
        for _ in range(CUTS):
            body = _body(request.prompt, slot, 0, keep=request.prefix_tokens > 0)
            heard = await self._call(body, most)
            first_tokens = first_tokens or heard.prompt_tokens
            if not heard.too_long:
                self._warn_of_cut(request, first_tokens, heard.prompt_tokens)
                note(prompt_tokens=heard.prompt_tokens)
                return Cache(request, heard.prompt_tokens, (slot, slot.generation))
            request = _shorter(request, most / heard.prompt_tokens)
        raise StepError(f"the prompt has {first_tokens} tokens, and its system text alone is too long")

    def _warn_of_cut(self, request: Request, before: int, after: int) -> None:
        if before > after:
            self._say(
                f"warning: {request.operator}: the prompt has {before} tokens and the embedded model's"
                f" context {self._context_tokens}: its middle was cut, leaving {after}"
            )

    def _touch(self, slot: Slot) -> None:
        self._uses += 1
        slot.used = self._uses

    async def _call(self, body: dict[str, Any], most_tokens: int | None = None) -> Heard:
        """Make one streamed call in a thread; cancelled, it stops at the next batch or token."""
        stop = threading.Event()
        most = most_tokens or self._context_tokens
        work = asyncio.ensure_future(in_engine(self._stream, body, most, stop))
        try:
            heard = await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.wait({work}), timeout=10)
            raise
        if heard.error:
            raise StepError(f"llama.cpp: {heard.error}")
        return heard

    def _stream(self, body: dict[str, Any], most_tokens: int, stop: threading.Event) -> Heard:
        heard = Heard()

        def listen(chunk: dict[str, Any]) -> bool:
            _hear(heard, chunk)
            heard.too_long = heard.too_long or heard.prompt_tokens > most_tokens
            return stop.is_set() or heard.too_long

        self._server.handle_chat_completions(body, listen)
        return heard


def _serve(model: Path, threads: int, slots: int, context_tokens: int) -> Any:
    import xllamacpp  # noqa: PLC0415 (0.1 s, only where used)

    p = xllamacpp.CommonParams()
    p.model.path = str(model)
    p.n_ctx, p.n_parallel, p.kv_unified = context_tokens * slots, slots, False
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = threads
    p.n_batch = p.n_ubatch = BATCH_TOKENS
    p.cache_ram_mib = 0  # slots are ours to fill: a hidden second cache would change times and batches
    p.warmup = p.fit_params = p.ctx_shift = p.ui = p.endpoint_slots = False
    p.n_threads_http = 1
    p.verbosity = -1
    try:
        server = xllamacpp.Server(p)
        # A server that is dropped before its loop has begun waits for the loop's end forever: one token
        # through it says that it has begun.
        server.handle_completions({"prompt": "a", "n_predict": 0, "cache_prompt": False})
        return server  # noqa: TRY300 (both belong to loading)
    except (RuntimeError, ValueError) as e:
        raise StepError(
            f"the embedded model {model} does not load: {e}", "`agentc pull` checks and mends it"
        ) from e


def _body(prompt: Prompt, slot: Slot, max_tokens: int, *, keep: bool) -> dict[str, Any]:
    return {
        "messages": prompt.messages,
        "max_tokens": max_tokens,
        "temperature": 0.0,
        "stream": True,
        "return_progress": True,
        "cache_prompt": keep,
        "id_slot": slot.number,
    }


def _hear(heard: Heard, chunk: dict[str, Any]) -> None:
    if failure := chunk.get("error"):
        heard.prompt_tokens = int(failure.get("n_prompt_tokens", 0))
        heard.too_long = failure.get("type") == "exceed_context_size_error"
        heard.error = "" if heard.too_long else str(failure.get("message", failure))
    if progress := chunk.get("prompt_progress"):
        heard.prompt_tokens = int(progress["total"])
    if timings := chunk.get("timings"):
        heard.timings = {name: float(value) for name, value in timings.items()}
    for choice in chunk.get("choices", ()):
        heard.parts.append(choice["delta"].get("content") or "")


def _shorter(request: Request, share: float) -> Request:
    user = cut_middle(request.prompt.user, int(len(request.prompt.user) * share * 0.97))
    return replace(request, prompt=replace(request.prompt, user=user))
