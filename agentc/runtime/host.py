"""What operators do here: each method is one operator's work, on engines that load at first need."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentc.runtime.encoder.choice import ENCODER, make_encoder
from agentc.runtime.engines.base import Cache, Limits, Request
from agentc.runtime.engines.choice import LlmChoice, make_engine
from agentc.runtime.errors import StepError
from agentc.runtime.once import Once
from agentc.runtime.prompts import Prompt, render
from agentc.runtime.settings import StoreSetting
from agentc.runtime.stores.memory import Memory, memory_path
from agentc.runtime.threads import engines_at_rest, in_engine, in_thread
from agentc.runtime.toolbox import Toolbox
from agentc.runtime.trace import note
from agentc.runtime.values import to_json, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentc.runtime.encoder.encoder import Encoder
    from agentc.runtime.engines.base import LlmEngine
    from agentc.runtime.settings import Settings
    from agentc.runtime.stores.index import Index
    from agentc.runtime.stores.passages import Document

LLM_OPS = ("llm.call", "llm.prefill", "llm.decode")
ENCODER_OPS = ("llm.embed", "llm.rerank", "memory.search", "memory.lookup")
SEARCH_OPS = ("memory.search", "memory.lookup")
SPEECH_OPS = ("llm.transcribe", "llm.speak")
WIDER = 4  # a reranker gets this many times as many passages as it is to keep


class Host:
    """Engines, stores, tools and functions of one program. `say` hears notes and warnings for people."""

    def __init__(
        self, folder: Path, settings: Settings, *, llm: LlmChoice | None = None, say: Callable[[str], None]
    ) -> None:
        """Know where everything is; nothing is loaded yet."""
        self.settings = settings
        self.root = Path(settings.source_root)
        self.say = say
        self.toolbox = Toolbox(folder, settings)
        self._llm_choice = llm or LlmChoice.from_environment()
        self._llm = Once(self._make_llm)
        self._encoder = Once(self._make_encoder)
        self._indexes = {name: Once(self._index_maker(name)) for name in settings.stores}
        self._memory = Memory(memory_path(settings.agent))

    # ---- engines -------------------------------------------------------------------------------

    async def _make_llm(self) -> LlmEngine:
        slots = sum(o.op in {"llm.prefill", "llm.call"} for o in self.settings.operators.values())
        return await in_engine(make_engine, self._llm_choice, self.settings.models(*LLM_OPS), slots, self.say)

    async def _make_encoder(self) -> Encoder:
        return await in_engine(make_encoder)

    def _index_maker(self, name: str) -> Callable[[], Any]:
        async def make() -> Index:
            from agentc.runtime.stores.index import open_index  # noqa: PLC0415 (numpy, only where used)

            encoder = await self._encoder.get()
            return await in_engine(open_index, self.store_folder(name), encoder, self.say)

        return make

    def store_folder(self, name: str) -> Path:
        """Return the folder that a store searches.

        Raises:
            StepError: the store is bound to none.
        """
        setting = self.settings.stores.get(name, StoreSetting())
        if not setting.path:
            raise StepError(f"the store {name!r} has no folder", 'bind it in agent.stores: {path = "corpus"}')
        return self.root / setting.path

    async def warm(self) -> None:
        """Load whatever the program's operators will need, all at once.

        Raises:
            StepError: one of them does not load or start.
        """
        ops = {o.op for o in self.settings.operators.values()}
        needed: list[Once[Any]] = [self._llm] if ops & set(LLM_OPS) else []
        needed += [self._encoder] if ops & set(ENCODER_OPS) else []
        searched = {o.store for o in self.settings.operators.values() if o.op in SEARCH_OPS}
        needed += [self._indexes[name] for name in sorted(searched & self._indexes.keys())]
        await asyncio.gather(*(one.get() for one in needed), self.toolbox.start())

    async def close(self) -> None:
        """End everything that was started: servers, models, connections."""
        await self.toolbox.stop()
        if encoder := await self._encoder.drop():
            encoder.stop()
        for index in self._indexes.values():
            await index.drop()
        # An engine that is still loading when the process ends brings it down: it is loaded, then closed.
        if engine := await self._llm.drop(finish=True):
            await engine.close()
        await engines_at_rest()

    # ---- language models -----------------------------------------------------------------------

    async def prefill(
        self,
        *inputs: Any,
        operator: str,
        model: str,
        prompt: str | None = None,
        names: Sequence[str] = (),
        system: str = "",
        room_tokens: int = 0,
        prefix_tokens: int = 0,
    ) -> Cache:
        """Render the prompt and read it."""
        filled = Prompt(render(prompt, names, inputs), system)
        engine = await self._llm.get()
        return await engine.prefill(Request(operator, model, filled, room_tokens, prefix_tokens))

    async def decode(
        self,
        cache: Any,
        *,
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        model: str = "",
    ) -> str:
        """Answer."""
        del model  # the cache knows
        if not isinstance(cache, Cache):
            raise StepError("decode needs what prefill gives")
        engine = await self._llm.get()
        answer = await engine.decode(cache, Limits(max_tokens, temperature, tuple(stop)))
        return answer.text

    async def generate(
        self, *inputs: Any, max_tokens: int, temperature: float = 0.0, stop: Sequence[str] = (), **how: Any
    ) -> str:
        """Prefill and decode in one."""
        cache = await self.prefill(*inputs, **how, room_tokens=max_tokens)
        return await self.decode(cache, max_tokens=max_tokens, temperature=temperature, stop=stop)

    async def no_engine(self, *_: Any, **__: Any) -> Any:
        """Refuse: `check` has refused the program already."""
        raise StepError("there is no engine for speech here")

    # ---- encoders and stores -------------------------------------------------------------------

    async def embed(self, text: Any, *, model: str = ENCODER) -> Any:
        """Turn one text into a vector."""
        del model  # whatever the plan names, the embedded one runs
        encoder = await self._encoder.get()
        return (await in_engine(encoder.embed, [to_text(text)]))[0]

    async def lookup(self, vector: Any, *query: Any, store: str, k: int) -> list[Document]:
        """Find the passages nearest to a vector, and to the words of the query where it is given."""
        if store not in self._indexes:
            self.store_folder(store)
        index = await self._indexes[store].get()
        words = " ".join(to_text(part) for part in query)
        found = await in_engine(index.search, vector, words, k)
        note(passages=len(found))
        return found

    async def search(
        self, query: Any, *, store: str, k: int, embedder: str = ENCODER, rerank: str = ""
    ) -> Any:
        """Embed, look up, and rerank where a model is named."""
        vector = await self.embed(query, model=embedder)
        if not rerank:
            return await self.lookup(vector, query, store=store, k=k)
        found = await self.lookup(vector, query, store=store, k=k * WIDER)
        return await self.rerank(query, found, model=rerank, k=k)

    async def rerank(self, query: Any, docs: Any, *, model: str, k: int = 0) -> Any:
        """Sort passages by token-level MaxSim; keep the best `k` (0: all)."""
        from agentc.runtime.encoder.encoder import maxsim  # noqa: PLC0415 (numpy, only where used)

        del model  # whatever the plan names, the embedded one runs
        if not docs:
            return []
        encoder = await self._encoder.get()
        asked, *passages = await in_engine(encoder.embed_tokens, [to_text(query), *(d["text"] for d in docs)])
        scored = [{**d, "score": round(maxsim(asked, p), 6)} for d, p in zip(docs, passages, strict=True)]
        return sorted(scored, key=lambda d: -d["score"])[: k or None]

    async def load(self, key: Any, *, store: str, kind: str = "json") -> Any:
        """Return the value under a key; what is not there is empty."""
        found = await in_thread(self._memory.load, store, to_json(key))
        return to_text(found) if kind == "text" else found

    async def keep(self, key: Any, value: Any, *, store: str) -> Any:
        """Put a value under a key and give it back."""
        await in_thread(self._memory.store, store, to_json(key), to_json(value))
        return value

    async def observe(self, *values: Any, store: str) -> None:
        """Append values to a store's log."""
        for value in values:
            await in_thread(self._memory.observe, store, to_json(value))
