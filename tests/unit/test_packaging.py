"""The rooms, the package list, the links between them, and what importing costs."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("dialects", "backends", "costmodels")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS: dict[str, Any] = PROJECT["tool"]["setuptools"]
EXTRAS = ["xllamacpp", "onnx", "onnxruntime", "tokenizers", "safetensors", "bm25s", "mcp", "httpx2"]

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="speaks of a git checkout")


def git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def files() -> list[Path]:
    """What is or would be committed, links left out."""
    listed = (Path(line) for line in git("ls-files", "-co", "--exclude-standard"))
    return [p for p in dict.fromkeys(listed) if (ROOT / p).is_file() and not (ROOT / p).is_symlink()]


def python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )


def package(path: Path) -> str:
    """`costmodels/catalog` is the package agentc.costmodels.catalog."""
    parts = path.parts if path.parts[0] == "agentc" else ("agentc", *path.parts)
    return ".".join(parts)


def packaged() -> Iterator[Path]:
    return (p for p in files() if p.parts[0] in {"agentc", *ROOMS})


def test_the_package_list_is_the_tree():
    there = {package(p.parent) for p in packaged() if p.suffix == ".py"}
    assert set(SETUPTOOLS["packages"]) == there
    assert len(SETUPTOOLS["packages"]) == len(there)


def test_every_package_has_its_init():
    folders = {p.parent for p in packaged() if p.suffix == ".py"}
    assert [f for f in folders if not (ROOT / f / "__init__.py").is_file()] == []


def test_every_data_file_is_packaged():
    data: dict[str, list[str]] = SETUPTOOLS["package-data"]
    left_out = [
        p
        for p in packaged()
        if p.suffix not in {".py", ".md"}
        and not any(fnmatch(p.name, pattern) for pattern in data.get(package(p.parent), []))
    ]
    assert left_out == []


@pytest.mark.parametrize("room", ROOMS)
def test_the_rooms_are_linked_and_mapped(room: str):
    (entry,) = git("ls-files", "-s", f"agentc/{room}")
    assert entry.startswith("120000 "), "the link must be committed as a link"
    assert (ROOT / "agentc" / room).readlink() == Path("..") / room
    assert SETUPTOOLS["package-dir"][f"agentc.{room}"] == room
    assert f"agentc/{room}" in PROJECT["tool"]["pyright"]["include"]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_refuses_its_bare_name(room: str):
    done = python(f"import sys; sys.path.insert(0, '.'); import {room}")
    assert done.returncode != 0
    assert f"import this room as 'agentc.{room}'" in done.stderr
    assert python(f"import agentc.{room}").returncode == 0


def test_importing_agentc_loads_nothing_of_others():
    script = """
import sys
before = set(sys.modules)
import agentc
new = {m.split(".")[0] for m in set(sys.modules) - before}
print(*sorted(new - set(sys.stdlib_module_names) - {"agentc"}))
"""
    done = python(script)
    assert (done.stdout.split(), done.stderr) == ([], "")


def test_the_compiler_needs_no_extra():
    script = f"""
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {EXTRAS}:
            raise ModuleNotFoundError(f"an extra was imported: {{name}}", name=name)
sys.meta_path.insert(0, Without())
import agentc
[getattr(agentc, name) for name in agentc.__all__]
import agentc.cli.compile, agentc.cli.opt, agentc.cli.verify, agentc.cli.report, agentc.cli.catalog
import agentc.report.html, agentc.placement, agentc.backends.table
"""
    done = python(script)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_dependency_has_a_range():
    project = PROJECT["project"]
    wanted = chain(project["dependencies"], *project["optional-dependencies"].values())
    loose = [w for w in wanted if not re.search(r"[>=]=", w) and w != "agentc[local]"]
    assert loose == []


def test_no_committed_file_names_a_machine():
    # Split, so that this file does not name one itself.
    homes = re.compile(r"/(?:ro" + r"ot|ho" + r"me/\w+|Us" + r"ers/\w+|wo" + r"rk)/[\w.]")
    found = [
        f"{p}:{n}: {line.strip()}"
        for p in files()
        if p.name != "LICENSE"
        for n, line in enumerate((ROOT / p).read_text(errors="replace").splitlines(), 1)
        if homes.search(line)
    ]
    assert found == []


def test_no_file_and_no_function_is_long():
    sources = {p: (ROOT / p).read_text() for p in files() if p.suffix == ".py"}
    # A test file may be a long table of cases.
    assert [str(p) for p, t in sources.items() if p.parts[0] != "tests" and t.count("\n") > 300] == []
    long = [
        f"{p}:{node.lineno}: {node.name}"
        for p, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 80
    ]
    assert long == []


def test_no_room_is_for_everything():
    assert [p for p in files() if p.stem in {"utils", "helpers", "misc", "common"}] == []
    star = re.compile(r"^\s*from .* import \*", re.MULTILINE)
    assert [p for p in files() if p.suffix == ".py" and star.search((ROOT / p).read_text())] == []


def test_the_license_is_apache():
    text = (ROOT / "LICENSE").read_text()
    assert text.lstrip().startswith("Apache License\n                           Version 2.0, January 2004")
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_verifier_is_kept_apart_from_every_other_module_of_placement():
    contracts: list[dict[str, Any]] = PROJECT["tool"]["importlinter"]["contracts"]
    (contract,) = [c for c in contracts if "verifier" in c["name"]]
    modules = {p.stem for p in (ROOT / "agentc" / "placement").glob("*.py")} - {"__init__"}
    here = {f"agentc.placement.{m}" for m in modules}
    verifiers = {m for m in here if m.split(".")[-1].startswith("verify")}
    assert set(contract["source_modules"]) == verifiers
    assert {m for m in contract["forbidden_modules"] if m.startswith("agentc.placement.")} == here - verifiers
