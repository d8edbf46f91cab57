"""`agentc opt`: run passes on an `.mlir` file and print the IR."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agentc.costmodels.fleet import Fleet


@click.command()
@click.argument("file", metavar="FILE.mlir")
@click.option("--pipeline", default="", metavar="STR", help="Passes: `cse,dce,partition{fleet=FILE}`.")
@click.option("--fleet", metavar="FILE", help="The fleet that `partition` places on.")
@click.option("--objective", default="tco", metavar="NAME", help="What `partition` minimizes.")
@click.option("--print-ir-after-all", is_flag=True, help="Print the IR after each pass on stderr.")
@click.option("--locations", is_flag=True, help="Print where each op comes from.")
def command(
    *, file: str, pipeline: str, fleet: str | None, objective: str, print_ir_after_all: bool, locations: bool
) -> None:
    """Run passes on an .mlir file (`-` reads stdin) and print the IR.

    Without --pipeline the file is only verified and printed.
    """
    click.echo(opt(file, pipeline, fleet, objective, show=print_ir_after_all, locations=locations), nl=False)


def opt(
    file: str,
    pipeline: str = "",
    fleet: str | None = None,
    objective: str = "tco",
    *,
    show: bool = False,
    locations: bool = False,
) -> str:
    """Return the text of `file` after `pipeline`; `show` prints it after each pass on stderr."""
    from agentc.ir.parse import parse_file, parse_text  # noqa: PLC0415 (MLIR loads only where it is used)
    from agentc.ir.printing import to_text  # noqa: PLC0415
    from agentc.passes.pipeline import PassEnv, parse_pipeline, run  # noqa: PLC0415

    parse_pipeline(pipeline)  # a wrong name is told before the file is read
    module = parse_text(sys.stdin.read(), "<stdin>") if file == "-" else parse_file(file)
    env = PassEnv(fleet=_fleet(fleet), objective=objective)

    def after(name: str, module: object) -> None:
        click.echo(f"// -----// after {name} //----- //\n{module}", err=True)

    run(module, pipeline, env, on_stage=after if show else None)
    return to_text(module, locations=locations)


def _fleet(path: str | None) -> Fleet | None:
    if path is None:
        return None
    from pathlib import Path  # noqa: PLC0415

    from agentc.costmodels.fleet import read_fleet  # noqa: PLC0415

    return read_fleet(Path(path))
