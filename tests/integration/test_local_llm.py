"""The embedded LLM on its real weights: prefill and decode apart, repeatable, bounded, cancellable."""

from __future__ import annotations

import asyncio
import time

import pytest

from agentc.runtime.engines.base import Limits, Request
from agentc.runtime.engines.choice import LlmChoice, make_engine
from agentc.runtime.engines.llama import LlamaEngine
from agentc.runtime.errors import StepError
from agentc.runtime.models import is_pulled, model_folder
from agentc.runtime.prompts import Prompt
from agentc.runtime.trace import Trace

pytestmark = pytest.mark.skipif(
    not is_pulled("smollm2-135m"), reason="needs `agentc pull smollm2-135m` (make test does it)"
)
WEIGHTS = model_folder("smollm2-135m") / "model.gguf"


def with_engine(act, **options):
    """Run `act(engine, said)` with a fresh engine, of two slots unless told otherwise."""
    said: list[str] = []

    async def main():
        engine = LlamaEngine(WEIGHTS, say=said.append, **{"slots": 2, **options})
        try:
            return await act(engine, said)
        finally:
            await engine.close()

    return asyncio.run(main())


def request(text, room=32):
    return Request("answer.prefill", "llama-3.1-8b", Prompt(text), room)


async def answer(engine, text, tokens=12):
    return await engine.decode(await engine.prefill(request(text)), Limits(tokens))


def test_answers_are_the_same_whatever_else_runs():
    questions = ["Tell me about dogs.", "Tell me about cats.", "Name a color."]

    async def act(engine, said):
        alone = [(await answer(engine, q)).text for q in questions]
        together = await asyncio.gather(*(answer(engine, q) for q in [*questions, *questions]))
        return alone, [a.text for a in together]

    alone, together = with_engine(act)
    assert together == [*alone, *alone]
    assert len(set(alone)) == 3
    assert all(alone)


def test_prefill_reads_the_prompt_and_decode_only_continues():
    async def act(engine, said):
        cache = await engine.prefill(request("The tower stands in Paris. " * 40 + "Tell me more."))
        found = await engine.decode(cache, Limits(5))
        return cache.tokens, found

    tokens, found = with_engine(act)
    assert tokens > 200
    assert found.tokens == 5
    assert found.figures["cache_n"] == tokens - 1, "all but the last token came from the cache"
    assert found.figures["prompt_n"] == 1


def test_a_prompt_whose_slot_was_taken_is_read_again():
    async def act(engine, said):
        first = await engine.prefill(request("Tell me about dogs."))
        early = (await engine.decode(first, Limits(8))).text
        for other in ("One.", "Two.", "Three."):
            await engine.prefill(request(other))
        return early, (await engine.decode(first, Limits(8))).text

    early, late = with_engine(act, slots=1)
    assert early == late


def test_an_answer_ends_at_its_bound_and_at_a_stop():
    async def act(engine, said):
        cache = await engine.prefill(request("Count: one, two, three, four,"))
        whole = await engine.decode(cache, Limits(20))
        stop = whole.text.split()[1]
        return whole, await engine.decode(cache, Limits(20, stop=(stop,))), stop

    whole, stopped, stop = with_engine(act)
    assert whole.tokens <= 20
    assert stop not in stopped.text


def test_a_prompt_longer_than_the_context_loses_its_middle_and_says_so():

    async def act(engine, said):
        return said, await engine.prefill(request("begin " + "word " * 3000 + " end", room=9999))

    said, cache = with_engine(act, slots=1, context_tokens=512)
    (warning,) = said
    assert warning.startswith("warning: answer.prefill: the prompt has 30")
    assert "context 512: its middle was cut" in warning
    assert 200 < cache.tokens <= 256
    user = cache.request.prompt.user
    assert user.startswith("begin ")
    assert user.endswith(" end")


def test_a_system_text_longer_than_the_context_is_refused():
    async def act(engine, said):
        await engine.prefill(Request("a", "m", Prompt("hi", "word " * 600)))

    with pytest.raises(StepError, match="its system text alone is too long"):
        with_engine(act, slots=1, context_tokens=512)


def test_a_cancelled_call_stops_and_the_engine_goes_on():
    async def act(engine, said):
        cache = await engine.prefill(request("Write a very long story."))
        writing = asyncio.create_task(engine.decode(cache, Limits(3000)))
        await asyncio.sleep(0.3)
        began = time.perf_counter()
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        return time.perf_counter() - began, await answer(engine, "Name a color.")

    seconds, after = with_engine(act)
    assert seconds < 5, "3,000 tokens would take half a minute"
    assert after.text


def test_waiting_for_the_engine_is_told_apart_from_working():
    async def act(engine, said):
        trace = Trace()

        async def one(name):
            span = trace.open(name, "llm.prefill", "", "")
            await engine.prefill(request("word " * 100))
            trace.close(span)

        await asyncio.gather(one("first"), one("second"))
        return trace.records()

    first, second = with_engine(act)
    assert second["start_ms"] >= first["end_ms"] - 1
    assert first["figures"]["prompt_tokens"] == second["figures"]["prompt_tokens"] > 100


def test_a_broken_model_file_is_told(tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF not really")
    with pytest.raises(StepError, match="does not load"):
        LlamaEngine(tmp_path / "model.gguf", say=print)


def test_the_stand_in_for_the_plans_model_is_named_once():
    said: list[str] = []
    engine = make_engine(LlmChoice(), ["llama-3.1-8b", "qwen3-32b"], 1, said.append)
    asyncio.run(engine.close())
    (note,) = said
    assert "SmolLM2-135M here (1 thread), in place of llama-3.1-8b, qwen3-32b" in note
    assert make_engine(LlmChoice(), ["smollm2-135m"], 1, said.append)
    assert len(said) == 1
