"""The collector of `tests/filecheck` can fail: on a mismatch, a wrong refusal, a file that checks nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[2] / "filecheck" / "conftest.py"
AGENT = "func.func @f() {\n  return\n}\n"
FILES = {
    "good": "// RUN: agentc opt %s | filecheck %s\n// CHECK: func.func @f\n" + AGENT,
    "mismatch": "// RUN: agentc opt %s | filecheck %s\n// CHECK: func.func @g\n" + AGENT,
    "not_refused": "// RUN: not agentc opt %s | filecheck %s\n// CHECK: func.func @f\n" + AGENT,
    "refused": "// RUN: agentc opt %s --pipeline zzz | filecheck %s\n// CHECK: unknown pass\n" + AGENT,
    "no_run_line": "// CHECK: func.func @f\n" + AGENT,
    "other_program": "// RUN: rm %s | filecheck %s\n// CHECK: f\n" + AGENT,
    "checks_nothing": "// RUN: agentc opt %s | filecheck %s\n" + AGENT,
}


def test_the_collector_can_fail(tmp_path) -> None:
    shutil.copy(CONFTEST, tmp_path)
    for name, text in FILES.items():
        (tmp_path / f"{name}.mlir").write_text(text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rA",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        tmp_path,
        tmp_path,
    ]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    summary = [line for line in ran.stdout.splitlines() if line.startswith(("PASSED", "FAILED"))]
    passed = {name for name in FILES for line in summary if line.startswith(f"PASSED {name}.mlir")}
    failed = {name for name in FILES for line in summary if line.startswith(f"FAILED {name}.mlir")}
    assert passed == {"good"}, ran.stdout
    assert failed == set(FILES) - {"good"}
