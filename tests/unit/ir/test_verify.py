"""What MLIR does not check and we do: names, kinds and ranges of attributes, demands, control flow, ids."""

from __future__ import annotations

import pytest

from agentc.diagnostics import AgentcError
from agentc.ir.parse import parse_text

CALL = '%0 = "llm.call"(%q) {{model = "m", {}}} : (!agent.text) -> !agent.text'
TOOL = '%0 = "tool.invoke"(%q) {{tool = "t", {}}} : (!agent.text) -> !agent.json'
SEARCH = '%0 = "memory.search"(%q) {{store = "s", {}}} : (!agent.text) -> !agent.docs'
IF = "scf.if %c {{\n}} else {{\n}} {{{}}}"
FOR = """%i = arith.constant 1 : index
%n = arith.constant 4 : index
scf.for %j = %i to %n step %i {{
}} {{{}}}"""


def problems(body: str, attributes: str = "") -> list[tuple[str, str]]:
    """Messages and hints about an agent with this body; none when it is accepted."""
    stated = f"attributes {{{attributes}}} " if attributes else ""
    text = f"func.func @answer(%q: !agent.text, %c: i1) {stated}{{\n{body}\nreturn\n}}"
    try:
        parse_text(text, "a.mlir")
    except AgentcError as refused:
        located = [d for d in refused.diagnostics if d.location is not None and d.location.line]
        return [(d.message, d.hint) for d in located]
    return []


@pytest.mark.parametrize(
    ("op", "attributes"),
    [
        (
            CALL,
            'input_tokens = 10, output_tokens = 3.5, max_tokens = 4, temperature = 0, precision = "fp8"',
        ),
        (
            CALL,
            'prompt = "Say {{literally}} {q}: {\\"json\\": 1}", inputs = ["q"], system = "s", stop = ["x"]',
        ),
        (
            CALL,
            'stream = false, prefix_tokens = 10, input_tokens = 10, effects = "none", bytes = 0, id = "a b"',
        ),
        (
            CALL,
            'foreign.note = 3, agent.visits = 1.5, agent.defaulted = ["bytes"], agent.theta = {flops = 1.0}',
        ),
        (TOOL, "latency_ms_p50 = 120, latency_ms_p95 = 120.0, cpu = 0, memory_mb = 256, usd_per_call = 0.01"),
        (SEARCH, 'k = 1, embedder = "e", rerank = "r", vectors = 0, dim = 384'),
        (IF, "agent.probability = 0"),
        (IF, 'agent.probability = 1.0, id = "branch"'),
        (FOR, "agent.trips = 2.5, agent.max_trips = 3"),
    ],
)
def test_accepted(op: str, attributes: str) -> None:
    assert problems(op.format(attributes)) == []


