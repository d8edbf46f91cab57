"""Checks what IRDL cannot: optional attributes, ranges, demands, control flow, ids.

Run after parsing and again by the pass pipeline after each pass.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (attributes of users' IR are Any; looking at one makes it partly unknown)

from __future__ import annotations

import re
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any

from agentc.diagnostics import AgentcError, Diagnostic, nearest
from agentc.dialects.attributes import Attr, value_of
from agentc.dialects.bounds import highest
from agentc.dialects.load import is_ours, views
from agentc.ir.bindings import MLIRError, named_attributes
from agentc.ir.cache import mixed_cache
from agentc.ir.construct import wrong_bounds
from agentc.ir.location import each, where
from agentc.ir.trouble import explain

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from mlir import ir

    Rules = Mapping[str, Attr[Any]]
    Problem = tuple[str, str]  # message, hint
    Known = set[Hashable]

TOLERANCE = 1e-6  # of probabilities that add up to 1
PLACEHOLDER = re.compile(r"(?<!\{)\{([A-Za-z_]\w*)\}(?!\})")

PARTS: Mapping[str, tuple[str, ...]] = {  # endings of the ids of what decompose makes of an op
    "llm.call": ("prefill", "decode"),
    "memory.search": ("embed", "lookup", "rerank"),
    "tool.invoke": ("lookup", "compute"),
}

SLO: Rules = {
    "e2e_ms_p95": Attr("number", low=0),
    "ttft_ms_p95": Attr("number", low=0),
    "tpot_ms_p95": Attr("number", low=0),
    "availability": Attr("number", low=0, high=1),
    "soft_usd_per_ms": Attr("number", low=0),
}
LOAD: Rules = {"rate_per_s": Attr("number", low=0)}
FUNCTION: Rules = {
    "agent.slo": Attr("record"),
    "agent.load": Attr("record"),
    "agent.requests": Attr("integer", low=1),
}
MODULE: Rules = {
    "agent.source": Attr("text"),
    "agent.tools": Attr("record"),
    "agent.fns": Attr("record"),
    "agent.stores": Attr("record"),
}
_MADE: Rules = {"id": Attr("text"), "agent.defaulted": Attr("texts")}
_SHARD: Rules = {"agent.shards": Attr("integer", low=1), "agent.shard": Attr("integer", low=0)}
_TRIPS: Rules = {"agent.trips": Attr("number", low=0), "agent.max_trips": Attr("integer", low=0), **_MADE}
FLOW: Mapping[str, Rules] = {
    "scf.if": {"agent.probability": Attr("number", low=0, high=1), **_MADE},
    "scf.index_switch": {"agent.probabilities": Attr("numbers", low=0, high=1), **_MADE},
    "scf.while": _TRIPS,
    "scf.for": _TRIPS,
    "scf.forall": {
        "agent.items": Attr("number", low=0),
        "agent.width": Attr("integer", low=1),
        **_SHARD,
        **_MADE,
    },
    "func.call": {"id": Attr("text")},
    "func.func": FUNCTION,
    "builtin.module": MODULE,
}
_EXAMPLES = {
    "agent.tools": 'search = {python = "app.py:search"}',
    "agent.fns": 'clean = {python = "app.py:clean"}',
    "agent.stores": 'docs = {path = "corpus"}',
}
_WORDS = {
    "text": "a string",
    "integer": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "texts": "a list of strings",
    "numbers": "a list of numbers",
    "record": "a dictionary",
}


def verify(module: ir.Module | ir.Operation) -> None:
    """Check a module as MLIR does and beyond; an AgentcError holds every problem found."""
    root = module.operation
    try:
        root.verify()
    except MLIRError as failure:
        raise explain(failure) from None
    check(root)


def check(root: ir.Operation, known: Known | None = None) -> None:
    """Check what MLIR does not, in a module that MLIR accepts.

    `known` remembers what was found right before: a pass leaves most ops as they were, and
    attributes are unique in their context, so they need no second look.
    """
    found: list[Diagnostic] = []
    ids: dict[str, ir.Operation] = {}
    known = set() if known is None else known

    def visit(op: ir.Operation) -> None:
        name = op.name
        if name == "func.func":
            ids.clear()
        rules = _rules(name)
        if rules is None:
            return
        named = named_attributes(op)
        id = next((a for n, a in named if n == "id"), None)
        # All but the id, which alone differs between equal operators, and is looked at below.
        key = (name, len(op.operands), type(id), *(pair for pair in named if pair[0] != "id"))
        problems: list[Problem] = []
        if key not in known:
            problems = list(_problems(name, {n: value_of(a) for n, a in named}, rules, len(op.operands)))
            if not problems:
                known.add(key)
        problems += _same_id(None if id is None else value_of(id), op, ids)
        problems += [wrong] if (wrong := wrong_bounds(op) or mixed_cache(op)) else []
        found.extend(Diagnostic(m, where(op.location), hint) for m, hint in problems)

    each(root, visit)
    if found:
        raise AgentcError(*found)


def _problems(name: str, values: dict[str, Any], rules: Rules, operands: int) -> Iterator[Problem]:
    if is_ours(name):
        yield from _stated(values, rules, name)
        yield from _together(values, operands)
    else:
        ours = {n: v for n, v in values.items() if n == "id" or n.startswith("agent.")}
        yield from _stated(ours, rules, name)
        yield from _flow(values)


@cache
def _rules(name: str) -> Rules | None:
    view = views().get(name)
    return view.rules if view else FLOW.get(name)


def _stated(values: Mapping[str, Any], rules: Rules, op: str) -> Iterator[Problem]:
    for name, value in values.items():
        rule = rules.get(name)
        if rule is not None:
            yield from violation(name, value, rule)
        elif "." not in name or name.split(".")[0] in {"agent", "place"}:
            yield f"{op} has no attribute {name!r}", nearest(name, rules) or f"it has {', '.join(rules)}"


def violation(name: str, value: Any, rule: Attr[Any]) -> Iterator[Problem]:
    """Yield what is wrong with the value of an attribute, if anything."""
    if not _is(value, rule.kind):
        yield f"{name} must be {_WORDS[rule.kind]}, not {_show(value)}", ""
        return
    if rule.kind in {"integer", "number", "numbers"}:
        for number in value if isinstance(value, list) else [value]:
            yield from _range(name, number, rule)
    if rule.choices and value not in rule.choices:
        hint = nearest(str(value), rule.choices) or f"one of {', '.join(rule.choices)}"
        yield f"{name} cannot be {_show(value)}", hint


def _range(name: str, number: float, rule: Attr[Any]) -> Iterator[Problem]:
    high = highest(name) if rule.high is None else rule.high
    if not -inf < number < inf:
        yield f"{name} must be a finite number, but is {_show(number)}", ""
    elif rule.low is not None and number < rule.low:
        sign = "must not be negative" if rule.low == 0 else f"must be at least {rule.low:g}"
        yield f"{name} {sign}, but is {_show(number)}", ""
    elif number > high:
        yield f"{name} must be at most {high:g}, but is {_show(number)}", ""


def _is(value: Any, kind: str) -> bool:  # noqa: PLR0911 (one case a kind)
    match kind:
        case "text":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "flag":
            return isinstance(value, bool)
        case "texts":
            return isinstance(value, list) and all(isinstance(v, str) for v in value)
        case "numbers":
            return isinstance(value, list) and all(_is(v, "number") for v in value)
        case _:
            return isinstance(value, dict)


def _show(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:g}" if isinstance(value, float) else str(value)


def _together(values: Mapping[str, Any], operands: int) -> Iterator[Problem]:
    names = values.get("inputs")
    if isinstance(names, list) and len(names) != operands:
        message = f"`inputs` names {len(names)} operands, but there are {operands}"
        yield message, "name each operand once, in order"
    yield from _prompt(values.get("prompt"), names if isinstance(names, list) else [])
    yield from _ordered(values, "latency_ms_p50", "latency_ms_p95")
    yield from _ordered(values, "output_tokens", "max_tokens")
    yield from _ordered(values, "prefix_tokens", "input_tokens")


def _prompt(prompt: Any, names: list[str]) -> Iterator[Problem]:
    if not isinstance(prompt, str):
        return
    for asked in dict.fromkeys(PLACEHOLDER.findall(prompt)):
        if asked not in names:
            known = f"it has {', '.join(names)}" if names else "`inputs` names the operands"
            yield f"the prompt asks for {{{asked}}}, which is no input", nearest(asked, names) or known


def _ordered(values: Mapping[str, Any], low: str, high: str) -> Iterator[Problem]:
    a, b = values.get(low), values.get(high)
    if a is not None and b is not None and _is(a, "number") and _is(b, "number") and a > b:
        yield f"{low} ({_show(a)}) is more than {high} ({_show(b)})", ""


def _flow(values: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _ordered(values, "agent.trips", "agent.max_trips")
    shares = values.get("agent.probabilities")
    if isinstance(shares, list) and _is(shares, "numbers") and abs(sum(shares) - 1) > TOLERANCE:
        yield f"agent.probabilities add up to {sum(shares):g}, not 1", ""
    slo, load = values.get("agent.slo"), values.get("agent.load")
    if isinstance(slo, dict):
        yield from demand_problems("agent.slo", slo, SLO)
        yield from _zero_limits(slo)
        if "soft_usd_per_ms" in slo and "e2e_ms_p95" not in slo:
            message = "agent.slo has soft_usd_per_ms but no e2e_ms_p95"
            yield message, "it prices each millisecond over e2e_ms_p95"
    yield from _bindings(values)
    if isinstance(load, dict):
        yield from demand_problems("agent.load", load, LOAD)
        if load.get("rate_per_s") == 0:
            yield "rate_per_s must be more than 0", "leave agent.load out to pay by the request"


def _zero_limits(slo: Mapping[str, Any]) -> Iterator[Problem]:
    for name, limit in slo.items():
        if name in SLO and name != "soft_usd_per_ms" and _is(limit, "number") and limit == 0:
            yield f"{name} must be more than 0", "leave it out where there is no limit"
    if slo.get("availability") == 1:
        yield "availability must be less than 1", "write 0.999, say"


def _bindings(values: Mapping[str, Any]) -> Iterator[Problem]:
    for kind in ("agent.tools", "agent.fns", "agent.stores"):
        bound = values.get(kind)
        for name, what in bound.items() if isinstance(bound, dict) else ():
            if not isinstance(what, dict):
                yield f"{kind}: {name!r} must be a dictionary, not {_show(what)}", f"as in {_EXAMPLES[kind]}"


def demand_problems(what: str, values: Mapping[str, Any], rules: Rules) -> Iterator[Problem]:
    """Yield what is wrong with an SLO or a load."""
    for key, value in values.items():
        if key in rules:
            yield from violation(key, value, rules[key])
        else:
            yield f"{what} has no {key!r}", nearest(key, rules) or f"it has {', '.join(rules)}"


def _same_id(id: Any, op: ir.Operation, ids: dict[str, ir.Operation]) -> Iterator[Problem]:
    if not isinstance(id, str):
        return
    if id in ids:
        yield f"two operators have the id {id!r}", f"the other is at {where(ids[id].location)}"
    else:
        ids[id] = op
    whole, _, part = id.rpartition(".")
    taken = [f"{id}.{part}" for part in PARTS.get(op.name, ()) if f"{id}.{part}" in ids]
    if whole in ids and part in PARTS.get(ids[whole].name, ()):
        taken.append(id)
    for one in taken:
        place = where(ids[whole if one == id else one].location)
        yield f"the id {one!r} is that of a part of {one.rpartition('.')[0]!r}", f"the other is at {place}"
    if not id:
        yield "an id must not be empty", "leave it out to have it numbered"
