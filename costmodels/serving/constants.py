"""The constants of a software stack, and how one follows from the levels that a case belongs to.

Every constant is a product: a base value times a factor for each level (vendor, engine, stack,
architecture, precision) that has one. Nobody has measured every stack; a level without a factor
leaves the product alone, so an unknown engine on a known vendor's device gets what is known.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentc.costmodels.serving.facts import Floats


@dataclass(frozen=True)
class Constants:
    """Columns of constants, one row a case.

    Attributes:
        eta_bw: part of the memory bandwidth that streaming weights reaches.
        eta_compute: part of the dense peak that large matrix products reach.
        half: fixed work of a matrix product in tokens, as a part of the ridge point (where
            arithmetic and streaming take equally long).
        eta_kv: part of the bandwidth that decode attention reaches.
        eta_attention: part of the bf16 peak that prefill attention reaches.
        eta_vector: the same for decode attention, on vector units in most kernels.
        tau_layer_us: device time lost a layer.
        launch_us: host time to queue a layer in a decode step; captured graphs make it small.
        prefill_launch_us: the same in a prefill.
        moe_layer: how many times the overhead of a plain layer a layer of experts has.
        step_ms: engine time a step.
        tau_seq_us: engine time a sequence and step.
        alpha_us: start of an all-reduce.
        eta_link: part of the link's one-direction bandwidth that collectives reach.
        moe: time of experts over that of plain matrices.
        moe_tile: fixed work of an expert over `half`.
        routing: exponent on the tokens of a step: 1 where tokens pick experts independently, near
            0 where all pick the same, as with dummy prompts.
        unpack: slow-down of streaming weights stored narrower than they are multiplied.
        prefill: device time of prefill over the formula's.
        request_ms: from a request's arrival to its first step.
        burst: part of requests that arrive together under closed load.
        usable: part of the memory that the engine fills.
        reserve_gib: what it keeps for itself on a device.
        refill: extra work when sequences have to wait for memory.
        served: throughput under MLPerf's server rules over offline.
    """

    eta_bw: Floats
    eta_compute: Floats
    half: Floats
    eta_kv: Floats
    eta_attention: Floats
    eta_vector: Floats
    tau_layer_us: Floats
    launch_us: Floats
    prefill_launch_us: Floats
    moe_layer: Floats
    step_ms: Floats
    tau_seq_us: Floats
    alpha_us: Floats
    eta_link: Floats
    moe: Floats
    moe_tile: Floats
    routing: Floats
    unpack: Floats
    prefill: Floats
    request_ms: Floats
    burst: Floats
    usable: Floats
    reserve_gib: Floats
    refill: Floats
    served: Floats


NAMES = tuple(f.name for f in fields(Constants))
# No stack gets more than this part of a peak: products of factors are bent to stay below it.
CEILINGS = {
    "eta_bw": 0.93,
    "eta_kv": 0.95,
    "eta_compute": 0.90,
    "eta_attention": 0.85,
    "eta_link": 0.95,
    "routing": 1.0,
}
BEND = 6.0


def below_ceiling(name: str, value: Floats) -> Floats:
    """Bend a part of a peak smoothly under its ceiling: v / (1 + (v/top)^6)^(1/6)."""
    top = CEILINGS.get(name)
    return value if top is None else value / (1.0 + (value / top) ** BEND) ** (1.0 / BEND)


def constants_of(
    table: Mapping[str, Mapping[str, Mapping[str, float]]], cases: Sequence[Mapping[str, str]]
) -> Constants:
    """Multiply base values with the factors of each case's levels.

    `table[kind][level][constant]`: a factor; kind `base` has one level, `all`.
    """
    columns = {name: np.empty(len(cases)) for name in NAMES}
    for row, levels in enumerate(cases):
        found = [table.get(kind, {}).get(level, {}) for kind, level in levels.items()]
        for name in NAMES:
            value = table["base"]["all"][name]
            for factors in found:
                value *= factors.get(name, 1.0)
            columns[name][row] = value
    return Constants(**{name: below_ceiling(name, column) for name, column in columns.items()})


def scaled(base: Constants, factors: Mapping[str, float]) -> Constants:
    """Constants times their factors, kept below what any stack reaches."""
    columns = {n: below_ceiling(n, c * factors.get(n, 1.0)) for n, c in vars(base).items()}
    return Constants(**columns)
