"""The package of a local program: program.py, settings.json, a snapshot of the user's files, an entry."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from agentc.backends.local.names import AGENT_VERBS, identifier, remark
from agentc.backends.local.steps import kind_of
from agentc.backends.local.stores import check_stores
from agentc.backends.local.writer import argument_attributes, argument_names, program_source, write_program
from agentc.ir.inline import agent_of, functions, name_of
from agentc.ir.location import each, where
from agentc.ir.values import attributes
from agentc.runtime import settings as runtime

if TYPE_CHECKING:
    from pathlib import Path

    from mlir import ir

    from agentc.backends.base import Sources
    from agentc.plan import Plan

MAIN = '''"""Runs the agent: `python {folder} {inputs}`."""

import sys
from pathlib import Path

from agentc.runtime.entry import main

if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent))
'''

ABOUT = """The agent {agent}, compiled by agentc from {source}.

A step starts when the values that it reads are there; the order of the lines means nothing beyond
that. `do` starts steps and returns what they will give. settings.json says what names mean and where
operators were placed; app/ holds the user's own files."""


def write_package(module: ir.Module, plan: Plan | None, sources: Sources, out_dir: Path) -> list[Path]:
    """Write the package's folder and return its files."""
    root = module.operation
    agent = name_of(agent_of(root))
    check_stores(root, sources.source_root)
    program = write_program(root)
    folder = out_dir / identifier(agent)
    folder.mkdir(parents=True)
    about = ABOUT.format(agent=remark(agent), source=remark(sources.source))
    settings = make_settings(root, plan, sources)
    inputs = " ".join(f"--{wanted.name} ..." for wanted in settings.inputs)
    texts = {
        "program.py": program_source(program, program.callees[agent], about),
        "__main__.py": MAIN.format(folder=folder.name, inputs=remark(inputs)),
        "__init__.py": f'"""{remark(f"The agent {agent}.")}"""\n',
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / runtime.NAME).write_bytes(runtime.to_bytes(settings))
    copies = [_copy(path, sources.source_root, folder / "app") for path in sources.sources]
    return [*(folder / name for name in texts), folder / runtime.NAME, *copies]


def _copy(path: Path, root: Path, app: Path) -> Path:
    copy = app / path.relative_to(root)
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
    return copy


def make_settings(root: ir.Operation, plan: Plan | None, sources: Sources) -> runtime.Settings:
    """Return what a program's names mean, from the module's attributes and the plan."""
    agent = agent_of(root)
    bound = attributes(root)
    block = agent.regions[0].blocks[0]
    expected = [attrs.get("agent.type", "") for attrs in argument_attributes(agent)]
    takes = zip(argument_names(agent), block.arguments, expected, strict=True)
    ends = block.operations[len(block.operations) - 1].operation
    return runtime.Settings(
        agent=name_of(agent),
        source=sources.source,
        source_root=str(sources.source_root),
        inputs=tuple(runtime.Input(name, kind_of(given.type), expects) for name, given, expects in takes),
        results=tuple(kind_of(value.type) for value in ends.operands),
        operators=_operators(root),
        pools=_pools(plan),
        stores={
            name: runtime.StoreSetting(store.get("path", ""), store.get("embedder", ""))
            for name, store in bound.get("agent.stores", {}).items()
        },
        tools=_code(bound.get("agent.tools", {})),
        fns=_code(bound.get("agent.fns", {})),
    )


def _code(bindings: dict[str, dict[str, Any]]) -> dict[str, runtime.CodeSetting]:
    known = runtime.CodeSetting.__struct_fields__
    return {
        name: runtime.CodeSetting(**{key: value for key, value in binding.items() if key in known})
        for name, binding in bindings.items()
    }


def _operators(root: ir.Operation) -> dict[str, runtime.OperatorSetting]:
    found: dict[str, runtime.OperatorSetting] = {}

    def look(op: ir.Operation) -> None:
        if op.name in AGENT_VERBS:
            attrs = attributes(op)
            named = {key: str(attrs[key]) for key in ("model", "store", "tool", "fn") if key in attrs}
            tier, pool = attrs.get("place.tier", ""), attrs.get("place.pool", "")
            place = str(where(op.location))
            found[str(attrs.get("id", op.name))] = runtime.OperatorSetting(
                op.name, place, tier, pool, **named
            )

    for function in functions(root).values():
        each(function, look)
    return found


def _pools(plan: Plan | None) -> dict[str, runtime.PoolSetting]:
    fields = runtime.PoolSetting.__struct_fields__
    pools = plan.pools if plan else ()
    return {pool.id: runtime.PoolSetting(**{name: getattr(pool, name) for name in fields}) for pool in pools}
