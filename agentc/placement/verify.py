"""Re-check a build's plan from its manifest and the IR beside it.

This is the second pair of eyes: it reads `manifest.json` as plain JSON and recomputes what the plan
claims. It imports neither the solver nor anything of placement that made the plan, nor the
manifest's own classes, so a mistake there cannot hide here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agentc.placement import verify_money, verify_others, verify_parts, verify_path, verify_rules
from agentc.placement.verify_build import check_build
from agentc.placement.verify_schema import check_schema
from agentc.placement.verify_shape import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Json = Any
Checks = dict[str, "Callable[[Json], Iterator[str]]"]
FOUNDATIONS: Checks = {
    "schema": check_schema,
    "mode": verify_parts.check_mode,
    "assignment": verify_parts.check_assignment,
    "visits": verify_parts.check_visits,
}
CHECKS: Checks = {
    "pools": verify_parts.check_pools,
    "fleet": verify_parts.check_fleet,
    "links": verify_parts.check_links,
    "rules": verify_rules.check_rules,
    "transfers": verify_parts.check_transfers,
    "money": verify_money.check_money,
    "energy": verify_money.check_energy,
    "front": verify_money.check_front,
    "times": verify_path.check_times,
    "critical path": verify_path.check_path,
    "limits": verify_money.check_slo,
    "alternatives": verify_others.check_alternatives,
    "solver": verify_money.check_solver,
}


def verify(build_dir: Path) -> list[str]:
    """Return what does not hold in a build's manifest, one sentence each; empty when all holds.

    Raises:
        FileNotFoundError: the folder has no `manifest.json`.
    """
    text = (build_dir / "manifest.json").read_bytes()
    problems = verify_manifest(text)
    if any(p.split(": ")[0] not in CHECKS for p in problems):
        return problems  # too broken to compare
    return problems + [f"build: {problem}" for problem in check_build(json.loads(text), build_dir)]


def verify_manifest(text: bytes) -> list[str]:
    """Return what does not hold in a manifest's text."""
    try:
        manifest = json.loads(text)
    except ValueError as e:
        return [f"manifest.json is not JSON: {e}"]
    problems = malformed(manifest)
    for checks in (FOUNDATIONS, CHECKS):  # what the rest builds on comes first
        if not problems:
            problems = [f"{name}: {problem}" for name, check in checks.items() for problem in check(manifest)]
    return problems


def checked() -> dict[str, str]:
    """The checks by name, each with what it checks."""
    checks = {**FOUNDATIONS, **CHECKS, "build": check_build}
    return {name: _summary(check) for name, check in checks.items()}


def _summary(check: Callable[..., Iterator[str]]) -> str:
    return (check.__doc__ or "").strip().splitlines()[0]
