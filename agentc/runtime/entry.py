"""`python build/local/answer --question ...`: a program run without the compiler's command line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from agentc.diagnostics import AgentcError, render
from agentc.runtime.engines.choice import LlmChoice
from agentc.runtime.program import open_program
from agentc.runtime.show import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agentc.runtime.program import Program


def main(folder: Path, argv: Sequence[str] | None = None) -> int:
    """Run the program in `folder` with the arguments of the command line; return the exit code."""
    try:
        program = open_program(folder)
        options = _parser(program).parse_args(argv)
        given = {i.name: getattr(options, f"input_{n}") for n, i in enumerate(program.settings.inputs)}
        llm = LlmChoice.from_environment(options.llm_url, options.llm_model)
        outcome = program.run(given, llm=llm, timeout_s=options.timeout)
    except AgentcError as e:
        print("\n".join(render(d) for d in e.diagnostics), file=sys.stderr)
        return e.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    print(shown(program.settings.agent, outcome, trace=options.trace, as_json=options.json))
    return 0


def _parser(program: Program) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program.folder.name, description=f"The agent {program.settings.agent}."
    )
    for number, wanted in enumerate(program.settings.inputs):
        parser.add_argument(f"--{wanted.name}", dest=f"input_{number}", required=True, help=wanted.spelled)
    parser.add_argument("--trace", action="store_true", help="print when each operator ran")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--llm-url", help="an OpenAI-compatible server for LLM operators")
    parser.add_argument("--llm-model", help="the model's name there, in place of the plan's")
    parser.add_argument("--timeout", type=float, help="seconds that the run may take")
    return parser
