"""The embedded engine under measurement: llama.cpp in this process, as emitted programs run it.

Its time is the processor time of this process by default. The engine computes on one thread and
waits for nothing, so on an idle machine that is its latency; on a busy one, the clock on the wall
would count other programs' work.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from agentc.costmodels.calibration.points import LOCAL, Subject
from agentc.profiling.target import Ruler, Timing, measure_ruler, prompt_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentc.profiling.target import Workload
    from agentc.runtime.engines.base import LlmEngine

CLOCKS: dict[str, Callable[[], float]] = {"cpu": time.process_time, "wall": time.perf_counter}
WARM_WORDS = (10, 60)
MS_PER_S = 1e3


class LocalTarget:
    """The embedded model. Requests take turns there, so it is measured one at a time."""

    def __init__(self, clock: str = "cpu") -> None:
        """Choose the clock; the model is loaded by `prepare`."""
        from agentc.runtime.engines.choice import EMBEDDED  # noqa: PLC0415 (the engine loads when used)

        self.subject = Subject(EMBEDDED, f"{LOCAL}, 1 thread, {clock} time")
        self.clock = clock
        self._now = CLOCKS[clock]
        self._runner = asyncio.Runner()
        self._engine: LlmEngine | None = None
        self._ruler = Ruler()

    def prepare(self) -> None:
        """Load the model and read two prompts."""
        from agentc.runtime.engines.choice import EMBEDDED, LlmChoice, make_engine  # noqa: PLC0415
        from agentc.runtime.models import need_models  # noqa: PLC0415

        need_models(EMBEDDED)
        self._engine = make_engine(LlmChoice(), (EMBEDDED,), 1, lambda _: None)
        seen = [(n, self._runner.run(self._serve(n, 2, n)).input_tokens) for n in WARM_WORDS]
        self._ruler = measure_ruler(seen[0], seen[1])

    def run(self, workload: Workload, seed: int) -> Timing:
        """Prefill and decode one prompt, as the two operators of a plan do."""
        words = self._ruler.words(workload.input_tokens)
        return self._runner.run(self._serve(words, workload.output_tokens, seed))

    def close(self) -> None:
        """Unload the model."""
        if self._engine is not None:
            self._runner.run(self._engine.close())
        self._runner.close()

    async def _serve(self, words: int, output_tokens: int, seed: int) -> Timing:
        from agentc.runtime.engines.base import Limits, Request  # noqa: PLC0415
        from agentc.runtime.prompts import Prompt  # noqa: PLC0415

        assert self._engine is not None
        request = Request("profile", self.subject.model, Prompt(prompt_text(words, seed)))
        began = self._now()
        cache = await self._engine.prefill(request)
        read = self._now()
        answer = await self._engine.decode(cache, Limits(output_tokens))
        done = self._now()
        return Timing(cache.tokens, answer.tokens, MS_PER_S * (read - began), MS_PER_S * (done - began))
