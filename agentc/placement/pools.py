"""Pool templates for a load: replicas of every size, batch and number that may pay.

Operators of one role and model may share replicas, so templates are made for *teams* of them. For a
team T on replicas of one size, with loads A_i = lambda v_i w_i in replicas:

    n     replicas, from ceil(A / 0.95) up to where nobody waits, A = sum of A_i over T
    rho   A / n, the utilisation; it is the template's capacity, and n its least number of replicas
    c     n s servers, s = visits at once in one replica = latency / w (the batch, for models)
    wait  the M/M/c quantile at rho with a service of s max(w_i): p95 into the p95, median into the
          median. For any part of the team, or more replicas, the wait is no longer.

`serve` templates run prefill and decode of a model on the same replicas. With phi = (prefill load)/n,
the share of time that prefill takes away from decode,

    decode latency = t_decode / (1 - phi)            prefill latency = t_prefill + one decode step

Operators on hosts share memory as `hosts.py` says, whatever their roles.

A template is dropped when another of the same team and tier has no more devices and is no slower for
anybody. The plan's proof is over the templates that remain, and these make the grid of sizes above.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf
from typing import TYPE_CHECKING

from agentc.placement.candidates import FULLEST, Candidate, Member, Replica, idle_candidate, with_waits
from agentc.placement.hosts import holding_of, room_for
from agentc.placement.problem import REPLICA_LOAD, Option, PoolTemplate
from agentc.placement.teams import splits_of, teams_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentc.costmodels.fleet import Fleet, Tier
    from agentc.ir.graph import Graph, Operator
    from agentc.placement.offers import Offer
    from agentc.placement.teams import Team

MOST_SIZES = 8

Offers = dict[tuple[str, str], "list[Offer]"]
Size = tuple[int, int, int]


def provision(
    graph: Graph, fleet: Fleet, found: Offers, *, beyond_counts: bool = False
) -> tuple[dict[str, PoolTemplate], dict[str, tuple[Option, ...]]]:
    """Templates and options for a graph's load, given every tier's offers.

    `beyond_counts` makes those as well that need more devices than their tier has.
    """
    pools: dict[str, PoolTemplate] = {}
    options: dict[str, list[Option]] = {i: [] for i in graph.operators}
    teams = list(teams_of(graph))
    splits = [splits_of(teams, team) for team in teams]
    for tier in fleet.tiers:
        most = None if beyond_counts else tier.count
        fronts = [candidates(graph, team, tier, found, most) for team in teams]
        for number, team in enumerate(teams):
            parts = [(fronts[a], fronts[b]) for a, b in splits[number]]
            for candidate in _unsplit(fronts[number], parts):
                pool = _template(team, tier, number, candidate)
                pools[pool.id] = pool
                for option in _options(pool, candidate):
                    options[option.operator].append(option)
    return pools, {i: tuple(o) for i, o in options.items()}


# --- candidates ------------------------------------------------------------------------------------


def candidates(
    graph: Graph, team: Team, tier: Tier, found: Offers, most_devices: int | None
) -> list[Candidate]:
    """The candidates of a team on a tier that no other dominates, fewest devices first."""
    offered = [
        idle
        for replica in _sizes(graph, team, tier, found)
        for n in _replica_counts(replica.members, most_devices)
        if (idle := idle_candidate(replica, n, serving=team.serving))
    ]
    kept: list[Candidate] = []
    for idle in sorted(offered, key=lambda c: c.merit):
        if any(_covers(k, idle) for k in kept):
            continue  # dominated even if nobody waited
        waiting = with_waits(idle, serving=team.serving)
        if not any(_covers(k, waiting) for k in kept):
            kept = [k for k in kept if not _covers(waiting, k)]
            kept.append(waiting)
    return sorted(kept, key=lambda c: c.merit)


def _unsplit(
    front: list[Candidate], splits: list[tuple[list[Candidate], list[Candidate]]]
) -> list[Candidate]:
    """The candidates of a team that no two smaller teams replace with no more devices and nobody slower."""
    return [c for c in front if not any(_replaces(a, b, c) for a, b in splits)]


def _replaces(a: list[Candidate], b: list[Candidate], whole: Candidate) -> bool:
    return _fewest(a, whole) + _fewest(b, whole) <= whole.devices


def _fewest(front: list[Candidate], whole: Candidate) -> float:
    """Devices of the smallest candidate in which no member is slower than in `whole`; infinite for none."""
    wanted = {m.operator.id: judged for m, judged in zip(whole.members, whole.judged, strict=True)}
    for candidate in front:  # fewest devices first
        pairs = zip(candidate.members, candidate.judged, strict=True)
        if all(x <= y for m, judged in pairs for x, y in zip(judged, wanted[m.operator.id], strict=True)):
            return candidate.devices
    return inf


def _covers(a: Candidate, b: Candidate) -> bool:
    """Whether `a` is no worse than `b` in anything."""
    return all(x <= y for x, y in zip(a.merit, b.merit, strict=True))


def _sizes(graph: Graph, team: Team, tier: Tier, found: Offers) -> Iterator[Replica]:
    """The team on each size of replica that every member can use."""
    if team.needs_cpu_device and (tier.device is None or tier.device.kind != "cpu"):
        return
    tables: list[Mapping[Size, Offer]] = []
    for operator in team.operators:
        # beside a batch of decodes, prompts come singly; so do texts beside other work on a host
        alone = (team.serving and operator.role == "prefill") or team.needs_cpu_device
        offers = found.get((operator.id, tier.name), [])
        tables.append({(o.tp, o.pp, 0 if alone else o.batch): o for o in offers if not alone or o.batch == 1})
    for size in tables[-1]:
        row = [t.get(size) or t.get((*size[:2], 0)) for t in tables]
        offers = [offer for offer in row if offer]
        if len(offers) == len(team.operators):
            replica = _replica(graph, team, tier, offers)
            if replica:
                yield replica


def _replica(graph: Graph, team: Team, tier: Tier, offers: list[Offer]) -> Replica | None:
    """A team on a replica of one size; None where a host is too small for all of it."""
    if not team.on_hosts:
        members = tuple(_member(graph, o, f) for o, f in zip(team.operators, offers, strict=True))
        return Replica(members, max(o.memory_gb for o in offers), offers[-1].batch)
    room = room_for(team.operators, offers, tier)
    if room is None:
        return None
    slower = (
        replace(f, busy_s=f.busy_s * room.stretch[o.id]) for o, f in zip(team.operators, offers, strict=True)
    )
    members = tuple(_member(graph, o, f) for o, f in zip(team.operators, slower, strict=True))
    return Replica(members, room.memory_gb, room.visits)


def _member(graph: Graph, operator: Operator, offer: Offer) -> Member:
    paced = operator.role == "decode" and graph.slo.tpot_ms_p95 is not None
    return Member(operator, offer, (graph.rate_per_s or 0.0) * operator.visits * offer.busy_s, paced)


def _replica_counts(members: Sequence[Member], most_devices: int | None) -> Iterator[int]:
    """Numbers of replicas from the fewest that carry the load, growing by a seventh."""
    n = max(1, ceil(sum(m.load for m in members) / FULLEST))
    for _ in range(MOST_SIZES):
        if most_devices is not None and n * members[0].offer.devices > most_devices:
            return
        yield n
        n += max(1, n // 7)


# --- templates and options -------------------------------------------------------------------------


def _template(team: Team, tier: Tier, number: int, candidate: Candidate) -> PoolTemplate:
    offer = candidate.members[-1].offer
    models = {o.model for o in team.operators}
    size = f"tp{offer.tp}pp{offer.pp}b{candidate.replica.max_batch}n{candidate.n}"
    load = sum(ceil(m.load * REPLICA_LOAD) for m in candidate.members)
    model = models.pop() if len(models) == 1 else None
    return PoolTemplate(
        id="/".join((tier.name, team.role, model or "", size, f"team{number}")),
        tier=tier.name,
        role=team.role,
        model=model,
        tp=offer.tp,
        pp=offer.pp,
        max_batch=candidate.replica.max_batch,
        usd_per_hour=tier.usd_per_hour * offer.devices,
        watts=tier.watts * offer.devices,
        memory_gb=candidate.replica.memory_gb,
        capacity=max(1, ceil(load / candidate.n)),
        min_replicas=candidate.n,
    )


def _options(pool: PoolTemplate, candidate: Candidate) -> Iterator[Option]:
    for member, (p95, p50, wait) in zip(candidate.members, candidate.latencies, strict=True):
        held = holding_of(member.operator, member.offer.memory_gb)
        yield Option(
            operator=member.operator.id,
            pool=pool.id,
            latency_us=p50,
            latency_p95_us=p95,
            wait_p95_us=wait,
            busy_s=member.offer.busy_s,
            usd_per_visit=member.offer.usd_per_visit,
            usd_per_call=member.offer.usd_per_call,
            basis=member.offer.basis,
            holds=held.what,
            holds_gb=held.gb,
            visit_gb=held.visit_gb,
        )
