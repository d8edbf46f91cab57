"""Reading `.mlir`: what is accepted, what is mended, and one located message for each thing that is wrong."""

from __future__ import annotations

import re

import pytest

from agentc.diagnostics import AgentcError, Location, render
from agentc.dialects.llm import CallOp
from agentc.ir.inline import agent_of
from agentc.ir.location import where
from agentc.ir.parse import parse_file, parse_text
from agentc.ir.printing import to_text

GOOD = """\
func.func @answer(%q: !agent.text) -> !agent.text {
  %0 = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
"""


def refused(text: str) -> list[str]:
    with pytest.raises(AgentcError) as caught:
        parse_text(text, "bad.mlir")
    assert caught.value.exit_code == 2
    return [render(d) for d in caught.value.diagnostics]


def in_agent(*lines: str, operands: str = "%q: !agent.text, %d: !agent.docs") -> str:
    return "\n".join([f"func.func @answer({operands}) {{", *lines, "return", "}"])


@pytest.mark.parametrize(
    ("text", "where_", "what", "hint"),
    [
        ("", "bad.mlir:", "the file is empty", "public func.func"),
        ("func.func @f(", "bad.mlir:1:13", "expected non-function type", ""),
        (
            in_agent('"agent.compute"() {fnx = "f"} : () -> ()'),
            "bad.mlir:2:1",
            '"fn" is expected',
            "'fnx' is written",
        ),
        (in_agent('"agent.compute"() : () -> ()'), "bad.mlir:2:1", '"fn" is expected', 'write {fn = "..."}'),
        (in_agent('"agent.compute"() {fn = 3} : () -> ()'), "bad.mlir:2:1", "expected base attribute", ""),
        (
            in_agent('%0 = "llm.cal"(%q) : (!agent.text) -> !agent.text'),
            "bad.mlir:2:6",
            "llm.cal",
            "llm.call",
        ),
        (
            in_agent("%0 = llm.call %q : !agent.text"),
            "bad.mlir:2:6",
            "llm.call must be in quotes",
            '"llm.call"(%x)',
        ),
        (in_agent(operands="%q: !agent.txt"), "bad.mlir:1:30", "unknown type", "!agent.text"),
        (in_agent("%0 = call @gone(%q) : (!agent.text) -> i1"), "bad.mlir:2:6", "does not reference", ""),
        (
            in_agent('"agent.observe"(%x) {store = "s"} : (!agent.text) -> ()'),
            "bad.mlir:2:17",
            "undeclared SSA value",
            "no operator makes this value",
        ),
        (
            in_agent(
                '%0 = "llm.call"(%1) {model = "m"} : (!agent.text) -> !agent.text',
                '%1 = "llm.call"(%0) {model = "m"} : (!agent.text) -> !agent.text',
            ),
            "bad.mlir:2:6",
            "a cycle, or a use before its definition",
            "scf.while",
        ),
        (
            in_agent(
                '%0 = "memory.search"(%v) {store = "s"} : (!llm.kv) -> !agent.docs', operands="%v: !llm.kv"
            ),
            "bad.mlir:2:6",
            "expected '!agent.text' but got '!llm.kv'",
            "agent.cast",
        ),
    ],
)
def test_bad_ir_gets_one_located_message(text: str, where_: str, what: str, hint: str) -> None:
    (message,) = refused(text)
    assert message.startswith(where_)
    assert what in message
    assert hint in message


def test_a_cycle_names_both_ends() -> None:
    text = in_agent(
        '%0 = "llm.call"(%1) {model = "m"} : (!agent.text) -> !agent.text',
        '%1 = "llm.call"(%0) {model = "m"} : (!agent.text) -> !agent.text',
    )
    assert "bad.mlir:3:6: note: operand defined here" in refused(text)[0]


def test_every_problem_is_told() -> None:
    text = in_agent(
        '%0 = "llm.call"(%q) {model = "m", input_tokens = -1} : (!agent.text) -> !agent.text',
        '%1 = "llm.call"(%q) {model = "m", outptu_tokens = 3} : (!agent.text) -> !agent.text',
    )
    first, second = refused(text)
    assert first.startswith("bad.mlir:2:6: error: input_tokens must not be negative, but is -1")
    assert second.startswith("bad.mlir:3:6: error: llm.call has no attribute 'outptu_tokens'")
    assert "output_tokens" in second


def test_a_file_is_named_as_it_was_given(tmp_path, monkeypatch) -> None:
    (tmp_path / "agent.mlir").write_text('func.func @f() {\n  "agent.compute"() : () -> ()\n  return\n}\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AgentcError) as caught:
        parse_file("agent.mlir")
    message = render(caught.value.diagnostics[0])
    assert message.splitlines()[:3] == [
        "agent.mlir:2:3: error: 'agent.compute' op attribute \"fn\" is expected but not provided",
        '      "agent.compute"() : () -> ()',
        "      ^",
    ]


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "cannot be read"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "cannot be read"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, make, what) -> None:
    path = tmp_path / "agent.mlir"
    make(path)
    with pytest.raises(AgentcError, match=what) as caught:
        parse_file(path)
    assert caught.value.diagnostics[0].location == Location(str(path))


def test_ops_keep_their_lines_through_text_and_casts(tmp_path) -> None:
    path = tmp_path / "agent.mlir"
    path.write_text(
        "func.func @answer(%q: !agent.text, %d: !agent.docs) -> !agent.text {\n\n"
        '  %0 = "llm.call"(%q, %d) {model = "m"} : (!agent.text, !agent.docs) -> !agent.text\n'
        "  return %0 : !agent.text\n}\n"
    )
    once = parse_file(path)
    again = parse_text(to_text(once), "elsewhere.mlir")
    for module in (once, again):
        cast, call, _ = agent_of(module.operation).regions[0].blocks[0].operations
        assert (cast.operation.name, call.operation.name) == ("agent.cast", "llm.call")
        assert where(call.operation.location) == Location(str(path), 3, 8)


def test_ops_come_back_as_their_views() -> None:
    module = parse_text(GOOD.replace('"m"', '"m", output_tokens = 300.0, stop = ["end"], stream = true'))
    call = agent_of(module.operation).regions[0].blocks[0].operations[0]
    assert isinstance(call, CallOp)
    assert (call.model, call.output_tokens, call.stop, call.stream) == ("m", 300.0, ["end"], True)
    assert call.prompt is None


def test_text_prints_and_parses_to_the_same() -> None:
    once = to_text(parse_text(GOOD, "a.mlir"), locations=False)
    assert to_text(parse_text(once, "b.mlir"), locations=False) == once
    assert re.search(r'"llm.call"\(%arg0\)', once)
