"""Moving a value over a link: latency plus bytes over bandwidth, and what the network charges.

A KV cache is made layer by layer, so it can be sent layer by layer while the next ones are computed:
what then remains after the prefill is the last layer, or all that the link could not keep up with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentc.costmodels.fleet import Link

BITS_PER_BYTE = 8.0
BITS_PER_MS_PER_GBPS = 1e6
US_PER_MS = 1e3
GB = 1e9


def transfer_ms(size_bytes: float, link: Link) -> float:
    """Time for `size_bytes` to cross an idle link: latency + 8·bytes/rate."""
    return link.latency_us / US_PER_MS + size_bytes * BITS_PER_BYTE / (link.gbps * BITS_PER_MS_PER_GBPS)


def transfer_usd(size_bytes: float, link: Link) -> float:
    """What one transfer costs: a price for each 1e9 bytes and one for each transfer."""
    return link.usd_per_transfer + size_bytes / GB * link.usd_per_gb


def exposed_ms(size_bytes: float, link: Link, compute_ms: float, layers: int) -> float:
    """Time that a layer-wise transfer takes beyond the computation that it overlaps with.

    With T = 8·bytes/rate, C the computation and L equal layers, layer k is ready at k·C/L, so the
    last one arrives at latency + max(C + T/L, C/L + T); less C, that is

        latency + max(T/L, T - C·(L - 1)/L)

    which is the whole transfer where there is one layer or nothing to overlap with.
    """
    wire = size_bytes * BITS_PER_BYTE / (link.gbps * BITS_PER_MS_PER_GBPS)
    behind = wire - compute_ms * (layers - 1) / layers
    return link.latency_us / US_PER_MS + max(wire / layers, behind)


def egress_gbps(size_bytes: float, ttft_ms: float, prefill_devices: int = 1) -> float:
    """The paper's peak egress of prefill: KV/(TTFT·N), in 1e9 bits a second for each device."""
    return size_bytes * BITS_PER_BYTE / (ttft_ms * BITS_PER_MS_PER_GBPS * prefill_devices)


def ingress_gbps(size_bytes: float, tpot_ms: float, decode_devices: int = 1) -> float:
    """The paper's peak ingress of decode: KV/(TBT·N), in 1e9 bits a second for each device."""
    return size_bytes * BITS_PER_BYTE / (tpot_ms * BITS_PER_MS_PER_GBPS * decode_devices)
