"""Which engine runs LLM operators: the embedded one, or a server that somebody named."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agentc.runtime.errors import threads_from
from agentc.runtime.models import model_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentc.runtime.engines.base import LlmEngine

EMBEDDED = "smollm2-135m"
EMBEDDED_PACKAGES, SERVER_PACKAGES = ("xllamacpp",), ("httpx2",)
THREADS, URL, KEY, MODEL = "AGENTC_LLM_THREADS", "AGENTC_LLM_URL", "AGENTC_LLM_KEY", "AGENTC_LLM_MODEL"


@dataclass(frozen=True)
class LlmChoice:
    """A server's base URL and key, and a model name that overrides the plan's; no URL: the embedded LLM."""

    url: str = ""
    model: str = ""
    key: str = ""

    @staticmethod
    def from_environment(url: str | None = None, model: str | None = None) -> LlmChoice:
        """Read the choice from what was given, else from the environment."""
        found = os.environ
        return LlmChoice(url or found.get(URL, ""), model or found.get(MODEL, ""), found.get(KEY, ""))


def make_engine(
    choice: LlmChoice, planned: Sequence[str], prompts: int, say: Callable[[str], None]
) -> LlmEngine:
    """Load an engine; slow, call it in a thread. `prompts` is how many LLM operators may wait at once."""
    if choice.url:
        from agentc.runtime.engines.openai import OpenAiEngine  # noqa: PLC0415 (only the one that is used)

        return OpenAiEngine(choice.url, choice.key, choice.model)
    from agentc.runtime.engines.llama import MOST_SLOTS, LlamaEngine  # noqa: PLC0415

    threads = threads_from(THREADS)
    if others := [name for name in planned if name != EMBEDDED]:
        say(
            f"note: LLM operators run on SmolLM2-135M here ({threads} thread{'s' * (threads > 1)}),"
            f" in place of {', '.join(others)}; --llm-url takes a server instead"
        )
    slots = min(max(prompts, 1), MOST_SLOTS)
    return LlamaEngine(model_folder(EMBEDDED) / "model.gguf", threads=threads, slots=slots, say=say)
