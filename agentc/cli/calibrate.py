"""`agentc calibrate`: fit measured points into a profile that compile uses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agentc.diagnostics import error

if TYPE_CHECKING:
    from agentc.costmodels.calibration.profile import UserProfile


@click.command()
@click.argument("file")
@click.option("--name", metavar="NAME", help="What fleets call the profile (default: the file's name).")
@click.option("-o", "--output", "out", metavar="PROFILE", help="Where it goes (default: the user's folder).")
@click.option("--json", "as_json", is_flag=True, help="Print the profile as JSON, and nothing else.")
def command(file: str, name: str | None, out: str | None, as_json: bool) -> None:
    """Fit the points of FILE (from `agentc profile`, or rows like calibration_llm.csv) into a profile.

    A fleet's tier takes it with `stack: NAME`, or with `profile_file: PROFILE` where -o wrote it.
    """
    from agentc.costmodels.calibration.calibrate import calibrate  # noqa: PLC0415 (start-up time)
    from agentc.costmodels.calibration.profile import (  # noqa: PLC0415
        SUFFIX,
        profiles_folder,
        write_profile,
    )

    called = name or Path(out or file).stem
    _check_name(called)
    profile = calibrate(Path(file), called)
    path = Path(out) if out else profiles_folder() / f"{called}{SUFFIX}"
    write_profile(profile, path)
    if as_json:
        import msgspec  # noqa: PLC0415

        click.echo(msgspec.json.format(msgspec.json.encode(profile)).decode())
        return
    _say(profile)
    use = f"profile_file: {path}" if out else f"stack: {called}"
    click.echo(f"\n{path}\na tier of a fleet takes it with `{use}`")


def _check_name(name: str) -> None:
    from agentc.costmodels.catalog.read import stacks  # noqa: PLC0415

    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise error(f"{name!r} is no name for a profile: use letters, digits, hyphens", hint="--name NAME")
    if name in stacks():
        raise error(
            f"{name!r} is a stack of the catalog: give the profile a name of its own", hint="--name NAME"
        )


def _say(profile: UserProfile) -> None:
    for e in profile.engines:
        click.echo(f"{e.model}: {e.points} workloads, tp {e.tp}, up to {e.max_batch} at once")
        squares = f" + {e.prefill_ms_per_square_token:.3g}·S²" if e.prefill_ms_per_square_token else ""
        click.echo(f"  prefill  {e.prefill_ms:.4g} + {e.prefill_ms_per_token:.4g}·S{squares} ms")
        click.echo(f"  step     {e.step_ms:.4g} + {e.step_ms_per_token:.3g}·C ms, after {e.decode_ms:.4g} ms")
        click.echo(
            f"  off      ttft {e.error_ttft:.1%}, whole answer {e.error_e2e:.1%} at the median"
            " of points left out of the fit"
        )
    if profile.stack is not None:
        factors = sorted(profile.stack.factors.items(), key=lambda kv: -abs(kv[1] - 1.0))
        changed = ", ".join(f"{name} x {value:.2f}" for name, value in factors[:6])
        click.echo(
            f"{profile.stack.stack}: {profile.stack.rows} rows, {profile.stack.error:.1%} off at the median"
            f" of rows left out of the fit\n  {changed}"
        )
