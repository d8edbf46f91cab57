"""Any OpenAI-compatible server as the LLM engine. Prefill only renders: the server does both in one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agentc.diagnostics import error
from agentc.runtime.engines.base import Answer, Cache, Limits, Request
from agentc.runtime.errors import StepError
from agentc.runtime.trace import note

if TYPE_CHECKING:
    import httpx2

CONNECT_S, ANSWER_S = 10.0, 600.0
HTTP_OK = 200
SHOWN = 300  # characters of a server's complaint that are worth repeating


class OpenAiEngine:
    """Answers prompts over `/chat/completions`."""

    def __init__(
        self, url: str, key: str = "", model: str = "", client: httpx2.AsyncClient | None = None
    ) -> None:
        """Talk to `url`; `model` overrides the plan's names. `client` stands in for the network in tests."""
        self._url = completions_url(url)
        self._model = model
        self._key = key
        self._client = client

    async def prefill(self, request: Request) -> Cache:
        """Hold the rendered prompt: the server reads it when it answers."""
        return Cache(request, tokens=0)

    async def decode(self, cache: Cache, limits: Limits) -> Answer:
        """Ask the server and wait for the whole answer."""
        body: dict[str, Any] = {
            "model": self._model or cache.request.model,
            "messages": cache.request.prompt.messages,
            "max_tokens": limits.max_tokens,
            "temperature": limits.temperature,
        }
        if limits.stop:
            body["stop"] = list(limits.stop)
        answer = _answer(await self._post(body))
        note(**answer.figures)
        return answer

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _post(self, body: dict[str, Any]) -> Any:
        import httpx2  # noqa: PLC0415 (only where used)

        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=httpx2.Timeout(ANSWER_S, connect=CONNECT_S))
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            response = await self._client.post(self._url, json=body, headers=headers)
        except httpx2.TimeoutException as e:
            raise StepError(f"{self._url} did not answer in time") from e
        except httpx2.HTTPError as e:
            raise StepError(f"{self._url} cannot be reached: {e or type(e).__name__}") from e
        if response.status_code != HTTP_OK:
            raise _refused(self._url, body["model"], response.status_code, response.text)
        try:
            return response.json()
        except ValueError as e:
            raise StepError(f"{self._url} answered with something that is not JSON") from e


def completions_url(url: str) -> str:
    """Return the address of chat completions under a server's base URL, `/v1` or not.

    Raises:
        AgentcError: it is no http URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise error(f"{url!r} is not the URL of a server", hint="write http://host:port/v1")
    path = parts.path.rstrip("/")
    if not path.endswith("/chat/completions"):
        path = f"{path or '/v1'}/chat/completions"
    return parts._replace(path=path, fragment="").geturl()


def _refused(url: str, model: str, status: int, text: str) -> StepError:
    hints = {
        401: "set AGENTC_LLM_KEY to the server's key",
        403: "set AGENTC_LLM_KEY to a key that may use this model",
        404: f"does the server have a model named {model!r}? --llm-model names another",
        429: "the server is busy or a quota is used up",
    }
    return StepError(f"{url} answered {status}: {_complaint(text)}", hints.get(status, ""))


def _complaint(text: str) -> str:
    try:
        found: Any = json.loads(text)["error"]
        said: Any = found if isinstance(found, str) else found["message"]
    except (ValueError, KeyError, TypeError):
        said = text
    return " ".join(str(said).split())[:SHOWN] or "nothing"


def _answer(found: Any) -> Answer:
    try:
        text = found["choices"][0]["message"]["content"] or ""
    except (LookupError, TypeError) as e:
        raise StepError("the server's answer holds no choices[0].message.content") from e
    usage: dict[str, Any] = found.get("usage") or {}
    counted = {"prompt_tokens": usage.get("prompt_tokens"), "output_tokens": usage.get("completion_tokens")}
    figures = {name: float(n) for name, n in counted.items() if isinstance(n, int)}
    return Answer(str(text).strip(), int(figures.get("output_tokens", 0)), figures)
