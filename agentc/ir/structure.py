"""The time structure of a graph as JSON: what the manifest carries under `structure`.

A block is a list of steps. A step is an operator's id (a string) or an object whose first key
names its kind and holds the construct's id:

    ["plan",
     {"branch": "if_0", "probabilities": [0.3, 0.7], "blocks": [["search"], []]},
     {"loop": "while_0", "trips": 2.0, "max_trips": 5, "test": ["enough"], "body": ["search"]},
     {"map": "forall_0", "items": 8.0, "width": 4, "body": ["read"]}]

`encode(decode(x)) == x` and `decode(encode(block)) == block`.
"""

from __future__ import annotations

from typing import Any, cast

from agentc.diagnostics import error
from agentc.ir.graph import Block, Branch, Loop, Map, Step, Task

FIELDS = {
    "branch": {"probabilities", "blocks"},
    "loop": {"trips", "max_trips", "test", "body"},
    "map": {"items", "width", "body"},
}


def encode(block: Block) -> list[Any]:
    """Return a block as plain lists, dicts, strings and numbers."""
    return [_encode_step(step) for step in block.steps]


def decode(encoded: object) -> Block:
    """Return the block that `encode` wrote; an AgentcError says what is malformed."""
    if not isinstance(encoded, list):
        raise error(f"structure: a block must be a list, not {_show(encoded)}")
    return Block(tuple(_decode_step(step) for step in cast("list[object]", encoded)))


def _encode_step(step: Step) -> Any:
    match step:
        case Task():
            return step.operator
        case Branch():
            blocks = [encode(b) for b in step.blocks]
            return {"branch": step.id, "probabilities": list(step.probabilities), "blocks": blocks}
        case Loop():
            counts = {"trips": step.trips, "max_trips": step.max_trips}
            return {"loop": step.id, **counts, "test": encode(step.test), "body": encode(step.body)}
        case Map():
            return {"map": step.id, "items": step.items, "width": step.width, "body": encode(step.body)}


def _decode_step(step: object) -> Step:
    if isinstance(step, str):
        return Task(step)
    if not isinstance(step, dict):
        raise error(f"structure: a step must be an operator's id or an object, not {_show(step)}")
    record = cast("dict[str, Any]", step)
    kind = next((k for k in FIELDS if k in record), None)
    if kind is None or set(record) != FIELDS[kind] | {kind} or not isinstance(record[kind], str):
        raise error(f"structure: not a branch, loop or map: {_show(record)}")
    return _decode_construct(kind, record)


def _decode_construct(kind: str, record: dict[str, Any]) -> Step:
    if kind == "branch":
        return _decode_branch(record)
    if kind == "loop":
        trips, most = _number(record, "trips"), _count(record, "max_trips")
        return Loop(record["loop"], decode(record["test"]), decode(record["body"]), trips, most)
    return Map(record["map"], decode(record["body"]), _number(record, "items"), _count(record, "width"))


def _decode_branch(record: dict[str, Any]) -> Branch:
    blocks, chances = record["blocks"], record["probabilities"]
    if not isinstance(blocks, list) or not isinstance(chances, list):
        raise error(f"structure: a branch needs lists of blocks and probabilities: {_show(record)}")
    parts = tuple(decode(b) for b in cast("list[object]", blocks))
    probabilities = tuple(_real(p, "probabilities") for p in cast("list[object]", chances))
    if len(parts) != len(probabilities):
        raise error(f"structure: {len(parts)} blocks but {len(probabilities)} probabilities: {_show(record)}")
    return Branch(record["branch"], parts, probabilities)


def _number(record: dict[str, Any], name: str) -> float:
    return _real(record[name], name)


def _count(record: dict[str, Any], name: str) -> int:
    value = record[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise error(f"structure: {name} must be a whole number, not {_show(value)}")
    return value


def _real(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise error(f"structure: {name} must be a number from 0 up, not {_show(value)}")
    return float(value)


def _show(value: object, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
