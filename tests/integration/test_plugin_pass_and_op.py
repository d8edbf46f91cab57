"""A package adds an op, with its rules, and a pass that lowers it, by entry points alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

IRDL = """\
irdl.dialect @acme {
  irdl.operation @shout {
    %text = irdl.is !agent.text
    %loud = irdl.is !agent.text
    irdl.operands(input: %text)
    irdl.results(output: %loud)
  }
}
"""
VIEWS = '''\
"""Views of the acme dialect."""
from mlir import ir
from mlir._mlir_libs._mlir import register_dialect, register_operation

from agentc.dialects.attributes import AgentView, integer


@register_dialect
class Dialect(ir.Dialect):
    DIALECT_NAMESPACE = "acme"


@register_operation(Dialect)
class ShoutOp(AgentView):
    """Says it louder."""

    OPERATION_NAME = "acme.shout"
    marks = integer(low=1)
'''
PASS = '''\
"""lower-shout: acme.shout becomes a function."""
from mlir import ir

from agentc.ir.bindings import add_pass, make_op
from agentc.ir.location import each

OPTIONS = ()


def add(manager, env, options):
    add_pass(manager, lower, "lower-shout")


def lower(module, _pass):
    found = []
    each(module.operation, lambda op: found.append(op) if op.name == "acme.shout" else None)
    for op in found:
        fn = {"fn": ir.StringAttr.get("shout", op.context)}
        types = [r.type for r in op.results]
        at = ir.InsertionPoint(op)
        made = make_op("agent.compute", list(op.operands), types, fn, at=at, location=op.location)
        op.results[0].replace_all_uses_with(made.results[0])
        op.erase()
'''
ENTRY_POINTS = """\
[agentc.dialects]
acme = acme_agentc.dialects.acme
[agentc.passes]
lower-shout = acme_agentc.lower_shout
broken = acme_agentc.nowhere
empty = acme_agentc
"""
AGENT = """\
func.func @answer(%q: !agent.text) -> !agent.text {
  %0 = "acme.shout"(%q) {marks = 3} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder that Python finds packages in, with one installed there."""
    root = tmp_path_factory.mktemp("site")
    package, info = root / "acme_agentc", root / "acme_agentc-1.0.dist-info"
    (package / "dialects").mkdir(parents=True)
    info.mkdir()
    for folder in (package, package / "dialects"):
        (folder / "__init__.py").write_text("")
    (package / "dialects" / "acme.mlir").write_text(IRDL)
    (package / "dialects" / "acme.py").write_text(VIEWS)
    (package / "lower_shout.py").write_text(PASS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-agentc\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return root


@pytest.fixture
def opt(site):
    """Run `agentc opt` on text in a Python that sees the package."""

    def run(text: str, *args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "agentc.cli.main", "opt", *args]
        env = {"PYTHONPATH": str(site), "PATH": ""}
        return subprocess.run(command, input=text, capture_output=True, text=True, env=env, check=False)

    return run


def test_the_op_is_verified_and_the_pass_lowers_it(opt) -> None:
    done = opt(AGENT, "--pipeline", "lower-shout,cse")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"agent.compute"(%arg0) {fn = "shout"}' in done.stdout
    assert "acme" not in done.stdout


def test_the_ops_rules_hold(opt) -> None:
    done = opt(AGENT.replace("marks = 3", "marks = 0"))
    assert done.returncode == 2
    assert "<stdin>:2:8: error: marks must be at least 1, but is 0" in done.stderr
    assert "acme.shout has no attribute 'mark'" in opt(AGENT.replace("marks =", "mark =")).stderr


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        ("lower-shut", "did you mean lower-shout?"),
        ("broken", "the pass 'broken' (acme_agentc.nowhere) does not load: ModuleNotFoundError"),
        ("empty", "the pass 'empty' (acme_agentc) has no add() or no OPTIONS"),
    ],
)
def test_what_does_not_work_is_told(opt, pipeline, message) -> None:
    done = opt(AGENT, "--pipeline", pipeline)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