@pytest.mark.parametrize(
    ("op", "attributes", "message", "hint"),
    [
        (CALL, "outputtokens = 3", "llm.call has no attribute 'outputtokens'", "output_tokens"),
        (CALL, "zzzzzz = 3", "llm.call has no attribute 'zzzzzz'", "it has "),
        (CALL, "agent.vists = 1.0", "llm.call has no attribute 'agent.vists'", "agent.visits"),
        (CALL, 'output_tokens = "many"', 'output_tokens must be a number, not "many"', ""),
        (CALL, "output_tokens = -3.5", "output_tokens must not be negative, but is -3.5", ""),
        (
            CALL,
            "output_tokens = 0x7FF8000000000000 : f64",
            "output_tokens must be a finite number, but is nan",
            "",
        ),
        (CALL, "output_tokens = 1.0e308", "output_tokens must be at most 1e+08, but is 1e+308", ""),
        (
            CALL,
            "output_tokens = 9223372036854775807",
            "output_tokens must be at most 1e+08, but is 9223372036854775807",
            "",
        ),
        (
            TOOL,
            "latency_ms_p95 = 0x7FF0000000000000 : f64",
            "latency_ms_p95 must be a finite number, but is inf",
            "",
        ),
        (TOOL, "latency_ms_p95 = 1.1e10", "latency_ms_p95 must be at most 1e+10, but is 1.1e+10", ""),
        (TOOL, "cpu = 1.0e300", "cpu must be at most 1e+09, but is 1e+300", ""),
        (FOR, "agent.trips = 1.0e300", "agent.trips must be at most 1e+06, but is 1e+300", ""),
        (CALL, "max_tokens = 0", "max_tokens must be at least 1, but is 0", ""),
        (CALL, "max_tokens = 2.5", "max_tokens must be a whole number, not 2.5", ""),
        (CALL, "output_tokens = 9, max_tokens = 8", "output_tokens (9) is more than max_tokens (8)", ""),
        (CALL, "prefix_tokens = 9, input_tokens = 8", "prefix_tokens (9) is more than input_tokens (8)", ""),
        (CALL, "stream = 1", "stream must be true or false, not 1", ""),
        (CALL, "temperature = true", "temperature must be a number, not True", ""),
        (CALL, "stop = [1]", "stop must be a list of strings, not [1]", ""),
        (CALL, 'precision = "fp7"', 'precision cannot be "fp7"', "fp8"),
        (CALL, 'effects = "wirte"', 'effects cannot be "wirte"', "write"),
        (CALL, 'inputs = ["a", "b"]', "`inputs` names 2 operands, but there are 1", "name each operand once"),
        (
            CALL,
            'prompt = "{qq}", inputs = ["q"]',
            "the prompt asks for {qq}, which is no input",
            "did you mean q",
        ),
        (CALL, 'prompt = "{q}"', "the prompt asks for {q}, which is no input", "`inputs` names the operands"),
        (
            TOOL,
            "latency_ms_p50 = 9, latency_ms_p95 = 8",
            "latency_ms_p50 (9) is more than latency_ms_p95 (8)",
            "",
        ),
        (TOOL, "usd_per_call = -0.1", "usd_per_call must not be negative, but is -0.1", ""),
        (SEARCH, "k = 0", "k must be at least 1, but is 0", ""),
        (CALL, 'id = ""', "an id must not be empty", "numbered"),
        (CALL, "id = 3", "id must be a string, not 3", ""),
        (IF, "id = 3", "id must be a string, not 3", ""),
        (IF, "agent.probability = 1.1", "agent.probability must be at most 1, but is 1.1", ""),
        (IF, "agent.probability = -0.1", "agent.probability must not be negative, but is -0.1", ""),
        (IF, "agent.probabilty = 0.5", "scf.if has no attribute 'agent.probabilty'", "agent.probability"),
        (FOR, "agent.trips = -1", "agent.trips must not be negative, but is -1", ""),
        (FOR, "agent.trips = 4, agent.max_trips = 3", "agent.trips (4) is more than agent.max_trips (3)", ""),
    ],
)
def test_refused(op: str, attributes: str, message: str, hint: str) -> None:
    ((told, help),) = problems(op.format(attributes))
    assert told == message
    assert hint in help


@pytest.mark.parametrize(
    ("demands", "message", "hint"),
    [
        ("agent.slo = {e2e_ms_p95 = 8000, ttft_ms_p95 = 1.5}, agent.load = {rate_per_s = 5}", None, ""),
        ("agent.slo = {e2e_ms_p95 = 8000, soft_usd_per_ms = 0.001, availability = 0.999}", None, ""),
        ("agent.slo = {e2e_p95 = 8000}", "agent.slo has no 'e2e_p95'", "e2e_ms_p95"),
        ("agent.slo = {e2e_ms_p95 = -1}", "e2e_ms_p95 must not be negative, but is -1", ""),
        ("agent.slo = {e2e_ms_p95 = 0}", "e2e_ms_p95 must be more than 0", "leave it out"),
        ("agent.slo = {ttft_ms_p95 = 0.0}", "ttft_ms_p95 must be more than 0", "leave it out"),
        ("agent.slo = {tpot_ms_p95 = 1.0e11}", "tpot_ms_p95 must be at most 1e+10, but is 1e+11", ""),
        ("agent.slo = {availability = 1.0}", "availability must be less than 1", "0.999"),
        ("agent.load = {rate_per_s = 1.0e12}", "rate_per_s must be at most 1e+09, but is 1e+12", ""),
        ("agent.slo = {availability = 1.5}", "availability must be at most 1, but is 1.5", ""),
        (
            "agent.slo = {soft_usd_per_ms = 1.0}",
            "agent.slo has soft_usd_per_ms but no e2e_ms_p95",
            "over e2e",
        ),
        ("agent.slo = 8000", "agent.slo must be a dictionary, not 8000", ""),
        ("agent.load = {rate_per_s = -5.0}", "rate_per_s must not be negative, but is -5", ""),
        ("agent.load = {rate_per_s = 0}", "rate_per_s must be more than 0", "leave agent.load out"),
        ("agent.load = {rate = 5}", "agent.load has no 'rate'", "rate_per_s"),
        ("agent.lod = {rate_per_s = 5}", "func.func has no attribute 'agent.lod'", "agent.load"),
    ],
)
def test_demands(demands: str, message: str | None, hint: str) -> None:
    told = problems("", demands)
    assert [m for m, _ in told] == ([] if message is None else [message])
    assert all(hint in help for _, help in told)


