"""The engine for OpenAI-compatible servers, against a stand-in transport."""

from __future__ import annotations

import asyncio
import json

import httpx2
import pytest

from agentc.diagnostics import AgentcError
from agentc.runtime.engines.base import Limits, Request
from agentc.runtime.engines.openai import OpenAiEngine, completions_url
from agentc.runtime.errors import StepError
from agentc.runtime.prompts import Prompt

GOOD = {
    "choices": [{"message": {"role": "assistant", "content": " Paris. "}}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2},
}


def ask(answer, *, key="", model="", limits=None):
    """Ask a server that answers with `answer` (a response or an exception); the answer and the request."""
    seen: list[httpx2.Request] = []

    def serve(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def main():
        client = httpx2.AsyncClient(transport=httpx2.MockTransport(serve))
        engine = OpenAiEngine("http://box:8000", key, model, client)
        cache = await engine.prefill(Request("a", "llama-3.1-8b", Prompt("Capital of France?", "Be brief.")))
        assert not seen, "prefill only renders"
        try:
            return await engine.decode(cache, limits or Limits(16))
        finally:
            await engine.close()

    return asyncio.run(main()), seen[0]


def test_a_prompt_is_asked_and_answered():
    limits = Limits(16, temperature=0.5, stop=("\n",))
    answer, request = ask(httpx2.Response(200, json=GOOD), limits=limits)
    assert (answer.text, answer.tokens) == ("Paris.", 2)
    assert str(request.url) == "http://box:8000/v1/chat/completions"
    assert "authorization" not in request.headers
    assert json.loads(request.content) == {
        "model": "llama-3.1-8b",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Capital of France?"},
        ],
        "max_tokens": 16,
        "temperature": 0.5,
        "stop": ["\n"],
    }


def test_key_and_model_can_be_given():
    _, request = ask(httpx2.Response(200, json=GOOD), key="sk-1", model="mine")
    assert request.headers["authorization"] == "Bearer sk-1"
    assert json.loads(request.content)["model"] == "mine"


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        (
            httpx2.Response(401, json={"error": {"message": "bad key"}}),
            "answered 401: bad key",
            "AGENTC_LLM_KEY",
        ),
        (httpx2.Response(404, json={"error": "no model"}), "answered 404: no model", "'llama-3.1-8b'"),
        (httpx2.Response(429, text=""), "answered 429: nothing", "busy"),
        (httpx2.Response(500, text="<h1>oops</h1>"), "answered 500: <h1>oops</h1>", ""),
        (httpx2.Response(200, text="hello"), "something that is not JSON", ""),
        (httpx2.Response(200, json={"choices": []}), r"holds no choices\[0\]\.message\.content", ""),
        (httpx2.ConnectError("refused"), "cannot be reached: refused", ""),
        (httpx2.ReadTimeout("late"), "did not answer in time", ""),
    ],
)
def test_failures_are_told_in_words(answer, said, hint):
    with pytest.raises(StepError, match=said) as caught:
        ask(answer, key="sk-secret")
    assert hint in caught.value.hint
    assert "sk-secret" not in caught.value.reason


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("http://box:8000", "http://box:8000/v1/chat/completions"),
        ("http://box:8000/", "http://box:8000/v1/chat/completions"),
        ("https://api.example/v1/", "https://api.example/v1/chat/completions"),
        ("https://api.example/v1/chat/completions", "https://api.example/v1/chat/completions"),
        (
            "https://api.example/openai/v1?version=2",
            "https://api.example/openai/v1/chat/completions?version=2",
        ),
    ],
)
def test_urls(url, full):
    assert completions_url(url) == full


@pytest.mark.parametrize("url", ["box:8000", "ftp://box", "http://", "/v1"])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(AgentcError, match="is not the URL of a server"):
        completions_url(url)
