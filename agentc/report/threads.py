"""Through which blocks each edge of a nested graph runs.

An edge between operators of different blocks is drawn in pieces, one a block. Pieces meet at ports:
`("out", operator)` on the lower border of a block that the value leaves, `("in", operator)` on the
upper border of one that it enters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from agentc.ir.graph import Block, Branch, Loop, Map, Task, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentc.ir.graph import Step

Port = tuple[str, str]
End = str | Port
Path = tuple[tuple[str, int], ...]  # from the root: a construct's id and the number of its block
Piece = tuple[End, End]


@dataclass(frozen=True)
class Link:
    """An edge to draw. One that is `carried` to the next trip points up and is drawn around."""

    src: str
    dst: str
    carried: bool = False


@dataclass
class Threads:
    """`pieces` of each block, for its layout; `chains` of each link, for its route."""

    homes: dict[str, Path]
    blocks: dict[Path, Block]
    pieces: dict[Path, list[Piece]] = field(default_factory=dict["Path", "list[Piece]"])
    chains: dict[Link, list[tuple[Path, Piece]]] = field(
        default_factory=dict["Link", "list[tuple[Path, Piece]]"]
    )


def thread(root: Block, links: Sequence[Link]) -> Threads:
    """Cut every link into its pieces. Links to operators that are nowhere are left out."""
    blocks = dict(_blocks(root, ()))
    homes = {s.operator: path for path, b in blocks.items() for s in b.steps if isinstance(s, Task)}
    made = Threads(homes, blocks)
    for link in links:
        if link.src not in homes or link.dst not in homes or link.src == link.dst:
            continue
        made.chains[link] = [] if link.carried else _chain(homes, link)
        for path, piece in made.chains[link]:
            made.pieces.setdefault(path, []).append(piece)
    return made


def name(step: Step) -> str:
    """The id of a step, whatever it is."""
    return step.operator if isinstance(step, Task) else step.id


def _blocks(block: Block, path: Path) -> Iterator[tuple[Path, Block]]:
    yield path, block
    for step in block.steps:
        if isinstance(step, Branch | Loop | Map):
            for n, inner in enumerate(blocks_of(step)):
                yield from _blocks(inner, (*path, (step.id, n)))


def _chain(homes: dict[str, Path], link: Link) -> list[tuple[Path, Piece]]:
    """From the innermost block around `src` out to the common one, then in to `dst`."""
    src, dst = homes[link.src], homes[link.dst]
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(src, dst, strict=False))))
    out, into = ("out", link.src), ("in", link.src)
    chain: list[tuple[Path, Piece]] = [
        (src[:n], (_at(link.src, src, n), out)) for n in range(len(src), shared, -1)
    ]
    ends = _at(link.src, src, shared), _at(link.dst, dst, shared)
    if ends[0] != ends[1]:  # else two blocks of one construct, such as a loop's test and body
        chain.append((src[:shared], ends))
    chain += [(dst[:n], (into, _at(link.dst, dst, n))) for n in range(shared + 1, len(dst) + 1)]
    return chain


def _at(operator: str, home: Path, depth: int) -> str:
    """The step that holds the operator in the block `depth` levels in."""
    return home[depth][0] if len(home) > depth else operator
