"""An OpenAI-compatible server under measurement: streamed chat completions over plain HTTP.

Time to the first token is until the first piece of text, time per token is between the first and
the last of them. Under concurrency each client sends its next request as soon as its last one is
answered (a closed loop), and the run's figures are medians over all requests.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import TYPE_CHECKING, Any

from agentc.diagnostics import error
from agentc.profiling.target import Ruler, Timing, measure_ruler, prompt_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentc.costmodels.calibration.points import Subject
    from agentc.profiling.target import Workload

REQUESTS_A_CLIENT = 3
WARM_WORDS = (10, 100)
TIMEOUT_S = 600.0
BAD_REQUEST = 400
SHOWN = 300
MS_PER_S = 1e3


class EndpointTarget:
    """A model behind a URL."""

    def __init__(self, url: str, subject: Subject, key: str = "") -> None:
        """Talk to `url`; nothing is sent before `prepare`. Raises AgentcError for what is no URL."""
        from agentc.runtime.engines.openai import completions_url  # noqa: PLC0415

        self.subject = subject
        self.clock = "wall"
        self._url = completions_url(url)
        self._key = key
        self._ruler = Ruler()
        self._extra: dict[str, Any] = {"ignore_eos": True}  # vLLM and llama.cpp know it, others refuse

    def prepare(self) -> None:
        """Send two prompts, and find out which fields the server takes."""
        try:
            self._ask(WARM_WORDS[0], 2, 0)
        except OSError as e:  # urllib's errors are all of this kind
            if not isinstance(e, urllib.error.HTTPError) or e.code != BAD_REQUEST:
                raise _failed(self._url, e) from e
            self._extra = {}
        seen = [(n, self._asked(n, 2, n).input_tokens) for n in WARM_WORDS]
        self._ruler = measure_ruler(seen[0], seen[1])

    def run(self, workload: Workload, seed: int) -> Timing:
        """Serve the workload to as many clients at once as it says."""
        words, clients = self._ruler.words(workload.input_tokens), workload.concurrency

        def client(number: int) -> list[Timing]:
            rounds = REQUESTS_A_CLIENT if clients > 1 else 1
            first = (seed * clients + number) * rounds
            return [self._asked(words, workload.output_tokens, first + r) for r in range(rounds)]

        with ThreadPoolExecutor(clients) as pool:
            every = [timing for found in pool.map(client, range(clients)) for timing in found]
        return Timing(
            median(t.input_tokens for t in every),
            median(t.output_tokens for t in every),
            median(t.ttft_ms for t in every),
            median(t.e2e_ms for t in every),
            median(t.tpot_ms for t in every if t.tpot_ms is not None) if every[0].tpot_ms else None,
        )

    def close(self) -> None:
        """Nothing is kept open."""

    def _asked(self, words: int, output_tokens: int, seed: int) -> Timing:
        try:
            return self._ask(words, output_tokens, seed)
        except OSError as e:
            raise _failed(self._url, e) from e

    def _ask(self, words: int, output_tokens: int, seed: int) -> Timing:
        nonce = int.from_bytes(os.urandom(4)) + seed  # a server's cache outlives this process
        body: dict[str, Any] = {
            "model": self.subject.model,
            "messages": [{"role": "user", "content": prompt_text(words, nonce)}],
            "max_tokens": output_tokens,
            "temperature": 0.0,
            "stream": True,
            "stream_options": {"include_usage": True},
            **self._extra,
        }
        request = urllib.request.Request(  # noqa: S310 (completions_url took http and https alone)
            self._url, json.dumps(body).encode(), {"Content-Type": "application/json", **self._headers()}
        )
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return _timed(_events(answer), began)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}


def _events(lines: Any) -> Iterator[dict[str, Any]]:
    """The JSON objects of a stream of server-sent events."""
    for line in lines:
        text = line.decode("utf-8", "replace").strip()
        if text.startswith("data:") and not text.endswith("[DONE]"):
            try:
                yield json.loads(text.removeprefix("data:"))
            except ValueError as e:
                raise error(f"the server streams something that is not JSON: {text[:SHOWN]!r}") from e


def _timed(events: Iterator[dict[str, Any]], began: float) -> Timing:
    first = last = 0.0
    pieces, usage = 0, dict[str, Any]()
    for event in events:
        usage = event.get("usage") or usage
        if _has_text(event):
            last = time.perf_counter()
            first = first or last
            pieces += 1
    if not first:
        raise error("the server answered without any text: nothing can be timed")
    tokens = int(usage.get("completion_tokens") or pieces)
    prompt = float(usage.get("prompt_tokens") or 0)
    if not prompt:
        hint = "it must send `usage` in its stream (stream_options.include_usage)"
        raise error("the server does not say how many tokens a prompt has", hint=hint)
    tpot = MS_PER_S * (last - first) / (tokens - 1) if tokens > 1 else None
    return Timing(prompt, tokens, MS_PER_S * (first - began), MS_PER_S * (last - began), tpot)


def _has_text(event: dict[str, Any]) -> bool:
    choices: list[dict[str, Any]] = event.get("choices") or []
    deltas: list[dict[str, Any]] = [choice.get("delta") or {} for choice in choices]
    return any(d.get("content") or d.get("reasoning_content") for d in deltas)


def _failed(url: str, problem: OSError) -> Exception:
    if isinstance(problem, urllib.error.HTTPError):
        said = problem.read().decode("utf-8", "replace")[:SHOWN].strip()
        return error(f"{url} answered {problem.code}: {said or problem.reason}")
    reason = getattr(problem, "reason", None) or problem
    return error(f"{url} cannot be reached: {reason}")
