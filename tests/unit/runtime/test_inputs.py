"""Inputs from a shell: of the graph's kind, and of the type that the agent's source states."""

from __future__ import annotations

import pytest

from agentc.runtime.errors import StepError
from agentc.runtime.inputs import read_input


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
    ("text", "kind"),
    [("three", "i64"), ("true", "i64"), ("1", "i1"), ("{", "docs"), ("1", "kv"), ("1e400", "json")],
)
def test_inputs_of_the_wrong_kind_are_refused(text, kind):
    with pytest.raises(StepError, match="the input 'x'"):
        read_input(text, kind, "x")


@pytest.mark.parametrize(
    ("text", "expects", "value"),
    [
        ("3", "int", 3),
        ("2", "float", 2.0),
        ("false", "bool", False),
        ('["a", "b"]', "list[str]", ["a", "b"]),
        ("[[1], []]", "list[list[int]]", [[1], []]),
        ('{"a": 1.5}', "dict[str, float]", {"a": 1.5}),
        ("null", "int | None", None),
        ("words", "str | None", "words"),
        ("7", "str | None", "7"),
        ("words", "Any", "words"),
        ("3", "no type at all", 3),
    ],
)
def test_inputs_of_the_stated_type_are_read(text, expects, value):
    got = read_input(text, "json", "x", expects)
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "expects"),
    [
        ("1e400", "int"),
        ("2.5", "int"),
        ("true", "int"),
        ("abc", "int"),
        ("1" * 5000, "int"),
        ("nan", "float"),
        ("NaN", "float"),
        ("1e400", "float"),
        ("1" + "0" * 400, "float"),
        ("1", "bool"),
        ("5", "list[str]"),
        ("[1]", "list[str]"),
        ("[" * 100_000, "list"),
        ('{"a": "b"}', "dict[str, int]"),
        ("[]", "dict"),
        ("words", "int | None"),
    ],
)
def test_inputs_of_another_type_are_refused_with_what_was_given(text, expects):
    with pytest.raises(StepError) as refused:
        read_input(text, "json", "x", expects)
    assert refused.value.reason.startswith(f"the input 'x' must be {expects}, not '{text[:60]}")
    assert len(refused.value.reason) < 120


def test_the_hint_shows_how_a_shell_takes_it():
    with pytest.raises(StepError) as refused:
        read_input("5", "json", "items", "list[str]")
    assert refused.value.hint == """write it as JSON: --input items='["a", "b"]'"""


def test_audio_is_a_file(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert read_input(str(tmp_path / "a.wav"), "audio", "speech") == b"RIFF"
    for wrong in (str(tmp_path / "none.wav"), "a\0b"):
        with pytest.raises(StepError, match="'speech' names a file that cannot be read"):
            read_input(wrong, "audio", "speech")
