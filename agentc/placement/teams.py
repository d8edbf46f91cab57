"""Teams: operators that may share replicas.

Those of one role, model and precision may, and the prefill and decode of one model's calls. A group
of up to three gives every subset, a larger one each member alone, all but one, and all.

Whatever runs on a host's cores may share hosts: tools, stores, plain functions, and encoders where the
device is the host. Up to five such operators give every subset, more of them the unions of their kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

from agentc.placement.hosts import ENCODERS, ON_HOSTS, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentc.ir.graph import Graph, Operator

SMALL_GROUP = 3
FEW_ON_HOSTS = 5
T = TypeVar("T")


@dataclass(frozen=True)
class Team:
    """Operators that share replicas. `serving`: of both prefill and decode."""

    role: str
    operators: tuple[Operator, ...]

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids of its operators."""
        return frozenset(o.id for o in self.operators)

    @cached_property
    def on_hosts(self) -> bool:
        """Whether all of it runs on a host's cores, encoders on a CPU among them."""
        roles = {o.role for o in self.operators}
        return roles <= ON_HOSTS | ENCODERS and (bool(roles & ON_HOSTS) or self.role == SHARED)

    @cached_property
    def needs_cpu_device(self) -> bool:
        """Whether encoders share it with others: then the device must be the host."""
        return self.role == SHARED and any(o.role in ENCODERS for o in self.operators)

    @property
    def serving(self) -> bool:
        """Whether prefill and decode are in it together."""
        return self.role == "serve"


def teams_of(graph: Graph) -> Iterator[Team]:
    """Operators that may share replicas: those of one role, model and precision; calls of one model."""
    groups: dict[tuple[str, str], list[Operator]] = {}
    for operator in graph.operators.values():
        groups.setdefault((operator.role, _weights(operator)), []).append(operator)
    for (role, _), members in groups.items():
        yield from (Team(role, tuple(m)) for m in _subsets(members))
    calls: dict[str, list[tuple[Operator, ...]]] = {}
    for call in _calls(graph):
        calls.setdefault(_weights(call[0]), []).append(call)
    for same in calls.values():
        yield from (Team("serve", tuple(o for call in m for o in call)) for m in _subsets(same))
    yield from (Team(SHARED, members) for members in _on_hosts(graph))


def _on_hosts(graph: Graph) -> Iterator[tuple[Operator, ...]]:
    """Operators of more than one kind that may share hosts."""
    kinds: dict[tuple[str, str], list[Operator]] = {}
    for operator in graph.operators.values():
        if operator.role in ON_HOSTS | ENCODERS:
            kinds.setdefault((operator.role, _weights(operator)), []).append(operator)
    every = [o for members in kinds.values() for o in members]
    units = [[o] for o in every] if len(every) <= FEW_ON_HOSTS else list(kinds.values())
    sizes = range(2, len(units) + 1) if len(units) <= FEW_ON_HOSTS else (len(units) - 1, len(units))
    found = [
        tuple(o for unit in chosen for o in unit) for size in sizes for chosen in combinations(units, size)
    ]
    if len(every) > FEW_ON_HOSTS:
        found += [members for members in combinations(every, len(every) - 1) if members not in found]
    yield from (m for m in found if len({(o.role, _weights(o)) for o in m}) > 1)


def _weights(operator: Operator) -> str:
    return f"{operator.model or ''} {operator.attrs.get('precision') or ''}"


def _calls(graph: Graph) -> Iterator[tuple[Operator, ...]]:
    """(prefills..., decode) of each call."""
    for decode in graph.operators.values():
        feeding = [graph.operators[e.src] for e in graph.edges if e.dst == decode.id and e.kind == "data"]
        prefills = {o.id: o for o in feeding if o.role == "prefill" and _weights(o) == _weights(decode)}
        if decode.role == "decode" and prefills:
            yield (*prefills.values(), decode)


def _subsets(group: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """All subsets of a small group; of a large one each alone, all but one, and all."""
    n = len(group)
    sizes = range(1, n + 1) if n <= SMALL_GROUP else (1, n - 1, n)
    for size in sizes:
        yield from combinations(group, size)


def splits_of(teams: Sequence[Team], whole: Team) -> list[tuple[int, int]]:
    """Places of each two teams that make up a third."""
    wanted, first = whole.ids, min(whole.ids)
    inside = [(k, t.ids) for k, t in enumerate(teams) if t.ids < wanted]
    return [(a, b) for a, x in inside for b, y in inside if first in x and not x & y and x | y == wanted]
