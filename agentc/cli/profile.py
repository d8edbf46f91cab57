"""`agentc profile`: measure an engine over a sweep of prompt and answer lengths."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agentc.diagnostics import error

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from agentc.profiling.sweep import Run
    from agentc.profiling.target import Target

LOCAL = "local"
LOCAL_INPUTS, LOCAL_OUTPUTS = "48,160,480,960", "6,24,60"
SERVER_INPUTS, SERVER_OUTPUTS, SERVER_CONCURRENCY = "128,512,1024,2048", "32,128", "1,4,16"
LOCAL_MOST_TOKENS = 3500


@click.command()
@click.argument("target", metavar="local|URL")
@click.option("-o", "--output", "out", required=True, metavar="FILE", help="Where the points go (CSV).")
@click.option("--model", metavar="NAME", help="The model's name at the URL.")
@click.option("--input-tokens", "inputs", metavar="N,N", help="Prompt lengths to measure.")
@click.option("--output-tokens", "outputs", metavar="N,N", help="Answer lengths to measure.")
@click.option("--concurrency", metavar="N,N", help="Requests at once.")
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True, help="Times each.")
@click.option(
    "--device", default="", metavar="NAME", help="The device behind the URL, as the catalog names it."
)
@click.option("--software", default="", metavar="TEXT", help="The serving stack behind the URL.")
@click.option("--tp", type=click.IntRange(min=1), default=1, help="Tensor-parallel degree behind the URL.")
@click.option("--clock", type=click.Choice(["cpu", "wall"]), default="cpu", help="For local: what is timed.")
def command(  # noqa: PLR0917 (click hands over one argument an option)
    target: str,
    out: str,
    model: str | None,
    inputs: str | None,
    outputs: str | None,
    concurrency: str | None,
    repeats: int,
    device: str,
    software: str,
    tp: int,
    clock: str,
) -> None:
    """Measure the embedded engine, or an OpenAI-compatible server, and write the points to FILE.

    Points that FILE holds already are kept and not measured again. A server's key is taken from
    AGENTC_LLM_KEY.
    """
    from agentc.profiling.sweep import plan_runs, runs_left  # noqa: PLC0415 (start-up time)

    local = target == LOCAL
    made = _local(clock, concurrency) if local else _server(target, model, device, software, tp)
    runs = plan_runs(
        _numbers("--input-tokens", inputs or (LOCAL_INPUTS if local else SERVER_INPUTS)),
        _numbers("--output-tokens", outputs or (LOCAL_OUTPUTS if local else SERVER_OUTPUTS)),
        _numbers("--concurrency", concurrency or ("1" if local else SERVER_CONCURRENCY)),
        repeats,
    )
    if local:
        _check_context(runs)
    left = runs_left(Path(out), made.subject, runs)
    if left:
        _measure(made, left, Path(out))
    kept = len(runs) - len(left)
    click.echo(f"{out}: {len(left)} runs measured, {kept} kept; `agentc calibrate {out}` fits them", err=True)


def _measure(target: Target, left: list[Run], out: Path) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    from agentc.profiling.sweep import sweep  # noqa: PLC0415

    day = datetime.now(UTC).date().isoformat()
    target.prepare()
    try:
        with _progress(len(left)) as done:
            sweep(target, left, out, day=day, on_done=done)
    finally:
        target.close()


def _local(clock: str, concurrency: str | None) -> Target:
    from agentc.profiling.local import LocalTarget  # noqa: PLC0415

    if concurrency not in {None, "1"}:
        raise error("requests take turns in the embedded engine: --concurrency is 1 for local")
    return LocalTarget(clock)


def _server(url: str, model: str | None, device: str, software: str, tp: int) -> Target:
    from agentc.costmodels.calibration.points import Subject  # noqa: PLC0415
    from agentc.costmodels.catalog.read import find_device  # noqa: PLC0415
    from agentc.profiling.endpoint import EndpointTarget  # noqa: PLC0415

    if "://" not in url:
        raise error(
            f"{url!r} is neither `local` nor a URL", hint="agentc profile http://host:8000 --model NAME"
        )
    if not model:
        raise error("a server needs --model, as it calls it")
    named = find_device(device).name if device else ""
    subject = Subject(model, software or "openai-compatible", named, "", tp)
    return EndpointTarget(url, subject, os.environ.get("AGENTC_LLM_KEY", ""))


def _numbers(option: str, text: str) -> tuple[int, ...]:
    try:
        found = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        raise error(f"{option} takes whole numbers with commas, not {text!r}") from None
    if min(found) < 1:
        raise error(f"{option} takes numbers of at least 1, not {min(found)}")
    return found


def _check_context(runs: list[Run]) -> None:
    most = max(r.workload.input_tokens + r.workload.output_tokens for r in runs)
    if most > LOCAL_MOST_TOKENS:
        raise error(f"{most} tokens are more than the embedded model's context holds ({LOCAL_MOST_TOKENS})")


@contextmanager
def _progress(total: int) -> Generator[Callable[[Run], None]]:
    """A bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 (a terminal alone needs it)
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("measuring", total=total)

        def done(run: Run) -> None:
            bar.update(task, advance=1, description=run.workload.name)

        yield done
