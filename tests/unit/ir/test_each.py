"""Walking: what a visitor raises comes out as it is, and stops the walk."""

from __future__ import annotations

import pytest

from agentc.diagnostics import AgentcError, error
from agentc.ir.location import each
from agentc.ir.parse import parse_text

TEXT = """\
func.func @answer(%q: !agent.text) -> !agent.text {
  %0 = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
  %1 = "llm.call"(%0) {model = "m"} : (!agent.text) -> !agent.text
  return %1 : !agent.text
}
"""


def test_an_error_in_a_visit_comes_out_as_itself() -> None:
    seen: list[str] = []

    def visit(op) -> None:
        seen.append(op.name)
        if op.name == "llm.call":
            raise error("not this one")

    with pytest.raises(AgentcError, match="not this one"):
        each(parse_text(TEXT, "a.mlir").operation, visit)
    assert seen == ["builtin.module", "func.func", "llm.call"]
