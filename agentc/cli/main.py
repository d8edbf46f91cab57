"""The `agentc` command: a group whose commands are imported only when they are called."""

from __future__ import annotations

import signal
import sys
import threading
from importlib import import_module
from typing import Any, NoReturn

import click

from agentc.diagnostics import AgentcError, error, render

COMMANDS = {
    "compile": "Compile an agent: place its operators on a fleet and emit a program.",
    "run": "Run the emitted program of a build here.",
    "opt": "Run passes on an .mlir file and print the IR.",
    "verify": "Re-check a build's plan without the solver.",
    "explain": "Say why a plan is as it is, by solving it again with one thing changed.",
    "replan": "Find the cheapest plan near a build's, on a fleet that changed.",
    "report": "Print a build's placement; its report.html has the whole story.",
    "profile": "Measure an engine over a sweep of prompt and answer lengths.",
    "calibrate": "Fit measured points into a profile that compile uses.",
    "predict": "Predict measured rows of LLM serving, and score the predictions.",
    "catalog": "List devices, models, prices, backends or passes.",
    "pull": "Take embedded models' weights out of their packages into the user cache.",
}


class LazyGroup(click.Group):
    """Finds `agentc <name>` in `agentc/cli/<name>.py`; listing needs no import at all."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the commands in the order that people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command's module."""
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"agentc.cli.{cmd_name}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands from the table instead of importing each."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Name the nearest commands for one that does not exist."""
        if args and args[0] not in COMMANDS:
            from agentc.diagnostics import nearest  # noqa: PLC0415 (only on this path)

            ctx.fail(f"no command {args[0]!r}. {nearest(args[0], COMMANDS)}".rstrip())
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="agentc")
def group() -> None:
    """Compile agents for mixed hardware: placed with a proof, at the least cost inside the SLO."""


def _end(number: int, _frame: object) -> None:
    """Leave as Ctrl-C does: what is half-written goes."""
    click.echo("interrupted", err=True)
    sys.exit(128 + number)


def main(argv: list[str] | None = None) -> None:
    """Run the command line; exit 0 done, 1 the answer is no, 2 bad input, 130 interrupted, 143 ended.

    Anything else that comes out is a defect of agentc, and its traceback is for whoever mends it.
    """
    if threading.current_thread() is threading.main_thread():  # others cannot have handlers
        signal.signal(signal.SIGTERM, _end)
    arguments = sys.argv[1:] if argv is None else argv
    try:
        group.main(args=arguments, prog_name="agentc", standalone_mode=False)
    except AgentcError as e:
        _refuse(e, as_json="--json" in arguments)
    except click.ClickException as e:
        e.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except click.exceptions.Exit as e:
        sys.exit(e.exit_code)
    except OSError as e:
        _refuse(error(f"{e.filename or 'the system'}: {e.strerror or e}"), as_json="--json" in arguments)


def _refuse(refusal: AgentcError, *, as_json: bool) -> NoReturn:
    """Print the diagnostics for people, and as one JSON object where that was asked for; exit."""
    for diagnostic in refusal.diagnostics:
        click.echo(render(diagnostic), err=True)
    if as_json:
        from agentc.cli.refusal import to_json  # noqa: PLC0415 (only on this path)

        click.echo(to_json(refusal))
    sys.exit(refusal.exit_code)


if __name__ == "__main__":
    main()
