"""HTML and SVG text that cannot forget to escape: what is not `Markup` is text.

>>> tag("p", "a < b", class_="x")
'<p class="x">a &lt; b</p>'
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VOID = frozenset({"meta", "link", "br", "hr"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | None
# C0 controls (save tab and newline) and lone surrogates are refused by browsers or by UTF-8.
UNSHOWN = dict.fromkeys(
    (*range(9), 11, 12, *range(14, 32), 127, *range(0xD800, 0xE000)), "\N{REPLACEMENT CHARACTER}"
)


def text(value: str) -> Markup:
    """Escape one piece of text, quotes and characters that no page may hold included."""
    return value if isinstance(value, Markup) else Markup(escape(value.translate(UNSHOWN)))


def tag(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """Make an element. `class_` is class, `aria_label` is aria-label; None and False leave it out."""
    written = "".join(_attribute(k, v) for k, v in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(parts: Iterable[Child], between: str = "") -> Markup:
    """Put pieces together, leaving out those that are None."""
    return Markup(text(between).join(text(p) for p in parts if p is not None))


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    shown = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f' {name}="{text(shown)}"'


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[Child]], *, numeric: Iterable[int] = ()
) -> Markup:
    """Make a table that scrolls inside its own frame when the window is narrow.

    The first column names the row; the columns numbered in `numeric` are set flush right.
    """
    right = set(numeric)
    cells = [tag("th", h, scope="col", class_="n" if i in right else None) for i, h in enumerate(heads)]
    body = [row if isinstance(row, Markup) else _row(row, right) for row in rows]
    made = tag("table", tag("caption", caption), tag("thead", tag("tr", *cells)), tag("tbody", *body))
    return tag("div", made, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _row(row: Sequence[Child], right: set[int]) -> Markup:
    head = tag("th", row[0], scope="row")
    return tag(
        "tr", head, *(tag("td", c, class_="n" if i in right else None) for i, c in enumerate(row[1:], 1))
    )
