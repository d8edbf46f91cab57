"""An agent for people: one readable line an operator, and diagrams as Mermaid and DOT.

answer                                               e2e_ms_p95 <= 8000, 5/s
  hits          memory.search   docs k=4                              @cpu
  if_0          branch          70% | 30%
    draft       llm.call        llama-3.1-8b 800 -> 120   <- hits     @big
  |
    sorry       agent.compute   apologize                             @cpu
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from agentc.ir.graph import Branch, Loop, Map, Task
from agentc.ir.ids import ids_of
from agentc.ir.inline import agent_of
from agentc.ir.read import read_graph
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlir import ir

    from agentc.ir.graph import Block, Graph, Operator, Step

    Paint = Callable[[str, str], str]


def pretty(module: ir.Module, paint: Paint = lambda text, _tier: text) -> str:
    """Return an agent as text; `paint` may color what stands on a tier."""
    return _Pretty(read_graph(module), tiers(module), paint).text()


def tiers(module: ir.Module) -> dict[str, str]:
    """Return the tier of each operator that has been placed, by id."""
    placed = ids_of(agent_of(module.operation)).items()
    found = {id: attributes(op).get("place.tier") for op, id in placed}
    return {id: tier for id, tier in found.items() if tier is not None}


def what(operator: Operator) -> str:
    """Return in a few words what an operator runs, and how much of it."""
    attrs = operator.attrs
    named = next((str(attrs[n]) for n in ("model", "tool", "fn", "store") if n in attrs), "")
    match operator.role:
        case "serve":
            return f"{named} {_tokens(attrs, 'input_tokens')} -> {_tokens(attrs, 'output_tokens')}"
        case "prefill" | "embed":
            return f"{named} {_tokens(attrs, 'input_tokens')} ->"
        case "decode":
            return f"{named} -> {_tokens(attrs, 'output_tokens')}"
        case "tool" if "latency_ms_p50" in attrs:
            return f"{named} {attrs['latency_ms_p50']:g} ms"
        case "memory" | "rerank" if "k" in attrs:
            return f"{named} k={attrs['k']}"
        case _:
            return named


def _tokens(attrs: Mapping[str, Any], name: str) -> str:
    return f"{attrs[name]:g}" if name in attrs else "?"


def construct(step: Branch | Loop | Map) -> str:
    """Return in a few words how often a construct runs what."""
    match step:
        case Branch():
            return f"branch {' | '.join(f'{share:.0%}' for share in step.probabilities)}"
        case Loop():
            return f"loop {step.trips:g} trips, at most {step.max_trips}"
        case Map():
            return f"map {step.items:g} items, {step.width} at once"


@dataclass
class _Pretty:
    graph: Graph
    tiers: Mapping[str, str]
    paint: Paint
    sources: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])

    def text(self) -> str:
        for edge in self.graph.edges:
            mark = "~" if edge.kind == "order" else "^" if edge.carried else ""
            self.sources.setdefault(edge.dst, []).append(f"{mark}{edge.src}")
        return "\n".join([self.head(), *self.block(self.graph.root, 1)]) + "\n"

    def head(self) -> str:
        slo = self.graph.slo
        limits = [(n, getattr(slo, n)) for n in ("e2e_ms_p95", "ttft_ms_p95", "tpot_ms_p95")]
        demands = [f"{name} <= {limit:g}" for name, limit in limits if limit is not None]
        demands += [] if self.graph.rate_per_s is None else [f"{self.graph.rate_per_s:g}/s"]
        return f"{self.graph.agent}  {', '.join(demands)}".rstrip()

    def block(self, block: Block, depth: int) -> Iterator[str]:
        for step in block.steps:
            if isinstance(step, Task):
                yield self.task(step.operator, depth)
            else:
                yield from self.construct(step, depth)

    def task(self, id: str, depth: int) -> str:
        operator = self.graph.operators[id]
        name = f"{'  ' * depth}{id}"
        reads = ", ".join(dict.fromkeys(self.sources.get(id, [])))
        tier = self.tiers.get(id)
        line = f"{name:<30} {operator.op:<14} {what(operator):<32}{' <- ' + reads if reads else ''}".rstrip()
        return self.paint(f"{line}  @{tier}", tier) if tier else line

    def construct(self, step: Branch | Loop | Map, depth: int) -> Iterator[str]:
        yield f"{'  ' * depth}{step.id:<{30 - 2 * depth}} {construct(step)}"
        for number, part in enumerate(parts_of(step)):
            if number:
                yield f"{'  ' * depth}|"
            yield from self.block(part, depth + 1)


def parts_of(step: Branch | Loop | Map) -> tuple[Block, ...]:
    """Return the blocks of a construct that are shown: a loop's test only where there is one."""
    match step:
        case Branch(blocks=blocks):
            return blocks
        case Loop(test=test, body=body):
            return (test, body) if test.steps else (body,)
        case Map(body=body):
            return (body,)


