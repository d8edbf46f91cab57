"""Prompt templates: `{name}` placeholders, and the inputs that fill them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentc.diagnostics import error, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentc.diagnostics import Location

PLACEHOLDER = re.compile(r"(?<!\{)\{([A-Za-z_]\w*)\}(?!\})")


def placeholders(prompt: str) -> list[str]:
    """Return the names in a template, each once, in order. Other braces are plain text."""
    return list(dict.fromkeys(PLACEHOLDER.findall(prompt)))


def check_inputs(prompt: str, given: Iterable[str], location: Location) -> None:
    """Refuse a placeholder without an input, and an input without a placeholder.

    Raises:
        AgentcError: naming the nearest counterpart.
    """
    names, given = placeholders(prompt), list(given)
    for name in names:
        if name not in given:
            spare = [g for g in given if g not in names]
            hint = nearest(name, spare) or f"add {name}=... to the call"
            raise error(f"the prompt's {{{name}}} is not given", location, hint)
    for name in given:
        if name not in names:
            hint = nearest(name, names) or f"write {{{name}}} where the prompt should have it"
            raise error(f"{name}= is given, but the prompt has no {{{name}}}", location, hint)
