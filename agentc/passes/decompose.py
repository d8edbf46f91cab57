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

A search that states `rerank` looks up more candidates and reranks them (`hits.rerank`). An embedder
that nobody stated is the store's, from the module's `agent.stores`. Every part keeps the location of
the operator that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlir import ir

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

OPTIONS: tuple[str, ...] = ()


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
        attrs |= {"id": f"{self.id}.{name.partition('.')[2]}", "agent.defaulted": listed or None}
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


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    add_pass(manager, decompose, "decompose")


def decompose(module: ir.OpView, _pass: object) -> None:
    """Take every composite operator of the module apart."""
    root = module.operation
    stores = attributes(root).get("agent.stores", {})
    for function in functions(root).values():
        if has_body(function):
            give_ids(function)
    composite: list[ir.Operation] = []
    each(root, lambda op: composite.append(op) if op.name in _COMPOSITE else None)
    for op in composite:
        values = _COMPOSITE[op.name](_whole(op), stores)
        for result, value in zip(op.results, values, strict=True):
            result.replace_all_uses_with(value)
        op.erase()


def _whole(op: ir.Operation) -> _Whole:
    stated = attributes(op)
    own = {n: v for n, v in stated.items() if n != "id" and not n.startswith(("agent.", "place."))}
    return _Whole(op, stated["id"], own, stated.get("agent.defaulted", []))


def _call(whole: _Whole, _stores: Mapping[str, Any]) -> list[ir.Value]:
    cache = whole.part("llm.prefill", list(whole.op.operands), "llm.kv", {})
    return [whole.part("llm.decode", [cache], "text", whole.last())]


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
