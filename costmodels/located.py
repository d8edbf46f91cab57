"""YAML with places: every value knows the line and column that it was written at.

PyYAML's own loading forgets places and lets the last of two equal keys win; reading its node tree
keeps both, so that each refusal of a fleet file can point at the word that is wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from agentc.costmodels.catalog.read import LOADER
from agentc.diagnostics import AgentcError, Location, error, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable


MOST = 1e12
LEAST = 1e-9
"""No figure of a fleet is larger, and none that must be more than zero is smaller."""
MOST_DEVICES = 10_000_000


@dataclass(frozen=True)
class Value:
    """One YAML node and its place. `what` names it in messages."""

    node: yaml.Node
    file: str
    what: str

    @property
    def location(self) -> Location:
        """Where the value starts."""
        mark = self.node.start_mark
        return Location(self.file, mark.line + 1, mark.column + 1)

    @property
    def empty(self) -> bool:
        """Whether nothing stands here: `links:` with every item commented out."""
        return isinstance(self.node, yaml.ScalarNode) and not self.node.style and not self.node.value

    def wrong(self, message: str, hint: str = "") -> AgentcError:
        """Make an error at this value."""
        return error(message, self.location, hint)

    def mapping(self, known: Iterable[str] | None = None) -> dict[str, Value]:
        """Read a mapping; refuse a repeated key, and one that is not among `known`."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong(f"{self.what} must be a mapping (key: value)")
        made: dict[str, Value] = {}
        for key_node, value_node in self.node.value:
            key = Value(key_node, self.file, f"a key of {self.what}").text()
            self._check_key(key, key_node, made, known)
            made[key] = Value(value_node, self.file, f"'{key}'")
        return made

    def _check_key(self, key: str, node: yaml.Node, seen: Iterable[str], known: Iterable[str] | None) -> None:
        place = Value(node, self.file, self.what)
        if key in seen:
            raise place.wrong(f"{key!r} is stated twice in {self.what}")
        if known is not None and key not in known:
            hint = nearest(key, known) or f"known keys: {', '.join(known)}"
            raise place.wrong(f"unknown key {key!r} in {self.what}", hint)

    def items(self) -> list[Value]:
        """Read a sequence."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong(f"{self.what} must be a list")
        return [Value(n, self.file, f"item {i + 1} of {self.what}") for i, n in enumerate(self.node.value)]

    def text(self) -> str:
        """Read a non-empty scalar as text, as it was written."""
        if not isinstance(self.node, yaml.ScalarNode) or not str(self.node.value).strip():
            raise self.wrong(f"{self.what} must be a word")
        return str(self.node.value).strip()

    def number(
        self, *, minimum: float = 0.0, maximum: float = MOST, above: bool = False, unit: str = ""
    ) -> float:
        """Read a number that is at least (or, with `above`, more than) `minimum`, and at most `maximum`."""
        made = self._float()
        if made < minimum or (above and made == minimum):
            bound = f"more than {minimum:g}" if above else f"at least {minimum:g}"
            raise self.wrong(f"{self.what} must be {bound}{unit}, not {self.node.value}")
        if made > maximum:
            raise self.wrong(f"{self.what} must be at most {maximum:g}{unit}, not {self.node.value}")
        if above and made - minimum < LEAST:
            raise self.wrong(f"{self.what} must be at least {minimum + LEAST:g}{unit}, not {self.node.value}")
        return made

    def count(self, maximum: int = MOST_DEVICES) -> int:
        """Read a whole number from 1 to `maximum`."""
        made = self._float()
        if made < 1 or made != int(made):
            raise self.wrong(f"{self.what} must be a whole number of at least 1, not {self.node.value}")
        if made > maximum:
            raise self.wrong(f"{self.what} must be at most {maximum:,}, not {self.node.value}")
        return int(made)

    def _float(self) -> float:
        # YAML 1.1 takes `1e-5` for text; people mean a number. Quoted digits stay text.
        plain = isinstance(self.node, yaml.ScalarNode) and not self.node.style
        try:
            made = float(str(self.node.value)) if plain else math.nan
        except ValueError:
            made = math.nan
        if not math.isfinite(made):
            written: Any = self.node.value if isinstance(self.node, yaml.ScalarNode) else "a structure"
            raise self.wrong(f"{self.what} must be a number, not {written!r}")
        return made


def read_document(path: str | Path, what: str) -> Value:
    """Read one YAML document; a missing, unreadable, empty or malformed file is a located error."""
    file = str(path)
    try:
        content = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError as e:
        raise error(f"{what} not found: {file}") from e
    except (OSError, UnicodeDecodeError) as e:
        raise error(f"cannot read {what} {file}: {_reason(e)}") from e
    try:
        node = _compose(content)
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
        raise error(f"not valid YAML: {e.problem or e.context}", place) from e
    except yaml.YAMLError as e:
        raise error(f"not valid YAML: {e}", Location(file)) from e
    if node is None:
        raise error(f"{what} is empty", Location(file))
    return Value(node, file, what)


def _compose(content: str) -> yaml.Node | None:
    compose: Any = vars(yaml)["compose"]  # its stubs leave `stream` untyped, which strict checking refuses
    return compose(content, Loader=LOADER)


def _reason(problem: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8 text" if isinstance(problem, UnicodeDecodeError) else str(problem.strerror)
