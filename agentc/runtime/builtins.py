"""Functions that a graph may name without any Python of its own: `builtin:<name>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.diagnostics import nearest
from agentc.runtime.errors import StepError
from agentc.runtime.values import to_text

if TYPE_CHECKING:
    from collections.abc import Callable


def same(value: Any) -> Any:
    """Return the value."""
    return value


def truthy(value: Any) -> bool:
    """Tell whether there is something: no empty text, list, 0 or false."""
    return bool(value)


def negate(value: Any) -> bool:
    """Tell whether there is nothing."""
    return not value


def join(*values: Any) -> str:
    """Render values as texts with blank lines between."""
    return "\n\n".join(to_text(value) for value in values)


def collect(*values: Any) -> list[Any]:
    """Return the values as a list."""
    return list(values)


def contains(text: Any, part: Any) -> bool:
    """Tell whether a text or list holds a part; letters' case does not matter in texts."""
    if isinstance(text, str):
        return to_text(part).casefold() in text.casefold()
    return part in text


def equals(a: Any, b: Any) -> bool:
    """Tell whether two values are equal."""
    return a == b


def length(value: Any) -> int:
    """Return how long a text or list is."""
    return len(value)


def get(value: Any, key: Any) -> Any:
    """Return one item of an object or a list."""
    return value[key]


def lines(text: str) -> list[str]:
    """Return a text's lines that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


BUILTINS: dict[str, Callable[..., Any]] = {
    "identity": same,
    "true": truthy,
    "not": negate,
    "join": join,
    "list": collect,
    "contains": contains,
    "equals": equals,
    "length": length,
    "get": get,
    "lines": lines,
}


def find_builtin(name: str) -> Callable[..., Any]:
    """Return a built-in function; an unknown name is an error with the nearest ones."""
    if name not in BUILTINS:
        raise StepError(
            f"there is no builtin:{name}", nearest(name, BUILTINS) or f"there are {', '.join(BUILTINS)}"
        )
    return BUILTINS[name]
