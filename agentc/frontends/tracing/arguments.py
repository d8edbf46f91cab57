"""What a user's call hands over: symbols, constants, names; turned into values and ids."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from agentc.diagnostics import error
from agentc.dialects.bounds import highest, shown
from agentc.frontends.tracing.callsite import assigned_name, call_site
from agentc.frontends.tracing.record import Kind, current
from agentc.frontends.tracing.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentc.frontends.tracing.callsite import CallSite
    from agentc.frontends.tracing.record import Trace, Value

_ID = re.compile(r"[A-Za-z_][\w.-]*")
EFFECTS = ("none", "read", "write")


def tracing(what: str) -> tuple[Trace, CallSite]:
    """Return the agent that is being traced and the user's call.

    Raises:
        AgentcError: nothing is being traced.
    """
    site = call_site()
    trace = current()
    if trace is None:
        raise error(
            f"{what} works only inside an agent",
            site.location,
            "call it in a function decorated with @ac.agent, then `agentc compile` and `agentc run`",
        )
    return trace, site


def value_of(argument: object, what: str, trace: Trace, site: CallSite) -> Value:
    """Return the value of an argument: a symbol's own, or a constant's.

    Raises:
        AgentcError: a symbol that is not known here, or an object that has no text or JSON form.
    """
    if isinstance(argument, Symbol):
        trace.check(argument.agentc_value, site)
        return argument.agentc_value
    kind = Kind.TEXT if isinstance(argument, str) else Kind.JSON
    binding = {"value": as_json(argument, what, site)}
    fn = trace.program.bindings.bind(trace.program.bindings.fns, "constant", binding)
    attrs = {"id": trace.unique("constant"), "fn": fn, "cpu_ms": 0.0, "effects": "none"}
    return trace.add("agent.compute", (), attrs, site, (kind,))[0]


def as_tuple(returned: object) -> tuple[object, ...]:
    """Return what a function returned as a tuple of values: none for None."""
    if isinstance(returned, tuple):
        return cast("tuple[object, ...]", returned)
    return () if returned is None else (returned,)


def as_json(argument: object, what: str, site: CallSite) -> str:
    """Return a constant as JSON text.

    Raises:
        AgentcError: it has no JSON form, or a value of the agent hides in it.
    """
    try:
        return json.dumps(argument, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError):
        raise error(
            f"{what} is a {type(argument).__name__} that is neither text, a number nor JSON",
            site.location,
            "hand values of the agent over one by one, each as an argument of its own",
        ) from None


def alike(values: Sequence[Value], trace: Trace, site: CallSite) -> list[Value]:
    """Return values of one kind: as they are where all agree, else all as JSON."""
    kinds = {v.kind for v in values}
    return list(values) if len(kinds) <= 1 else [trace.cast(v, Kind.JSON, site) for v in values]


def new_id(
    trace: Trace, site: CallSite, stated: str | None, fallback: str, owner: object | None = None
) -> str:
    """Return a fresh id: the stated one, the variable's name, or the fallback; `_2` if taken.

    One statement may name several operators: the id of a tool (`owner`) that is called again, or that
    of a call in a loop of Python. Two statements may not.

    Raises:
        AgentcError: the stated id is no name, or stated elsewhere too.
    """
    if stated is not None and not _ID.fullmatch(str(stated)):
        raise error(
            f"{stated!r} cannot be an id",
            site.location,
            "use letters, digits, `_`, `-` and `.`, starting with a letter",
        )
    if stated is not None:
        by: object = site.location if owner is None else owner
        first, place = trace.stated.setdefault(stated, (by, site.location))
        if first is not by and first != by:
            raise error(f"two operators have the id {stated!r}", site.location, f"the other is at {place}")
    # Inside ac.map(tool, xs) the variable names the map, so the tool goes by its own name.
    named = None if any(region.site == site for region in trace.regions) else assigned_name(site)
    return trace.unique(str(stated or named or fallback))


def check_effects(effects: str | None) -> None:
    """Refuse an unknown effect."""
    if effects is not None and effects not in EFFECTS:
        raise error(f"effects={effects!r} is unknown", call_site().location, f"one of {', '.join(EFFECTS)}")


def check_number(name: str, number: object, *, least: float | None = None, whole: bool = False) -> None:
    """Refuse what is no number, not whole where it must be, too large, or below `least`.

    Without `least` it must be above 0. What is too large depends on the name.
    """
    if number is None:
        return
    most = highest(name)
    kind = "whole number" if whole else "number"
    limit = f"at least {least:g}" if least is not None else "above 0"
    if not is_number(number):
        raise error(f"{name}={number!r} must be a {kind} {limit}", call_site().location)
    in_range = number >= least if least is not None else number > 0
    if in_range and number > most:
        limit = f"at most {most:g}"
    elif in_range and (not whole or isinstance(number, int)):
        return
    raise error(f"{name}={shown(number)} must be a {kind} {limit}", call_site().location)


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a value is a number; True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def stated(**attrs: Any) -> dict[str, Any]:
    """Return the attributes that somebody stated: the others are left out."""
    return {name: value for name, value in attrs.items() if value is not None}
