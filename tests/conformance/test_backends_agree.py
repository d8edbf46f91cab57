"""The same agents, the same inputs, the same results, on every backend of the table."""

from __future__ import annotations

import pytest

from agentc.diagnostics import AgentcError
from agentc.runtime.models import is_pulled

CASES = [
    ("straight", {"text": "abcdef"}, ("ABC\n\n and \n\nfedcba|6", 6)),
    ("branch", {"text": "ab"}, ("ABx", "ab")),
    ("branch", {"text": "abcdef"}, ("ABCDEF", "abcdef")),
    ("branch", {"text": "b"}, ("b", "bx")),
    ("while", {"text": "ab"}, ("abxx",)),
    ("while", {"text": "a"}, ("axx",)),
    ("while", {"text": "abc"}, ("abcx",)),
    ("while", {"text": "abcd"}, ("abcd",)),
    ("bounded", {"text": "a"}, ("axxx", "axxx")),
    ("for", {"text": "a"}, ("AXX",)),
    ("map", {"text": "one two three"}, ("one|False+two|False+three|False",)),
    ("map", {"text": ""}, ("",)),
    ("switch", {"text": "ab", "which": "0"}, ("AB!", 2)),
    ("switch", {"text": "ab", "which": "7"}, ("ab!x", 2)),
    ("switch", {"text": "ab", "which": "3"}, ("ab", 2)),
    ("writes", {"text": "ab"}, ("ba,ab,abx,abxx,ab",)),
    ("writes", {"text": "cd"}, ("dc,cdx,cdxx,cd",)),
    ("each", {"text": "ab"}, (5 * 2 + 4,)),
    ("nested", {"text": "a"}, ("AXX",)),
]


@pytest.mark.parametrize(
    ("agent", "given", "expected"), CASES, ids=[f"{a}-{'-'.join(g.values())}" for a, g, _ in CASES]
)
def test_results(run_agent, agent, given, expected):
    assert run_agent(agent, **given) == expected


@pytest.mark.parametrize("agent", ["straight", "nested", "branch"])
def test_a_graph_that_no_pass_has_touched_runs_alike(run_agent, agent):
    """Composite operators and nested agents run as they are, too."""
    assert run_agent(agent, "annotate", text="abcdef") == run_agent(agent, text="abcdef")


def test_memory_outlives_a_run(run_agent):
    assert run_agent("memory", text="one") == ("None|one",)
    assert run_agent("memory", text="two") == ("one|two",)


def test_prompts_reach_the_models_that_the_plan_names(run_agent, llm_server):
    (answer,) = run_agent("chat", question="why?")
    draft = "<llama-3.1-8b: be brief / Q: why?>"
    assert answer == f"<llama-3.1-70b: why?\n\n{draft}>"
    first, second = llm_server.asked
    assert (first["max_tokens"], first["temperature"]) == (10, 0.0)
    assert (second["max_tokens"], second["temperature"], second["stop"]) == (7, 0.5, ["END"])


@pytest.mark.skipif(not is_pulled("minilm-l6-v2"), reason="needs `agentc pull minilm-l6-v2`")
def test_a_search_finds_passages_with_their_places(run_agent):
    text, (hit,) = run_agent("search", question="When does the boat go?")
    assert (hit["file"], hit["line"]) == ("travel.txt", 1)
    assert text == "[travel.txt:1] The ferry to the island leaves at nine every morning."
    text, (hit,) = run_agent("search", question="Which animal rests in daylight?")
    assert (hit["file"], hit["line"], hit["end_line"]) == ("nature.md", 1, 3)


def test_a_failure_names_the_operator_and_its_line(run_agent):
    with pytest.raises(AgentcError, match="operator 'breaks' failed: ValueError: cannot use 'it'") as caught:
        run_agent("failing", text="it")
    location = caught.value.diagnostics[0].location
    assert location is not None
    assert location.file.endswith("failing.mlir")
    assert location.line == 3
