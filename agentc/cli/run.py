"""`agentc run`: the emitted program, here."""

from __future__ import annotations

from pathlib import Path

import click

from agentc.diagnostics import error


@click.command()
@click.argument("build")
@click.option("--input", "inputs", multiple=True, metavar="K=V", help="An input of the agent, by name.")
@click.option("--trace", "with_trace", is_flag=True, help="Print when each operator ran, and for how long.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and nothing else.")
@click.option(
    "--llm-url", metavar="URL", help="An OpenAI-compatible server for LLM operators (AGENTC_LLM_URL)."
)
@click.option("--llm-model", metavar="NAME", help="The model's name there, in place of the plan's.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help="Seconds it may take.",
)
def command(  # noqa: PLR0917 (click hands over one argument an option)
    build: str,
    inputs: tuple[str, ...],
    with_trace: bool,
    as_json: bool,
    llm_url: str | None,
    llm_model: str | None,
    timeout_s: float | None,
) -> None:
    """Run the program that BUILD holds on this machine and print its result."""
    from agentc.runtime.engines.choice import LlmChoice  # noqa: PLC0415 (start-up time)
    from agentc.runtime.program import open_program  # noqa: PLC0415
    from agentc.runtime.show import shown  # noqa: PLC0415

    program = open_program(Path(build))
    llm = LlmChoice.from_environment(llm_url, llm_model)
    outcome = program.run(_pairs(inputs), llm=llm, timeout_s=timeout_s)
    click.echo(shown(program.settings.agent, outcome, trace=with_trace, as_json=as_json))


def _pairs(inputs: tuple[str, ...]) -> dict[str, str]:
    """Read `name=value` pairs; the value may hold anything, also `=`."""
    pairs: dict[str, str] = {}
    for text in inputs:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise error(f"--input {text!r} is not name=value")
        if name in pairs:
            raise error(f"the input {name!r} is given twice")
        pairs[name] = value
    return pairs
