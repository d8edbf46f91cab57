"""Kinds of values, inputs from the command line, and prompt templates."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from agentc.runtime.errors import StepError
from agentc.runtime.prompts import Prompt, cut_middle, render
from agentc.runtime.values import convert, to_json, to_text

HIT = {"file": "kv.md", "line": 3, "end_line": 4, "text": "Caches grow.", "score": 0.1}


@dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (None, ""),
        ([HIT], "[kv.md:3] Caches grow."),
        ([], "[]"),
        ({"b": 1, "a": "é"}, '{"a": "é", "b": 1}'),
        (True, "true"),
        (2.5, "2.5"),
    ],
)
def test_values_as_text(value, text):
    assert to_text(value) == text


def test_values_as_json():
    assert to_json({"point": Point(1)}) == {"point": {"x": 1}}
    assert to_json("text stays text, even '1'") == "text stays text, even '1'"


@pytest.mark.parametrize("value", [object(), float("nan"), {"f": lambda: 1}])
def test_what_has_no_json_form_is_refused(value):
    with pytest.raises(StepError, match="has no JSON form"):
        to_json(value)


def test_casts():
    assert convert([HIT], "docs") == [HIT]
    assert convert([], "docs") == []
    assert convert([HIT], "json") == [HIT]
    assert convert(5, "text") == "5"
    with pytest.raises(StepError, match="a str cannot be shown as docs"):
        convert("text", "docs")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"tags": {"a"}}, "a set at 'tags' has no JSON form"),
        ([1, {"raw": b"x"}], "a bytes at 1 at 'raw' has no JSON form"),
        ({"a": float("nan")}, "the number nan at 'a' has no JSON form"),
        ([object()], "an object at 0 has no JSON form"),
        (b"x", "a bytes has no JSON form"),
    ],
)
def test_what_json_cannot_hold_is_named_with_its_place(value, said):
    with pytest.raises(StepError, match=f"^{said}$"):
        to_json(value)


def test_a_template_is_filled_once_and_only_by_known_names():
    filled = render("{a} and {b}, {c} {not a name} {0.__class__}", ["a", "b"], ["{b}", "B"])
    assert filled == "{b} and B, {c} {not a name} {0.__class__}"


def test_without_a_template_the_inputs_stand_apart():
    assert render(None, [], ["one", [HIT]]) == "one\n\n[kv.md:3] Caches grow."


def test_messages():
    assert [m["role"] for m in Prompt("hi", "be brief").messages] == ["system", "user"]
    assert Prompt("hi").messages == [{"role": "user", "content": "hi"}]


def test_a_long_text_loses_its_middle():
    cut = cut_middle("begin " + "x" * 1000 + " end", 60)
    assert cut.startswith("begin ")
    assert cut.endswith(" end")
    assert "[...]" in cut
    assert len(cut) <= 60
    assert cut_middle("short", 60) == "short"
