"""The voice agent of arXiv 2507.19635, Figure 2: speech in, search until there is enough, speech out.

agentc compile examples/voice_agent.py:voice_agent --fleet examples/fleets/demo.yaml -o build/voice
"""

import json
from urllib.parse import urlencode
from urllib.request import urlopen

import agentc as ac

MODEL = "llama-3.1-8b"
SEARCH = "https://en.wikipedia.org/w/api.php?"


@ac.tool(latency_ms=(350, 1200), memory_mb=128, cpu=0.1, effects="read")
def web_search(query: str) -> str:
    """Return the first lines of what Wikipedia finds."""
    asked = urlencode(
        {"action": "query", "list": "search", "srsearch": query, "srlimit": 3, "format": "json"}
    )
    with urlopen(SEARCH + asked, timeout=10) as reply:  # noqa: S310 (the address is fixed)
        found = json.load(reply)["query"]["search"]
    return "\n".join(f"{page['title']}: {page['snippet']}" for page in found)


@ac.compute(cpu_ms=1)
def add(notes: str, found: str) -> str:
    """Append what a search found."""
    return f"{notes}\n{found}".strip()


@ac.test(cpu_ms=1)
def says_yes(verdict: str) -> bool:
    """Read the model's verdict."""
    return verdict.strip().casefold().startswith("yes")


@ac.agent(slo=ac.SLO(e2e="12s"), load=ac.Load("2/s"))
def voice_agent(speech: bytes) -> bytes:
    """Answer a spoken question with speech."""
    question = ac.transcribe(speech, "whisper-large-v3", seconds=6)

    def search(notes: str) -> str:
        ask = ac.llm(MODEL, "Known:\n{notes}\n\nOne web search for: {q}", input_tokens=400, output_tokens=20)
        query = ask(notes=notes, q=question)
        return add(notes, web_search(query))

    def enough(notes: str) -> bool:
        judge = ac.llm(
            MODEL, "{notes}\n\nDoes this answer {q}? yes or no:", input_tokens=600, output_tokens=2
        )
        verdict = judge(notes=notes, q=question)
        return says_yes(verdict)

    notes = ac.loop(search, "", until=enough, trips=1.4, max_trips=3)
    tell = ac.llm(MODEL, "{notes}\n\nSay in two short sentences: {q}", input_tokens=600, output_tokens=60)
    reply = tell(notes=notes, q=question)
    return ac.speak(reply, "kokoro-82m", seconds=12)
