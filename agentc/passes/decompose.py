"""decompose: operators become the parts that can be placed apart.

before
    %0 = "memory.search"(%q) {id = "hits", store = "docs", k = 4} : (!agent.text) -> !agent.docs
    %1 = "tool.invoke"(%q) {id = "news", tool = "web"} : (!agent.text) -> !agent.json
    %2 = "llm.call"(%q) {id = "answer", model = "m", output_tokens = 300} : (!agent.text) -> !agent.text
after
    %0 = "llm.embed"(%q) {id = "hits.embed", model = "minilm-l6-v2"} : (!agent.text) -> !agent.embedding
    %1 = "memory.lookup"(%0, %q) {id = "hits.lookup", store = "docs", k = 4}
           : (!agent.embedding, !agent.text) -> !agent.docs
    %2 = "tool.lookup"(%q) {id = "news.lookup", tool = "web"} : (!agent.text) -> !agent.json
    %3 = "tool.compute"(%2) {id = "news.compute", tool = "web"} : (!agent.json) -> !agent.json
    %4 = "llm.prefill"(%q) {id = "answer.prefill", model = "m"} : (!agent.text) -> !llm.kv
    %5 = "llm.decode"(%4) {id = "answer.decode", model = "m", output_tokens = 300} : (!llm.kv) -> !agent.text

`decompose{parallel=2}` takes models apart further, as they run on so many devices at once: gate.select,
experts or slices of layers, their merge and the all-reduce, for the prefill and for the decode:
    %0 = "llm.gate"(%q) {id = "answer.gate", model = "m", shards = 2}
    %1 = "llm.expert_prefill"(%0) {id = "answer.expert_prefill.0", shard = 0, ...}
    %2 = "llm.expert_prefill"(%0) {id = "answer.expert_prefill.1", shard = 1, ...}
    %3 = "llm.merge"(%1, %2) {id = "answer.merge_prefill", ...}
    %4 = "llm.all_reduce"(%3) {id = "answer.all_reduce_prefill", ...} : (!llm.kv) -> !llm.kv
    %5 = "llm.expert_decode"(%4) {id = "answer.expert_decode.0", ...}      // and .1
    %7 = "llm.merge"(%5, %6) {id = "answer.merge", ...}
    %8 = "llm.all_reduce"(%7) {id = "answer.all_reduce", ...} : (!llm.kv) -> !agent.text

A search that states `rerank` looks up more candidates and reranks them (`hits.rerank`). An embedder
that nobody stated is the store's, from the module's `agent.stores`. Every part keeps the location of
the operator that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.diagnostics import error
from agentc.dialects.load import views
from agentc.ir.bindings import add_pass, make_op
from agentc.ir.defaults import EMBEDDER, RERANK_CANDIDATES, K
from agentc.ir.ids import give_ids
from agentc.ir.inline import functions, has_body
from agentc.ir.location import each
from agentc.ir.types import type_named
from agentc.ir.values import attributes, to_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS = ("parallel",)
KEPT = ("agent.speculative", "agent.unit")  # of the marks that passes leave, those that hold for every part


@dataclass(frozen=True)
class _Whole:
    """An op to be taken apart: its attributes as Python values, its id, what defaults were used."""

    op: ir.Operation
    id: str
    attrs: Mapping[str, Any]
    defaulted: Sequence[str]

    def part(self, name: str, operands: Sequence[ir.Value], type: str, own: Mapping[str, Any]) -> ir.Value:
        """Make the part `name` (`llm.prefill`) before the op, with what it takes of the op's attributes."""
        return self.parts(name, operands, [type], own)[0]

    def parts(
        self, name: str, operands: Sequence[ir.Value], types: Sequence[str | ir.Type], own: Mapping[str, Any]
    ) -> list[ir.Value]:
        """Make a part of any number of results; `own` overrides, and None leaves an attribute out."""
        context = self.op.context
        rules = views()[name].rules
        attrs = {n: v for n, v in self.attrs.items() if n in rules and n not in _OF_THE_LAST} | dict(own)
        listed = [n for n in (*self.defaulted, *own.get("agent.defaulted", [])) if n in attrs]
        id = own.get("id", name.partition(".")[2])
        attrs |= {"id": f"{self.id}.{id}", "agent.defaulted": listed or None}
        made = make_op(
            name,
            operands,
            [type_named(type, context) for type in types],
            to_attributes(attrs, context),
            at=ir.InsertionPoint(self.op),
            location=self.op.location,
        )
        return list(made.results)

    def last(self) -> dict[str, Any]:
        """Attributes of the whole that only its last part has: the result's size, the effects."""
        return {n: v for n, v in self.attrs.items() if n in _OF_THE_LAST}


