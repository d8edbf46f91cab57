"""What may run where, beside what fits: the fleet file's rules, and what KV caches allow.

A `Limit` bounds one whole number of a plan. It is data: `evaluate` counts it (`reached`), the solver
bounds it (`policies.py`), `clash` names it.

    tiers         operators on tiers that are not allowed        at most 0
    together      tiers that the operators are spread over       at most 1
    apart         the most of the operators on one tier          at most 1
    kv            crossings that no KV connector makes           at most 0
    max_replicas  replicas of a pool that serves the operators   at most that many
    budget        USD an hour                                    at most that much
    availability  the pools' nines that are missing together     at most those that may
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import permutations
from typing import TYPE_CHECKING, Literal

from agentc.costmodels.fleet import whole_of
from agentc.costmodels.kv_transfer import kv_refusal
from agentc.diagnostics import error, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agentc.costmodels.fleet import Fleet, Rule, Tier
    from agentc.ir.graph import Graph

Kind = Literal["tiers", "together", "apart", "kv", "max_replicas", "budget", "availability"]


@dataclass(frozen=True)
class Limit:
    """One bound on a plan; see the module's table.

    `tiers` are those allowed, `refused` the (from, to) tiers that a KV cache cannot cross, or `parts` of
    one operator that a profile prices as a whole. `why` says where the limit comes from.
    """

    kind: Kind
    operators: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    most: float = 0.0
    why: str = ""
    parts: bool = False

    @property
    def name(self) -> str:
        """A name that tells it from the others."""
        who = ", ".join(self.operators)
        return {
            "tiers": f"{self.why} for {who}",
            "together": f"one tier for {who}",
            "apart": f"tiers apart for {who}",
            "kv": f"{'parts' if self.parts else 'KV cache'} {' -> '.join(self.operators)}",
            "max_replicas": f"max_replicas of {who}",
            "budget": "budget_usd_per_hour",
            "availability": "availability",
        }[self.kind]


def limits_of(graph: Graph, fleet: Fleet) -> tuple[Limit, ...]:
    """Every limit of a fleet's rules on a graph's operators, and those of its KV caches.

    Raises:
        AgentcError: a rule names an operator that the agent does not have; at the rule.
    """
    found = [limit for rule in fleet.rules for limit in _of_rule(rule, named(rule, graph), fleet)]
    found += _kv_limits(graph, fleet)
    found += _part_limits(graph, fleet)
    slo = graph.slo
    if slo.availability is not None and graph.rate_per_s is not None:
        found.append(Limit("availability", most=slo.availability, why="the SLO"))
    return tuple({limit.name: limit for limit in found}.values())


def least_replicas(graph: Graph, fleet: Fleet) -> dict[str, int]:
    """The fewest replicas that a pool of each operator must have, where a rule says so."""
    least: dict[str, int] = {}
    for rule in fleet.rules:
        for i in named(rule, graph) if rule.min_replicas else ():
            least[i] = max(least.get(i, 1), rule.min_replicas or 1)
    return least


def named(rule: Rule, graph: Graph) -> tuple[str, ...]:
    """Operators that a rule names: by id, by glob, or by the id that they came in with."""
    found: dict[str, None] = {}
    for pattern in rule.operators:
        here = [i for i in graph.operators if fnmatchcase(i, pattern) or i.startswith(f"{pattern}.")]
        if not here:
            hint = nearest(pattern, graph.operators) or f"operators: {', '.join(graph.operators)}"
            raise error(f"a rule names {pattern!r}, which {graph.agent} does not have", rule.location, hint)
        found |= dict.fromkeys(here)
    return tuple(i for i in graph.operators if i in found)


def _of_rule(rule: Rule, operators: tuple[str, ...], fleet: Fleet) -> Iterator[Limit]:
    if rule.tiers:
        yield Limit("tiers", operators, rule.tiers, why=f"tiers {', '.join(rule.tiers)}")
    if rule.regions:
        here = _tiers(fleet, lambda t: bool(set(t.regions) & set(rule.regions)))
        yield Limit("tiers", operators, here, why=f"regions {', '.join(rule.regions)}")
    if rule.labels:
        here = _tiers(fleet, lambda t: set(rule.labels) <= set(t.labels))
        yield Limit("tiers", operators, here, why=f"labels {', '.join(rule.labels)}")
    if not rule.spot:
        yield Limit("tiers", operators, _tiers(fleet, lambda t: t.spot is None), why="no spot tier")
    if rule.together:
        yield Limit("together", operators, most=1)
    if rule.apart:
        yield Limit("apart", operators, most=1)
    if rule.max_replicas:
        yield Limit("max_replicas", operators, most=rule.max_replicas)
    if rule.budget_usd_per_hour is not None:
        yield Limit("budget", most=rule.budget_usd_per_hour)


def _tiers(fleet: Fleet, fits: Callable[[Tier], bool]) -> tuple[str, ...]:
    return tuple(t.name for t in fleet.tiers if fits(t))


def _kv_limits(graph: Graph, fleet: Fleet) -> Iterator[Limit]:
    """Prefill and decode apart need engines that can hand the KV cache on."""
    refused = {(a.name, b.name): why for a, b in permutations(fleet.tiers, 2) if (why := kv_refusal(a, b))}
    roles = {i: o.role for i, o in graph.operators.items()}
    for edge in graph.edges if refused else ():
        if (roles[edge.src], roles[edge.dst], edge.kind) == ("prefill", "decode", "data"):
            reasons = "; ".join(dict.fromkeys(refused.values()))
            yield Limit("kv", (edge.src, edge.dst), refused=tuple(refused), why=reasons)


def _part_limits(graph: Graph, fleet: Fleet) -> Iterator[Limit]:
    """A profile of a whole operator holds where all its parts run on that tier, or none."""
    operators = graph.operators
    for edge in graph.edges:
        a, b = operators[edge.src], operators[edge.dst]
        whole = whole_of(a.id, a.role)
        if edge.kind != "data" or whole is None or whole != whole_of(b.id, b.role):
            continue
        here = [t for t in fleet.tiers if any(t.whole_profile_of(o.id, o.role) for o in (a, b))]
        pairs = dict.fromkeys(
            pair for t in here for u in fleet.tiers if u != t for pair in ((t.name, u.name), (u.name, t.name))
        )
        if pairs:
            why = f"the profile {whole} of {', '.join(t.name for t in here)} is of the whole operator"
            yield Limit("kv", (a.id, b.id), refused=tuple(pairs), why=why, parts=True)


def reached(limit: Limit, tiers: Mapping[str, str], replicas: Mapping[str, int], usd: float | None) -> float:
    """What a plan makes of a limit. `tiers` by operator, `replicas` of each operator's pool."""
    mine = [tiers[i] for i in limit.operators]
    match limit.kind:
        case "tiers":
            return sum(t not in limit.tiers for t in mine)
        case "together":
            return len(set(mine))
        case "apart":
            return max(Counter(mine).values())
        case "kv":
            return int((mine[0], mine[1]) in limit.refused)
        case "max_replicas":
            return max(replicas[i] for i in limit.operators)
        case _:
            return usd or 0.0
