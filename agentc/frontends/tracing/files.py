"""Loads a user's Python file, and finds the files beside it that it needs."""

from __future__ import annotations

import ast
import contextlib
import os
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from agentc.diagnostics import AgentcError, Location, error
from agentc.frontends.tracing.callsite import SourceTree, is_agentcs, is_users, raised_at, syntax, tree

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from types import CodeType


@dataclass(frozen=True)
class UserFile:
    """A loaded file: its module, the folder it stands in, and its sources there, itself first."""

    module: ModuleType
    root: Path
    sources: tuple[Path, ...]


@contextlib.contextmanager
def loaded(path: Path) -> Generator[UserFile]:
    """Run a Python file as a module, and keep its imports working while the context is open.

    Modules of the file's folder are forgotten afterwards: the next agent may have others of the
    same names. What the file prints goes to stderr.

    Raises:
        AgentcError: no such file, a syntax error, or whatever the file raises; at its line.
    """
    file = Path(os.path.abspath(path))  # noqa: PTH100 (keeps links: errors show the user's path)
    code = _compiled(path)
    module = ModuleType(f"_agentc_{path.stem}")
    module.__file__ = str(file)
    mark = tree.set(SourceTree(file.parent, path.parent))
    known = dict(sys.modules)
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(file.parent))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            _execute(code, module, path)
            yield UserFile(
                module, file.parent, tuple(needed_files([file, *_imported(file.parent, known)], file.parent))
            )
    finally:
        sys.path.remove(str(file.parent))
        for name in [
            n for n, m in sys.modules.items() if m is module or _is_new_beside(n, file.parent, known)
        ]:
            del sys.modules[name]
        tree.reset(mark)


def _compiled(path: Path) -> CodeType:
    try:
        with tokenize.open(path) as stream:
            return compile(stream.read(), str(path), "exec", dont_inherit=True)
    except FileNotFoundError:
        raise error("no such file", Location(str(path)), _neighbours(path)) from None
    except SyntaxError as e:
        raise _syntax_error(e, str(path)) from None
    except (OSError, UnicodeDecodeError, ValueError) as e:
        raise error(f"cannot be read as Python: {e}", Location(str(path))) from None


def _neighbours(path: Path) -> str:
    from agentc.diagnostics import nearest  # noqa: PLC0415 (only for this error)

    beside = [p.name for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
    return nearest(path.name, beside)


def _syntax_error(e: SyntaxError, file: str) -> AgentcError:
    shown = file if e.filename in (None, file) else str(e.filename)
    return error(f"syntax error: {e.msg}", Location(shown, e.lineno or 0, max(e.offset or 0, 0)))


def _execute(code: CodeType, module: ModuleType, path: Path) -> None:
    try:
        exec(code, module.__dict__)  # noqa: S102 (the user's own program)
    except AgentcError:
        raise
    except SyntaxError as e:  # of a module that the file imports
        current = tree.get()
        shown = current.show(e.filename) if current and e.filename else str(path)
        raise _syntax_error(e, shown) from None
    except (Exception, SystemExit) as e:
        if is_agentcs(e.__traceback__):
            raise
        site = raised_at(e.__traceback__)
        place = site.location if site else Location(str(path))
        raise error(f"loading the file failed: {type(e).__name__}: {e}", place, _import_hint(e)) from e


def _import_hint(e: BaseException) -> str:
    missing = isinstance(e, ModuleNotFoundError) and e.name
    return f"install {missing}, or put it beside the file" if missing else ""


def _imported(root: Path, known: dict[str, ModuleType]) -> list[Path]:
    """Return the files below `root` that loading has imported."""
    fresh = [m for n, m in sys.modules.items() if _is_new_beside(n, root, known)]
    return [Path(f) for m in fresh if (f := getattr(m, "__file__", None))]


def _is_new_beside(name: str, root: Path, known: dict[str, ModuleType]) -> bool:
    module = sys.modules[name]
    file = getattr(module, "__file__", None)
    return known.get(name) is not module and bool(file) and _is_beside(Path(str(file)), root)


def _is_beside(file: Path, root: Path) -> bool:
    """Whether a file is the user's: below the folder, neither agentc's own nor an installed package's."""
    return file.is_relative_to(root) and is_users(str(file)) and "site-packages" not in file.parts


def needed_files(files: Sequence[Path], root: Path) -> list[Path]:
    """Return Python files and those below a folder that they import, inside functions too."""
    found: list[Path] = []
    todo = list(files)
    while todo:
        path = todo.pop(0)
        if path not in found and path.suffix == ".py" and _is_beside(path, root):
            found.append(path)
            todo += _imports(path, root)
    return found


def _imports(path: Path, root: Path) -> Iterator[Path]:
    parsed = syntax(str(path))
    for node in ast.walk(parsed) if parsed else ():
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield from _files(root, alias.name)
            case ast.ImportFrom(module=name, names=names, level=level):
                base = root if not level else path.parents[level - 1]
                for alias in names:
                    yield from _files(base, ".".join(n for n in (name, alias.name) if n))
            case _:
                pass


def _files(base: Path, name: str) -> Iterator[Path]:
    """Return the files of a dotted name below a folder: packages on the way, and the module."""
    here = base
    for part in name.split("."):
        here /= part
        yield from (p for p in (here / "__init__.py", here.with_suffix(".py")) if p.is_file())
