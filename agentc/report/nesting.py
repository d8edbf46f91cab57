"""Where everything of a plan's graph is drawn: operators, boxes of branches, loops and maps, edges.

Each block is laid out by itself (`layout.py`), from the inside out; a construct is a box around its
blocks and takes its place in the block outside as one item. Then places are given from the outside in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from agentc.ir.graph import Branch, Loop, Map, Task, blocks_of
from agentc.report.figures import number, percent
from agentc.report.layout import Item, Layout, lay_out
from agentc.report.threads import Link, name, thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentc.ir.graph import Block, Step
    from agentc.report.threads import Path, Piece, Threads

Point = tuple[float, float]

NODE_WIDTH, NODE_HEIGHT = 172.0, 62.0
PAD, HEAD, ARM_GAP = 16.0, 26.0, 24.0
EMPTY_WIDTH, EMPTY_HEIGHT = 96.0, 30.0
GAP_Y, GAP_Y_PORTS = 58.0, 44.0
LETTER = 6.6  # of a box's label


@dataclass(frozen=True)
class Rect:
    """A place on the drawing: top left corner and size, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """A frame: `kind` is branch, loop, map, or arm for one of several blocks of a construct."""

    kind: str
    label: str
    rect: Rect


@dataclass
class Drawing:
    """Everything with its place."""

    width: float = 0.0
    height: float = 0.0
    nodes: dict[str, Rect] = field(default_factory=dict[str, Rect])
    boxes: list[Box] = field(default_factory=list[Box])
    routes: dict[Link, list[Point]] = field(default_factory=dict[Link, list[Point]])


@dataclass
class _Placed:
    """Where each block's layout came to lie, and the ways around a sibling that is in between."""

    blocks: dict[Path, tuple[Point, Layout]] = field(default_factory=dict["Path", "tuple[Point, Layout]"])
    beside: dict[Path, list[Point]] = field(default_factory=dict["Path", "list[Point]"])


@dataclass
class _Sized:
    """A block that knows its size; `parts` are its steps with theirs."""

    path: Path
    width: float
    height: float
    layout: Layout | None = None
    parts: list[_Frame] = field(default_factory=list["_Frame"])


@dataclass
class _Frame:
    """A step with its size: an operator, or a construct around `arms`."""

    step: Step
    width: float
    height: float
    arms: list[_Sized] = field(default_factory=list[_Sized])


def draw(root: Block, links: Sequence[Link]) -> Drawing:
    """Lay out a graph's time structure and the edges between its operators."""
    threads = thread(root, links)
    sized = _size_block(threads, ())
    drawing = Drawing(sized.width, sized.height)
    placed = _Placed()
    _place_block(drawing, placed, sized, (0.0, 0.0))
    for link, chain in threads.chains.items():
        drawing.routes[link] = _route(drawing, placed, link, chain)
    return drawing


def _size_block(threads: Threads, path: Path) -> _Sized:
    parts = [_size_step(threads, path, step) for step in threads.blocks[path].steps]
    if not parts:
        return _Sized(path, EMPTY_WIDTH, EMPTY_HEIGHT)
    pieces = threads.pieces.get(path, [])
    ports = dict.fromkeys(end for piece in pieces for end in piece if isinstance(end, tuple))
    items = [Item(name(part.step), part.width, part.height) for part in parts]
    items += [Item(port, 8, 0, "top" if port[0] == "in" else "bottom") for port in ports]
    layout = lay_out(items, pieces, gap_y=GAP_Y if len(parts) > 1 else GAP_Y_PORTS)
    return _Sized(path, layout.width, layout.height, layout, parts)


def _size_step(threads: Threads, path: Path, step: Step) -> _Frame:
    if isinstance(step, Task):
        return _Frame(step, NODE_WIDTH, NODE_HEIGHT)
    arms = [_size_block(threads, (*path, (step.id, n))) for n in _drawn_blocks(step)]
    widths, heights = zip(*(_framed(arms, arm) for arm in arms), strict=True)
    gaps = ARM_GAP * (len(arms) - 1)
    across = isinstance(step, Branch)
    width = sum(widths) + gaps if across else max(widths)
    height = max(heights) if across else sum(heights) + gaps
    return _Frame(step, max(width, LETTER * len(_label(step))) + 2 * PAD, height + HEAD + PAD, arms)


def _drawn_blocks(step: Step) -> list[int]:
    """A loop without a test shows its body alone."""
    return [1] if isinstance(step, Loop) and not step.test.steps else list(range(len(blocks_of(step))))


def _framed(arms: Sequence[_Sized], arm: _Sized) -> tuple[float, float]:
    """An arm's width and height; where it is one of several it has a frame and a label."""
    if len(arms) == 1:
        return arm.width, arm.height
    return arm.width + 2 * PAD, arm.height + HEAD + PAD


