"""Moving a value over a link: latency plus bytes over bandwidth, and what the network charges."""

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
