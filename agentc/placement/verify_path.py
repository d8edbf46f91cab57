"""Checks of `verify` on times: end to end, first token, time per token, the critical path.

Part of `verify`: shares no code with the rest of placement.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from agentc.placement.verify_parts import Crossings, differs, hop_us
from agentc.placement.verify_time import Times, inside, to_us

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
PROBE_US = 1_000_000
ROUNDING_US = 10


def check_times(m: Json) -> Iterator[str]:
    """End to end, first token and time per token follow from structure, latencies and links."""
    p95, p50 = times_of(m, "latency_ms_p95"), times_of(m, "latency_ms", likeliest=True)
    totals, steps = m["totals"], m["structure"]
    for o in m["operators"]:
        if m["rate_per_s"] is None and o["wait_ms_p95"]:
            yield f"operator {o['id']} waits {o['wait_ms_p95']:g} ms, and there is no load to wait for"
        if o["wait_ms_p95"] > o["latency_ms_p95"] + 1e-9 or o["latency_ms"] > o["latency_ms_p95"] + 1e-9:
            yield f"operator {o['id']}: its wait or its median exceeds its p95 latency"
    yield from differs("totals.e2e_ms_p95", totals["e2e_ms_p95"], p95.block(steps) / 1000)
    yield from differs("totals.e2e_ms_p50", totals["e2e_ms_p50"], p50.block(steps) / 1000)
    decodes = returned_decodes(m)
    roles = {o["id"]: o["op"] for o in m["operators"]}
    feeding = {e["from"] for e in m["edges"] if e["to"] in decodes and e["kind"] == "data"}
    prefills = sorted(i for i in feeding if roles.get(i) == "llm.prefill")
    ttft = max((p95.finish(steps, i) / 1000 for i in prefills), default=None)
    yield from differs("totals.ttft_ms_p95", totals["ttft_ms_p95"], ttft)
    per_token = [
        (o["latency_ms_p95"] - o["wait_ms_p95"]) / max(o["output_tokens"] or 1, 1)
        for o in m["operators"]
        if o["id"] in decodes
    ]
    yield from differs("totals.tpot_ms_p95", totals["tpot_ms_p95"], max(per_token, default=None))


def times_of(m: Json, latency: str, *, likeliest: bool = False) -> Times:
    """The schedule of a manifest by one of its latencies."""
    crossings = Crossings(m)
    links = [crossings.link(e) for e in m["edges"]]
    hops = [hop_us(e["bytes"], link) if link else 0 for e, link in zip(m["edges"], links, strict=True)]
    return Times(m["edges"], {o["id"]: to_us(o[latency]) for o in m["operators"]}, hops, likeliest)


def returned_decodes(m: Json) -> set[str]:
    """Decode operators whose text the agent returns, followed back through plain compute."""
    ops = {o["id"]: o["op"] for o in m["operators"]}
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(m["results"])
    while waiting:
        i = waiting.pop()
        if i in seen:
            continue
        seen.add(i)
        if ops[i] == "llm.decode":
            found.add(i)
        elif ops[i].startswith("agent."):
            waiting += [e["from"] for e in m["edges"] if e["to"] == i and e["kind"] == "data"]
    return found


def check_path(m: Json) -> Iterator[str]:
    """The critical path is one: operators one after another that by themselves take the whole time."""
    whole, steps, path = times_of(m, "latency_ms_p95"), m["structure"], m["critical_path"]
    end = whole.block(steps)
    if len(set(path)) != len(path) or not set(path) <= set(whole.latency_us):
        yield "the critical path repeats an operator or names an unknown one"
        return
    alone = whole.only({i: whole.latency_us[i] for i in path}, hops=True)
    if alone.block(steps) != end:
        yield f"the operators of the critical path take less than {end / 1000:g} ms by themselves"
    for i in path:
        longer = Times(whole.edges, {**whole.latency_us, i: whole.latency_us[i] + PROBE_US}, whole.hop_us)
        if longer.block(steps) - end < whole.only({i: PROBE_US}).block(steps) - ROUNDING_US:
            yield f"{i} is not on the critical path: it could take longer at no harm"
    for i, k in pairwise(path):
        probes = [whole.only(dict.fromkeys(ids, PROBE_US)).block(steps) for ids in ([i], [k], [i, k])]
        if probes[2] <= max(probes[:2]):
            yield f"{i} and {k} are neighbors on the critical path but run at the same time"
    order = [i for s in steps for i in inside(s)]
    if sorted(path, key=order.index) != path:
        yield "the critical path is not in the order of the structure"
