"""Layered drawing of a directed acyclic graph, in the manner of Sugiyama, Tagawa and Toda (1981).

Longest-path layers, an invisible node wherever an edge passes a layer, barycenter sweeps against
crossings, then coordinates: each layer moves towards its neighbors' mean, kept apart by isotonic
regression. Units are pixels; y grows downwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    Key = Hashable
    Point = tuple[float, float]

SWEEPS = 8
BEND_WIDTH = 14.0


@dataclass(frozen=True)
class Item:
    """A thing to place. `pin` holds it in the first ("top") or last ("bottom") layer."""

    id: Key
    width: float
    height: float
    pin: str = ""


@dataclass
class Layers:
    """Rows of ids, top to bottom, and who is connected to whom in the neighboring rows."""

    rows: list[list[Key]]
    above: dict[Key, list[Key]] = field(default_factory=dict["Key", "list[Key]"])
    below: dict[Key, list[Key]] = field(default_factory=dict["Key", "list[Key]"])


@dataclass(frozen=True)
class Layout:
    """Centers of the items, and the points that each edge bends at between its two ends."""

    centers: Mapping[Key, Point]
    bends: Mapping[tuple[Key, Key], tuple[Point, ...]]
    width: float
    height: float


def lay_out(
    items: Sequence[Item], edges: Iterable[tuple[Key, Key]], *, gap_x: float = 28, gap_y: float = 58
) -> Layout:
    """Place items so that edges point down. Edges that would close a cycle are drawn but place nothing."""
    known = {i.id: i for i in items}
    wanted = list(dict.fromkeys(e for e in edges if e[0] in known and e[1] in known and e[0] != e[1]))
    rank = _ranks(items, wanted)
    layers, chains = _rows(items, wanted, rank)
    _order(layers)
    widths = {key: known[key].width if key in known else BEND_WIDTH for row in layers.rows for key in row}
    xs = _columns(layers, widths, gap_x)
    left = min((xs[k] - widths[k] / 2 for k in xs), default=0.0)
    heights = [max((known[k].height for k in row if k in known), default=0.0) for row in layers.rows]
    ys = _levels(heights, gap_y)
    centers = {k: (xs[k] - left, ys[n]) for n, row in enumerate(layers.rows) for k in row}
    half = {k: height / 2 for height, row in zip(heights, layers.rows, strict=True) for k in row}
    bends = {edge: tuple(_upright(chain, centers, half)) for edge, chain in chains.items()}
    right = max((x + widths[k] / 2 for k, (x, _) in centers.items()), default=0.0)
    return Layout(centers, bends, right, sum(heights) + gap_y * max(0, len(heights) - 1))


def _upright(
    chain: Sequence[Key], centers: Mapping[Key, Point], half: Mapping[Key, float]
) -> Iterator[Point]:
    """Straight down through each row that an edge passes: so it keeps clear of what stands there."""
    for key in chain:
        x, y = centers[key]
        yield x, y - half[key]
        yield x, y + half[key]


def _ranks(items: Sequence[Item], edges: Sequence[tuple[Key, Key]]) -> dict[Key, int]:
    order = _topological([i.id for i in items], edges)
    place = {key: n for n, key in enumerate(order)}
    pinned = {i.id for i in items if i.pin}
    forward = [(u, v) for u, v in edges if place[u] < place[v] and not pinned & {u, v}]
    rank = dict.fromkeys(order, 0)
    for u, v in sorted(forward, key=lambda e: place[e[0]]):
        rank[v] = max(rank[v], rank[u] + 1)
    _pull_down(rank, forward, order)
    return _pinned(items, rank)


def _topological(keys: Sequence[Key], edges: Sequence[tuple[Key, Key]]) -> list[Key]:
    """Kahn's order, keeping the given one among equals; a cycle is entered at its first node."""
    waiting = dict.fromkeys(keys, 0)
    after: dict[Key, list[Key]] = {k: [] for k in keys}
    for u, v in edges:
        waiting[v] += 1
        after[u].append(v)
    order: list[Key] = []
    ready = [k for k in keys if not waiting[k]]
    while waiting:
        key = ready.pop(0) if ready else next(iter(waiting))
        if waiting.pop(key, None) is None:
            continue
        order.append(key)
        for v in after[key]:
            if v in waiting:
                waiting[v] -= 1
                ready += [v] if waiting[v] == 0 else []
    return order


def _pull_down(rank: dict[Key, int], edges: Sequence[tuple[Key, Key]], order: Sequence[Key]) -> None:
    """Move what nothing feeds down to just above its first reader: shorter edges."""
    fed = {v for _, v in edges}
    for key in reversed(order):
        readers = [rank[v] for u, v in edges if u == key] if key not in fed else []
        if readers:
            rank[key] = min(readers) - 1


