"""Kinds of values, inputs from the command line, and prompt templates."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from agentc.runtime.errors import StepError
from agentc.runtime.prompts import Prompt, cut_middle, render
from agentc.runtime.values import convert, read_input, to_json, to_text

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
    ("text", "kind", "value"),
    [
        ("a=b", "text", "a=b"),
        ('{"a": 1}', "json", {"a": 1}),
        ("plain words", "json", "plain words"),
        ("3", "i64", 3),
        ("2.5", "f64", 2.5),
        ("true", "i1", True),
    ],
)
def test_inputs_from_the_command_line(text, kind, value):
    assert read_input(text, kind, "x") == value


@pytest.mark.parametrize(
    ("text", "kind"), [("three", "i64"), ("true", "i64"), ("1", "i1"), ("{", "docs"), ("1", "kv")]
)
def test_inputs_of_the_wrong_kind_are_refused(text, kind):
    with pytest.raises(StepError, match="the input 'x'"):
        read_input(text, kind, "x")


def test_audio_is_a_file(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert read_input(str(tmp_path / "a.wav"), "audio", "speech") == b"RIFF"
    with pytest.raises(StepError, match="'speech' names a file that cannot be read"):
        read_input(str(tmp_path / "none.wav"), "audio", "speech")


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
