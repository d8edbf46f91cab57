"""Ctrl-C ends a compile in the middle of a solve: exit code 130, nothing half-written."""

from __future__ import annotations

import random
import signal
import subprocess
import sys

import pytest

STEPS, TIERS = 120, 12

AGENT = """\
import agentc as ac

@ac.tool(latency_ms=(100, 200), memory_mb=64, effects="none")
def step(a: str, b: str) -> str:
    return a

@ac.agent(slo=ac.SLO(e2e="{limit}ms"))
def answer(q: str) -> str:
    values = [q, q]
    for a, b in {reads}:
        values.append(step(values[a], values[b]))
    return values[-1]
"""

# Says when a search begins; everything else is the real command.
COMMAND = """
import sys
from agentc.placement import interruptible, solve
real = interruptible.search
def search(solver, model):
    print("searching", flush=True)
    return real(solver, model)
solve.search = search
from agentc.cli.main import main
main(sys.argv[1:])
"""


@pytest.fixture
def hard(tmp_path):
    """A program and a fleet whose plan takes a minute to prove."""
    rng = random.Random(1)
    reads = [(rng.randint(max(0, i - 6), i + 1), rng.randint(max(0, i - 6), i + 1)) for i in range(STEPS)]
    (tmp_path / "many.py").write_text(AGENT.format(limit=60 * STEPS, reads=reads))
    lines = ["tiers:"]
    for k in range(TIERS):
        ms = 20 + 10 * k
        profile = f"{{tool: {{latency_ms: {ms}, usd: {rng.uniform(1, 1.5) / ms:.6f}}}}}"
        lines.append(f"  - {{name: t{k}, profile: {profile}}}")
    (tmp_path / "many.yaml").write_text("\n".join([*lines, "defaults: {link_latency_us: 3000}", ""]))
    return tmp_path


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_a_solve_ends_the_compile(hard, number, code):
    line = [sys.executable, "-c", COMMAND, "compile", "many.py:answer", "--fleet", "many.yaml", "-o", "out/b"]
    running = subprocess.Popen(
        line, cwd=hard, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "searching\n"
    running.send_signal(number)
    out, err = running.communicate(timeout=20)  # the search alone would take a minute
    assert running.returncode == code, err
    assert (out, err.strip()) == ("", "interrupted")
    assert sorted(p.name for p in hard.iterdir() if p.name != "__pycache__") == ["many.py", "many.yaml"]
