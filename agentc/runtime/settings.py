"""`settings.json` of an emitted program: what its names mean and where its operators were placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from agentc.diagnostics import Location, error
from agentc.runtime.errors import parse_location

if TYPE_CHECKING:
    from pathlib import Path

NAME = "settings.json"


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One argument of the agent: what the graph takes, and what its JSON must hold where that is stated."""

    name: str
    type: str
    expects: str = ""

    @property
    def spelled(self) -> str:
        """What people are told to give."""
        return self.expects or self.type


class OperatorSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One operator: what it is, what it uses, where it was placed, where it was written."""

    op: str
    loc: str = ""
    tier: str = ""
    pool: str = ""
    model: str = ""
    store: str = ""
    tool: str = ""
    fn: str = ""

    @property
    def location(self) -> Location | None:
        """The source line, for errors."""
        return parse_location(self.loc)


class PoolSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The replicas that the plan gives to some operators."""

    tier: str
    device: str
    role: str
    model: str | None
    replicas: int
    tp: int
    pp: int
    max_batch: int


class StoreSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A store: a folder of text that is searched, or (without a path) values under keys."""

    path: str = ""
    embedder: str = ""


class CodeSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Python function: `file.py:name` in app/, or `module:name`; constants as JSON text by name."""

    python: str = ""
    mcp: str = ""
    arguments: dict[str, str] = {}
    value: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a program. `source_root` is absolute: corpora are not copied."""

    agent: str
    source: str
    source_root: str
    inputs: tuple[Input, ...]
    results: tuple[str, ...]
    operators: dict[str, OperatorSetting]
    pools: dict[str, PoolSetting]
    stores: dict[str, StoreSetting]
    tools: dict[str, CodeSetting]
    fns: dict[str, CodeSetting]

    def models(self, *ops: str) -> list[str]:
        """Return the models that operators of these kinds name, each once, in order."""
        return list(dict.fromkeys(o.model for o in self.operators.values() if o.op in ops and o.model))


def read_settings(folder: Path) -> Settings:
    """Read a program's settings; an error names the file."""
    path = folder / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings)
    except OSError as e:
        raise error(
            f"no program here: {path} cannot be read", hint="compile again, or name the build's folder"
        ) from e
    except msgspec.MsgspecError as e:
        raise error(f"not a program's settings: {e}", Location(str(path)), hint="compile again") from e


def to_bytes(settings: Settings) -> bytes:
    """Encode settings as indented JSON that ends in a newline."""
    return msgspec.json.format(msgspec.json.encode(settings, order="deterministic"), indent=2) + b"\n"


def loaded(value: str) -> Any:
    """Return a constant that a binding holds as JSON text."""
    return msgspec.json.decode(value)
