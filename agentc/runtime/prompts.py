"""Prompts: a template's `{name}` placeholders filled with values, in one pass.

A value that holds `{other}` is not filled again, and no other braces mean anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentc.runtime.values import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
MARK = "\n[...]\n"


@dataclass(frozen=True)
class Prompt:
    """What an LLM is asked: the user's text, and how it is to behave."""

    user: str
    system: str = ""

    @property
    def messages(self) -> list[dict[str, str]]:
        """The prompt as chat messages."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.user}]


def render(template: str | None, names: Sequence[str], values: Sequence[Any]) -> str:
    """Fill a template; without one the values are joined with blank lines."""
    texts = [to_text(value) for value in values]
    if template is None:
        return "\n\n".join(texts)
    filled = dict(zip(names, texts, strict=False))
    return PLACEHOLDER.sub(lambda match: filled.get(match[1], match[0]), template)


def cut_middle(text: str, characters: int) -> str:
    """Shorten a text to about `characters` by its middle: the ask stands at either end."""
    keep = max(characters - len(MARK), 2)
    if len(text) <= keep:
        return text
    return text[: keep - keep // 2] + MARK + text[-(keep // 2) :]
