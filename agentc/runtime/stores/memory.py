"""Values kept under keys, and logs of observations: one SQLite file an agent.

It lies in the user's data folder (`AGENTC_DATA`, else `XDG_DATA_HOME/agentc`, else
`~/.local/share/agentc`), not in the build: what an agent remembers outlives a recompile.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentc.runtime.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = """
create table if not exists kept (store text, key text, value text, primary key (store, key)) without rowid;
create table if not exists observed (id integer primary key, store text, value text);
"""


def data_root() -> Path:
    """Return agentc's folder for what users would miss if it were gone."""
    if stated := os.environ.get("AGENTC_DATA"):
        return Path(stated).expanduser()
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "agentc"


def memory_path(agent: str) -> Path:
    """Return where an agent's memory lies."""
    return data_root() / "memory" / (re.sub(r"[^\w.-]", "_", agent).lstrip(".") + ".sqlite")


class Memory:
    """One agent's memory. Each call opens the file anew: calls come from many threads."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made with the first value."""
        self.path = path

    def load(self, store: str, key: Any) -> Any:
        """Return the value kept under a key; None where there is none."""
        rows = self._do("select value from kept where store = ? and key = ?", store, _key(key))
        return json.loads(rows[0][0]) if rows else None

    def store(self, store: str, key: Any, value: Any) -> Any:
        """Keep a value under a key in place of the earlier one, and return it."""
        self._do("insert or replace into kept values (?, ?, ?)", store, _key(key), _json(value))
        return value

    def observe(self, store: str, value: Any) -> None:
        """Append a value to a store's log."""
        self._do("insert into observed (store, value) values (?, ?)", store, _json(value))

    def observed(self, store: str) -> Iterator[Any]:
        """Yield a store's log, oldest first."""
        for (value,) in self._do("select value from observed where store = ? order by id", store):
            yield json.loads(value)

    def _do(self, statement: str, *values: str) -> list[tuple[str, ...]]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30)) as file, file:
                file.executescript(SCHEMA)
                return file.execute(statement, values).fetchall()
        except (sqlite3.Error, OSError) as e:
            raise StepError(f"the memory {self.path} cannot be used: {e}") from e


def _key(key: Any) -> str:
    return key if isinstance(key, str) else _json(key)


def _json(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as e:
        raise StepError(f"a {type(value).__name__} cannot be kept: {e}") from e
