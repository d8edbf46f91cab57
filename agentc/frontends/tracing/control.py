"""Control flow that depends on the agent's values: `cond`, `loop` and `map`."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from agentc.diagnostics import error
from agentc.frontends.tracing import arguments as args
from agentc.frontends.tracing.callsite import assigned_name
from agentc.frontends.tracing.record import Kind, Node, Region, Value
from agentc.frontends.tracing.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from agentc.frontends.tracing.callsite import CallSite
    from agentc.frontends.tracing.record import Trace

T = TypeVar("T")


def cond(
    test: bool,
    then: Callable[[], T],
    otherwise: Callable[[], T] | None = None,
    *,
    probability: float | None = None,
    id: str | None = None,
) -> T:
    """Run one of two functions, and return what it returns.

    Args:
        test: what a function decorated with `@test` answered.
        then: called without arguments where the test holds.
        otherwise: called where it does not; may be left out where `then` returns nothing.
        probability: how often `then` is taken, from 0 to 1.
        id: its name in plans.
    """
    trace, site = args.tracing("ac.cond")
    flag = _flag(test, "ac.cond", trace, site)
    if probability is not None and not (args.is_number(probability) and 0 <= probability <= 1):
        raise error(f"probability={probability!r} is not between 0 and 1", site.location)
    node = _open(trace, site, "cond", id, args.stated(probability=probability))
    shapes: list[object] = []
    for branch, what in (
        (then, "the then-branch of ac.cond"),
        (otherwise or _nothing, "the else-branch of ac.cond"),
    ):
        region = Region(trace, what, site)
        shapes.append(_run(region, branch, (), site))
        node.regions += (region,)
    _agree(node.regions, site)
    kinds = [v.kind for v in node.regions[0].results]
    return _close(trace, node, (flag,), kinds, isinstance(shapes[0], tuple))


def loop(
    body: Callable[..., T],
    *state: Any,
    until: Callable[..., bool] | None = None,
    while_: Callable[..., bool] | None = None,
    trips: float | None = None,
    max_trips: int | None = None,
    id: str | None = None,
) -> T:
    """Run `state = body(state)` again and again; return the last state.

    Args:
        body: takes the state, one argument for each value, and returns the next.
        state: the values to begin with.
        until: a function of the state that gives an `@test`'s answer; asked after each trip, so there
            is at least one.
        while_: the same, asked before each trip. With neither, there are exactly `max_trips` trips.
        trips: how many trips are expected.
        max_trips: the bound; every loop has one.
        id: its name in plans.
    """
    trace, site = args.tracing("ac.loop")
    _check_trips(until, while_, trips, max_trips, site)
    if not state:
        raise error(
            "ac.loop has no state", site.location, "ac.loop(body, start, ...): the body takes and returns it"
        )
    start = [args.value_of(s, "the state of ac.loop", trace, site) for s in state]
    attrs = args.stated(trips=trips, max_trips=max_trips, do_while=bool(until))
    node = _open(trace, site, "loop", id, attrs)
    test = until or while_
    if test:
        node.regions += (_test_region(test, start, trace, site),)
    node.regions += (_body_region(body, start, trace, site),)
    return _close(trace, node, start, [v.kind for v in start], len(start) > 1)


def map(
    function: Callable[[Any], T],
    items: Any,
    *,
    items_expected: float | None = None,
    width: int | None = None,
    id: str | None = None,
) -> list[T]:
    """Run a function on each item of a list; return the list of results, in order.

    Args:
        function: takes one item and returns one value.
        items: a list that is known when the agent runs.
        items_expected: how many items it has, expected.
        width: how many run at once.
        id: its name in plans.
    """
    trace, site = args.tracing("ac.map")
    if not isinstance(items, Symbol):
        raise error(
            "ac.map takes a list that is known only when the agent runs",
            site.location,
            "this one is known now: write [function(x) for x in items]",
        )
    args.check_number("items_expected", items_expected)
    args.check_number("width", width, least=1, whole=True)
    listed = trace.cast(args.value_of(items, "the items", trace, site), Kind.JSON, site)
    node = _open(trace, site, "map", id, args.stated(items=items_expected, width=width))
    region = Region(trace, "the function of ac.map", site)
    item = Symbol(region.argument(Kind.JSON, f"item of {listed.name}"))
    _run(region, function, (item,), site)
    if len(region.results) != 1:
        raise error("the function of ac.map must return one value", site.location)
    _cast_results(region, [Kind.JSON], site)
    node.regions = (region,)
    return _close(trace, node, (listed,), [Kind.JSON], several=False)


def _open(trace: Trace, site: CallSite, op: str, id: str | None, attrs: dict[str, Any]) -> Node:
    """Begin a construct; it takes its name before what is inside does."""
    named = id or assigned_name(site)
    if named:
        attrs["id"] = args.new_id(trace, site, id, named)
    return Node(op, (), attrs, site.location)


def _close(trace: Trace, node: Node, operands: Sequence[Value], kinds: Sequence[Kind], several: bool) -> Any:
    node.operands = tuple(operands)
    node.results = tuple(Value(kind, str(node.attrs.get("id", node.op)), trace.region) for kind in kinds)
    trace.region.nodes.append(node)
    symbols = tuple(Symbol(v) for v in node.results)
    return symbols if several else (symbols[0] if symbols else None)


@contextmanager
def _within(region: Region) -> Generator[None]:
    region.trace.regions.append(region)
    try:
        yield
    finally:
        region.trace.regions.pop()


def _run(region: Region, function: Callable[..., Any], symbols: Sequence[Symbol], site: CallSite) -> object:
    """Record what a function does as a region; return what it returned."""
    _check_call(function, len(symbols), region.what, site)
    with _within(region):
        returned = function(*symbols)
        what = f"the result of {region.what}"
        region.results = tuple(args.value_of(r, what, region.trace, site) for r in args.as_tuple(returned))
    return returned


def _check_call(function: object, count: int, what: str, site: CallSite) -> None:
    if isinstance(function, Symbol) or not callable(function):
        raise error(f"{what} must be a function, not {function!r}", site.location, "wrap it: lambda: ...")
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError as e:
        takes = f"takes {count} argument{'s' * (count != 1)}" if count else "takes no arguments"
        raise error(f"{what} {takes}: {e}", site.location) from None
    except ValueError:  # a builtin without a signature: calling it will tell
        return


def _agree(branches: Sequence[Region], site: CallSite) -> None:
    """Bring what both branches return to the same kinds."""
    counts = [len(b.results) for b in branches]
    if len(set(counts)) > 1:
        raise error(
            f"the branches of ac.cond return {counts[0]} and {counts[1]} values",
            site.location,
            "both must return as many; without an else-branch, return nothing",
        )
    pairs = zip(*(b.results for b in branches), strict=True)
    kinds = [pair[0].kind if len({v.kind for v in pair}) == 1 else Kind.JSON for pair in pairs]
    for branch in branches:
        _cast_results(branch, kinds, site)


def _cast_results(region: Region, kinds: Sequence[Kind], site: CallSite) -> None:
    with _within(region):
        pairs = zip(region.results, kinds, strict=True)
        region.results = tuple(region.trace.cast(value, kind, site) for value, kind in pairs)


def _test_region(test: Callable[..., bool], start: Sequence[Value], trace: Trace, site: CallSite) -> Region:
    region = Region(trace, "the test of ac.loop", site)
    answer = _run(region, test, [Symbol(region.argument(v.kind, v.name)) for v in start], site)
    with _within(region):
        region.results = (_flag(answer, "the test of ac.loop", trace, site),)
    return region


def _body_region(body: Callable[..., Any], start: Sequence[Value], trace: Trace, site: CallSite) -> Region:
    region = Region(trace, "the body of ac.loop", site)
    _run(region, body, [Symbol(region.argument(v.kind, v.name)) for v in start], site)
    if len(region.results) != len(start):
        raise error(
            f"the body of ac.loop takes {len(start)} and returns {len(region.results)} values",
            site.location,
            "it returns the next state: one value for each that it takes",
        )
    _cast_results(region, [v.kind for v in start], site)
    return region


def _check_trips(until: object, while_: object, trips: object, max_trips: object, site: CallSite) -> None:
    if until and while_:
        raise error("ac.loop has both until= and while_=", site.location, "one of them decides")
    if max_trips is None:
        raise error(
            "ac.loop has no max_trips", site.location, "add max_trips=n: an agent's loop must have a bound"
        )
    args.check_number("max_trips", max_trips, least=1, whole=True)
    most = cast("int", max_trips)
    if trips is not None and not (args.is_number(trips) and 0 <= trips <= most):
        raise error(f"trips={trips!r} is not between 0 and max_trips={max_trips}", site.location)
    if not until and not while_ and trips not in {None, max_trips}:
        raise error(
            f"trips={trips!r}, but a loop without a test makes exactly max_trips={max_trips} trips",
            site.location,
            "add until= or while_=, or leave out trips=",
        )


def _flag(test: object, what: str, trace: Trace, site: CallSite) -> Value:
    """Return the i1 of a test.

    Raises:
        AgentcError: it is anything else.
    """
    fix = "decorate a function that returns a bool with @ac.test and call it on the values"
    if not isinstance(test, Symbol):
        raise error(f"{what} needs a test's answer, not {test!r}", site.location, fix)
    value = args.value_of(test, what, trace, site)
    if value.kind is not Kind.FLAG:
        raise error(f"{what} needs a test's answer, but {value.name!r} is {value.kind}", site.location, fix)
    return value


def _nothing() -> None:
    """Be the else-branch that somebody left out."""
