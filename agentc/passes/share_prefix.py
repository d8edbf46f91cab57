"""share-prefix: prompts that begin alike share the KV cache of what they have in common.

before
    %a = "llm.call"(%d, %q) {id = "a", model = "m", prompt = "Passages: {d} Answer {q}", inputs = ["d", "q"]}
    %b = "llm.call"(%d, %a) {id = "b", model = "m", prompt = "Passages: {d} Check {a}", inputs = ["d", "a"]}
after
    %a = "llm.call"(%d, %q) {id = "a", model = "m", prompt = "Passages: {d} Answer {q}", inputs = ["d", "q"]}
    %b = "llm.call"(%d, %a) {id = "b", model = "m", prompt = "Passages: {d} Check {a}", inputs = ["d", "a"],
           prefix_of = "a", prefix_tokens = 803}

A prompt is its system text, its written text and the values put into it, the same value being the same
text. `prefix_of` names the operator that has run by then and shares most with it; `prefix_tokens`, which
cost models charge no prefill for, is about how much. `share-prefix{tokens=16}` is the least worth it
(engines keep their caches in blocks of 16). Operators of one branch share nothing with the other, and what
somebody has stated stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.diagnostics import error
from agentc.ir.bindings import add_pass
from agentc.ir.defaults import ARGUMENT_BYTES, BYTES_PER_TOKEN
from agentc.ir.inline import agent_of, calls_in, inline
from agentc.ir.read import read_graph
from agentc.ir.values import attributes, set_attributes
from agentc.ir.verify import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlir.passmanager import PassManager

    from agentc.ir.graph import Graph
    from agentc.passes.pipeline import PassEnv

OPTIONS = ("tokens",)
LEAST_TOKENS = 16
READERS = ("llm.call", "llm.prefill")
LOOKED_AT = 64  # earlier prompts of one model, the latest ones: keeps the search linear

Piece = str | ir.Value


@dataclass(frozen=True)
class Prompt:
    """An operator's prompt, as far as its text is known."""

    id: str
    pieces: tuple[Piece, ...]


def add(manager: PassManager, _env: PassEnv, options: Mapping[str, str]) -> None:
    """Append the pass."""
    least = options.get("tokens", str(LEAST_TOKENS))
    if not least.isdigit() or int(least) < 1:
        raise error(f"share-prefix: tokens must be a whole number from 1 up, not {least!r}")

    def share_prefix(module: ir.OpView, _pass: object) -> None:
        root = module.operation
        if calls_in(agent_of(root)):
            inline(root)
        graph = read_graph(root)
        _region(agent_of(root).regions[0], [], _Sharing(graph, int(least)))

    add_pass(manager, share_prefix, "share-prefix")


Known = dict[str, list[Prompt]]


def _region(region: ir.Region, outer: list[Known], sharing: _Sharing) -> None:
    for block in region.blocks:
        scopes: list[Known] = [*outer, {}]
        for view in block.operations:
            op = view.operation
            if op.name in READERS:
                sharing.reader(op, scopes)
            for inner in op.regions:
                _region(inner, scopes, sharing)


@dataclass(frozen=True)
class _Sharing:
    graph: Graph
    least: int

    def reader(self, op: ir.Operation, scopes: Sequence[Known]) -> None:
        stated = attributes(op)
        key = f"{stated['model']} {stated.get('precision', '')}"
        prompt = Prompt(stated["id"], tuple(_merged(_pieces(op, stated))))
        earlier = [p for scope in scopes for p in scope.get(key, [])[-LOOKED_AT:]]
        scopes[-1].setdefault(key, []).append(prompt)
        if "prefix_tokens" in stated or not earlier:
            return
        tokens, best = max(
            ((self.common(p, prompt), p) for p in reversed(earlier)), key=lambda found: found[0]
        )
        if "input_tokens" in stated:
            tokens = min(tokens, int(stated["input_tokens"]) - 1)
        if tokens >= self.least:
            set_attributes(op, {"prefix_tokens": tokens, "prefix_of": best.id})

    def common(self, a: Prompt, b: Prompt) -> int:
        """Count the tokens with which two prompts begin alike."""
        size = 0
        for x, y in zip(a.pieces, b.pieces, strict=False):
            if isinstance(x, str) and isinstance(y, str):
                size += _alike(x, y)
                if x != y:
                    break
            elif x == y and not isinstance(x, str):
                size += self.size(x)
            else:
                break
        return size // BYTES_PER_TOKEN

    def size(self, value: ir.Value) -> int:
        """Return about how many bytes a value has; 0 where nobody knows."""
        owner = value.owner
        if isinstance(owner, ir.Block):
            return ARGUMENT_BYTES if owner.owner.operation.name == "func.func" else 0
        made = self.graph.operators.get(attributes(owner.operation).get("id", ""))
        return made.bytes if made else 0


def _alike(a: str, b: str) -> int:
    """Count the bytes with which two texts begin alike."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))
    return sum(len(letter.encode()) for letter, _ in pairs)


def _pieces(op: ir.Operation, stated: Mapping[str, Any]) -> Iterator[Piece]:
    values = [_uncast(value) for value in op.operands]
    if "system" in stated:
        yield f"{stated['system']}\n\n"
    if "prompt" not in stated:
        for value in values:
            yield value
            yield "\n\n"
        return
    named = dict(zip(stated.get("inputs", []), values, strict=False))
    parts = PLACEHOLDER.split(stated["prompt"])
    for number, part in enumerate(parts):
        yield named[part] if number % 2 else part


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        if text:
            yield text
        text = ""
        yield piece
    if text:
        yield text


def _uncast(value: ir.Value) -> ir.Value:
    owner = value.owner
    while not isinstance(owner, ir.Block) and owner.operation.name == "agent.cast":
        value = owner.operation.operands[0]
        owner = value.owner
    return value
