"""`compile()`: the stages in order. The only file that knows the pipeline.

    workflow -> frontend -> agent IR -> passes -> placed IR -> backends -> build/

A build is made beside its destination and renamed into place, so that nobody ever sees half of one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentc.diagnostics import error

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from mlir import ir

    from agentc.frontends.load import Loaded
    from agentc.passes.pipeline import PassEnv
    from agentc.plan import Plan

DEFAULT_PIPELINE = "inline-agents,canonicalize,cse,dce,decompose,cse,dce,annotate,partition"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Stage:
    """The module after one stage: `text` keeps source locations, `plain` is for reading."""

    name: str
    text: str
    plain: str


def compile(
    source: str,
    *,
    fleet: str | Path,
    out: str | Path,
    slo: Mapping[str, float] | None = None,
    rate_per_s: float | None = None,
    objective: str = "tco",
    backends: Sequence[str] = ("local",),
    pipeline: str = DEFAULT_PIPELINE,
) -> Plan:
    """Compile an agent for a fleet into the folder `out` and return its plan.

    `source` is what the command line takes: `app.py:name` or `graph.mlir`. `slo` (`{"e2e_ms_p95": 4000.0}`)
    and `rate_per_s` override what the source states. Raises AgentcError for bad
    input and Infeasible, naming the clashing demands, when no placement meets them all.
    """
    if not pipeline.strip():
        raise error("the pipeline is empty", hint="leave --pipeline out for the usual passes")
    _check_request(objective, backends, Path(out))
    from agentc.costmodels.fleet import read_fleet  # noqa: PLC0415 (heavy imports wait until used)
    from agentc.frontends.load import load as load_source  # noqa: PLC0415
    from agentc.passes.pipeline import PassEnv  # noqa: PLC0415

    demands = {} if rate_per_s is None else {"rate_per_s": rate_per_s}
    env = PassEnv(fleet=read_fleet(Path(fleet)), objective=objective, slo=slo or {}, load=demands)
    loaded = load_source(source)
    plan, stages = _run_passes(loaded, pipeline, env)
    with building(Path(out)) as build:
        write_build(build, plan, stages, loaded, backends)
    return plan


def _check_request(objective: str, backends: Sequence[str], out: Path) -> None:
    from agentc.backends.table import find_backend  # noqa: PLC0415
    from agentc.placement.objectives import weights_of  # noqa: PLC0415

    weights_of(objective)
    for name in backends:
        find_backend(name)
    _check_destination(out)


def _run_passes(loaded: Loaded, pipeline: str, env: PassEnv) -> tuple[Plan, list[Stage]]:
    from agentc.ir.printing import to_text  # noqa: PLC0415
    from agentc.passes.pipeline import run  # noqa: PLC0415

    stages: list[Stage] = []

    def keep(name: str, module: ir.Module) -> None:
        stages.append(Stage(name, to_text(module), to_text(module, locations=False)))

    keep("source", loaded.module)
    run(loaded.module, pipeline, env, on_stage=keep)
    if env.plan is None:
        raise error(f"the pipeline {pipeline!r} places nothing", hint="end it with `partition`")
    return env.plan, stages


def write_build(
    build: Path, plan: Plan, stages: Sequence[Stage], loaded: Loaded, backends: Sequence[str]
) -> None:
    """Write everything a build has into the empty folder `build`."""
    from agentc.backends.table import find_backend  # noqa: PLC0415
    from agentc.plan import to_json  # noqa: PLC0415
    from agentc.report.html import render_html  # noqa: PLC0415

    (build / "ir").mkdir()
    for number, stage in enumerate(stages):
        (build / "ir" / f"{number:02d}-{stage.name}.mlir").write_text(stage.text)
    for name in backends:
        target = build / name
        target.mkdir()
        find_backend(name).emit(loaded.module, plan, loaded, target)
    shown = [(stage.name, stage.plain) for stage in stages]
    (build / "report.html").write_text(render_html(plan, ir_stages=shown))
    (build / MANIFEST).write_bytes(to_json(plan))


def _check_destination(out: Path) -> None:
    """Refuse to replace anything that is not a build of ours."""
    if out.is_file():
        raise error(f"{out} is a file; -o names a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        hint = "name a new folder, or an earlier build to replace"
        raise error(f"{out} is not empty and holds no build", hint=hint)


@contextmanager
def building(out: Path) -> Generator[Path]:
    """Give an empty folder beside `out`; on success it takes the place of `out`, else it is gone."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as e:
        raise error(f"cannot write a build at {out}: {e.strerror}") from e
    try:
        fresh = room / "new"
        fresh.mkdir()
        yield fresh
        _swap(fresh, out, room / "old")
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _swap(fresh: Path, out: Path, old: Path) -> None:
    if out.exists():
        out.rename(old)
    try:
        fresh.rename(out)
    except BaseException:
        with suppress(OSError):
            os.rename(old, out)  # noqa: PTH104 (reads as the undo of the rename above)
        raise
