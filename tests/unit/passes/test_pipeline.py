"""The pipeline: reading its text, running it, overriding demands, refusing what it does not know."""

from __future__ import annotations

import pytest

from agentc.diagnostics import AgentcError
from agentc.ir.inline import agent_of
from agentc.ir.parse import parse_text
from agentc.ir.read import read_graph
from agentc.ir.values import attributes
from agentc.passes.pipeline import PASSES, PassEnv, Stage, parse_pipeline, run

AGENT = """\
func.func @answer(%q: !agent.text) -> !agent.text
    attributes {agent.slo = {e2e_ms_p95 = 8000, ttft_ms_p95 = 500}} {
  %0 = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
  %1 = "llm.call"(%q) {model = "m"} : (!agent.text) -> !agent.text
  %2 = "llm.call"(%1) {model = "n"} : (!agent.text) -> !agent.text
  return %2 : !agent.text
}
"""


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("", []),
        (" cse , dce ", [("cse", {}), ("dce", {})]),
        ("inline", [("inline-agents", {})]),
        (
            "partition{fleet=a/b-c.yaml objective=tco},cse",
            [("partition", {"fleet": "a/b-c.yaml", "objective": "tco"}), ("cse", {})],
        ),
        ('partition{fleet="my fleet, new.yaml"}', [("partition", {"fleet": "my fleet, new.yaml"})]),
    ],
)
def test_pipeline_text(text: str, stages: list[tuple[str, dict[str, str]]]) -> None:
    assert parse_pipeline(text) == tuple(Stage(name, options) for name, options in stages)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("canonicalise", "unknown pass 'canonicalise'", "did you mean canonicalize"),
        ("cse,decomposed", "unknown pass 'decomposed'", "decompose"),
        ("zzz", "unknown pass 'zzz'", "passes: inline-agents, canonicalize"),
        ("cse{fleet=x}", "cse has no option 'fleet'", "it has none"),
        ("partition{flet=x}", "partition has no option 'flet'", "did you mean fleet?"),
        ("partition{fleet}", "cannot read the options of partition: {fleet}", "option=value"),
        ("cse;dce", "cannot read the pipeline from 'cse;dce' on", "pass,pass"),
        ("cse{", "cannot read the pipeline from 'cse{' on", "pass,pass"),
    ],
)
def test_unknown_names_are_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(AgentcError) as caught:
        parse_pipeline(text)
    (told,) = caught.value.diagnostics
    assert told.message == message
    assert hint in told.hint


def test_every_pass_can_be_added() -> None:
    passes = [name for name in PASSES if name not in {"partition", "cascade"}]  # these need to be told more
    seen: list[str] = []
    run(parse_text(AGENT, "a.mlir"), ",".join(passes), on_stage=lambda name, _: seen.append(name))
    assert seen == passes


def test_operators_are_numbered_before_anything_goes() -> None:
    module = run(parse_text(AGENT, "a.mlir"), "cse,dce")
    assert list(read_graph(module).operators) == ["call_0", "call_2"]


def test_no_passes_leave_the_text_alone() -> None:
    module = parse_text(AGENT, "a.mlir")
    before = str(module)
    assert str(run(module, "")) == before


def test_demands_are_overridden_one_by_one() -> None:
    module = run(
        parse_text(AGENT, "a.mlir"), "", PassEnv(slo={"e2e_ms_p95": 100.0}, load={"rate_per_s": 2.0})
    )
    stated = attributes(agent_of(module.operation))
    assert stated["agent.slo"] == {"e2e_ms_p95": 100.0, "ttft_ms_p95": 500}
    assert stated["agent.load"] == {"rate_per_s": 2.0}


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (PassEnv(slo={"e2e": 1.0}), "slo has no 'e2e'"),
        (PassEnv(load={"rate_per_s": -1.0}), "rate_per_s must not be negative"),
        (PassEnv(load={"rate_per_s": 0.0}), "rate_per_s must be more than 0"),
    ],
)
def test_wrong_overrides_are_refused(env: PassEnv, message: str) -> None:
    with pytest.raises(AgentcError, match=message):
        run(parse_text(AGENT, "a.mlir"), "cse", env)


def test_what_a_pass_refuses_comes_out_as_it_is() -> None:
    with pytest.raises(AgentcError, match="partition needs a fleet"):
        run(parse_text(AGENT, "a.mlir"), "partition")


def test_a_pass_that_breaks_the_module_is_found_out(monkeypatch) -> None:
    from agentc.passes import cse

    def spoil(manager, env, options):
        manager.add(
            lambda op, _: op.operation.attributes.__setitem__(
                "agent.sorce", op.operation.attributes["agent.source"]
            ),
            name="spoil",
        )

    monkeypatch.setattr(cse, "add", spoil)
    module = parse_text(f'module attributes {{agent.source = "x"}} {{\n{AGENT}}}', "a.mlir")
    with pytest.raises(AgentcError, match=r"builtin\.module has no attribute 'agent\.sorce'"):
        run(module, "cse")


def test_thousands_of_operators_go_through_everything() -> None:
    lines = ["func.func @answer(%v0: !agent.text) -> !agent.text {"]
    lines += [
        f'%v{i + 1} = "llm.call"(%v{i}) {{model = "m", input_tokens = 9}} : (!agent.text) -> !agent.text'
        for i in range(1200)
    ]
    module = parse_text("\n".join([*lines, "return %v1200 : !agent.text", "}"]), "a.mlir")
    run(module, "inline,canonicalize,cse,dce,decompose,cse,dce,annotate")
    graph = read_graph(module)
    assert len(graph.operators) == 2400
    assert len(graph.edges) == 2399
