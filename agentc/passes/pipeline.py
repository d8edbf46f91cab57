"""Runs passes by name in MLIR's own pass manager.

A pipeline is text: `canonicalize,cse,partition{fleet=fleet.yaml}`. Each pass is one module of this
package with `OPTIONS` and `add(manager, env, options)`, imported when a pipeline names it.
"""

from __future__ import annotations

import gc
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Protocol, cast

from mlir.passmanager import PassManager

from agentc.diagnostics import AgentcError, Diagnostic, error, nearest
from agentc.ir.bindings import MLIRError, add_pass, run_passes
from agentc.ir.ids import give_ids
from agentc.ir.inline import agent_of, functions, give_call_ids, has_body
from agentc.ir.trouble import explain
from agentc.ir.values import attributes, set_attributes
from agentc.ir.verify import LOAD, SLO, check, demand_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from mlir import ir

    from agentc.costmodels.fleet import Fleet
    from agentc.ir.bindings import RunPass
    from agentc.ir.verify import Known
    from agentc.plan import Plan

    OnStage = Callable[[str, ir.Module], None]

PASSES = {
    "inline-agents": "Nested agents become part of the graph that calls them.",
    "canonicalize": "Upstream canonicalization; control flow keeps its probabilities and trips.",
    "cse": "Equal operators without effects run once.",
    "dce": "Operators without effects whose results nobody uses go.",
    "parallelize": "Source order becomes data order; loops whose trips do not read one another become maps.",
    "hoist-invariant": "Operators that no loop trip changes leave the loop.",
    "share-prefix": "Prompts that begin alike share the KV cache of what they have in common.",
    "consolidate": "Several requests or agents become one graph; equal operators run once.",
    "speculate": "Operators of a likely branch start before its test is known.",
    "cascade": "A small model answers first; the big one only where a gate is not content.",
    "map-shard": "A map becomes several, each over a part of the items, that can be placed apart.",
    "fuse": "Operators that would only pay for a hop are placed with their neighbour.",
    "decompose": "llm.call, memory.search and tool.invoke become the parts that can be placed apart.",
    "annotate": "Writes each operator's resources, visits and defaults.",
    "partition": "Places the operators on a fleet and writes the plan into the IR.",
}
GROUP = "agentc.passes"
ALIASES = {"inline": "inline-agents"}

_STAGE = re.compile(r"\s*([\w.-]+)\s*(?:\{([^{}]*)\})?\s*(?:,|$)")
_OPTION = re.compile(r"([\w-]+)=(\"[^\"]*\"|[^\s,]+)[\s,]*")


@dataclass
class PassEnv:
    """What passes need besides the module, and what they make besides it.

    `slo` and `load` override what the agent states. `plan` is written by `partition`. `pays` decides
    for passes that trade money for time: whether it is worth to run an operator so many more times a
    request than it must; without it the passes' own options decide.
    """

    fleet: Fleet | None = None
    objective: str = "tco"
    slo: Mapping[str, float] = field(default_factory=dict[str, float])
    load: Mapping[str, float] = field(default_factory=dict[str, float])
    plan: Plan | None = None
    pays: Callable[[ir.Operation, float], bool] | None = None


@dataclass(frozen=True)
class Stage:
    """One pass of a pipeline and its options."""

    name: str
    options: Mapping[str, str]


class Pass(Protocol):
    """What a pass's module offers."""

    OPTIONS: tuple[str, ...]

    def add(self, manager: PassManager, env: PassEnv, options: Mapping[str, str]) -> None:
        """Append the pass to a pass manager of `builtin.module`."""
        ...


def parse_pipeline(text: str) -> tuple[Stage, ...]:
    """Return a pipeline's stages; an AgentcError names an unknown pass or option and the nearest ones."""
    stages: list[Stage] = []
    at = 0
    while at < len(text.rstrip()):
        found = _STAGE.match(text, at)
        if found is None:
            message = f"cannot read the pipeline from {text[at:]!r} on"
            raise error(message, hint="write `pass,pass{option=value}`")
        stages.append(_stage(found[1], found[2] or ""))
        at = found.end()
    return tuple(stages)


