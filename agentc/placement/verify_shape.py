"""Whether a manifest has the fields that `verify` reads, of the types that it needs.

Part of `verify`. The published JSON Schema says more; this says enough that no later check stumbles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
NUMBER = (int, float)
MAYBE = type(None)
TOP: dict[str, Any] = {
    "agentc": str,
    "objective": str,
    "mode": str,
    "rate_per_s": (*NUMBER, MAYBE),
    "soft_usd_per_ms": (*NUMBER, MAYBE),
    "solver": dict,
    "totals": dict,
    "pools": list,
    "operators": list,
    "transfers": list,
    "critical_path": list,
    "slo": list,
    "tiers": list,
    "links": list,
    "constraints": list,
    "front": list,
    "edges": list,
    "structure": list,
    "results": list,
}
RECORDS: dict[str, dict[str, Any]] = {
    "pools": {
        **dict.fromkeys(("id", "tier", "device", "role"), str),
        **dict.fromkeys(("tp", "pp", "replicas", "devices", "max_batch", "needed"), int),
        **dict.fromkeys(("utilisation", "memory_gb", "usd_per_hour", "watts"), NUMBER),
    },
    "operators": {
        **dict.fromkeys(("id", "op", "pool", "tier", "basis"), str),
        **dict.fromkeys(
            (
                "visits",
                "latency_ms",
                "latency_ms_p95",
                "wait_ms_p95",
                "busy_s",
                "usd_per_call",
                "usd_per_visit",
                "usd_per_1k",
                "holds_gb",
                "visit_gb",
            ),
            NUMBER,
        ),
        "output_tokens": (int, MAYBE),
        "holds": (str, MAYBE),
    },
    "transfers": {
        **dict.fromkeys(("from", "to", "link"), str),
        **dict.fromkeys(("bytes", "latency_ms", "visits", "usd_per_1k"), NUMBER),
    },
    "edges": {
        **dict.fromkeys(("from", "to", "kind"), str),
        **dict.fromkeys(("bytes", "visits"), NUMBER),
        "carried": bool,
    },
    "tiers": {
        "name": str,
        "device": (str, MAYBE),
        "kind": (str, MAYBE),
        "count": (int, MAYBE),
        "usd_per_hour": NUMBER,
        "watts": NUMBER,
        "memory_gb": (*NUMBER, MAYBE),
        "host_memory_gb": (*NUMBER, MAYBE),
        "up": NUMBER,
        "gco2_per_kwh": NUMBER,
    },
    "front": {
        "usd_per_hour": (*NUMBER, MAYBE),
        **dict.fromkeys(("usd_per_1k_requests", "e2e_ms_p95", "gap"), NUMBER),
        "placement": dict,
    },
    "constraints": {
        **dict.fromkeys(("kind", "name"), str),
        **dict.fromkeys(("operators", "tiers", "refused"), list),
        **dict.fromkeys(("limit", "value"), NUMBER),
    },
    "links": {
        "id": str,
        "between": list,
        **dict.fromkeys(("gbps", "latency_us", "usd_per_gb", "usd_per_transfer"), NUMBER),
    },
    "slo": {"name": str, "limit": NUMBER, "value": NUMBER, "met": bool, "soft": bool},
}
TOTALS: dict[str, Any] = {
    "usd_per_hour": (*NUMBER, MAYBE),
    "usd_per_1k_requests": NUMBER,
    "soft_usd_per_1k_requests": NUMBER,
    "e2e_ms_p50": NUMBER,
    "e2e_ms_p95": NUMBER,
    "ttft_ms_p95": (*NUMBER, MAYBE),
    "tpot_ms_p95": (*NUMBER, MAYBE),
    "watts": (*NUMBER, MAYBE),
    "availability": (*NUMBER, MAYBE),
    "joules_per_request": NUMBER,
    "gco2_per_1k_requests": NUMBER,
}
SOLVER: dict[str, Any] = {
    "status": str,
    "gap": NUMBER,
    **dict.fromkeys(("objective", "bound"), (*NUMBER, MAYBE)),
    "unit": (str, MAYBE),
    **{
        f"{kind}_{unit}": (*NUMBER, MAYBE)
        for kind in ("objective", "bound")
        for unit in ("usd_per_hour", "usd_per_1k_requests", "ms")
    },
}
STEPS: dict[str, dict[str, Any]] = {
    "branch": {"probabilities": list, "blocks": list},
    "loop": {"trips": NUMBER, "max_trips": int, "test": list, "body": list},
    "map": {"items": NUMBER, "width": int, "body": list},
}


def malformed(manifest: Json) -> list[str]:
    """What is missing or of the wrong type, one sentence each."""
    if not isinstance(manifest, dict):
        return ["the manifest is not an object"]
    found = list(_fields("the manifest", cast("dict[str, Json]", manifest), TOP))
    return found or list(_records(cast("dict[str, Json]", manifest)))


def _records(manifest: dict[str, Json]) -> Iterator[str]:
    yield from _fields("totals", manifest["totals"], TOTALS)
    yield from _fields("solver", manifest["solver"], SOLVER)
    for kind, fields in RECORDS.items():
        for n, record in enumerate(manifest[kind]):
            yield from _fields(f"{kind}[{n}]", record, fields)
    for kind in ("critical_path", "results"):
        if not all(isinstance(i, str) for i in manifest[kind]):
            yield f"{kind} must hold operator ids"
    yield from _block(manifest["structure"])


def _fields(where: str, record: Json, fields: dict[str, Any]) -> Iterator[str]:
    if not isinstance(record, dict):
        yield f"{where} is not an object"
        return
    for name, kind in fields.items():
        if name not in record:
            yield f"{where} has no {name}"
        elif not isinstance(record[name], kind) or (isinstance(record[name], bool) and kind is not bool):
            yield f"{where}.{name} is {record[name]!r}"


def _block(block: Json) -> Iterator[str]:
    if not isinstance(block, list):
        yield f"structure: {block!r} is no list of steps"
        return
    for step in cast("list[Json]", block):
        if not isinstance(step, str):
            yield from _construct(step)


def _construct(step: Json) -> Iterator[str]:
    kind = next((k for k in STEPS if isinstance(step, dict) and k in step), None)
    if kind is None:
        yield f"structure: {step!r} is no step"
        return
    problems = list(_fields("structure", step, STEPS[kind]))
    yield from problems
    if problems:
        return
    record = cast("dict[str, Json]", step)
    blocks: list[Json] = (
        record["blocks"] if kind == "branch" else [record[k] for k in ("test", "body") if k in record]
    )
    chances: list[Json] = record.get("probabilities", blocks)
    if len(blocks) != len(chances):
        yield f"structure: {len(blocks)} blocks with {len(chances)} probabilities"
    if not all(isinstance(p, NUMBER) for p in record.get("probabilities", [])):
        yield f"structure: probabilities {chances!r}"
    for inner in blocks:
        yield from _block(inner)
