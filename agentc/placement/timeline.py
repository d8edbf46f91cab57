"""How long a graph takes, read from its time structure once for every kind of number.

A `Timeline` walks blocks and edges and combines durations with a `Clock`. Whole microseconds give
an evaluation, a duration that carries its path gives the critical path, linear expressions give the
solver's constraints: one formula, many readings.

    block   longest path of its steps over data and order edges; a crossing edge adds its transfer
    branch  p95: the slowest branch of probability > 0 (a sound bound: the SLA holds whichever branch
            is taken); p50: the likeliest branch
    loop    (trips + 1) * test + trips * (forward + body + carried), where forward is the slowest
            operand between test and body and carried the slowest operand to the next trip
    map     ceil(items / width) * body

An edge into a construct delays the construct's start, an edge out of it waits for its finish. An
operand carried to the next trip is charged to the innermost loop that holds both of its ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from agentc.ir.graph import Branch, Loop, Map, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentc.placement.frames import Frame, Node
    from agentc.placement.problem import Problem

TRIPS_RESOLUTION = 1000
"""Expected trips count in thousandths."""


T = TypeVar("T")


class Clock(Protocol[T]):
    """The arithmetic of durations. `T` values support `+`."""

    def operator(self, id: str) -> T:
        """One visit of an operator."""
        ...

    def hop(self, edge: int) -> T:
        """One crossing of the edge with this index; zero inside a tier."""
        ...

    def plus(self, *terms: T) -> T:
        """One after another; zero for none."""
        ...

    def latest(self, terms: Sequence[T]) -> T:
        """The greatest; zero for none."""
        ...

    def times(self, factor: Fraction, term: T) -> T:
        """A duration repeated `factor` times, rounded up to the clock's resolution."""
        ...

    def branch(self, step: Branch, durations: Sequence[T]) -> T:
        """What a branch takes, given what each of its blocks takes."""
        ...


class Timeline(Generic[T]):
    """Finish times of a graph by one clock; every frame is walked once."""

    def __init__(self, frame: Frame, clock: Clock[T]) -> None:
        """Read `frame` (see `frame_of`) with `clock`."""
        self._root = frame
        self._clock = clock
        self._finishes: dict[int, list[T]] = {}

    def total(self) -> T:
        """Time from the request to the last step's finish."""
        return self._duration(self._root)

    def finish_of(self, operator: str) -> T:
        """Time from the request to an operator's finish: in a loop's last trip, a map's last round."""
        return self._finish_in(self._root, operator)

    def _duration(self, frame: Frame) -> T:
        finishes = self._finish_times(frame)
        return self._clock.latest([finishes[i] for i in frame.sinks])

    def _finish_times(self, frame: Frame) -> list[T]:
        known = self._finishes.get(id(frame))
        if known is None:
            known = self._finishes[id(frame)] = []
            for node in frame.nodes:
                known.append(self._clock.plus(self._start(node, known), self._span(node)))
        return known

    def _start(self, node: Node, finishes: list[T]) -> T:
        return self._clock.latest([self._clock.plus(finishes[i], self._clock.hop(e)) for i, e in node.waits])

    def _span(self, node: Node) -> T:
        clock = self._clock
        match node.step:
            case Task(operator=operator):
                return clock.operator(operator)
            case Branch() as branch:
                return clock.branch(branch, [self._duration(f) for f in node.frames])
            case Loop(trips=trips):
                n = exact_trips(trips)
                test = clock.times(n + 1, self._duration(node.frames[0]))
                return clock.plus(test, clock.times(n, self._trip(node)))
            case Map() as step:
                return clock.times(rounds(step), self._duration(node.frames[0]))

    def _trip(self, node: Node) -> T:
        """One trip of a loop, its test aside."""
        clock = self._clock
        forward = clock.latest([clock.hop(e) for e in node.forward])
        carried = clock.latest([clock.hop(e) for e in node.carried])
        return clock.plus(forward, self._duration(node.frames[1]), carried)

    def _finish_in(self, frame: Frame, operator: str) -> T:
        for node in frame.nodes:
            for region, inner in enumerate(node.frames):
                if _holds(inner, operator):
                    start = self._start(node, self._finish_times(frame))
                    return self._clock.plus(start, self._lead(node, region), self._finish_in(inner, operator))
            if node.step == Task(operator):
                return self._finish_times(frame)[frame.nodes.index(node)]
        raise KeyError(operator)

    def _lead(self, node: Node, region: int) -> T:
        """Time from a construct's start to the last start of one of its regions."""
        clock = self._clock
        match node.step:
            case Loop(trips=trips):
                test = self._duration(node.frames[0])
                again = clock.plus(test, self._trip(node))
                if region == 0:
                    return clock.times(exact_trips(trips), again)
                before = clock.times(max(exact_trips(trips), Fraction(1)) - 1, again)
                return clock.plus(before, test, clock.latest([clock.hop(e) for e in node.forward]))
            case Map() as step:
                return clock.times(max(rounds(step) - 1, Fraction(0)), self._duration(node.frames[0]))
            case _:
                return clock.plus()