def _pinned(items: Sequence[Item], rank: dict[Key, int]) -> dict[Key, int]:
    tops = [i.id for i in items if i.pin == "top"]
    free = [rank[i.id] for i in items if not i.pin]
    shift = (1 if tops else 0) - min(free, default=0)
    made = {key: n + shift for key, n in rank.items()}
    last = max((made[i.id] for i in items if not i.pin), default=0)
    made.update(dict.fromkeys(tops, 0))
    made.update({i.id: last + 1 for i in items if i.pin == "bottom"})
    return made


def _rows(
    items: Sequence[Item], edges: Sequence[tuple[Key, Key]], rank: Mapping[Key, int]
) -> tuple[Layers, dict[tuple[Key, Key], list[Key]]]:
    layers = Layers([[] for _ in range(max(rank.values(), default=-1) + 1)])
    for item in items:
        layers.rows[rank[item.id]].append(item.id)
    chains: dict[tuple[Key, Key], list[Key]] = {}
    for u, v in edges:
        chain: list[Key] = [(u, v, n) for n in range(rank[u] + 1, rank[v])]
        chains[u, v] = chain
        for key, n in zip(chain, range(rank[u] + 1, rank[v]), strict=True):
            layers.rows[n].append(key)
        if rank[u] < rank[v]:
            for a, b in pairwise([u, *chain, v]):
                layers.below.setdefault(a, []).append(b)
                layers.above.setdefault(b, []).append(a)
    return layers, chains


def _order(layers: Layers) -> None:
    """Order each row by the mean place of its neighbors, down and up, and keep the best seen."""
    best = [list(row) for row in layers.rows]
    fewest = crossings(layers)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        _sweep(layers, down=down)
        count = crossings(layers)
        if count < fewest:
            best, fewest = [list(row) for row in layers.rows], count
        if not fewest:
            break
    layers.rows[:] = best


def _sweep(layers: Layers, *, down: bool) -> None:
    rows = layers.rows if down else layers.rows[::-1]
    neighbors = layers.above if down else layers.below
    for fixed, row in pairwise(rows):
        place = {key: n for n, key in enumerate(fixed)}
        mean = {key: _mean([place[k] for k in neighbors.get(key, [])], n) for n, key in enumerate(row)}
        row.sort(key=mean.__getitem__)


def crossings(layers: Layers) -> int:
    """How many pairs of edges between neighboring rows cross."""
    total = 0
    for upper, lower in pairwise(layers.rows):
        place = {key: n for n, key in enumerate(lower)}
        ends = [sorted(place[v] for v in layers.below.get(u, [])) for u in upper]
        total += _inversions([n for row in ends for n in row])
    return total


def _inversions(values: list[int]) -> int:
    if len(values) < 2:  # noqa: PLR2004 (one value is in order)
        return 0
    middle = len(values) // 2
    left, right = values[:middle], values[middle:]
    count = _inversions(left) + _inversions(right)
    left.sort()
    right.sort()
    n = 0
    for value in right:
        while n < len(left) and left[n] <= value:
            n += 1
        count += len(left) - n
    return count


def _columns(layers: Layers, widths: Mapping[Key, float], gap: float) -> dict[Key, float]:
    xs: dict[Key, float] = {}
    for row in layers.rows:
        xs.update(zip(row, _apart([0.0] * len(row), row, widths, gap), strict=True))
    for sweep in range(SWEEPS):
        rows = layers.rows if sweep % 2 == 0 else layers.rows[::-1]
        neighbors = layers.above if sweep % 2 == 0 else layers.below
        for row in rows:
            wanted = [_mean([xs[k] for k in neighbors.get(key, [])], xs[key]) for key in row]
            xs.update(zip(row, _apart(wanted, row, widths, gap), strict=True))
    return xs


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(
    wanted: Sequence[float], row: Sequence[Key], widths: Mapping[Key, float], gap: float
) -> list[float]:
    """The places nearest to `wanted` (least squares) that keep the row's order and its gaps.

    With the gaps subtracted, "in order and apart" is "not decreasing": pool adjacent violators.
    """
    offsets = [0.0]
    for a, b in pairwise(row):
        offsets.append(offsets[-1] + (widths[a] + widths[b]) / 2 + gap)
    groups: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets[: len(wanted)], strict=True):
        groups.append((want - offset, 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, n), (b, m) = groups[-2:]
            groups[-2:] = [((a * n + b * m) / (n + m), n + m)]
    flat = [value for value, n in groups for _ in range(n)]
    return [value + offset for value, offset in zip(flat, offsets, strict=False)]


def _levels(heights: Sequence[float], gap: float) -> list[float]:
    """The middle of each row."""
    ys: list[float] = []
    top = 0.0
    for height in heights:
        ys.append(top + height / 2)
        top += height + gap
    return ys
