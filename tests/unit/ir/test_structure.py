"""The JSON form of a graph's time structure."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentc.diagnostics import AgentcError
from agentc.ir.graph import Block, Branch, Loop, Map, Step, Task
from agentc.ir.structure import decode, encode

NAMES = st.text(min_size=1, max_size=5)
REALS = st.floats(0, 100)
COUNTS = st.integers(0, 100)


def blocks_over(steps: st.SearchStrategy[Step]) -> st.SearchStrategy[Block]:
    return st.lists(steps, max_size=3).map(lambda s: Block(tuple(s)))


def branches(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Branch]:
    arms = st.lists(st.tuples(blocks, REALS), max_size=3)
    return st.tuples(NAMES, arms).map(lambda t: _branch(*t))


def _branch(name: str, arms: list[tuple[Block, float]]) -> Branch:
    return Branch(name, tuple(b for b, _ in arms), tuple(p for _, p in arms))


def nested(inner: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
    block = blocks_over(inner)
    loops = st.builds(Loop, NAMES, block, block, REALS, COUNTS)
    return st.one_of(branches(block), loops, st.builds(Map, NAMES, block, REALS, COUNTS))


STEPS: st.SearchStrategy[Step] = st.recursive(st.builds(Task, NAMES), nested, max_leaves=12)


@given(blocks_over(STEPS))
def test_a_block_survives_json(block: Block):
    assert decode(json.loads(json.dumps(encode(block)))) == block


def test_the_documented_form():
    block = Block(
        (
            Task("plan"),
            Branch("if_0", (Block((Task("search"),)), Block()), (0.3, 0.7)),
            Loop("while_0", Block((Task("enough"),)), Block((Task("again"),)), 2.0, 5),
            Map("forall_0", Block((Task("read"),)), 8.0, 4),
        )
    )
    assert encode(block) == [
        "plan",
        {"branch": "if_0", "probabilities": [0.3, 0.7], "blocks": [["search"], []]},
        {"loop": "while_0", "trips": 2.0, "max_trips": 5, "test": ["enough"], "body": ["again"]},
        {"map": "forall_0", "items": 8.0, "width": 4, "body": ["read"]},
    ]


MALFORMED: list[tuple[Any, str]] = [
    ("a", "must be a list"),
    ([1], "operator's id or an object"),
    ([{}], "not a branch, loop or map"),
    ([{"loop": "l", "trips": 1}], "not a branch, loop or map"),
    ([{"map": "m", "items": 1, "width": 1, "body": [], "extra": 0}], "not a branch, loop or map"),
    ([{"map": 3, "items": 1, "width": 1, "body": []}], "not a branch, loop or map"),
    ([{"map": "m", "items": "many", "width": 1, "body": []}], "items must be a number"),
    ([{"map": "m", "items": -1, "width": 1, "body": []}], "items must be a number"),
    ([{"map": "m", "items": 1, "width": 1.5, "body": []}], "width must be a whole number"),
    ([{"map": "m", "items": 1, "width": True, "body": []}], "width must be a whole number"),
    ([{"branch": "b", "probabilities": [1.0], "blocks": []}], "0 blocks but 1 probabilities"),
    ([{"branch": "b", "probabilities": 1.0, "blocks": []}], "needs lists"),
]


@pytest.mark.parametrize(("bad", "says"), MALFORMED)
def test_what_is_malformed_is_named(bad: Any, says: str):
    with pytest.raises(AgentcError, match=says):
        decode(bad)