def _place_block(drawing: Drawing, placed: _Placed, block: _Sized, corner: Point) -> None:
    if block.layout is None:
        return
    placed.blocks[block.path] = corner, block.layout
    for part in block.parts:
        x, y = block.layout.centers[name(part.step)]
        rect = Rect(corner[0] + x - part.width / 2, corner[1] + y - part.height / 2, part.width, part.height)
        if isinstance(part.step, Task):
            drawing.nodes[part.step.operator] = rect
        else:
            _place_construct(drawing, placed, part, rect)


def _place_construct(drawing: Drawing, placed: _Placed, part: _Frame, rect: Rect) -> None:
    drawing.boxes.append(Box(type(part.step).__name__.lower(), _label(part.step), rect))
    frames = list(_arm_frames(part, rect))
    if isinstance(part.step, Loop) and len(frames) > 1:
        _note_ways(placed, frames, rect)
    for arm, frame in frames:
        corner = frame.x, frame.y
        if len(part.arms) > 1:
            drawing.boxes.append(Box("arm", _arm_label(part.step, arm), frame))
            corner = frame.x + (frame.width - arm.width) / 2, frame.y + HEAD
        _place_block(drawing, placed, arm, corner)


def _note_ways(placed: _Placed, frames: list[tuple[_Sized, Rect]], rect: Rect) -> None:
    """A loop's test stands over its body: into the body, and out of the test, the way is beside the other."""
    (test, over), (body, under) = frames
    x = rect.x + PAD / 2
    placed.beside[body.path] = [(x, over.y), (x, over.y + over.height)]
    placed.beside[test.path] = [(x, under.y), (x, under.y + under.height)]


def _arm_frames(part: _Frame, rect: Rect) -> Iterator[tuple[_Sized, Rect]]:
    """A branch's arms stand side by side, a loop's test stands over its body."""
    sizes = [_framed(part.arms, arm) for arm in part.arms]
    across = isinstance(part.step, Branch)
    content = sum(w for w, _ in sizes) + ARM_GAP * (len(sizes) - 1)
    x, y = rect.x + (rect.width - content) / 2, rect.y + HEAD
    for arm, (width, height) in zip(part.arms, sizes, strict=True):
        yield arm, Rect(x if across else rect.x + (rect.width - width) / 2, y, width, height)
        x, y = x + (width + ARM_GAP) * across, y + (height + ARM_GAP) * (not across)


def _route(drawing: Drawing, placed: _Placed, link: Link, chain: list[tuple[Path, Piece]]) -> list[Point]:
    src, dst = drawing.nodes[link.src], drawing.nodes[link.dst]
    if link.carried:
        return _around(src, dst)
    points = [(src.x + src.width / 2, src.y + src.height)]
    siblings = _crossed(chain)
    for path, piece in chain:
        (x0, y0), layout = placed.blocks[path]
        starts, ends = ([layout.centers[end]] if isinstance(end, tuple) else [] for end in piece)
        way = [] if path in siblings else placed.beside.get(path, [])
        points += way if starts and path[-1][1] else []
        points += [(x0 + x, y0 + y) for x, y in (*starts, *layout.bends.get(piece, ()), *ends)]
        points += way if ends and not path[-1][1] else []
    return [*points, (dst.x + dst.width / 2, dst.y)]


def _crossed(chain: list[tuple[Path, Piece]]) -> set[Path]:
    """The two blocks of one construct between which an edge passes straight, as from test to body."""
    passes = (pair for pair in pairwise(path for path, _ in chain) if pair[0][:-1] == pair[1][:-1])
    return {path for a, b in passes if a and b and a[-1][0] == b[-1][0] for path in (a, b)}


def _around(src: Rect, dst: Rect) -> list[Point]:
    """Out of the right side and up to the right side: the way back of a loop."""
    right = max(src.x + src.width, dst.x + dst.width) + PAD * 0.7
    start, end = src.y + src.height / 2, dst.y + dst.height / 2
    return [(src.x + src.width, start), (right, start), (right, end), (dst.x + dst.width, end)]


def _label(step: Step) -> str:
    match step:
        case Branch():
            return f"{step.id}: one of {len(step.blocks)}"
        case Loop():
            return f"{step.id}: {number(step.trips)} trips expected, at most {step.max_trips}"
        case Map():
            return f"{step.id}: {number(step.items)} items, {step.width} at once"
        case Task():
            return step.operator


def _arm_label(step: Step, arm: _Sized) -> str:
    n = arm.path[-1][1]
    label = f"in {percent(step.probabilities[n])}" if isinstance(step, Branch) else "body" if n else "test"
    return label if arm.parts else f"{label}: nothing"
