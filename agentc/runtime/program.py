"""An emitted program as an object: found in its folder, given inputs, run to its results."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agentc.diagnostics import Location, error, nearest
from agentc.runtime.check import check
from agentc.runtime.do import Do
from agentc.runtime.engines.choice import LlmChoice
from agentc.runtime.errors import StepError
from agentc.runtime.executor import execute
from agentc.runtime.host import Host
from agentc.runtime.inputs import read_input
from agentc.runtime.settings import NAME, Settings, read_settings
from agentc.runtime.trace import Trace
from agentc.runtime.values import to_json, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agentc.runtime.executor import Body


@dataclass(frozen=True)
class Outcome:
    """What a run gave: the agent's results, and when each operator ran.

    `load_ms` is what loading engines took before the run's clock started.
    """

    results: tuple[Any, ...]
    trace: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    load_ms: float = 0.0

    @property
    def text(self) -> str:
        """The results for people."""
        return "\n\n".join(_shown(result) for result in self.results)

    def record(self, *, trace: bool) -> dict[str, Any]:
        """Return the outcome as one JSON object; several results are a list."""
        plain = [_plain(result) for result in self.results]
        found: dict[str, Any] = {"result": plain[0] if len(plain) == 1 else plain}
        return found | ({"load_ms": self.load_ms, "trace": self.trace} if trace else {})


def _shown(result: Any) -> str:
    return f"<{len(result)} bytes>" if isinstance(result, bytes) else to_text(_plain(result))


def _plain(result: Any) -> Any:
    if isinstance(result, bytes):
        return {"base64": b64encode(result).decode()}
    return result.tolist() if hasattr(result, "tolist") else to_json(result)


@dataclass(frozen=True)
class Program:
    """A folder with `program.py`, `settings.json` and `app/`."""

    folder: Path
    settings: Settings

    def inputs(self, given: Mapping[str, str]) -> list[Any]:
        """Return the agent's arguments from texts by name.

        Raises:
            AgentcError: one is missing, unknown, or not what it must be; all expected names are named.
        """
        names = [wanted.name for wanted in self.settings.inputs]
        takes = ", ".join(f"{i.name} ({i.spelled})" for i in self.settings.inputs)
        expected = f"{self.settings.agent} takes {takes}"
        for name in given:
            if name not in names:
                hint = nearest(name, names)
                raise error(f"no input {name!r}: {expected if names else 'the agent takes none'}", hint=hint)
        if missing := [name for name in names if name not in given]:
            raise error(f"missing input {', '.join(missing)}: {expected}", hint=f"--input {missing[0]}=...")
        try:
            return [read_input(given[i.name], i.type, i.name, i.expects) for i in self.settings.inputs]
        except StepError as e:
            raise error(e.reason, hint=e.hint) from e

    def run(
        self,
        given: Mapping[str, str],
        *,
        llm: LlmChoice | None = None,
        timeout_s: float | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Outcome:
        """Run the program here. Raises AgentcError before anything runs, or OperatorError."""
        arguments = self.inputs(given)
        choice = llm or LlmChoice.from_environment()
        return asyncio.run(self._run(arguments, choice, timeout_s, say or _to_stderr))

    async def _run(
        self, arguments: list[Any], choice: LlmChoice, timeout_s: float | None, say: Callable[[str], None]
    ) -> Outcome:
        host = Host(self.folder, self.settings, llm=choice, say=say)
        check(host, choice)
        function = self._function()
        loading = Trace()
        try:
            await _warm(host)
            load_ms, trace = loading.now_ms(), Trace()
            results = await execute(
                function,
                arguments,
                Do,
                host=host,
                operators=self.settings.operators,
                trace=trace,
                timeout_s=timeout_s,
            )
        finally:
            await host.close()
        return Outcome(results, trace.records(), load_ms)

    def _function(self) -> Body:
        path = self.folder / "program.py"
        spec = importlib.util.spec_from_file_location(f"agentc_program_{self.folder.name}", path)
        if spec is None or spec.loader is None or not path.is_file():
            raise error("the program is not there", Location(str(path)), "compile again")
        module = importlib.util.module_from_spec(spec)
        bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a build stays as it was written
        try:
            spec.loader.exec_module(module)
        finally:
            sys.dont_write_bytecode = bytecode
        return module.AGENT


async def _warm(host: Host) -> None:
    """Load engines before the clock starts: operators' times are their own."""
    try:
        await host.warm()
    except StepError as e:
        raise error(e.reason, hint=e.hint) from e


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr)


def open_program(build: Path) -> Program:
    """Find a program: `build` is what `agentc compile -o` wrote, or a program's own folder.

    Raises:
        AgentcError: there is no build, no program in it, or more than one.
    """
    if (build / NAME).is_file():
        return Program(build.resolve(), read_settings(build))
    if not build.is_dir():
        raise error(
            f"no build here: {build} does not exist", hint="give the folder that `agentc compile -o` wrote"
        )
    found = sorted(path.parent for path in (build / "local").glob(f"*/{NAME}"))
    agent = _agent_of(build)
    chosen = [folder for folder in found if folder.name == agent] or found
    if len(chosen) != 1:
        what = "holds no program" if not chosen else f"holds {len(chosen)} programs"
        raise error(
            f"{build} {what}", hint="compile with `--backend local`" if not chosen else "name one's folder"
        )
    return Program(chosen[0].resolve(), read_settings(chosen[0]))


def _agent_of(build: Path) -> str:
    try:
        return str(json.loads((build / "manifest.json").read_bytes())["agent"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""  # a build without a manifest may still hold one program
