"""Stand-in operators for the reference interpreter: what they make only tells what they read.

A value is a digest of how it was made, so two programs that return equal values compute the same.
Composite operators are told in terms of their parts. What nobody can foresee is told apart: a sampled
answer and whatever has effects differ at each run, by the operator's id and how often it has run.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from agentc.ir.defaults import EMBEDDER, RERANK_CANDIDATES, K
from agentc.ir.effects import repeatable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir import ir

# What decides a result; the rest only says what it costs.
PREFILL = ("model", "prompt", "inputs", "system")
DECODE = ("model", "temperature", "stop")
FAILS_ONE_IN = 10
_SHARD = re.compile(r"\.shard\d+")
MOST_ITEMS = 4


class Failed:
    """The value of an operator that failed, or that read such a value."""

    def __repr__(self) -> str:
        return "failed"


FAILED = Failed()


@dataclass
class StandIns:
    """Operators of one run. `seed` decides tests, list lengths and, where `failing`, who fails.

    `lost` counts what did not run because something before it had failed.
    """

    seed: int
    failing: bool
    stores: Mapping[str, Any]
    terms: dict[str, tuple[object, ...]] = field(default_factory=dict[str, tuple[object, ...]])
    lists: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    lost: int = 0
    _runs: Counter[str] = field(default_factory=Counter[str])

    def tell(self, *parts: object) -> str:
        """Return the value that is made so."""
        made = blake2b(repr(parts).encode(), digest_size=8).hexdigest()
        self.terms[made] = parts
        return made

    def chance(self, what: str, value: object) -> int:
        """Return a number from 0 to 2^32 that the seed, a purpose and a value decide."""
        told = f"{self.seed} {what} {value}".encode()
        return int.from_bytes(blake2b(told, digest_size=4).digest(), "big")

    def may_fail(self, value: str) -> Any:
        """Return the value, or the mark of failure."""
        fails = self.failing and self.chance("fail", value) % FAILS_ONE_IN == 0
        return FAILED if fails else value

    def holds(self, value: object) -> bool:
        """Decide a test."""
        return self.chance("test", value) % 3 > 0

    def items(self, value: str) -> list[Any]:
        """Return a JSON list's items."""
        if value not in self.lists:
            number = self.chance("items", value) % (MOST_ITEMS + 1)
            self.lists[value] = [self.tell("item", value, i) for i in range(number)]
        return list(self.lists[value])

    def gathered(self, items: list[Any]) -> Any:
        """Return a JSON list of items; reading one that failed fails."""
        if any(item is FAILED for item in items):
            return FAILED
        made = self.tell("list", *items)
        self.lists[made] = items
        return made

    def run(
        self, op: ir.Operation, id: str, stated: Mapping[str, Any], inputs: tuple[Any, ...]
    ) -> tuple[Any, object]:
        """Return what an operator makes of inputs, none of which failed, and what is seen of its run."""
        made = self._made(op.name, stated, inputs)
        if made is FAILED or repeatable(op) or op.name == "llm.expert_decode":
            return made, made
        # A part stands for the whole that it was taken out of, a map's shards for the map.
        whole = _SHARD.sub("", id).removesuffix(f".{op.name.partition('.')[2]}")
        run = f"{whole} {made}"
        self._runs[run] += 1
        seen = self.tell(made, whole, self._runs[run])
        return self.may_fail(seen), seen

    def _made(self, name: str, stated: Mapping[str, Any], inputs: tuple[Any, ...]) -> Any:  # noqa: PLR0911 (one case a kind)
        match name:
            case "llm.call":
                return self._decode(stated, self._prefill(stated, inputs))
            case "llm.prefill" | "llm.gate":
                return self._prefill(stated, inputs)
            case "llm.expert_prefill" | "llm.expert_decode" | "llm.merge" | "llm.all_reduce":
                return self._part(name, stated, inputs)
            case "llm.decode":
                return self._decode(stated, *inputs)
            case "memory.search":
                return self._search(stated, inputs[0])
            case "memory.lookup":
                return self._lookup(stated, stated.get("k", K), inputs)
            case "llm.embed":
                return self.tell("embed", stated["model"], *inputs)
            case "llm.rerank":
                return self._rerank(stated["model"], stated.get("k", K), inputs)
            case "tool.invoke" | "tool.compute":
                return self.tell("tool", stated["tool"], *self._arguments(name, inputs))
            case _:
                return self.tell(name, stated.get("fn", stated.get("store", stated.get("model"))), *inputs)

    def _part(self, name: str, stated: Mapping[str, Any], inputs: tuple[Any, ...]) -> Any:
        """One device's part of a model is told as the whole, and so is what puts equal parts together."""
        if name == "llm.expert_decode":
            return self.tell("decode", _some(stated, DECODE), *inputs)
        whole = inputs[0] if len(set(inputs)) == 1 else self.tell("unlike", *inputs)
        ends = name == "llm.all_reduce" and stated.get("phase") == "decode"
        return self.may_fail(whole) if ends else whole

    def request(self, inputs: tuple[Any, ...]) -> str:
        """Return a tool's arguments, looked up and put together."""
        made = self.tell("arguments", *inputs)
        self.lists[made] = list(inputs)
        return made

    def _arguments(self, name: str, inputs: tuple[Any, ...]) -> list[Any]:
        one_request = name == "tool.compute" and len(inputs) == 1
        return self.lists.get(inputs[0], list(inputs)) if one_request else list(inputs)

    def _prefill(self, stated: Mapping[str, Any], inputs: tuple[Any, ...]) -> str:
        return self.tell("prefill", _some(stated, PREFILL), *inputs)

    def _decode(self, stated: Mapping[str, Any], cache: object) -> Any:
        return self.may_fail(self.tell("decode", _some(stated, DECODE), cache))

    def _search(self, stated: Mapping[str, Any], query: object) -> Any:
        store = stated["store"]
        embedder = stated.get("embedder") or self.stores.get(store, {}).get("embedder", EMBEDDER)
        vector = self.tell("embed", embedder, query)
        k = stated.get("k", K)
        if "rerank" not in stated:
            return self._lookup(stated, k, (vector, query))
        found = self._lookup(stated, k * RERANK_CANDIDATES, (vector, query))
        return FAILED if found is FAILED else self._rerank(stated["rerank"], k, (query, found))

    def _lookup(self, stated: Mapping[str, Any], k: int, inputs: tuple[Any, ...]) -> Any:
        return self.may_fail(self.tell("lookup", stated["store"], k, *inputs))

    def _rerank(self, model: str, k: int, inputs: tuple[Any, ...]) -> Any:
        return self.may_fail(self.tell("rerank", model, k, *inputs))


def _some(stated: Mapping[str, Any], names: tuple[str, ...]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, stated[name]) for name in names if name in stated)
