"""`import agentc`: cheap, complete, and its functions plain where nothing is traced."""

from __future__ import annotations

import subprocess
import sys

import pytest

import agentc as ac

HEAVY = ("mlir", "numpy", "click", "ortools", "rich", "yaml", "msgspec", "networkx", "onnxruntime")


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_is_cheap():
    loaded = modules_after("import agentc")
    assert {m for m in loaded if m.startswith("agentc")} == {"agentc"}
    assert not loaded & set(HEAVY)


def test_declaring_an_agent_loads_nothing_heavy():
    code = (
        "import agentc as ac\nac.store('c')\n"
        "ac.tool(lambda q: q)\nac.compute(lambda q: q)\nac.test(lambda q: q)\n"
        "ac.agent(slo=ac.SLO(e2e='8s'), load=ac.Load(5))(lambda q: q)\nac.llm('m', 'p')"
    )
    assert not modules_after(code) & set(HEAVY)


def test_every_public_name_is_there():
    for name in ac.__all__:
        assert getattr(ac, name) is not None
    assert set(ac.__all__) <= set(dir(ac))


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'agnet'"):
        _ = ac.agnet  # type: ignore[attr-defined]


@ac.tool(latency_ms=(1, 2))
def double(x: int) -> int:
    """Double a number."""
    return 2 * x


@ac.compute
def triple(x: int) -> int:
    return 3 * x


@ac.test
def positive(x: int) -> bool:
    return x > 0


def test_functions_are_plain_outside_of_agents():
    assert (double(2), double(x=3), triple(2), positive(-1)) == (4, 6, 6, False)
    assert double.__wrapped__(4) == 8
    assert triple.__wrapped__(4) == 12
    assert positive.__wrapped__(4) is True
    assert double.__name__ == "double"
    assert double.__doc__ == "Double a number."


def test_a_failing_function_fails_as_it_is():
    with pytest.raises(TypeError):
        double("x", "y")  # type: ignore[call-arg]
