"""An agent's decomposed graph as plain data: what placement, reports and checks work on.

`read_graph` (in `read.py`) makes one from a module; nothing here knows MLIR. Time is structured:
a graph is a `Block` of steps in dataflow order, and a step is an operator or a control-flow
construct holding blocks of its own. Edges say which operator waits for which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentc.diagnostics import Location


@dataclass(frozen=True)
class Operator:
    """One operator of the decomposed graph.

    `attrs` are the op's attributes as Python values (str, int, float, bool, list, dict), defaults
    filled in. `visits` is the expected number of runs in one request. `bytes` is the size of its
    result as it crosses an edge. `defaulted` names the attributes that nobody stated.
    """

    id: str
    op: str
    attrs: Mapping[str, Any]
    location: Location
    visits: float = 1.0
    bytes: int = 0
    defaulted: tuple[str, ...] = ()

    @property
    def model(self) -> str | None:
        """The model that the operator runs, where it runs one."""
        return self.attrs.get("model")

    @property
    def role(self) -> str:
        """The kind of pool that runs it: prefill, decode, embed, rerank, memory, tool or cpu."""
        return ROLES[self.op]


ROLES = {
    "llm.call": "serve",
    "llm.prefill": "prefill",
    "llm.decode": "decode",
    "llm.gate": "prefill",
    "llm.expert_prefill": "prefill",
    "llm.expert_decode": "decode",
    "llm.merge": "decode",
    "llm.all_reduce": "decode",
    "llm.embed": "embed",
    "llm.rerank": "rerank",
    "llm.transcribe": "transcribe",
    "llm.speak": "speak",
    "memory.search": "memory",
    "memory.lookup": "memory",
    "memory.load": "memory",
    "memory.store": "memory",
    "tool.invoke": "tool",
    "tool.lookup": "tool",
    "tool.compute": "tool",
    "agent.compute": "cpu",
    "agent.test": "cpu",
    "agent.observe": "cpu",
}


@dataclass(frozen=True)
class Edge:
    """One operand: `dst` reads what `src` made.

    `visits` is how often the value crosses in one request: the rarer end's visits, and one less a
    trip for a value carried to the next trip of a loop (`carried`). An `order` edge carries no
    bytes: two writes that must keep their order.
    """

    src: str
    dst: str
    bytes: int
    visits: float = 1.0
    kind: str = "data"
    carried: bool = False


@dataclass(frozen=True)
class Task:
    """A step that is one operator."""

    operator: str


@dataclass(frozen=True)
class Branch:
    """`scf.if` / `scf.index_switch`: exactly one of `blocks` runs, with these probabilities."""

    id: str
    blocks: tuple[Block, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Loop:
    """`scf.while` / `scf.for`: `body` runs `trips` times expected, `max_trips` at most.

    `test` runs before each trip and once more to leave (`trips + 1` times); empty for `scf.for`.
    A while loop whose work is all in its test region is a do-while: then `test` is empty and
    `body` is that region.
    """

    id: str
    test: Block
    body: Block
    trips: float
    max_trips: int


@dataclass(frozen=True)
class Map:
    """`scf.forall`: `body` runs for each of `items`, at most `width` at once."""

    id: str
    body: Block
    items: float
    width: int


Step = Task | Branch | Loop | Map


@dataclass(frozen=True)
class Block:
    """Steps in an order that dataflow allows; independent steps run at the same time."""

    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Slo:
    """What the graph as a whole must keep. Absent limits are None."""

    e2e_ms_p95: float | None = None
    ttft_ms_p95: float | None = None
    tpot_ms_p95: float | None = None
    availability: float | None = None
    soft_usd_per_ms: float | None = None


@dataclass(frozen=True)
class Graph:
    """One agent, decomposed: operators by id in source order, edges, time structure, demands.

    `results` are the operators whose values the agent returns. `rate_per_s` None means that no
    load was stated: the request pays for what it uses (metered).
    """

    agent: str
    operators: Mapping[str, Operator]
    edges: tuple[Edge, ...]
    root: Block
    results: tuple[str, ...] = ()
    slo: Slo = field(default_factory=Slo)
    rate_per_s: float | None = None
    location: Location | None = None


def blocks_of(step: Step) -> tuple[Block, ...]:
    """The blocks inside a step, in order; none for a task."""
    match step:
        case Task():
            return ()
        case Branch(blocks=blocks):
            return blocks
        case Loop(test=test, body=body):
            return (test, body)
        case Map(body=body):
            return (body,)


def operators_in(block: Block) -> Iterator[str]:
    """Ids of all operators in a block, nested ones too, in order."""
    for step in block.steps:
        if isinstance(step, Task):
            yield step.operator
        for inner in blocks_of(step):
            yield from operators_in(inner)
