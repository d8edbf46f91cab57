"""Builds an agent's module: functions, our operators with Python attributes, control flow.

    build = AgentBuilder(source="rag.py:answer")
    with build.function("answer", [("question", "text")], location=here) as (question,):
        hits = build.op("memory.search", [question], "docs", {"store": "docs", "k": 4}, here)
        answer = build.op("llm.call", [question, hits], "text", {"model": "llama-3.1-8b"}, here)
        build.return_([answer])
    module = build.finish()

Operands that do not fit their slot are cast where the cast makes sense (see `types.py`).
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (the bindings' stubs leave containers untyped)

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.ir.bindings import append_block
from agentc.ir.context import make_context
from agentc.ir.flow import FlowBuilder
from agentc.ir.location import to_mlir
from agentc.ir.types import type_named
from agentc.ir.values import set_attributes, to_attributes
from agentc.ir.verify import verify

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from agentc.diagnostics import Location


class AgentBuilder(FlowBuilder):
    """Builds one module. Control flow (`if_`, `while_`, `repeat`, `map_`) is in `FlowBuilder`."""

    def __init__(self, source: str = "", context: ir.Context | None = None) -> None:
        self.context = context or make_context()
        self.module = ir.Module.create(ir.Location.unknown(self.context))
        self._points: list[ir.InsertionPoint] = []
        self._functions: list[ir.Operation] = []
        if source:
            self.set_module(source=source)

    def set_module(
        self,
        *,
        source: str | None = None,
        tools: Mapping[str, Any] | None = None,
        fns: Mapping[str, Any] | None = None,
        stores: Mapping[str, Any] | None = None,
    ) -> None:
        """State what names are bound to: `fns={"clean": {"python": "rag.py:clean"}}` and the like."""
        stated = {"source": source, "tools": tools, "fns": fns, "stores": stores}
        set_attributes(self.module.operation, {f"agent.{k}": v for k, v in stated.items() if v})

    @contextmanager
    def function(
        self,
        name: str,
        inputs: Sequence[tuple[str, str | ir.Type]],
        *,
        annotated: Mapping[str, str] | None = None,
        slo: Mapping[str, float] | None = None,
        load: Mapping[str, float] | None = None,
        public: bool = True,
        location: Location | None = None,
    ) -> Generator[list[ir.Value]]:
        """Open a function and give its arguments; close it with `return_`.

        Its result types are those of the values returned. `public=False` makes a nested agent.
        `annotated` has what inputs are beyond JSON: `{"items": "list[str]"}`.
        """
        place = to_mlir(location, self.context)
        types = [type_named(type, self.context) for _, type in inputs]
        made = self._raw("func.func", [], [], self._signature(name, types, public), place, regions=1)
        block = append_block(made.regions[0], types, place)
        demands = {"agent.slo": slo, "agent.load": load}
        set_attributes(made, {name: dict(value) for name, value in demands.items() if value})
        if inputs:
            typed = annotated or {}
            stated = [{"agent.name": n, "agent.type": typed.get(n)} for n, _ in inputs]
            names = [to_attributes(one, self.context) for one in stated]
            made.attributes["arg_attrs"] = ir.ArrayAttr.get(
                [ir.DictAttr.get(n, self.context) for n in names], self.context
            )
        self._functions.append(made)
        with self.at(ir.InsertionPoint(block)):
            yield list(block.arguments)
        self._functions.pop()

    def _signature(self, name: str, types: list[ir.Type], public: bool) -> dict[str, Any]:
        function = ir.FunctionType.get(types, [], self.context)
        visibility = {} if public else {"sym_visibility": "private"}
        return {"sym_name": name, "function_type": ir.TypeAttr.get(function, self.context), **visibility}

    def return_(self, values: Sequence[ir.Value], location: Location | None = None) -> None:
        """End the open function; its result types become those of `values`."""
        function = self._functions[-1]
        inputs = [argument.type for argument in function.regions[0].blocks[0].arguments]
        made = ir.FunctionType.get(inputs, [value.type for value in values], self.context)
        function.attributes["function_type"] = ir.TypeAttr.get(made, self.context)
        self._raw("func.return", list(values), [], {}, to_mlir(location, self.context))

    def call(
        self,
        name: str,
        operands: Sequence[ir.Value],
        location: Location | None = None,
        *,
        id: str | None = None,
    ) -> list[ir.Value]:
        """Call another function of this module, already built: a nested agent."""
        callee = next(op for op in self.module.body.operations if _symbol(op) == name)
        type = ir.FunctionType(ir.TypeAttr(callee.operation.attributes["function_type"]).value)
        attributes = {"callee": ir.FlatSymbolRefAttr.get(name, self.context), "id": id}
        cast = [self.cast(v, t) for v, t in zip(operands, type.inputs, strict=True)]
        made = self._raw("func.call", cast, type.results, attributes, to_mlir(location, self.context))
        return list(made.results)

    def finish(self) -> ir.Module:
        """Verify the module and return it; an AgentcError holds every located problem."""
        verify(self.module)
        return self.module


def _symbol(op: ir.OpView) -> str:
    found = op.operation.attributes
    return ir.StringAttr(found["sym_name"]).value if "sym_name" in found else ""
