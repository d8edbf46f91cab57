"""The fitted profiles, read from `catalog/stacks.yaml`: factors by level, their error, the bands.

`constants_for` makes the constants of cases from their levels; `knowledge_of` says how near to the
measurements a case is, which decides its basis and its error band:

    release   this release of the engine was measured on this kind of device
    stack     the engine of this era was measured on this vendor's devices, and the chip's family too
    nothing   neither: base, vendor and judged factors alone
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from agentc.costmodels.serving.constants import Constants, constants_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STACKS = Path(__file__).resolve().parent.parent / "catalog" / "stacks.yaml"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def document() -> Mapping[str, Any]:
    """The whole file: `fit` (date, rows, errors), `bands`, `levels`."""
    return yaml.load(STACKS.read_bytes(), Loader=LOADER)  # noqa: S506 -- LOADER is a safe loader


@cache
def table() -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """Factors by kind of level, level and constant."""
    levels: Mapping[str, Mapping[str, Mapping[str, Any]]] = document()["levels"]
    return {
        kind: {level: dict(entry["factors"]) for level, entry in rows.items()}
        for kind, rows in levels.items()
    }


@cache
def measured() -> Mapping[str, frozenset[str]]:
    """Levels that measurements were fitted on, by kind."""
    levels: Mapping[str, Mapping[str, Mapping[str, Any]]] = document()["levels"]
    return {
        kind: frozenset(level for level, entry in rows.items() if entry.get("rows", 0) > 0)
        for kind, rows in levels.items()
    }


def constants_for(levels: Sequence[Mapping[str, str]]) -> Constants:
    """The constants of cases, by the levels that they belong to."""
    return constants_of(table(), levels)


def knowledge_of(levels: Mapping[str, str]) -> str:
    """How near to the measurements these levels are: `release`, `stack` or `nothing`."""
    known = measured()

    def fitted(kind: str) -> bool:
        return levels[kind] in known.get(kind, frozenset())

    if fitted("release") and fitted("architecture"):
        return "release"
    return "stack" if fitted("stack") and fitted("architecture") else "nothing"


def band_of(knowledge: str, metric: str) -> float:
    """Half the width of the 80% band, as a logarithm: the value lies within exp(±band)."""
    bands: Mapping[str, Mapping[str, float]] = document()["bands"]
    return float(bands[knowledge][metric_group(metric)])


def metric_group(metric: str) -> str:
    """Metrics whose errors are alike: first tokens are queued for, the rest is not."""
    return "first_token" if metric == "ttft_ms" else "rate"
