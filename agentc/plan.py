"""The placement manifest (`manifest.json`): what placement returns and backends take.

Names marked FIXED in the design are relied on by users' files. `agentc/manifest.schema.json` is the
published JSON Schema, generated from these classes by `schema()`; a test keeps the two equal.
Money is USD, time is ms unless the name says otherwise. "1k" is one thousand requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from agentc.diagnostics import AgentcError, Location, error
from agentc.plan_inputs import EdgeRecord, LinkRecord, Record, TierRecord

if TYPE_CHECKING:
    from pathlib import Path

Basis = Literal["datasheet", "calibrated", "measured", "profile"]
Mode = Literal["metered", "provisioned"]


class Solver(Record, frozen=True, kw_only=True):
    """How the placement was found and how far from the best it can be.

    With a load the objective is in USD an hour; metered, in USD per 1,000 requests; with
    `--objective latency`, in ms. Fields of the other units are null. Energy, carbon and mixes are in
    `unit`. `gap` is (objective - bound) / objective.
    """

    status: Literal["optimal", "feasible", "infeasible"]
    objective_usd_per_hour: float | None
    bound_usd_per_hour: float | None
    objective_usd_per_1k_requests: float | None = None
    bound_usd_per_1k_requests: float | None = None
    objective_ms: float | None = None
    bound_ms: float | None = None
    objective: float | None = None
    bound: float | None = None
    unit: str | None = None
    gap: float
    wall_s: float


class Pool(Record, frozen=True, kw_only=True):
    """Identical replicas that serve some operators on one tier.

    `devices` is devices a replica (tp x pp) and `memory_gb` what one replica needs of theirs;
    `usd_per_hour` and `watts` are of all replicas together. In metered mode a pool is a price tag,
    not a reservation: `replicas` is 1. A pool of role `cpu` may serve tools, stores and functions
    together, and encoders where the device is a CPU: `max_batch` visits at once on each replica.
    `needed` of the replicas carry the load; the others are spares.
    """

    id: str
    tier: str
    device: str
    role: str
    model: str | None
    tp: int
    pp: int
    replicas: int
    devices: int
    max_batch: int
    utilisation: float
    memory_gb: float
    usd_per_hour: float
    watts: float
    needed: int = 1


class Alternative(Record, frozen=True, kw_only=True):
    """What one operator would cost on another tier, everything else re-solved or kept.

    The rest of the plan stays where it is. `why_not` says in words what speaks against it. The total
    holds what missing a soft limit counts: compare it with the totals' cost and penalty together.
    """

    tier: str
    usd_per_1k: float | None
    total_usd_per_1k_requests: float | None
    latency_ms: float | None
    e2e_ms_p95: float | None
    feasible: bool
    why_not: str


class PlacedOperator(Record, frozen=True, kw_only=True):
    """One operator of the decomposed graph and where it runs.

    `latency_ms` (median) and `latency_ms_p95` are of one visit, queueing included. `usd_per_1k`
    is its share of 1,000 requests, visits included. `busy_s` is the seconds that one visit
    occupies a whole replica (device-seconds divided by the replica's devices). `usd_per_visit`
    is what a visit pays beside its pool's hours: all of it when metered, else only `usd_per_call`.
    `output_tokens` is of a decode operator: what time per output token divides by. With a load, a
    replica holds `holds_gb` of the model or store `holds`, once for all operators that use it, and
    `visit_gb` for each visit that it runs; operators that generate text state neither.
    """

    id: str
    op: str
    pool: str
    tier: str
    visits: float
    latency_ms: float
    latency_ms_p95: float
    wait_ms_p95: float = 0.0
    busy_s: float
    usd_per_call: float = 0.0
    usd_per_visit: float = 0.0
    usd_per_1k: float
    basis: Basis
    loc: str
    output_tokens: int | None = None
    holds: str | None = None
    holds_gb: float = 0.0
    visit_gb: float = 0.0
    alternatives: tuple[Alternative, ...] = ()


class Transfer(Record, frozen=True, kw_only=True, rename={"src": "from", "dst": "to"}):
    """One operand that crosses tiers. `visits` transfers a request of `bytes` each."""

    src: str
    dst: str
    bytes: int
    latency_ms: float
    link: str
    visits: float = 1.0
    usd_per_1k: float = 0.0


class Totals(Record, frozen=True, kw_only=True):
    """The plan as a whole. `usd_per_hour` is null when metered: nothing is reserved.

    `soft_usd_per_1k_requests` is the penalty of missing a soft limit: part of the objective, not of
    the money paid. `availability` is the share of time that all pools work, where that is demanded.
    Energy and carbon are those of all replicas at full power, or metered of the busy time.
    """

    usd_per_hour: float | None
    usd_per_1k_requests: float
    soft_usd_per_1k_requests: float = 0.0
    e2e_ms_p50: float
    e2e_ms_p95: float
    ttft_ms_p95: float | None
    tpot_ms_p95: float | None
    watts: float | None
    availability: float | None = None
    joules_per_request: float = 0.0
    gco2_per_1k_requests: float = 0.0


class SloResult(Record, frozen=True, kw_only=True):
    """One limit and what the plan reaches. `soft`: missing it costs money instead."""

    name: str
    limit: float
    value: float
    met: bool
    soft: bool = False


class ConstraintRecord(Record, frozen=True, kw_only=True):
    """One rule on where operators run, and what the plan makes of it.

    tiers: operators outside of `tiers` (at most 0); together: tiers that they are spread over (at most
    1); apart: the most of them on one tier (at most 1); kv: crossings of `refused` pairs of tiers (at
    most 0); max_replicas and min_replicas: replicas of the pools that serve them; budget: USD an hour;
    availability: the least share of time that all pools work.
    """

    kind: Literal[
        "tiers", "together", "apart", "kv", "max_replicas", "min_replicas", "budget", "availability"
    ]
    name: str
    operators: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    limit: float
    value: float
    why: str = ""


class FrontPoint(Record, frozen=True, kw_only=True):
    """One plan on the front of cost and latency: nothing is both cheaper and faster.

    `gap` is how far its cost may be from the least at this latency; `placement` is operator to tier.
    """

    usd_per_hour: float | None
    usd_per_1k_requests: float
    e2e_ms_p95: float
    gap: float
    placement: dict[str, str]


class Plan(Record, frozen=True, kw_only=True):
    """The manifest. `structure` is the time structure that `critical_path` was read from."""

    agentc: str
    agent: str
    source: str
    fleet: str
    objective: str
    mode: Mode
    rate_per_s: float | None
    soft_usd_per_ms: float | None = None
    solver: Solver
    pools: tuple[Pool, ...]
    operators: tuple[PlacedOperator, ...]
    transfers: tuple[Transfer, ...]
    critical_path: tuple[str, ...]
    totals: Totals
    slo: tuple[SloResult, ...]
    tiers: tuple[TierRecord, ...]
    links: tuple[LinkRecord, ...]
    constraints: tuple[ConstraintRecord, ...] = ()
    edges: tuple[EdgeRecord, ...]
    structure: list[Any]
    results: tuple[str, ...]
    defaulted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    front: tuple[FrontPoint, ...] = ()

    def operator(self, id: str) -> PlacedOperator:
        """Return the operator with this id; KeyError when there is none."""
        return next((o for o in self.operators if o.id == id), None) or _missing(id)

    def pool(self, id: str) -> Pool:
        """Return the pool with this id; KeyError when there is none."""
        return next((p for p in self.pools if p.id == id), None) or _missing(id)


def _missing(id: str) -> Any:
    raise KeyError(id)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `manifest.json`."""
    made = msgspec.json.schema(Plan)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "agentc manifest", **made}


def to_json(plan: Plan) -> bytes:
    """Encode a plan as indented JSON that ends in a newline; equal plans give equal bytes."""
    encoded = msgspec.json.encode(plan)
    msgspec.json.decode(encoded, type=Plan)  # what is written must be readable
    return msgspec.json.format(encoded, indent=2) + b"\n"


def read_plan(path: Path) -> Plan:
    """Read `manifest.json`; an AgentcError names the file and the field that is wrong."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Plan)
    except FileNotFoundError as e:
        hint = "give the folder that `agentc compile -o` wrote"
        raise error(f"no build here: {path} does not exist", hint=hint) from e
    except msgspec.MsgspecError as e:
        raise AgentcError(error(f"not a manifest: {e}", Location(str(path))).diagnostics[0]) from e