def test_an_id_is_one_operators() -> None:
    twice = CALL.format('id = "a"') + "\n" + SEARCH.format('id = "a"').replace("%0", "%1")
    ((message, hint),) = problems(twice)
    assert message == "two operators have the id 'a'"
    assert hint == "the other is at a.mlir:2:6"


def test_ids_of_two_functions_do_not_meet() -> None:
    function = "func.func private @{}(%q: !agent.text) {{\n{}\nreturn\n}}\n"
    text = "".join(function.format(name, CALL.format('id = "a"')) for name in ("f", "g"))
    assert parse_text(text)


@pytest.mark.parametrize("kind", ["agent.tools", "agent.fns", "agent.stores"])
def test_bindings_are_dictionaries(kind: str) -> None:
    good = f'module attributes {{{kind} = {{a = {{python = "x.py:a"}}}}}} {{\n}}'
    assert parse_text(good)
    with pytest.raises(AgentcError, match=f"{kind}: 'a' must be a dictionary") as caught:
        parse_text(good.replace('{python = "x.py:a"}', '"x.py:a"'), "a.mlir")
    assert str(caught.value.diagnostics[0].location) == "a.mlir:1:1"


def test_switch_probabilities_add_up() -> None:
    switch = (
        "%i = arith.constant 1 : index\nscf.index_switch %i {{agent.probabilities = [{}]}}\n"
        "case 2 {{\nscf.yield\n}}\ndefault {{\n}}"
    )
    assert problems(switch.format("0.25, 0.75")) == []
    ((message, _),) = problems(switch.format("0.25, 0.5"))
    assert message == "agent.probabilities add up to 0.75, not 1"


@pytest.mark.parametrize(
    ("high", "step", "message"),
    [
        (1000000, 1, None),
        (10**18, 1, "scf.for 'count' has 1000000000000000000 trips, more than 1e+06"),
        (10, 0, "scf.for 'count' has a step that is not above 0"),
        (10, -1, "scf.for 'count' has a step that is not above 0"),
    ],
)
def test_constant_bounds_of_loops(high: int, step: int, message: str | None) -> None:
    bounds = "\n".join(
        f"%{n} = arith.constant {v} : index" for n, v in {"a": 0, "b": high, "s": step}.items()
    )
    found = problems(f'{bounds}\nscf.for %j = %a to %b step %s {{\n}} {{id = "count"}}')
    assert [told for told, _ in found] == ([] if message is None else [message])


def test_a_map_over_more_than_anybody_has() -> None:
    ((told, _),) = problems("scf.forall (%i) in (3000000) {\n}")
    assert told == "this scf.forall has 3000000 items, more than 1e+06"


@pytest.mark.parametrize(
    ("prefill", "decode", "message"),
    [
        ('model = "a"', 'model = "a", precision = "bf16"', None),
        ('model = "a"', 'model = "b"', "llm.decode of b in bf16 reads the KV cache of a in bf16"),
        (
            'model = "a", precision = "fp8"',
            'model = "a"',
            "llm.decode of a in bf16 reads the KV cache of a in fp8",
        ),
    ],
)
@pytest.mark.parametrize("branch", [False, True])
def test_a_cache_serves_the_model_that_made_it(
    branch, prefill: str, decode: str, message: str | None
) -> None:
    made = f'"llm.prefill"(%q) {{{prefill}}} : (!agent.text) -> !llm.kv'
    same = f'"llm.prefill"(%q) {{{decode}}} : (!agent.text) -> !llm.kv'
    sides = f"%x = {made}\nscf.yield %x : !llm.kv\n}} else {{\n%x = {same}\nscf.yield %x : !llm.kv\n}}"
    cache = f"%k = scf.if %c -> (!llm.kv) {{\n{sides}" if branch else f"%k = {made}"
    found = problems(f'{cache}\n%a = "llm.decode"(%k) {{{decode}}} : (!llm.kv) -> !agent.text')
    assert [told for told, _ in found] == ([] if message is None else [message])


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("id", "refused"), [("x.prefill", True), ("x.decode", True), ("x.lookup", False)])
def test_an_id_of_a_part_that_decompose_will_make(order: int, id: str, refused: bool) -> None:
    other = f'%b = "agent.compute"(%q) {{fn = "f", id = "{id}"}} : (!agent.text) -> !agent.text'
    pair = [CALL.format('id = "x"'), other][::order]
    expected = [f"the id {id!r} is that of a part of 'x'"] if refused else []
    assert [told for told, _ in problems("\n".join(pair))] == expected
