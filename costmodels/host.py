"""Operators that run on a host's cores: tools, stores, plain functions.

Any device with host vCPUs can run them; an accelerator lends its share of the host. A visit holds
the larger of its parts of cores and of memory, for as long as it lasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.costmodels import retrieval
from agentc.costmodels.demand import amount
from agentc.costmodels.resources import tool_latency
from agentc.costmodels.results import Estimate, Refusal, refuse_memory

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Device
    from agentc.ir.graph import Operator

CALLS = frozenset({"tool.invoke", "tool.compute"})
SEARCHES = frozenset({"memory.search", "memory.lookup"})
MB_PER_GB = 1e3
GB = 1e9
MS_PER_S = 1e3
# Resolving a tool and checking its arguments: a dictionary and a schema.
TOOL_LOOKUP_MS = 0.05
BASIS = "datasheet"


def estimate_host(operator: Operator, device: Device) -> Estimate | Refusal:
    """Cost one visit of a tool, store or function on the host of `device`, price left open."""
    share = share_of_host(operator, device)
    if isinstance(share, Refusal):
        return share
    if operator.op in CALLS:
        latency = tool_latency(operator)
        held_gb = amount(operator, "memory_mb") / MB_PER_GB
        p50 = amount(operator, "latency_ms_p50")
        p95 = max(p50, amount(operator, "latency_ms_p95"))
        return Estimate(p50, p95, latency.mean_ms / MS_PER_S * share, 0.0, held_gb, None, BASIS)
    time_ms = _time_ms(operator, device)
    return Estimate(
        time_ms, time_ms, time_ms / MS_PER_S * share, 0.0, _held_gb(operator, device), None, BASIS
    )


def share_of_host(operator: Operator, device: Device) -> float | Refusal:
    """The part of the host that one visit holds: max(cores/vCPUs, memory/host memory), 1 for models."""
    if operator.op.startswith("llm."):
        return 1.0
    if not device.host_vcpus:
        return Refusal(f"{device.name} states no host vCPUs for {operator.role} operators")
    held_gb = _held_gb(operator, device)
    if held_gb > device.host_memory_gb:
        return refuse_memory(operator.id, held_gb, device.host_memory_gb, f"the host of {device.name}")
    cores = _cores(operator, device)
    if cores > device.host_vcpus:
        return Refusal(f"{operator.id} needs {cores:g} cores, {device.name} has {device.host_vcpus:g} vCPUs")
    return max(cores / device.host_vcpus, held_gb / device.host_memory_gb)


def _cores(operator: Operator, device: Device) -> float:
    """A scan of vectors keeps the whole memory bus busy; other work states its cores or takes one."""
    if operator.op in SEARCHES and not _is_approximate(operator, device):
        return device.host_vcpus
    return amount(operator, "cpu") if operator.op in CALLS else min(1.0, device.host_vcpus)


def _is_approximate(operator: Operator, device: Device) -> bool:
    vectors, dim = amount(operator, "vectors"), amount(operator, "dim")
    return retrieval.is_approximate(vectors, dim, device.host_bandwidth_gbs)


def _held_gb(operator: Operator, device: Device) -> float:
    if operator.op in CALLS:
        return amount(operator, "memory_mb") / MB_PER_GB
    if operator.op in SEARCHES:
        vectors, dim = amount(operator, "vectors"), amount(operator, "dim")
        return retrieval.held_bytes(vectors, dim, device.host_bandwidth_gbs) / GB
    return 0.0


def _time_ms(operator: Operator, device: Device) -> float:
    match operator.op:
        case "memory.search" | "memory.lookup":
            vectors, dim = amount(operator, "vectors"), amount(operator, "dim")
            return retrieval.hybrid_ms(vectors, dim, device.host_bandwidth_gbs)
        case "memory.load" | "memory.store":
            return retrieval.entry_ms(operator.bytes, device.host_bandwidth_gbs)
        case "tool.lookup":
            return TOOL_LOOKUP_MS
        case _:
            return amount(operator, "cpu_ms")
