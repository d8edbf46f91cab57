"""Annotations of an agent's parameters reach the IR, so that a run can check its inputs."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from agentc.frontends.tracing.annotations import spelled
from agentc.ir.inline import agent_of
from agentc.ir.values import attributes


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        ("float", "float"),
        (list, "list"),
        (list[str], "list[str]"),
        (dict[str, list[int]], "dict[str, list[int]]"),
        (int | None, "int | None"),
        (Optional[str], "str | None"),  # noqa: UP045 (people write it)
        (list[Any], "list[Any]"),
        (list[bytes], "list"),
        (bytes, None),
        (int | bytes, None),
        ("Unheard", None),
    ],
)
def test_annotations_are_spelled(annotation, text):
    assert spelled(annotation) == text


def test_parameters_carry_their_types(load_file):
    loaded = load_file(
        "import agentc as ac\n\n@ac.compute\ndef f(n: int, items: list, q: str) -> str:\n    return q\n\n"
        "@ac.agent\ndef answer(n: int, items: list[str], q: str, free) -> str:\n"
        "    return f(n, items, q)\n"
    )
    arguments = attributes(agent_of(loaded.module.operation))["arg_attrs"]
    assert arguments == [
        {"agent.name": "n", "agent.type": "int"},
        {"agent.name": "items", "agent.type": "list[str]"},
        {"agent.name": "q"},
        {"agent.name": "free"},
    ]
