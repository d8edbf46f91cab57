"""The times of a manifest, recomputed from its structure, edges, latencies and links alone.

Part of `verify`: it reads the JSON with its own eyes and shares no code with the rest of placement.
Times are whole microseconds. The rules are those that the manifest is specified by: a block takes
its longest path, a branch its slowest possible (p95) or likeliest (p50) block, a loop
(trips + 1) tests and trips of (body + slowest operand between its parts + slowest carried operand),
a map ceil(items / width) bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Json = Any
MICRO = 1000


def to_us(ms: float) -> int:
    """Milliseconds as whole microseconds, halves up."""
    return floor(ms * MICRO + 0.5)


def inside(step: Json) -> list[str]:
    """Operators of a step, nested ones too, in order."""
    if isinstance(step, str):
        return [step]
    return [i for block in parts(step) for s in block for i in inside(s)]


def parts(step: Json) -> list[list[Json]]:
    """The blocks of a construct."""
    if "branch" in step:
        return list(step["blocks"])
    return [step["test"], step["body"]] if "loop" in step else [step["body"]]


def visits_of(block: Sequence[Json], times: float = 1.0) -> dict[str, float]:
    """How often each operator runs, by the structure: probability, trips (+ 1 for a test), items."""
    found: dict[str, float] = {}
    for step in block:
        if isinstance(step, str):
            found[step] = times
        elif "branch" in step:
            for chance, inner in zip(step["probabilities"], step["blocks"], strict=True):
                found |= visits_of(inner, times * chance)
        elif "loop" in step:
            found |= visits_of(step["test"], times * (step["trips"] + 1))
            found |= visits_of(step["body"], times * step["trips"])
        else:
            found |= visits_of(step["body"], times * step["items"])
    return found


@dataclass(frozen=True)
class Times:
    """A schedule: `latency_us` of one visit by operator, `hop_us` of one crossing by edge index."""

    edges: Sequence[Json]
    latency_us: Mapping[str, int]
    hop_us: Sequence[int]
    likeliest: bool = False

    def only(self, latency_us: Mapping[str, int], *, hops: bool = False) -> Times:
        """The schedule in which no other operator takes time, nor any operand unless `hops`."""
        hop_us = self.hop_us if hops else [0] * len(self.hop_us)
        return Times(self.edges, {**dict.fromkeys(self.latency_us, 0), **latency_us}, hop_us, self.likeliest)

    def block(self, steps: Sequence[Json]) -> int:
        """Longest path through a block."""
        return max(self.ends(steps), default=0)

    def ends(self, steps: Sequence[Json]) -> list[int]:
        """Finish of each step of a block, counted from the block's start."""
        groups = [set(inside(s)) for s in steps]
        found: list[int] = []
        for k, step in enumerate(steps):
            found.append(self._start(groups, found, k) + self.step(step))
        return found

    def _start(self, groups: list[set[str]], ends: list[int], k: int) -> int:
        start = 0
        for e, hop in zip(self.edges, self.hop_us, strict=True):
            if e["carried"] or e["to"] not in groups[k]:
                continue
            for j in range(k):
                if e["from"] in groups[j]:
                    start = max(start, ends[j] + hop)
        return start

    def step(self, step: Json) -> int:
        """One run of a step."""
        if isinstance(step, str):
            return self.latency_us[step]
        if "branch" in step:
            return self._branch(step)
        if "loop" in step:
            n = _trips(step["trips"])
            return ceil((n + 1) * self.block(step["test"])) + ceil(n * self.trip(step))
        return _rounds(step) * self.block(step["body"])

    def _branch(self, step: Json) -> int:
        chances = step["probabilities"]
        if self.likeliest:
            return self.block(step["blocks"][chances.index(max(chances))])
        possible = [b for b, p in zip(step["blocks"], chances, strict=True) if p > 0]
        return max(self.block(b) for b in possible or step["blocks"])

    def trip(self, loop: Json) -> int:
        """One trip of a loop, its test aside."""
        return self.block(loop["body"]) + self.between(loop) + self._slowest(self._carried(loop))

    def between(self, loop: Json) -> int:
        """Slowest operand between a loop's test and body."""
        tests = {i for s in loop["test"] for i in inside(s)}
        bodies = {i for s in loop["body"] for i in inside(s)}
        return self._slowest(
            lambda e: (
                not e["carried"]
                and ((e["from"] in tests and e["to"] in bodies) or (e["from"] in bodies and e["to"] in tests))
            )
        )

    def _carried(self, loop: Json) -> Callable[[Json], bool]:
        """Whether an edge is carried by this loop: the innermost that holds both of its ends."""
        members = set(inside(loop))
        nested = [set(inside(s)) for s in _loops_below(loop)]

        def belongs(edge: Json) -> bool:
            ends = {edge["from"], edge["to"]}
            return bool(edge["carried"]) and ends <= members and not any(ends <= inner for inner in nested)

        return belongs

    def _slowest(self, wanted: Callable[[Json], bool]) -> int:
        return max((hop for e, hop in zip(self.edges, self.hop_us, strict=True) if wanted(e)), default=0)

    def finish(self, steps: Sequence[Json], operator: str) -> int:
        """Finish of an operator from the block's start: in a loop's last trip, a map's last round."""
        ends = self.ends(steps)
        for step, end in zip(steps, ends, strict=True):
            if step == operator:
                return end
            if operator in inside(step):
                return end - self.step(step) + self._within(step, operator)
        raise KeyError(operator)

    def _within(self, step: Json, operator: str) -> int:
        home = next(b for b in parts(step) if any(operator in inside(s) for s in b))
        here = self.finish(home, operator)
        if "loop" in step:
            n, test = _trips(step["trips"]), self.block(step["test"])
            again = test + self.trip(step)
            if home is step["test"]:
                return ceil(n * again) + here
            return ceil((max(n, Fraction(1)) - 1) * again) + test + self.between(step) + here
        if "map" in step:
            return max(_rounds(step) - 1, 0) * self.block(step["body"]) + here
        return here


def _trips(trips: float) -> Fraction:
    return Fraction(round(trips * 1000), 1000)


def _rounds(step: Json) -> int:
    return ceil(_trips(step["items"]) / max(step["width"], 1))


def _loops_below(step: Json) -> list[Json]:
    found: list[Json] = []
    for block in parts(step):
        for inner in block:
            if not isinstance(inner, str):
                found += [inner, *_loops_below(inner)] if "loop" in inner else _loops_below(inner)
    return found
