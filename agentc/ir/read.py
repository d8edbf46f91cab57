"""Reads a module's agent as a `Graph`: plain data that knows no MLIR.

Works on the IR at any stage, decomposed or not. Attributes that nobody stated are filled in from
`defaults.py` and listed; after `annotate` they stand in the IR itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.diagnostics import error
from agentc.dialects.attributes import value_of
from agentc.ir.bindings import named_attributes
from agentc.ir.defaults import ARGUMENT_BYTES, complete
from agentc.ir.graph import Edge, Graph, Operator, Slo
from agentc.ir.ids import ids_of
from agentc.ir.inline import agent_of, calls_in, inline, name_of
from agentc.ir.location import where
from agentc.ir.order import order_pairs
from agentc.ir.outline import Outline
from agentc.ir.sources import Found, Source, Sources
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlir import ir

    from agentc.ir.graph import Block


CONTINUE = ("llm.decode", "llm.expert_prefill", "llm.expert_decode", "llm.merge", "llm.all_reduce")


def read_graph(module: ir.Module | ir.Operation) -> Graph:
    """Return the module's agent as a graph; nested agents are read as if inlined.

    The module is left as it is. Raises AgentcError, located, for no agent or several, agents that
    call each other in a circle, an agent without operators, and ops that cannot be placed.
    """
    root = module.operation
    if calls_in(agent_of(root)):
        root = root.clone()
        inline(root)
    agent = agent_of(root)
    outline, block = outline_of(agent)
    if not outline.operators:
        message = f"the agent @{name_of(agent)} has no operators"
        raise error(message, where(agent.location), "give it an llm, memory, tool or agent op")
    return _Reader(agent, outline, block).graph()


def outline_of(agent: ir.Operation) -> tuple[Outline, Block]:
    """Return an agent's outline and time structure."""
    blocks = list(agent.regions[0].blocks)
    if len(blocks) > 1:
        message = f"the agent @{name_of(agent)} has {len(blocks)} blocks"
        raise error(
            message, where(agent.location), "write control flow with scf, not as jumps between blocks"
        )
    outline = Outline(ids_of(agent))
    return outline, outline.block(blocks[0], 1.0, ())


