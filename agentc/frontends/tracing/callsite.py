"""Where in the user's files a call happens: its location, and the name its result is given.

Python keeps line and column of every instruction (`co_positions`), so a call is located to the
column. The name of the variable that it is assigned to comes from the syntax tree at that place.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agentc.diagnostics import Location

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType, FunctionType, TracebackType

_AGENTC = str(Path(__file__).parents[2]) + "/"
_LIBRARIES = tuple(
    {sysconfig.get_path(name) + "/" for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


@dataclass(frozen=True)
class SourceTree:
    """The folder of the agent's file, and how the user named it: errors repeat the user's name."""

    root: Path
    shown: Path

    def show(self, file: str) -> str:
        """Return a file's name as the user would write it."""
        path = Path(file)
        return str(self.shown / path.relative_to(self.root)) if path.is_relative_to(self.root) else file


tree: ContextVar[SourceTree | None] = ContextVar("tree", default=None)


@dataclass(frozen=True)
class CallSite:
    """An expression of a user's file that is being evaluated.

    `span` is (line, column, end line, end column) as Python counts: lines from 1, columns from 0 in
    UTF-8 bytes. `function` is the name of the function it stands in.
    """

    file: str
    span: tuple[int, int, int, int]
    function: str

    @property
    def location(self) -> Location:
        """The place for people: columns in characters from 1."""
        line, col = self.span[:2]
        text = _line(self.file, line).encode()[:col]
        return Location(shown(self.file), line, len(text.decode(errors="replace")) + 1 if col >= 0 else 0)


def shown(file: str) -> str:
    """Return a file's name as the user would write it."""
    current = tree.get()
    return current.show(file) if current else file


def call_site() -> CallSite:
    """Find the user's expression that is being evaluated: the nearest frame that is not a library's."""
    frames = list(_frames(sys._getframe(1)))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] (frames know columns)
    outside = [f for f in frames if not f.f_code.co_filename.startswith(_AGENTC)]
    users = [f for f in outside if is_users(f.f_code.co_filename)]
    frame = (users or outside or frames)[0]
    return _site(frame.f_code, frame.f_lasti, frame.f_lineno)


def raised_at(trace: TracebackType | None) -> CallSite | None:
    """Find the innermost of the user's lines that an exception passed through."""
    found = None
    while trace:
        code = trace.tb_frame.f_code
        if is_users(code.co_filename):
            found = _site(code, trace.tb_lasti, trace.tb_lineno)
        trace = trace.tb_next
    return found


def is_agentcs(trace: TracebackType | None) -> bool:
    """Tell whether an exception came out of agentc itself: a defect, not the user's mistake."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename.startswith(_AGENTC)


def is_users(file: str) -> bool:
    """Tell whether a file belongs to neither agentc nor a library."""
    return not file.startswith(("<", _AGENTC, *_LIBRARIES))


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame:
        yield frame
        frame = frame.f_back


def _site(code: CodeType, instruction: int, line: int) -> CallSite:
    position = next((p for i, p in enumerate(code.co_positions()) if i == instruction // 2), (None,) * 4)
    start, end, col, end_col = position
    span = (start or line, -1 if col is None else col, end or line, -1 if end_col is None else end_col)
    return CallSite(code.co_filename, span, code.co_name)


def definition_location(function: FunctionType) -> Location:
    """Locate a function's `def`, below its decorators."""
    code = function.__code__
    parsed = syntax(code.co_filename)
    line = code.co_firstlineno
    for node in ast.walk(parsed) if parsed else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _first_line(node) == line:
            return Location(shown(code.co_filename), node.lineno, node.col_offset + 1)
    return Location(shown(code.co_filename), line)


def definition_site(function: FunctionType) -> CallSite:
    """Return the place of a function's `def`, for what stands nowhere else."""
    place = definition_location(function)
    code = function.__code__
    return CallSite(code.co_filename, (place.line, place.col - 1, place.line, -1), code.co_name)


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def syntax(file: str) -> ast.Module | None:
    """Parse a file once; None where it cannot be read."""
    try:
        return _parse(file, Path(file).stat().st_mtime_ns)
    except (OSError, SyntaxError, ValueError):
        return None


@lru_cache(maxsize=32)
def _parse(file: str, _changed_ns: int) -> ast.Module:
    return ast.parse(Path(file).read_bytes())


@lru_cache(maxsize=32)
def _parents(file: str, changed_ns: int) -> dict[ast.AST, ast.AST]:
    nodes = ast.walk(_parse(file, changed_ns))
    return {child: node for node in nodes for child in ast.iter_child_nodes(node)}


def _line(file: str, line: int) -> str:
    try:
        lines = Path(file).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return lines[line - 1] if line <= len(lines) else ""


def ancestors(site: CallSite) -> list[ast.AST]:
    """Return the syntax at a place and what it stands in, innermost first; empty if unknown."""
    parsed = syntax(site.file)
    if parsed is None:
        return []
    parents = _parents(site.file, Path(site.file).stat().st_mtime_ns)
    node = next((n for n in ast.walk(parsed) if _covers(n, site.span)), None)
    chain: list[ast.AST] = []
    while node is not None:
        chain.append(node)
        node = parents.get(node)
    return chain


def _covers(node: ast.AST, span: tuple[int, int, int, int]) -> bool:
    """Whether a node stands at a place.

    A method call on several lines is reported from the method's name on, so only its end counts.
    """
    if not isinstance(node, ast.expr | ast.stmt) or isinstance(node, ast.Expr):
        return False
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    if end != span[2:]:
        return False
    return start == span[:2] or (isinstance(node, ast.Call) and start <= span[:2])


def site_of(node: ast.expr, site: CallSite) -> CallSite:
    """Return the place of an expression near a site."""
    end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
    return replace(site, span=(node.lineno, node.col_offset, *end))


def assigned_name(site: CallSite) -> str | None:
    """Return the name that the user gives to a call's result.

    `hits = docs.search(q)` gives "hits"; `f(hits=docs.search(q))` too; `return llm(...)` gives the
    function's name; anything else None.
    """
    chain = ancestors(site)
    if len(chain) < 2:  # noqa: PLR2004 (an expression and what it stands in)
        return None
    node, parent = chain[0], chain[1]
    match parent:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
            return _target_name(target)
        case ast.keyword(arg=name):
            return name
        case ast.Return():
            return site.function
        case ast.Tuple(elts=elements):
            return _tuple_name(elements, node, chain[2])
        case _:
            return None


def _target_name(target: ast.expr) -> str | None:
    """`a, b = call()` names the one op after the first."""
    first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
    return first.id if isinstance(first, ast.Name) else None


def _tuple_name(elements: list[ast.expr], node: ast.AST, statement: ast.AST) -> str | None:
    """`a, b = f(), g()` names each call after its own variable."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)]) if len(targets) == len(elements):
            return _target_name(targets[elements.index(node)]) if isinstance(node, ast.expr) else None
        case _:
            return None