def exact_trips(trips: float) -> Fraction:
    """Expected trips in thousandths."""
    return Fraction(round(trips * TRIPS_RESOLUTION), TRIPS_RESOLUTION)


def rounds(step: Map) -> Fraction:
    """How often a map's body runs one after another: ceil(items / width)."""
    return Fraction(ceil(exact_trips(step.items) / max(step.width, 1)))


def _holds(frame: Frame, operator: str) -> bool:
    return any(n.step == Task(operator) or any(_holds(f, operator) for f in n.frames) for n in frame.nodes)


@dataclass(frozen=True)
class Moment:
    """A duration and the operators that it is made of, in order."""

    us: int
    path: tuple[str, ...] = ()


class MomentClock:
    """Durations that carry their path. `percentile` is 95 or 50 (see the module's docstring)."""

    def __init__(self, latency_us: dict[str, int], hop_us: Sequence[int], percentile: int) -> None:
        """Take an operator's latency by id and an edge's transfer by index."""
        self._latency_us, self._hop_us, self._percentile = latency_us, hop_us, percentile

    def operator(self, id: str) -> Moment:
        """One visit of an operator."""
        return Moment(self._latency_us[id], (id,))

    def hop(self, edge: int) -> Moment:
        """One crossing of an edge."""
        return Moment(self._hop_us[edge])

    def plus(self, *terms: Moment) -> Moment:
        """One after another."""
        return Moment(sum(t.us for t in terms), tuple(id for t in terms for id in t.path))

    def latest(self, terms: Sequence[Moment]) -> Moment:
        """The greatest, the first of equals."""
        return max(terms, key=lambda t: t.us, default=Moment(0))

    def times(self, factor: Fraction, term: Moment) -> Moment:
        """Repeated; a path that is never taken is no path."""
        return Moment(ceil(factor * term.us), term.path if factor else ())

    def branch(self, step: Branch, durations: Sequence[Moment]) -> Moment:
        """p95: the slowest that can happen; p50: the likeliest."""
        return self.latest(taken(step, durations, self._percentile))


def taken(step: Branch, durations: Sequence[T], percentile: int) -> list[T]:
    """The blocks of a branch that a percentile looks at."""
    chances = step.probabilities
    if percentile == 50:  # noqa: PLR2004 (a percentile)
        return [durations[chances.index(max(chances))]]
    return [d for d, p in zip(durations, chances, strict=True) if p > 0] or list(durations)


class _WorstClock(MomentClock):
    """Nothing is skipped: every branch counts, every loop runs."""

    def times(self, factor: Fraction, term: Moment) -> Moment:
        """Repeated at least once."""
        return super().times(max(factor, Fraction(1)), term)

    def branch(self, step: Branch, durations: Sequence[Moment]) -> Moment:  # noqa: ARG002 (a clock's method)
        """The slowest, likely or not."""
        return self.latest(durations)


def longest_us(problem: Problem) -> int:
    """Everything at its slowest and nothing skipped: no part of any plan takes longer."""
    slowest = {
        i: max((o.latency_p95_us for o in options), default=0) for i, options in problem.options.items()
    }
    hops = [
        max((hop.us for a, b in problem.links if (hop := problem.hop(edge, a, b))), default=0)
        for edge in problem.graph.edges
    ]
    return Timeline(problem.frame, _WorstClock(slowest, hops, 95)).total().us