class _Reader:
    """The second half: operators with their attributes, and edges."""

    def __init__(self, agent: ir.Operation, outline: Outline, block: Block) -> None:
        self.agent = agent
        self.outline = outline
        self.block = block
        within = {id: frozenset(around) for id, around in outline.around.items()}
        self.sources = Sources(outline.operators, outline.counts, within)
        root = agent.parent
        self.stores: dict[str, Any] = attributes(root).get("agent.stores", {}) if root else {}
        self.operators: dict[str, Operator] = {}
        self.reads: list[tuple[Source, str]] = []

    def graph(self) -> Graph:
        for op in self.outline.sequence:
            if op in self.outline.operators:
                self._operator(op, self.outline.operators[op])
            else:
                for value in op.results:  # asked now, so that later answers are at hand
                    self.sources.of(value)
        demands = attributes(self.agent)
        rate = demands.get("agent.load", {}).get("rate_per_s")
        return Graph(
            agent=name_of(self.agent),
            operators=self.operators,
            edges=tuple(self._edges()),
            root=self.block,
            results=tuple(dict.fromkeys(self._results())),
            slo=Slo(**{name: float(limit) for name, limit in demands.get("agent.slo", {}).items()}),
            rate_per_s=None if rate is None else float(rate),
            location=where(self.agent.location),
        )

    def _operator(self, op: ir.Operation, id: str) -> None:
        found = [self.sources.of(operand) for operand in op.operands]
        self.reads += [(source, id) for each in found for source in each]
        self._wait_for_constructs(id, [source for each in found for source in each])
        named = dict(named_attributes(op))
        listed: list[str] = value_of(named["agent.defaulted"]) if "agent.defaulted" in named else []
        own = [n for n in named if n != "id" and not n.startswith(("agent.", "place."))]
        attrs = {n: value_of(named[n]) for n in own}
        attrs = self._of_store(op.name, attrs) | attrs
        filled = self._context_length(op.name, attrs, found)
        filled |= complete(op.name, attrs | filled, [self._bytes(each) for each in found])
        attrs |= filled
        self.operators[id] = Operator(
            id,
            op.name,
            attrs,
            where(op.location),
            self.outline.visits[id],
            int(attrs.get("bytes", 0)),
            tuple(dict.fromkeys([*listed, *filled])),
        )

    def _of_store(self, op: str, attrs: Mapping[str, Any]) -> dict[str, Any]:
        """Let a search use the embedder that its store states in the module's `agent.stores`."""
        if op != "memory.search":
            return {}
        store: dict[str, Any] = self.stores.get(attrs["store"], {})
        return {name: store[name] for name in ("embedder",) if name in store}

    def _context_length(self, op: str, attrs: Mapping[str, Any], found: list[Found]) -> dict[str, Any]:
        """Let a decode know how long the prompt is that it continues: as its prefill says.

        The same of the parts of a model on several devices, which learn it from the gate.
        """
        if op not in CONTINUE or "input_tokens" in attrs:
            return {}
        caches = [self.operators[s.operator] for s in found[0] if s.operator in self.operators]
        known = [cache.attrs["input_tokens"] for cache in caches if "input_tokens" in cache.attrs]
        return {"input_tokens": max(known)} if known else {}

    def _bytes(self, sources: Found) -> int:
        """Size of one operand: its largest source; an argument's where it has none."""
        read = [self.operators.get(source.operator) for source in sources if not source.order]
        return max((operator.bytes for operator in read if operator), default=ARGUMENT_BYTES)

    def _wait_for_constructs(self, id: str, read: list[Source]) -> None:
        """Let the first operators in a branch wait for its test, those in a counted loop for its count."""
        around = self.outline.around
        before = {source.operator for source in read if source.carried is None}
        for construct in reversed(around[id]):
            if any(construct in around[operator] for operator in before):
                continue
            waits = [s for value in _decides(construct) for s in self.sources.behind(value)]
            self.reads += [(Source(s.operator, s.cap, order=True), id) for s in waits if s.operator != id]
            before.update(s.operator for s in waits)

    def _edges(self) -> Iterator[Edge]:
        tied: set[tuple[str, str]] = set()
        for source, dst in self.reads:
            if not source.order:
                tied.add((source.operator, dst))
                yield self._edge(source, dst)
        waits = [(source.operator, dst) for source, dst in self.reads if source.order]
        for src, dst in dict.fromkeys([*waits, *order_pairs(self.block, self.operators)]):
            if (src, dst) not in tied:
                yield Edge(src, dst, 0, self._visits(Source(src), dst), "order")

    def _edge(self, source: Source, dst: str) -> Edge:
        size = self.operators[source.operator].bytes
        return Edge(source.operator, dst, size, self._visits(source, dst), carried=source.carried is not None)

    def _visits(self, source: Source, dst: str) -> float:
        visits = self.outline.visits
        return min(visits[source.operator], min(visits[dst], source.cap) * source.gathered)

    def _results(self) -> Iterator[str]:
        end = list(self.agent.regions[0].blocks[0].operations)[-1].operation
        for value in end.operands:
            yield from (source.operator for source in self.sources.of(value) if not source.order)


def _decides(construct: ir.Operation) -> list[ir.Value]:
    """Values that must be known before a construct starts."""
    match construct.name:
        case "scf.if" | "scf.index_switch":
            return [construct.operands[0]]
        case "scf.for":
            return list(construct.operands)[:3]
        case "scf.forall":
            return list(construct.operands)[: len(construct.operands) - len(construct.results)]
        case _:
            return []


__all__ = ["attributes", "read_graph"]
