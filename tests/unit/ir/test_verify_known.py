"""Checking again after a pass: what was found right is not looked at twice, what is wrong is always found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agentc.diagnostics import AgentcError
from agentc.ir.parse import parse_text
from agentc.ir.values import set_attributes
from agentc.ir.verify import check

if TYPE_CHECKING:
    from collections.abc import Hashable

TEXT = """\
func.func @answer(%q: !agent.text) -> !agent.text {
  %0 = "llm.call"(%q) {id = "a", model = "m", output_tokens = 4} : (!agent.text) -> !agent.text
  %1 = "llm.call"(%0) {id = "b", model = "m", output_tokens = 4} : (!agent.text) -> !agent.text
  return %1 : !agent.text
}
"""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"output_tokens": -1}, "output_tokens must not be negative"),
        ({"max_tokens": 2}, r"output_tokens \(4\) is more than max_tokens \(2\)"),
        ({"id": "b"}, "two operators have the id 'b'"),
        ({"id": 3}, "id must be a string"),
        ({"modle": "m"}, "no attribute 'modle'"),
    ],
)
def test_what_changed_is_checked(wrong: dict[str, Any], message: str) -> None:
    module = parse_text(TEXT, "a.mlir")
    known: set[Hashable] = set()
    check(module.operation, known)
    assert known
    first = next(iter(module.body.operations)).operation.regions[0].blocks[0].operations[0]
    set_attributes(first, wrong)
    with pytest.raises(AgentcError, match=message):
        check(module.operation, known)
    with pytest.raises(AgentcError, match=message):  # a problem is never remembered as right
        check(module.operation, known)
