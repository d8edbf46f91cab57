"""What a person gets who installs the wheel, far from any checkout."""

import json
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="builds from a git checkout")


@dataclass(frozen=True)
class Built:
    """Where the copied sources are and where what was built of them."""

    source: Path
    dist: Path

    @property
    def wheel(self) -> Path:
        (wheel,) = self.dist.glob("*.whl")
        return wheel

    def expected(self) -> set[str]:
        """Every file of the packages, by the name that it has when installed."""
        packages: list[str] = PROJECT["tool"]["setuptools"]["packages"]
        data: dict[str, list[str]] = PROJECT["tool"]["setuptools"]["package-data"]
        made: set[str] = set()
        for name in packages:
            folder = Path(*name.split("."))
            for pattern in ["*.py", *data.get(name, [])]:
                made |= {(folder / p.name).as_posix() for p in (self.source / folder).glob(pattern)}
        return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An sdist of the files that are or would be committed, and a wheel made from that sdist."""
    source = tmp_path_factory.mktemp("source")
    listed = run(["git", "ls-files", "-co", "--exclude-standard"], ROOT).splitlines()
    for name in dict.fromkeys(listed):
        if (ROOT / name).exists():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target, follow_symlinks=False)
    out = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)], source)
    return Built(source, out)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel, which borrows the dependencies of this one.

    A `.pth` lends this environment's packages but not its own `.pth` files: the editable agentc of the
    checkout stays out of sight.
    """
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    bin_folder = home / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", str(bin_folder / "python")]
    run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(built.wheel)], home)
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run([str(bin_folder / "python"), "-c", script], home).strip())
    lent = [p for p in sys.path if Path(p).name == "site-packages"]
    (site / "borrowed.pth").write_text("\n".join(lent) + "\n")
    return bin_folder


def run(command: list[str], where: Path) -> str:
    """Run a command and return what it prints; its errors are the failure's message."""
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_once(built: Built):
    names = zipfile.ZipFile(built.wheel).namelist()
    held = {n for n in names if ".dist-info/" not in n}
    assert held == built.expected()
    assert len(names) == len(set(names))
    assert any(n.endswith("licenses/LICENSE") for n in names)


@pytest.mark.parametrize(
    "name",
    [
        "agentc/py.typed",
        "agentc/manifest.schema.json",
        "agentc/dialects/llm.mlir",
        "agentc/report/report.css",
    ],
)
def test_data_files_are_among_them(built: Built, name: str):
    assert name in built.expected()


def test_the_sdist_holds_every_source(built: Built):
    (sdist,) = built.dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {n.split("/", 1)[1] for n in archive.getnames() if "/" in n}
    rooms = {
        "agentc/dialects/": "dialects/",
        "agentc/backends/": "backends/",
        "agentc/costmodels/": "costmodels/",
    }
    wanted = built.expected()
    for link, room in rooms.items():
        wanted = {room + n.removeprefix(link) if n.startswith(link) else n for n in wanted}
    assert wanted | {"LICENSE", "README.md", "pyproject.toml"} <= held


def test_the_installed_package_is_what_is_imported(installed: Path, tmp_path: Path):
    script = (
        "import agentc, agentc.dialects, agentc.costmodels.catalog as c; print(agentc.__file__, c.__file__)"
    )
    for path in run([str(installed / "python"), "-c", script], tmp_path).split():
        assert Path(path).is_relative_to(installed.parent)


def test_its_commands_run_outside_the_checkout(installed: Path, tmp_path: Path):
    agentc = str(installed / "agentc")
    assert "Compile agents" in run([agentc, "--help"], tmp_path)
    assert PROJECT["project"]["version"] in run([agentc, "--version"], tmp_path)
    assert "H100" in run([agentc, "catalog", "devices"], tmp_path)


def test_it_compiles_and_reports_outside_the_checkout(installed: Path, tmp_path: Path):
    for path in [
        *(ROOT / "examples").glob("paper_worked_example*"),
        *(ROOT / "examples" / "fleets").glob("paper*"),
    ]:
        shutil.copy2(path, tmp_path)
    (fleet,) = tmp_path.glob("*.yaml")
    agentc = str(installed / "agentc")
    run([agentc, "compile", "paper_worked_example.mlir", "--fleet", fleet.name, "-o", "build"], tmp_path)
    manifest = json.loads((tmp_path / "build" / "manifest.json").read_text())
    assert manifest["solver"]["status"] == "optimal"
    assert (tmp_path / "build" / "report.html").read_text().startswith("<!doctype html>")
    assert "Placement" in run([agentc, "report", "build"], tmp_path)
