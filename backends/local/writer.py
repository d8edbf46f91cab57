"""Writes a module's functions as Python: one async function an agent and a region, one line an operator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.backends.local.names import EXPRESSES, Names, identifier, local, remark, tuple_of
from agentc.backends.local.order import Order
from agentc.diagnostics import error
from agentc.ir.inline import agent_of, functions, name_of
from agentc.ir.location import each, where
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass
class Program:
    """The parts of program.py, in the order in which they are read."""

    module: ir.Operation
    names: Names = field(default_factory=Names)
    constants: list[str] = field(default_factory=list[str])
    functions: list[str] = field(default_factory=list[str])
    uses_arith: bool = False
    callees: dict[str, str] = field(default_factory=dict[str, str])

    def constant(self, wanted: str, source: str) -> str:
        """Add a constant and return its name."""
        name = self.names.fresh(identifier(wanted).upper())
        self.constants.append(f"{name} = {source}")
        return name

    def callee(self, symbol: str, location: ir.Location) -> str:
        """Return the Python name of a function, writing it on first use."""
        if symbol not in self.callees:
            found = functions(self.module).get(symbol)
            if found is None:
                raise error(f"there is no function @{symbol}", where(location))
            nested = f"agent__{identifier(symbol)}" if self.callees else identifier(symbol)
            self.callees[symbol] = self.names.fresh(nested)
            write_function(self, found, self.callees[symbol])
        return self.callees[symbol]


@dataclass
class Writer:
    """One function while it is written. `known` says by what expression a value is read."""

    program: Program
    function: str
    order: Order
    names: Names = field(default_factory=Names)
    known: dict[ir.Value, str] = field(default_factory=dict[ir.Value, str])
    fixed: dict[ir.Value, str] = field(default_factory=dict[ir.Value, str])
    lines: list[str] = field(default_factory=list[str])

    def read(self, value: ir.Value) -> str:
        """Return the expression of a value."""
        return self.fixed[value] if value in self.fixed else self.known[value]

    def reads(self, values: Iterable[ir.Value]) -> list[str]:
        """Return the expressions of values."""
        return [self.read(value) for value in values]

    def name(self, wanted: str) -> str:
        """Return a fresh name inside the function."""
        return self.names.fresh(local(wanted))

    def same(self, result: ir.Value, operand: ir.Value) -> None:
        """Say that a result is just an operand under another name."""
        if operand in self.fixed:
            self.fixed[result] = self.fixed[operand]
        else:
            self.known[result] = self.known[operand]

    def arith(self, op: ir.Operation, function: str, arguments: Sequence[str]) -> None:
        """Write a free step of one result."""
        self.program.uses_arith = True
        name = self.name(function)
        self.known[op.results[0]] = name
        self.lines.append(f"{name} = do.calc({', '.join([f'arith.{function}', *arguments])})")

    def outer(self, op: ir.Operation) -> list[ir.Value]:
        """Return the values from outside that an op's regions read, each once, in order."""
        found: dict[ir.Value, None] = {}

        def look(inner: ir.Operation) -> None:
            if inner != op:
                found.update(dict.fromkeys(v for v in inner.operands if v in self.known))

        each(op, look)
        return list(found)

    def region(self, region: ir.Region, suffix: str, outer: Sequence[ir.Value], about: str) -> str:
        """Write a region as a function of its arguments and of what it reads around it; return its name."""
        from agentc.backends.local.steps import write_block  # noqa: PLC0415 (each needs the other)

        name = self.program.names.fresh(f"{self.function}__{identifier(suffix)}")
        inner = Writer(self.program, name, Order(region=True), fixed=dict(self.fixed))
        place = len(self.program.functions)
        self.program.functions.append("")  # outer functions are read before inner ones
        blocks = list(region.blocks)
        own = list(blocks[0].arguments) if blocks else []
        parameters = [inner.name(f"arg_{n}") for n in range(len(own))]
        parameters += [inner.name(self.known[value]) for value in outer]
        inner.known.update(zip([*own, *outer], parameters, strict=True))
        if blocks:
            write_block(inner, blocks[0])
        else:
            inner.lines.append("return ()")
        self.program.functions[place] = function_source(name, parameters, about, inner.lines)
        return name


def write_function(program: Program, function: ir.Operation, name: str) -> list[str]:
    """Write a `func.func`; return the names of its parameters."""
    from agentc.backends.local.steps import write_block  # noqa: PLC0415 (each needs the other)

    writer = Writer(program, name, Order())
    place = len(program.functions)
    program.functions.append("")
    block = function.regions[0].blocks[0]
    parameters = [writer.name(wanted) for wanted in argument_names(function)]
    writer.known.update(zip(block.arguments, parameters, strict=True))
    write_block(writer, block)
    about = f"The agent {name_of(function)}, from {where(function.location)}."
    program.functions[place] = function_source(name, parameters, about, writer.lines)
    return parameters


def argument_names(function: ir.Operation) -> list[str]:
    """Return what a function's arguments are called: `agent.name`, else numbered."""
    return [attrs.get("agent.name", f"arg{n}") for n, attrs in enumerate(argument_attributes(function))]


def argument_attributes(function: ir.Operation) -> list[dict[str, Any]]:
    """Return what is stated about each argument of a function."""
    count = len(function.regions[0].blocks[0].arguments)
    return attributes(function).get("arg_attrs", [{}] * count)


def function_source(name: str, parameters: Sequence[str], about: str, lines: Sequence[str]) -> str:
    """Return a function's source."""
    head = f"async def {name}({', '.join(['do: Do', *parameters])}):"
    return "\n".join([head, f'    """{remark(about)}"""', *(f"    {line}" for line in lines)])


def check_ops(module: ir.Operation) -> None:
    """Refuse what a local program cannot express, at its place in the source."""
    strange: list[ir.Operation] = []
    for function in functions(module).values():
        each(function, lambda op: strange.append(op) if op.name not in {"func.func", *EXPRESSES} else None)
    if strange:
        message = f"the local backend cannot express {strange[0].name}"
        raise error(message, where(strange[0].location), "use scf control flow and agentc's own ops")


def write_program(module: ir.Operation) -> Program:
    """Write the agent and everything that it calls. Raises AgentcError for an op without expression."""
    check_ops(module)
    program = Program(module)
    agent = agent_of(module)
    program.callee(name_of(agent), agent.location)
    return program


def program_source(program: Program, agent: str, about: str) -> str:
    """Return the text of program.py."""
    imported = "from agentc.runtime import arith\n" if program.uses_arith else ""
    constants = "\n\n".join(program.constants) + "\n\n\n" if program.constants else "\n"
    functions = "\n\n\n".join(program.functions)
    head = f'"""{about}"""\n\n{imported}from agentc.runtime.do import Do\n\n'
    return f"{head}{constants}{functions}\n\n\nAGENT = {agent}\n"


def returned(parts: Sequence[str]) -> str:
    """Return the line that ends a function."""
    return f"return {tuple_of(list(parts))}"