def _stage(name: str, options: str) -> Stage:
    name = ALIASES.get(name, name)
    known = passes()
    if name not in known:
        raise error(f"unknown pass {name!r}", hint=nearest(name, known) or f"passes: {', '.join(known)}")
    given = {key: value.strip('"') for key, value in _OPTION.findall(options)}
    if _OPTION.sub("", options).strip():
        message = f"cannot read the options of {name}: {{{options}}}"
        raise error(message, hint="write {option=value option=value}")
    known = _module(name).OPTIONS
    for key in given:
        if key not in known:
            hint = nearest(key, known) or (f"it has {', '.join(known)}" if known else "it has none")
            raise error(f"{name} has no option {key!r}", hint=hint)
    return Stage(name, given)


def passes() -> dict[str, str]:
    """Return all passes with what they do: ours, then those that installed packages offer.

    A package offers one by an entry point of the group `agentc.passes` that names a module like ours.
    """
    return PASSES | {name: f"From {point.value}." for name, point in _offered().items()}


@cache
def _offered() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in PASSES}


def _module(name: str) -> Pass:
    if name in PASSES:
        return cast("Pass", import_module(f"agentc.passes.{name.replace('-', '_')}"))
    point = _offered()[name]
    where = f"the pass {name!r} ({point.value})"
    try:
        found = point.load()
    except Exception as e:
        raise error(f"{where} does not load: {type(e).__name__}: {e}") from e
    if not callable(getattr(found, "add", None)) or not isinstance(getattr(found, "OPTIONS", None), tuple):
        raise error(
            f"{where} has no add() or no OPTIONS", hint="write it as agentc.passes.pipeline.Pass says"
        )
    return cast("Pass", found)


def run(
    module: ir.Module, pipeline: str, env: PassEnv | None = None, on_stage: OnStage | None = None
) -> ir.Module:
    """Run a pipeline on a module, in place; verify it after each pass and then call `on_stage`.

    Operators are numbered first, so that each keeps its id through the passes. Raises AgentcError
    for an unknown pass or option, for what a pass refuses, and for a module that does not verify.
    """
    env = env or PassEnv()
    stages = parse_pipeline(pipeline)
    _state_demands(module, env)
    for function in functions(module.operation).values():
        if stages and has_body(function):
            give_ids(function)
            give_call_ids(function)
    manager = PassManager("builtin.module", module.context)
    known: Known = set()
    for stage in stages:
        _module(stage.name).add(manager, env, stage.options)
        add_pass(manager, _after(stage.name, module, known, on_stage), f"after-{stage.name}")
    try:
        with _without_collection():
            run_passes(manager, module.operation)
    except MLIRError as failure:
        raise explain(failure) from None
    return module


@contextmanager
def _without_collection() -> Generator[None]:
    """Pause Python's cycle collector: passes make no cycles, and it would walk every op again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _after(name: str, module: ir.Module, known: Known, on_stage: OnStage | None) -> RunPass:
    def after(op: ir.OpView, _pass: object) -> None:
        check(op.operation, known)
        if on_stage is not None:
            on_stage(name, module)

    return after


def _state_demands(module: ir.Module, env: PassEnv) -> None:
    """Write the overriding demands onto the agent."""
    problems = [*demand_problems("slo", env.slo, SLO), *demand_problems("load", env.load, LOAD)]
    if problems:
        raise AgentcError(*(Diagnostic(message, hint=hint) for message, hint in problems))
    if env.slo or env.load:
        agent = agent_of(module.operation)
        stated = attributes(agent)
        slo = {**stated.get("agent.slo", {}), **env.slo}
        load = {**stated.get("agent.load", {}), **env.load}
        set_attributes(agent, {"agent.slo": slo or None, "agent.load": load or None})
        check(module.operation)