def diagram(module: ir.Module, kind: str) -> str:
    """Return an agent as a `mermaid` flowchart or as a `dot` graph."""
    made = _Diagram(read_graph(module), tiers(module))
    return made.mermaid() if kind == "mermaid" else made.dot()


@dataclass
class _Diagram:
    graph: Graph
    tiers: Mapping[str, str]

    def __post_init__(self) -> None:
        self.nodes = {id: f"n{number}" for number, id in enumerate(self.graph.operators)}
        self.groups = count()

    def label(self, id: str, newline: str) -> str:
        operator = self.graph.operators[id]
        lines = [id, f"{operator.op} {what(operator)}".strip()]
        lines += [f"@{self.tiers[id]}"] if id in self.tiers else []
        return newline.join(lines).replace('"', "'")

    def mermaid(self) -> str:
        lines = ["flowchart TD", *self._mermaid_block(self.graph.root, 1)]
        for edge in self.graph.edges:
            arrow = "-.->" if edge.kind == "order" else "-- next trip -->" if edge.carried else "-->"
            lines.append(f"  {self.nodes[edge.src]} {arrow} {self.nodes[edge.dst]}")
        return "\n".join(lines) + "\n"

    def _mermaid_block(self, block: Block, depth: int) -> Iterator[str]:
        pad = "  " * depth
        for step in block.steps:
            if isinstance(step, Task):
                yield f'{pad}{self.nodes[step.operator]}["{self.label(step.operator, "<br/>")}"]'
                continue
            for title, part in _titled(step):
                yield f'{pad}subgraph g{next(self.groups)}["{title}"]'
                yield from self._mermaid_block(part, depth + 1)
                yield f"{pad}end"

    def dot(self) -> str:
        lines = [
            f'digraph "{self.graph.agent}" {{',
            "  node [shape=box];",
            *self._dot_block(self.graph.root, 1),
        ]
        for edge in self.graph.edges:
            style = (
                " [style=dashed]" if edge.kind == "order" else ' [label="next trip"]' if edge.carried else ""
            )
            lines.append(f"  {self.nodes[edge.src]} -> {self.nodes[edge.dst]}{style};")
        return "\n".join([*lines, "}"]) + "\n"

    def _dot_block(self, block: Block, depth: int) -> Iterator[str]:
        pad = "  " * depth
        for step in block.steps:
            if isinstance(step, Task):
                label = self.label(step.operator, "\\n")
                yield f'{pad}{self.nodes[step.operator]} [label="{label}"];'
                continue
            for title, part in _titled(step):
                yield f'{pad}subgraph cluster_{next(self.groups)} {{ label="{title}";'
                yield from self._dot_block(part, depth + 1)
                yield f"{pad}}}"


def _titled(step: Step) -> Iterator[tuple[str, Block]]:
    """Yield a construct's blocks that hold something, each with a title."""
    match step:
        case Branch():
            for share, part in zip(step.probabilities, step.blocks, strict=True):
                if part.steps:
                    yield f"{step.id}: {share:.0%}", part
        case Loop() | Map():
            *tests, body = parts_of(step)
            yield from ((f"{step.id}: test", test) for test in tests)
            yield f"{step.id}: {construct(step)}", body
        case Task():
            return