_OF_THE_LAST = ("bytes", "effects")


def add(manager: PassManager, _env: PassEnv, options: Mapping[str, str]) -> None:
    """Append the pass."""
    text = options.get("parallel", "1")
    if not text.isdigit() or int(text) < 1:
        raise error(f"decompose: parallel must be a whole number from 1 up, not {text!r}")
    add_pass(manager, lambda module, _pass: decompose(module.operation, int(text)), "decompose")


def decompose(root: ir.Operation, shards: int) -> None:
    """Take every composite operator of a module apart, models for `shards` devices."""
    stores = attributes(root).get("agent.stores", {})
    for function in functions(root).values():
        if has_body(function):
            give_ids(function)
    composite: list[ir.Operation] = []
    each(root, lambda op: composite.append(op) if op.name in _COMPOSITE else None)
    for op in composite:
        whole = _whole(op)
        parallel = op.name == "llm.call" and shards > 1
        values = _parallel(whole, shards) if parallel else _COMPOSITE[op.name](whole, stores)
        for result, value in zip(op.results, values, strict=True):
            result.replace_all_uses_with(value)
        op.erase()


def _whole(op: ir.Operation) -> _Whole:
    stated = attributes(op)
    foreign = ("agent.", "place.")
    own = {n: v for n, v in stated.items() if n in KEPT or (n != "id" and not n.startswith(foreign))}
    return _Whole(op, stated["id"], own, stated.get("agent.defaulted", []))


def _call(whole: _Whole, _stores: Mapping[str, Any]) -> list[ir.Value]:
    cache = whole.part("llm.prefill", list(whole.op.operands), "llm.kv", {})
    return [whole.part("llm.decode", [cache], "text", whole.last())]


def _parallel(whole: _Whole, shards: int) -> list[ir.Value]:
    """Both phases, each on `shards` devices at once."""
    prefill: dict[str, Any] = {"phase": "prefill", "shards": shards, "output_tokens": None}
    routed = whole.part("llm.gate", list(whole.op.operands), "llm.kv", prefill)
    parts = [_shard(whole, "llm.expert_prefill", k, routed, prefill) for k in range(shards)]
    merged = whole.part("llm.merge", parts, "llm.kv", {**prefill, "id": "merge_prefill"})
    of_all = {**prefill, "id": "all_reduce_prefill", "temperature": None, "max_tokens": None, "stream": None}
    cache = whole.part("llm.all_reduce", [merged], "llm.kv", of_all)
    decode = {"phase": "decode", "shards": shards}
    parts = [_shard(whole, "llm.expert_decode", k, cache, decode) for k in range(shards)]
    merged = whole.part("llm.merge", parts, "llm.kv", decode)
    return [whole.part("llm.all_reduce", [merged], "text", {**decode, **whole.last()})]


def _shard(whole: _Whole, name: str, k: int, value: ir.Value, own: Mapping[str, Any]) -> ir.Value:
    return whole.part(name, [value], "llm.kv", {**own, "shard": k, "id": f"{name.partition('.')[2]}.{k}"})


def _search(whole: _Whole, stores: Mapping[str, Any]) -> list[ir.Value]:
    query = whole.op.operands[0]
    vector = whole.part("llm.embed", [query], "embedding", _embedder(whole, stores))
    rerank = whole.attrs.get("rerank")
    if rerank is None:
        return [whole.part("memory.lookup", [vector, query], "docs", whole.last())]
    k = whole.attrs.get("k", K)
    stated = {} if "k" in whole.attrs else {"agent.defaulted": ["k"]}
    candidates = {"k": RERANK_CANDIDATES * k, **stated}
    found = whole.part("memory.lookup", [vector, query], "docs", candidates)
    best = {"model": rerank, "input_tokens": None, "k": k, **stated}
    return [whole.part("llm.rerank", [query, found], "docs", {**whole.last(), **best})]


def _embedder(whole: _Whole, stores: Mapping[str, Any]) -> dict[str, Any]:
    stated = whole.attrs.get("embedder") or stores.get(whole.attrs["store"], {}).get("embedder")
    if stated:
        return {"model": stated}
    return {"model": EMBEDDER, "agent.defaulted": ["model"]}


def _invoke(whole: _Whole, _stores: Mapping[str, Any]) -> list[ir.Value]:
    pure = {"effects": "none"} if whole.attrs.get("effects") == "none" else {}
    request = whole.part("tool.lookup", list(whole.op.operands), "json", pure)
    types = [result.type for result in whole.op.results]
    return whole.parts("tool.compute", [request], types, whole.last())


_COMPOSITE = {"llm.call": _call, "memory.search": _search, "tool.invoke": _invoke}
