"""`agentc opt`: run passes on an `.mlir` file and print the IR, or check what it must refuse."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mlir import ir

    from agentc.costmodels.fleet import Fleet

SPLIT = "// -----"
TIER_COLORS = ("cyan", "magenta", "yellow", "green", "blue", "red")


@click.command()
@click.argument("file", metavar="FILE.mlir", default="-")
@click.option("--pipeline", default="", metavar="STR", help="Passes: `cse,dce,partition{fleet=FILE}`.")
@click.option("--fleet", metavar="FILE", help="The fleet that `partition` places on.")
@click.option("--objective", default="tco", metavar="NAME", help="What `partition` minimizes.")
@click.option("--pretty", is_flag=True, help="Print one readable line an operator.")
@click.option("--emit", type=click.Choice(["mlir", "mermaid", "dot"]), default="mlir", help="What to print.")
@click.option("--print-ir-after-all", is_flag=True, help="Print the IR after each pass on stderr.")
@click.option("--timing", is_flag=True, help="Print how long each pass took on stderr.")
@click.option("--split-input-file", is_flag=True, help=f"Take the parts between `{SPLIT}` lines one by one.")
@click.option("--verify-diagnostics", is_flag=True, help="Check `// expected-error {{...}}`; print nothing.")
@click.option("--locations", is_flag=True, help="Print where each op comes from.")
def command(
    *,
    file: str,
    pipeline: str,
    fleet: str | None,
    objective: str,
    pretty: bool,
    emit: str,
    print_ir_after_all: bool,
    timing: bool,
    split_input_file: bool,
    verify_diagnostics: bool,
    locations: bool,
) -> None:
    """Run passes on an .mlir file (stdin without one, or for `-`) and print the IR.

    Without --pipeline the file is only verified and printed.
    """
    from agentc.passes.pipeline import parse_pipeline  # noqa: PLC0415 (MLIR loads only where it is used)

    parse_pipeline(pipeline)  # a wrong name is told before the file is read
    form = "pretty" if pretty else emit
    job = Opt(pipeline, _fleet(fleet), objective, form, print_ir_after_all, locations)
    name, text = _read(file)
    parts = _split(text) if split_input_file else [text]
    if verify_diagnostics:
        _verify(job, name, parts)
    else:
        click.echo(f"{SPLIT}\n".join(job.run(name, part) for part in parts), nl=False)
    if timing:
        click.echo(job.timing(), err=True)


@dataclass
class Opt:
    """What is done with each part of the input. `times_ms` are of the passes, in order."""

    pipeline: str
    fleet: Fleet | None
    objective: str
    form: str
    show: bool
    locations: bool
    times_ms: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def run(self, name: str, text: str) -> str:
        """Return what is printed for one part."""
        from agentc.ir.parse import parse_text  # noqa: PLC0415
        from agentc.passes.pipeline import PassEnv, run  # noqa: PLC0415

        start = perf_counter()
        module = parse_text(text, name)
        start = self._took("parse", start)

        def after(stage: str, module: object) -> None:
            nonlocal start
            start = self._took(stage, start)
            if self.show:
                click.echo(f"// -----// after {stage} //----- //\n{module}", err=True)
                start = perf_counter()

        run(module, self.pipeline, PassEnv(fleet=self.fleet, objective=self.objective), on_stage=after)
        return self._printed(module)

    def _took(self, stage: str, start: float) -> float:
        now = perf_counter()
        self.times_ms.append((stage, (now - start) * 1e3))
        return now

    def _printed(self, module: ir.Module) -> str:
        from agentc.ir.pretty import diagram, pretty, tiers  # noqa: PLC0415
        from agentc.ir.printing import to_text  # noqa: PLC0415

        if self.form == "mlir":
            return to_text(module, locations=self.locations)
        if self.form != "pretty":
            return diagram(module, self.form)
        names = sorted(set(tiers(module).values()))
        colors = {name: TIER_COLORS[i % len(TIER_COLORS)] for i, name in enumerate(names)}
        return pretty(module, lambda line, tier: click.style(line, fg=colors[tier]))

    def timing(self) -> str:
        """Return the time of each pass, its share, and the whole."""
        whole = sum(ms for _, ms in self.times_ms)
        rows = [f"{ms:10.2f} ms  {ms / whole:5.1%}  {stage}" for stage, ms in self.times_ms]
        return "\n".join([*rows, f"{whole:10.2f} ms         in all"])


def _read(file: str) -> tuple[str, str]:
    from agentc.ir.parse import read_text  # noqa: PLC0415

    return ("<stdin>", sys.stdin.read()) if file == "-" else (file, read_text(file))


def _split(text: str) -> list[str]:
    """Cut a text at its split lines; each part keeps its line numbers by empty lines in front."""
    parts: list[list[str]] = [[]]
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.strip() == SPLIT:
            parts.append(["\n"] * number)
        else:
            parts[-1].append(line)
    return ["".join(part) for part in parts if "".join(part).strip()]


def _verify(job: Opt, name: str, parts: list[str]) -> None:
    from agentc.diagnostics import AgentcError, Diagnostic  # noqa: PLC0415
    from agentc.ir.expected import mismatches  # noqa: PLC0415

    problems: list[Diagnostic] = []
    for part in parts:
        try:
            job.run(name, part)
            found: tuple[Diagnostic, ...] = ()
        except AgentcError as e:
            found = e.diagnostics
        problems += mismatches(name, part, found)
    if problems:
        raise AgentcError(*problems)


def _fleet(path: str | None) -> Fleet | None:
    if path is None:
        return None
    from pathlib import Path  # noqa: PLC0415

    from agentc.costmodels.fleet import read_fleet  # noqa: PLC0415

    return read_fleet(Path(path))
