"""Answers questions about serving LLMs from the files in corpus/, and cites them.

agentc compile examples/rag.py:answer --fleet examples/fleets/demo.yaml -o build/demo
agentc run build/demo --input question="Why does the KV cache limit the batch?"
"""

import re
from typing import Any

import agentc as ac

docs = ac.store("corpus/", embedder="minilm-l6-v2")

# Memory in GB, bandwidth in GB/s, dense bfloat16 TFLOPS: from the vendors' datasheets.
DEVICES = {
    "H100": (80, 3350, 989),
    "MI300X": (192, 5300, 1307),
    "Gaudi3": (128, 3700, 1835),
    "L4": (24, 300, 121),
}
WEIGHTS_GB, KV_BYTES_PER_TOKEN = 16.1, 131_072  # Llama 3.1 8B in bfloat16


@ac.tool(latency_ms=(3, 10), memory_mb=64, cpu=1, effects="none")
def device_facts(question: str) -> str:
    """Say how much context fits beside Llama 3.1 8B on each device that the question names (else an H100)."""
    words = re.findall(r"\w+", question.casefold())
    named = [device for device in DEVICES if device.casefold() in words]
    facts: list[str] = []
    for device in named or ["H100"]:
        memory_gb, bandwidth_gbs, tflops = DEVICES[device]
        tokens = (memory_gb - WEIGHTS_GB) * 1e9 / KV_BYTES_PER_TOKEN
        facts.append(
            f"{device}: {memory_gb} GB, {bandwidth_gbs} GB/s, {tflops} TFLOPS; "
            f"room for {tokens:,.0f} tokens of KV cache beside Llama 3.1 8B."
        )
    return "\n".join(facts)


@ac.compute(cpu_ms=1)
def cite(text: str, hits: list[dict[str, Any]]) -> str:
    """Name the passages that the answer was written from."""
    sources = [f"{hit['file']}:{hit['line']}-{hit['end_line']}" for hit in hits]
    return f"{text.strip()}\n\nSources: {', '.join(sources)}"


@ac.agent(slo=ac.SLO(e2e="5s", ttft="600ms"), load=ac.Load("40/s"))
def answer(question: str) -> str:
    """Answer from the best passages and the facts about devices; both are looked up at once."""
    hits = docs.search(question, k=3)
    facts = device_facts(question)
    draft = ac.llm(
        "llama-3.1-8b",
        "Passages:\n{hits}\n\nDevices:\n{facts}\n\nIn two sentences, from the passages alone: {question}",
        system="You answer questions about serving language models, briefly, from what you are given.",
        input_tokens=800,
        output_tokens=120,
    )(hits=hits, facts=facts, question=question)
    return cite(draft, hits)
