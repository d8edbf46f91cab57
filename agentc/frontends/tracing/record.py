"""The recorded graph as plain data, before it becomes MLIR: values, nodes, regions, traces.

Nothing here imports MLIR: a user's file loads without it, and so do emitted programs.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from agentc.diagnostics import AgentcError, Location, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agentc.frontends.tracing.callsite import CallSite


class Kind(StrEnum):
    """What a value is; the names of the IR's types, and two of MLIR's own."""

    TEXT = "text"
    JSON = "json"
    DOCS = "docs"
    AUDIO = "audio"
    FLAG = "flag"
    """An i1: what a test answers."""


@dataclass(frozen=True, eq=False)
class Value:
    """One value of the graph. `region` is where it is made; `name` is for messages."""

    kind: Kind
    name: str
    region: Region
    type: str = ""
    """What an agent's parameter is annotated with: `list[str]`."""


@dataclass(eq=False)
class Region:
    """Nodes in source order, and the values that leave."""

    trace: Trace
    what: str
    site: CallSite | None = None
    arguments: list[Value] = field(default_factory=list[Value])
    nodes: list[Node] = field(default_factory=list["Node"])
    results: tuple[Value, ...] = ()

    def argument(self, kind: Kind, name: str, type: str = "") -> Value:
        """Add one value that enters."""
        self.arguments.append(Value(kind, name, self, type))
        return self.arguments[-1]


@dataclass(eq=False)
class Node:
    """One op by its IR name, or `cond`, `loop`, `map` and `call`, which are more than one."""

    op: str
    operands: tuple[Value, ...]
    attrs: dict[str, Any]
    location: Location
    results: tuple[Value, ...] = ()
    regions: tuple[Region, ...] = ()


@dataclass
class Bindings:
    """What names in the IR mean: tools, functions and stores, as module attributes write them."""

    root: Path
    tools: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    fns: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    stores: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def bind(self, table: dict[str, dict[str, Any]], name: str, binding: dict[str, Any]) -> str:
        """Return the name of a binding: the same one for the same thing, a fresh one otherwise."""
        fresh = (name if n == 1 else f"{name}_{n}" for n in range(1, len(table) + 2))
        chosen = next(n for n in fresh if table.get(n, binding) == binding)
        table[chosen] = binding
        return chosen


@dataclass(eq=False)
class Trace:
    """One agent while it is recorded, and after."""

    name: str
    location: Location
    program: Program
    regions: list[Region] = field(default_factory=list[Region])
    ids: set[str] = field(default_factory=set[str])
    stated: dict[str, tuple[object, Location]] = field(default_factory=dict[str, "tuple[object, Location]"])
    """Ids that somebody stated: what states them, and where it was first used."""
    private: bool = False
    several: bool = False
    """Whether the function returned a tuple."""

    def __post_init__(self) -> None:
        """Open the body."""
        self.body = Region(self, f"the agent {self.name!r}")
        self.regions.append(self.body)

    @property
    def region(self) -> Region:
        """The region that is being recorded."""
        return self.regions[-1]

    def unique(self, wanted: str) -> str:
        """Return an id that no op of this agent has."""
        taken = (wanted if n == 1 else f"{wanted}_{n}" for n in range(1, len(self.ids) + 2))
        chosen = next(i for i in taken if i not in self.ids)
        self.ids.add(chosen)
        return chosen

    def add(
        self, op: str, operands: Sequence[Value], attrs: dict[str, Any], site: CallSite, kinds: Sequence[Kind]
    ) -> tuple[Value, ...]:
        """Record one op at a call site; its results are named after its id."""
        node = Node(op, tuple(operands), attrs, site.location)
        name = str(attrs.get("id", op))
        node.results = tuple(Value(kind, name, self.region) for kind in kinds)
        self.region.nodes.append(node)
        return node.results

    def cast(self, value: Value, kind: Kind, site: CallSite) -> Value:
        """Return the value as another kind, recording a cast where it differs.

        Raises:
            AgentcError: speech has no text or JSON form.
        """
        if value.kind is kind:
            return value
        if Kind.AUDIO in (value.kind, kind):
            raise error(
                f"{value.name!r} is {value.kind}, where {kind} is needed",
                site.location,
                "turn speech into text with ac.transcribe, and text into speech with ac.speak",
            )
        node = Node("agent.cast", (value,), {}, site.location, (Value(kind, value.name, self.region),))
        self.region.nodes.append(node)
        return node.results[0]

    def check(self, value: Value, site: CallSite) -> None:
        """Refuse a value that is not known here: another agent's, or one from a closed region."""
        if value.region.trace is not self:
            raise error(
                f"{value.name!r} is a value of the agent {value.region.trace.name!r}, "
                f"used while {self.name!r} is traced",
                site.location,
                "give it to the agent as an argument, and return what the caller needs",
            )
        if value.region not in self.regions:
            raise error(
                f"{value.name!r} exists only inside {value.region.what}",
                site.location,
                "return it from there and use what the call gives back",
            )


@dataclass
class Program:
    """All agents of one compile: the public one and those it calls, and what names mean.

    `traces` has each by its function and fixed parameters; `done` has them callees first.
    """

    bindings: Bindings
    traces: dict[tuple[int, str], Trace] = field(default_factory=dict[tuple[int, str], "Trace"])
    done: list[Trace] = field(default_factory=list[Trace])
    stack: list[Trace] = field(default_factory=list[Trace])
    misuse: AgentcError | None = None


program: ContextVar[Program | None] = ContextVar("program", default=None)


def current() -> Trace | None:
    """Return the agent that is being traced, if any."""
    running = program.get()
    return running.stack[-1] if running and running.stack else None
