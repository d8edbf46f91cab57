"""Random agents as MLIR text: branches, loops, maps, nested agents, effects, equal and unused operators."""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES = {"text": "!agent.text", "json": "!agent.json", "docs": "!agent.docs"}
PROMPTS = (
    None,
    "You are a careful assistant who answers briefly and from what is given. {a}",
    "You are a careful assistant who answers briefly and from what is given. Translate {a}",
    "{a} is the question. Answer it.",
)


@dataclass
class Writer:
    """Writes one program. `scopes` holds the names of values that can be read, by type."""

    random: random.Random
    lines: list[str] = field(default_factory=list)
    scopes: list[list[tuple[str, str]]] = field(default_factory=list)
    nested: list[str] = field(default_factory=list)
    count: int = 0
    depth: int = 0

    def fresh(self) -> str:
        self.count += 1
        return f"%v{self.count}"

    def known(self, type: str) -> str:
        """A value of a type; where there is none, another one cast to it."""
        found = [name for scope in self.scopes for name, of in scope if of == type]
        if found:
            return self.random.choice(found[-6:])
        name, of = self.random.choice([v for scope in self.scopes for v in scope if v[1] in TYPES])
        return self.op("agent.cast", [(name, of)], type)

    def op(self, name: str, operands: list[tuple[str, str]], result: str | None, **attrs: object) -> str:
        made = self.fresh()
        stated = ", ".join(f"{n} = {_attribute(v)}" for n, v in attrs.items() if v is not None)
        reads = ", ".join(v for v, _ in operands)
        types = ", ".join(TYPES.get(t, t) for _, t in operands)
        gives = f"{made} = " if result else ""
        into = TYPES.get(result, result) if result else "()"
        self.lines.append(f'{gives}"{name}"({reads}) {{{stated}}} : ({types}) -> {into}')
        if result:
            self.scopes[-1].append((made, result))
        return made

    @contextmanager
    def scope(self, *values: tuple[str, str]):
        self.scopes.append(list(values))
        self.depth += 1
        yield
        self.depth -= 1
        self.scopes.pop()

    def block(self, steps: int) -> None:
        for _ in range(steps):
            kinds = FLAT + (NESTING if self.depth < 3 else ())
            self.random.choice(kinds)(self)

    def effects(self) -> str | None:
        return self.random.choice((None, None, "none", "none", "read", "write"))

    def call(self) -> None:
        prompt = self.random.choice(PROMPTS)
        operands = [(self.known("text"), "text") for _ in range(1 if prompt else self.random.randint(1, 2))]
        self.op(
            "llm.call",
            operands,
            "text",
            model=self.random.choice(("llama-3.1-8b", "smollm2-135m")),
            prompt=prompt,
            inputs=["a"] if prompt else None,
            temperature=self.random.choice((None, None, 0.0, 0.7)),
            effects="write" if self.random.random() < 0.05 else None,
        )

    def search(self) -> None:
        store, rerank = self.random.choice(("docs", "log")), self.random.choice((None, None, "reranker"))
        self.op("memory.search", [(self.known("text"), "text")], "docs", store=store, rerank=rerank)

    def tool(self) -> None:
        type = self.random.choice(tuple(TYPES))
        operands = [(self.known(type), type) for _ in range(self.random.randint(1, 2))]
        self.op("tool.invoke", operands, "json", tool=self.random.choice("tu"), effects=self.effects())

    def compute(self) -> None:
        type, into = self.random.choice(tuple(TYPES)), self.random.choice(tuple(TYPES))
        self.op("agent.compute", [(self.known(type), type)], into, fn="f", effects=self.effects())

    def observe(self) -> None:
        self.op("agent.observe", [(self.known("json"), "json")], None, store="log", effects=self.effects())

    def load(self) -> None:
        self.op("memory.load", [(self.known("text"), "text")], "json", store=self.random.choice("ab"))

    def store(self) -> None:
        operands = [(self.known("text"), "text"), (self.known("json"), "json")]
        self.op("memory.store", operands, "json", store=self.random.choice("ab"))

    def again(self) -> None:
        """An equal operator once more."""
        earlier = [line for line in self.lines if line.startswith("%") and ' = "' in line.split("(")[0]]
        names = {name for scope in self.scopes for name, _ in scope}
        for line in reversed(earlier[-8:]):
            reads = line.split("(")[1].split(")")[0].split(", ")
            if set(reads) <= names:
                made = self.fresh()
                self.lines.append(f"{made} = {line.partition(' = ')[2]}")
                self.scopes[-1].append((made, {t: n for n, t in TYPES.items()}.get(line.split()[-1], "")))
                return

    def test(self) -> str:
        type = self.random.choice(tuple(TYPES))
        effects = self.random.choice((None, "none"))
        return self.op("agent.test", [(self.known(type), type)], "i1", fn="go", effects=effects)

    def branch(self) -> None:
        test, type, made = self.test(), self.random.choice(tuple(TYPES)), self.fresh()
        probability = self.random.choice((0.1, 0.5, 0.9))
        self.lines.append(f"{made} = scf.if {test} -> ({TYPES[type]}) {{")
        for end in ("} else {", f"}} {{agent.probability = {probability}}}"):
            with self.scope():
                self.block(self.random.randint(0, 3))
                self.lines.append(f"scf.yield {self.known(type)} : {TYPES[type]}")
            self.lines.append(end)
        self.scopes[-1].append((made, type))

    def loop(self) -> None:
        type, made, state = self.random.choice(tuple(TYPES)), self.fresh(), self.fresh()
        start, full = self.known(type), TYPES[type]
        self.lines.append(f"{made} = scf.while ({state} = {start}) : ({full}) -> {full} {{")
        with self.scope((state, type)):
            self.block(self.random.randint(0, 1))
            test = self.test()
            self.lines.append(f"scf.condition({test}) {state} : {full}")
        self.lines.append(f"}} do {{\n^bb0({state}: {full}):")
        with self.scope((state, type)):
            self.block(self.random.randint(1, 4))
            self.lines.append(f"scf.yield {self.known(type)} : {full}")
        self.lines.append("} attributes {agent.trips = 2.0, agent.max_trips = 4}")
        self.scopes[-1].append((made, type))

    def repeat(self) -> None:
        carries = self.random.random() < 0.6
        type, made, state, index = self.random.choice(tuple(TYPES)), self.fresh(), self.fresh(), self.fresh()
        full = TYPES[type]
        start = self.known(type)
        trips = self.random.choice(("%c2", "%c2", "%c0"))
        kept = f" iter_args({state} = {start}) -> ({full})" if carries else ""
        gives = f"{made} = " if carries else ""
        self.lines.append(f"{gives}scf.for {index} = %c0 to {trips} step %c1{kept} {{")
        with self.scope(*([(state, type)] if carries else [])):
            self.block(self.random.randint(1, 3))
            if carries:
                self.lines.append(f"scf.yield {self.known(type)} : {full}")
        self.lines.append("}")
        if carries:
            self.scopes[-1].append((made, type))

    def map(self) -> None:
        items, n, empty, made, index, into, item, one = (self.fresh() for _ in range(8))
        tensor, tensor_of_one = "tensor<?x!agent.json>", "tensor<1x!agent.json>"
        one_put = f"{tensor_of_one} into {tensor}"
        self.lines += [
            f'{items} = "agent.scatter"({self.known("json")}) : (!agent.json) -> {tensor}',
            f"{n} = tensor.dim {items}, %c0 : {tensor}",
            f"{empty} = tensor.empty({n}) : {tensor}",
            f"{made} = scf.forall ({index}) in ({n}) shared_outs({into} = {empty}) -> ({tensor}) {{",
            f"{item} = tensor.extract {items}[{index}] : {tensor}",
        ]
        with self.scope((item, "json")):
            self.block(self.random.randint(1, 3))
            self.lines += [
                f"{one} = tensor.from_elements {self.known('json')} : {tensor_of_one}",
                "scf.forall.in_parallel {",
                f"tensor.parallel_insert_slice {one} into {into}[{index}] [1] [1] : {one_put}",
                "}",
            ]
        self.lines.append("} {agent.items = 3.0}")
        list_ = self.fresh()
        self.lines.append(f'{list_} = "agent.gather"({made}) : ({tensor}) -> !agent.json')
        self.scopes[-1].append((list_, "json"))

    def agent(self) -> None:
        if self.nested:
            made, callee = self.fresh(), self.random.choice(self.nested)
            self.lines.append(
                f"{made} = func.call @{callee}({self.known('text')}) : (!agent.text) -> !agent.json"
            )
            self.scopes[-1].append((made, "json"))

    def function(self, name: str, steps: int, *, public: bool) -> None:
        kind = "" if public else "private "
        self.lines.append(f"func.func {kind}@{name}(%q: !agent.text) -> !agent.json {{")
        self.lines += [f"%c{n} = arith.constant {n} : index" for n in range(3)]
        with self.scope(("%q", "text")):
            self.block(steps)
            self.lines.append(f"return {self.known('json')} : !agent.json\n}}")


FLAT = (
    *(Writer.call,) * 4,
    *(Writer.search,) * 2,
    *(Writer.tool,) * 3,
    *(Writer.again,) * 2,
    Writer.compute,
    Writer.observe,
    Writer.load,
    Writer.store,
)
NESTING = (Writer.branch, Writer.branch, Writer.loop, Writer.repeat, Writer.map, Writer.agent)


def _attribute(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_attribute, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def random_program(seed: int) -> str:
    """The text of one agent, with up to two nested ones."""
    writer = Writer(random.Random(seed))
    for i in range(writer.random.randint(0, 2)):
        writer.function(f"nested{i}", writer.random.randint(1, 4), public=False)
        writer.nested.append(f"nested{i}")
    writer.function("answer", writer.random.randint(3, 10), public=True)
    return "\n".join(writer.lines)


@pytest.fixture(scope="session")
def program() -> Callable[[int], str]:
    """Make the program of a seed."""
    return random_program
