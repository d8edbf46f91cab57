"""A reference interpreter: what an agent returns and does, with operators that only tell what they read.

A result is a nested tuple that names the operator's kind, attributes and inputs, so two programs
that return equal tuples compute the same. Operators with effects also go into a log, in order.
Composite operators are told in terms of their parts, tests are decided by a hash of what they read.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from mlir import ir

from agentc.ir.defaults import EMBEDDER, RERANK_CANDIDATES, K
from agentc.ir.effects import effects_of
from agentc.ir.inline import agent_of, functions
from agentc.ir.values import attributes

# What decides a result; the rest only says what it costs.
PREFILL = ("model", "prompt", "inputs", "system")
DECODE = ("model", "temperature", "stop")
MOST_TRIPS = 4


class Interpreter:
    """Runs one module; `log` is what its operators did."""

    def __init__(self, module: ir.Module, seed: int):
        self.root = module.operation
        self.functions = functions(self.root)
        self.seed = seed
        self.log: list[object] = []

    def run(self) -> tuple[object, list[object]]:
        agent = agent_of(self.root)
        arguments = [("argument", i) for i in range(len(agent.regions[0].blocks[0].arguments))]
        return self.block(agent.regions[0].blocks[0], arguments, {}), self.log

    def block(self, block, arguments, env) -> Any:
        env = env | dict(zip(block.arguments, arguments, strict=True))
        for view in block.operations:
            op = view.operation
            inputs = [env[value] for value in op.operands]
            if op.name in {"func.return", "scf.yield", "scf.condition"}:
                return tuple(inputs)
            if op.name == "scf.forall.in_parallel":
                put = op.regions[0].blocks[0].operations[0].operation
                return (env[put.operands[0]],)
            env |= dict(zip(op.results, self.results(op, inputs, env), strict=True))
        return ()

    def holds(self, value) -> bool:
        if isinstance(value, bool):
            return value
        if value[0] == "not":
            return not self.holds(value[1])
        return sha256(f"{self.seed}{value}".encode()).digest()[0] % 3 > 0

    def results(self, op, inputs, env) -> Any:  # noqa: C901, PLR0911, PLR0912 (one case a kind of op)
        match op.name:
            case "scf.if":
                return self.region(op, 0 if self.holds(inputs[0]) else 1, [], env)
            case "scf.while":
                return self.loop(op, inputs, env)
            case "scf.for":
                low, high, step, *state = inputs
                for i in range(low, high, step):
                    state = self.region(op, 0, [i, *state], env)
                return state
            case "scf.forall":
                return [("map", *[self.region(op, 0, [i, inputs[1]], env)[0] for i in range(3)])]
            case "func.call":
                callee = self.functions[attributes(op)["callee"].removeprefix("@")]
                return self.block(callee.regions[0].blocks[0], inputs, {})
            case "arith.constant":
                value = op.attributes["value"]
                return [value.value if isinstance(value, ir.BoolAttr) else int(value.value)]
            case "arith.xori":
                return [("not", inputs[0])]
            case "arith.select":
                return [inputs[1] if self.holds(inputs[0]) else inputs[2]]
            case name if name.startswith(("arith.", "tensor.")):
                return [(name, *inputs)]
            case "agent.cast" | "place.transfer" | "agent.scatter" | "agent.gather" | "tool.lookup":
                return [inputs[0] if len(inputs) == 1 else tuple(inputs)]
            case "place.tier" | "place.pool":
                return []
            case _:
                return self.operator(op, inputs)

    def region(self, op, number, arguments, env) -> Any:
        blocks = list(op.regions[number].blocks)
        return self.block(blocks[0], arguments, env) if blocks else ()

    def loop(self, op, state, env):
        for trip in range(MOST_TRIPS + 1):
            go, *state = self.region(op, 0, state, env)
            if trip == MOST_TRIPS or not self.holds(go):
                break
            state = self.region(op, 1, state, env)
        return state

    def operator(self, op, inputs):
        stated = attributes(op)
        if op.name == "memory.search":
            stated = {"embedder": self.embedder(stated["store"]), **stated}
        value = tell(op.name, stated, tuple(inputs))
        if effects_of(op) != "none":
            self.log.append(value)
        return [(value, i) if len(op.results) > 1 else value for i in range(len(op.results))]

    def embedder(self, store: str) -> str:
        return attributes(self.root).get("agent.stores", {}).get(store, {}).get("embedder", EMBEDDER)


def tell(name: str, stated: dict[str, Any], inputs: tuple[Any, ...]) -> Any:  # noqa: C901, PLR0911
    """What an operator makes, composite ones in terms of their parts."""

    def some(names):
        return tuple((n, stated[n]) for n in names if n in stated)

    match name:
        case "llm.call":
            return ("decode", some(DECODE), ("prefill", some(PREFILL), *inputs))
        case "llm.prefill":
            return ("prefill", some(PREFILL), *inputs)
        case "llm.decode":
            return ("decode", some(DECODE), *inputs)
        case "memory.search":
            k = stated.get("k", K)
            vector = ("embed", stated["embedder"], inputs[0])
            if "rerank" not in stated:
                return ("lookup", stated["store"], k, vector, inputs[0])
            found = ("lookup", stated["store"], k * RERANK_CANDIDATES, vector, inputs[0])
            return ("rerank", stated["rerank"], k, inputs[0], found)
        case "llm.embed":
            return ("embed", stated["model"], *inputs)
        case "memory.lookup":
            return ("lookup", stated["store"], stated.get("k", K), *inputs)
        case "llm.rerank":
            return ("rerank", stated["model"], stated["k"], *inputs)
        case "tool.invoke" | "tool.compute":
            return (
                "tool",
                stated["tool"],
                *(inputs[0] if len(inputs) == 1 and is_many(inputs[0]) else inputs),
            )
        case _:
            return (name, stated.get("fn", stated.get("store")), *inputs)


def is_many(value) -> bool:
    """Whether a value is the arguments that `tool.lookup` put together."""
    return isinstance(value, tuple) and not isinstance(value[0], str)


@pytest.fixture
def meaning():
    """What a module returns and does, for each of eight ways its tests may come out."""

    def run(module: ir.Module) -> list[tuple[object, list[object]]]:
        return [Interpreter(module, seed).run() for seed in range(8)]

    return run
