"""Whether a KV cache that one tier's prefill wrote can be read by another tier's decode.

The facts are `catalog/kv_transfer.yaml`: by vendor, which connectors its serving engine has, where it
can keep the cache that is sent (`kv_buffer_device`), in which layout it sends and reads, over what.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agentc.costmodels.located import read_document

if TYPE_CHECKING:
    from agentc.costmodels.fleet import Tier
    from agentc.costmodels.located import Value

CATALOG = Path(__file__).parent / "catalog" / "kv_transfer.yaml"
FACTS = ("connectors", "buffers", "sends", "reads", "transports")
HOST = "host"


@dataclass(frozen=True)
class Engine:
    """What the serving engine of one vendor's devices can do with a KV cache."""

    connectors: frozenset[str]
    buffers: frozenset[str]
    sends: frozenset[str]
    reads: frozenset[str]
    transports: frozenset[str]
    tested_with: frozenset[str]


def kv_refusal(prefill: Tier, decode: Tier) -> str | None:
    """Why `decode` cannot read the KV cache of `prefill`; None where it can, or where nothing is known."""
    ours, theirs = engines().get(_maker(prefill)), engines().get(_maker(decode))
    if prefill.name == decode.name or ours is None or theirs is None:
        return None
    a, b = _device(prefill), _device(decode)
    if not ours.connectors & theirs.connectors:
        return f"no KV connector joins {a} ({_list(ours.connectors)}) and {b} ({_list(theirs.connectors)})"
    if not ours.transports & theirs.transports:
        return f"no transport joins {a} ({_list(ours.transports)}) and {b} ({_list(theirs.transports)})"
    return None if _maker(prefill) == _maker(decode) else _across_vendors(a, ours, b, theirs)


def _across_vendors(a: str, ours: Engine, b: str, theirs: Engine) -> str | None:
    """Between vendors the cache goes through host memory, in a layout that the reader knows."""
    for name, engine in ((a, ours), (b, theirs)):
        if HOST not in engine.buffers:
            return f"{name} cannot stage a KV cache of another vendor in host memory (kv_buffer_device=cpu)"
    if not ours.sends & theirs.reads:
        return f"{a} sends the KV cache as {_list(ours.sends)}, {b} reads {_list(theirs.reads)}"
    return None


def kv_is_tested(prefill: Tier, decode: Tier) -> bool:
    """Whether the two vendors were reported to work this way round; true inside one, and of unknown ones."""
    ours, reader = engines().get(_maker(prefill)), _maker(decode)
    return ours is None or reader not in engines() or _maker(prefill) == reader or reader in ours.tested_with


def _maker(tier: Tier) -> str:
    """The vendor of an accelerator; `cpu` for CPU machines, whoever made them."""
    if tier.device is None:
        return ""
    return "cpu" if tier.device.kind == "cpu" else tier.device.vendor


def _device(tier: Tier) -> str:
    return tier.device.name if tier.device else tier.name


def _list(words: frozenset[str]) -> str:
    return ", ".join(sorted(words)) or "none"


@cache
def engines() -> dict[str, Engine]:
    """The catalog's engines by vendor."""
    document = read_document(CATALOG, "the catalog of KV transfers")
    made: dict[str, Engine] = {}
    for vendor, entry in document.mapping()["engines"].mapping().items():
        keys = entry.mapping((*FACTS, "tested_with", "source", "date"))
        facts = {k: _words(keys[k]) for k in FACTS}
        made[vendor] = Engine(**facts, tested_with=_words(keys.get("tested_with")))
    return made


def _words(value: Value | None) -> frozenset[str]:
    return frozenset(item.text() for item in value.items()) if value else frozenset()
