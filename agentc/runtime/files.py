"""Files that appear whole or not at all, readable by nobody else while they are written."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


@contextmanager
def whole_folder(final: Path) -> Generator[Path]:
    """Give an empty folder that takes the place of `final` on success and is gone otherwise."""
    final.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
    try:
        fresh = room / "new"
        fresh.mkdir()
        yield fresh
        if final.exists():
            final.rename(room / "old")
        fresh.rename(final)
    finally:
        shutil.rmtree(room, ignore_errors=True)
