"""The user's Python functions: found in the program's snapshot, called with values by name."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from typing import TYPE_CHECKING, Any

from agentc.runtime.errors import StepError
from agentc.runtime.settings import CodeSetting, loaded
from agentc.runtime.threads import in_thread
from agentc.runtime.values import to_json, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType


class Code:
    """Loads functions from `app/`, each file once."""

    def __init__(self, app: Path) -> None:
        """Find files under `app`."""
        self._app = app
        self._modules: dict[str, ModuleType] = {}

    def find(self, setting: CodeSetting) -> Callable[..., Any]:
        """Return the function that a setting names, without its decorator.

        Raises:
            StepError: the file or the name is not there, or importing it failed.
        """
        where, _, name = setting.python.rpartition(":")
        module = self._module(where)
        found = getattr(module, name, None)
        if not callable(found):
            raise StepError(f"{where} has no function {name!r}")
        return inspect.unwrap(found)

    def _module(self, where: str) -> ModuleType:
        if where not in self._modules:
            try:
                self._modules[where] = self._load(where)
            except (Exception, SystemExit) as e:
                raise StepError(f"importing {where} failed: {type(e).__name__}: {e}") from e
        return self._modules[where]

    def _load(self, where: str) -> ModuleType:
        if not where.endswith(".py"):
            return importlib.import_module(where)
        path = (self._app / where).resolve()
        if not path.is_relative_to(self._app.resolve()):
            raise StepError(f"{where} lies outside the program")
        for folder in (str(path.parent), str(self._app)):
            if folder not in sys.path:
                sys.path.insert(0, folder)  # the file's own imports find its neighbors
        name = path.stem if path.stem not in sys.modules else f"agentc_app_{path.stem}_{len(sys.modules)}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise StepError(f"{where} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module


def bind(
    fn: Callable[..., Any], name: str, setting: CodeSetting, inputs: Sequence[str], values: Sequence[Any]
) -> inspect.BoundArguments:
    """Return a call's arguments, checked against the function's parameters.

    Operands go to the names in `inputs`, without names to the parameters in order; constants come from
    the setting. Texts become numbers where the parameter is annotated so.

    Raises:
        StepError: an argument too many or too few, or one of the wrong kind.
    """
    signature = inspect.signature(fn)
    constants = {key: loaded(value) for key, value in setting.arguments.items()}
    try:
        if inputs:
            bound = signature.bind(**dict(zip(inputs, values, strict=True)), **constants)
        else:
            bound = signature.bind(*values, **constants)
    except (TypeError, ValueError) as e:
        raise StepError(f"wrong arguments for {name}: {e}", f"it takes {name}{signature}") from e
    for key, value in bound.arguments.items():
        bound.arguments[key] = _as_annotated(value, signature.parameters[key], name)
    return bound


NUMBERS: dict[Any, type] = {int: int, "int": int, float: float, "float": float}


def _as_annotated(value: Any, parameter: inspect.Parameter, name: str) -> Any:
    wanted = NUMBERS.get(parameter.annotation) if isinstance(parameter.annotation, type | str) else None
    if wanted is None or not isinstance(value, str):
        return value
    try:
        return wanted(value)
    except ValueError as e:
        raise StepError(
            f"wrong arguments for {name}: {parameter.name}={value!r} is no {wanted.__name__}"
        ) from e


async def call(fn: Callable[..., Any], arguments: inspect.BoundArguments) -> Any:
    """Call a function: coroutines are awaited here, others run in a thread of their own.

    Raises:
        StepError: it raised; the message says what and where.
    """
    try:
        if inspect.iscoroutinefunction(fn):
            return await fn(*arguments.args, **arguments.kwargs)
        result = await in_thread(lambda: fn(*arguments.args, **arguments.kwargs))
        return await result if inspect.isawaitable(result) else result
    except StepError:
        raise
    except (Exception, SystemExit) as e:
        raise StepError(f"{type(e).__name__}: {e}{_line(e)}") from e


def _line(failure: BaseException) -> str:
    """Say which line of the function raised."""
    trace = failure.__traceback__
    last = None
    while trace is not None:
        last, trace = trace, trace.tb_next
    return f" (line {last.tb_lineno} of {last.tb_frame.f_code.co_filename})" if last else ""


def to_kinds(result: Any, kinds: Sequence[str], name: str) -> Any:
    """Check a function's result against what the graph says it gives: nothing, one value, or several.

    Raises:
        StepError: it gave something else.
    """
    if len(kinds) == 1:
        return _to_kind(result, kinds[0], name)
    if not kinds:
        return None
    if not isinstance(result, list | tuple) or len(result) != len(kinds):  # pyright: ignore[reportUnknownArgumentType] (only counted)
        raise StepError(f"{name} must return {len(kinds)} values")
    return tuple(_to_kind(value, kind, name) for value, kind in zip(result, kinds, strict=True))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] (checked one by one)


def _to_kind(value: Any, kind: str, name: str) -> Any:
    if kind == "text":
        return value if isinstance(value, str) else _to_text(value, name)
    if kind == "i1":
        return bool(value)
    if kind == "audio" and not isinstance(value, bytes):
        raise StepError(f"{name} returned {type(value).__name__} in place of audio (bytes)")
    if kind in {"json", "docs"}:
        return _returned(to_json, value, name)
    return value


def _returned(form: Callable[[Any], Any], value: Any, name: str) -> Any:
    """Bring a result into a form; an error names the function that returned it."""
    try:
        return form(value)
    except StepError as e:
        raise StepError(f"{name} returned a value that cannot be handed on: {e.reason}", e.hint) from e


def _to_text(value: Any, name: str) -> str:
    if value is None:
        raise StepError(f"{name} returned None in place of text", "does every path of it return something?")
    return _returned(to_text, value, name)
