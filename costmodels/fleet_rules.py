"""The part of the fleet file that says what may run where: policies of tiers, and rules for operators.

```yaml
tiers:
  - {name: eu, device: L4, regions: [eu-west-1, eu], labels: [iso27001], availability: 0.998,
     gco2_per_kwh: 41}
  - {name: odd, device: L4, spot: {interruptions_per_hour: 0.05, restart_minutes: 10}}
rules:
  - {operators: ["draft.*"], tiers: [eu]}                  # only these tiers
  - {operators: [hits], regions: [eu], labels: [iso27001]} # only tiers there that have all labels
  - {operators: [a, b], together: true}                    # one tier for all of them; or apart: true
  - {operators: [draft], spot: false, min_replicas: 2, max_replicas: 8}
  - {budget_usd_per_hour: 20}
```

An operator is named by its id, or by a glob over ids; `draft` names `draft.prefill` and `draft.decode`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.costmodels.fleet import Rule, Spot
from agentc.diagnostics import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agentc.costmodels.fleet import Tier
    from agentc.costmodels.located import Value

POLICY_KEYS = ("regions", "labels", "availability", "spot", "gco2_per_kwh")
RULE_KEYS = (
    "operators",
    "tiers",
    "regions",
    "labels",
    "spot",
    "together",
    "apart",
    "min_replicas",
    "max_replicas",
    "budget_usd_per_hour",
)
SPOT_KEYS = ("interruptions_per_hour", "restart_minutes")
RESTART_MINUTES = 10.0


def policy_of(keys: Mapping[str, Value]) -> dict[str, Any]:
    """A tier's regions, labels, availability, interruptions and grid."""
    made: dict[str, Any] = {}
    for key in ("regions", "labels"):
        if key in keys:
            made[key] = _words(keys[key])
    if "availability" in keys:
        made["availability"] = keys["availability"].number(above=True)
        if made["availability"] > 1.0:
            raise keys["availability"].wrong(
                f"availability is a share: at most 1, not {made['availability']:g}"
            )
    if "gco2_per_kwh" in keys:
        made["gco2_per_kwh"] = keys["gco2_per_kwh"].number()
    if "spot" in keys:
        made["spot"] = _spot(keys["spot"])
    return made


def _spot(value: Value) -> Spot:
    stated = value.mapping(SPOT_KEYS)
    if "interruptions_per_hour" not in stated:
        raise value.wrong("spot needs interruptions_per_hour", "say how often an hour a device is taken away")
    restart = stated["restart_minutes"].number() if "restart_minutes" in stated else RESTART_MINUTES
    return Spot(stated["interruptions_per_hour"].number(), restart)


def rules_of(value: Value | None, tiers: Iterable[Tier]) -> tuple[Rule, ...]:
    """The rules for operators; names of tiers, regions and labels must be known."""
    known = list(tiers)
    names: dict[str, list[str]] = {
        "tiers": [t.name for t in known],
        "regions": [r for t in known for r in t.regions],
        "labels": [x for t in known for x in t.labels],
    }
    return tuple(_rule(item, names) for item in (value.items() if value and not value.empty else []))


def _rule(item: Value, names: Mapping[str, list[str]]) -> Rule:
    keys = item.mapping(RULE_KEYS)
    if ("operators" in keys) == ("budget_usd_per_hour" in keys) or len(keys) < 1 + ("operators" in keys):
        hint = "write {operators: [...], tiers: [...]}, or {budget_usd_per_hour: 20}"
        raise item.wrong("a rule says something of operators, or states a budget", hint)
    if "operators" not in keys and len(keys) > 1:
        raise item.wrong("a budget is for the whole plan: give it a rule of its own")
    made: dict[str, Any] = {key: _known(keys[key], key, names[key]) for key in names if key in keys}
    for key in ("spot", "together", "apart"):
        if key in keys:
            made[key] = _flag(keys[key], key)
    for key in ("min_replicas", "max_replicas"):
        if key in keys:
            made[key] = keys[key].count()
    if made.get("min_replicas", 1) > made.get("max_replicas", float("inf")):
        raise keys["max_replicas"].wrong("max_replicas is less than min_replicas")
    if "budget_usd_per_hour" in keys:
        made["budget_usd_per_hour"] = keys["budget_usd_per_hour"].number(above=True, unit=" USD")
    operators = _words(keys["operators"]) if "operators" in keys else ()
    return Rule(operators, item.location, **made)


def _words(value: Value) -> tuple[str, ...]:
    words = tuple(item.text() for item in value.items())
    if not words:
        raise value.wrong(f"{value.what} is empty")
    return words


def _known(value: Value, key: str, names: list[str]) -> tuple[str, ...]:
    for item in value.items():
        if item.text() not in names:
            hint = nearest(item.text(), names) or f"known: {', '.join(dict.fromkeys(names)) or 'none'}"
            raise item.wrong(
                f"no tier has {key[:-1]} {item.text()!r}"
                if key != "tiers"
                else f"a rule names the unknown tier {item.text()!r}",
                hint,
            )
    return _words(value)


def _flag(value: Value, key: str) -> bool:
    word = value.text().lower()
    if word not in {"true", "false"}:
        raise value.wrong(f"{key} must be true or false, not {word!r}")
    return word == "true"
