"""The part of the builder that makes operators and control flow from Python callables."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (the bindings' stubs leave containers untyped)

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.ir.bindings import append_block, make_op
from agentc.ir.location import to_mlir
from agentc.ir.slices import one_of_many, up_to_operand
from agentc.ir.types import JSON, casts_needed, type_named
from agentc.ir.values import to_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from agentc.diagnostics import Location

    Values = Sequence[ir.Value]


class FlowBuilder:
    """Inserts ops at the innermost open insertion point."""

    context: ir.Context
    module: ir.Module
    _points: list[ir.InsertionPoint]

    @contextmanager
    def at(self, point: ir.InsertionPoint) -> Generator[None]:
        """Insert at a point for a while."""
        self._points.append(point)
        try:
            yield
        finally:
            self._points.pop()

    def ops(
        self,
        name: str,
        operands: Values,
        results: Sequence[str | ir.Type],
        attributes: Mapping[str, Any] | None = None,
        location: Location | None = None,
    ) -> list[ir.Value]:
        """Make an op of any number of results: types by name or MLIR text, None attributes left out."""
        wanted = casts_needed(name, [str(v.type) for v in operands])
        cast = [v if w is None else self.cast(v, w, location) for v, w in zip(operands, wanted, strict=True)]
        types = [type_named(type, self.context) for type in results]
        return list(self._raw(name, cast, types, attributes or {}, to_mlir(location, self.context)).results)

    def op(
        self,
        name: str,
        operands: Values,
        result: str | ir.Type,
        attributes: Mapping[str, Any] | None = None,
        location: Location | None = None,
    ) -> ir.Value:
        """Make an op of one result, and return that."""
        return self.ops(name, operands, [result], attributes, location)[0]

    def cast(self, value: ir.Value, type: str | ir.Type, location: Location | None = None) -> ir.Value:
        """Show a value as another type; the value itself where it has that type already."""
        wanted = type_named(type, self.context)
        if value.type == wanted:
            return value
        return self._raw("agent.cast", [value], [wanted], {}, to_mlir(location, self.context)).results[0]

    def if_(
        self,
        test: ir.Value,
        then: Callable[[], Values],
        otherwise: Callable[[], Values] | None = None,
        *,
        probability: float | None = None,
        id: str | None = None,
        location: Location | None = None,
    ) -> list[ir.Value]:
        """Run one of two branches, each returning as many values; those of two types meet as JSON.

        `probability` is of taking `then`.
        """
        place = to_mlir(location, self.context)
        # The result types are known only when the branches are built: build them in a stand-in.
        stand_in = self._raw("scf.if", [test], [], {}, place, regions=2)
        sides: list[Callable[[], Values]] = [then, otherwise or list]
        ends = [list(self._region(stand_in, i, [], lambda _, f=f: f())) for i, f in enumerate(sides)]
        json = type_named(JSON, self.context)
        types = [a.type if a.type == b.type else json for a, b in zip(*ends, strict=True)]
        for i, end in enumerate(ends):
            with self.at(ir.InsertionPoint(stand_in.regions[i].blocks[0])):
                met = [self.cast(v, t, location) for v, t in zip(end, types, strict=True)]
                self._raw("scf.yield", met, [], {}, place)
        attributes = {"agent.probability": _float(probability), "id": id}
        made = self._raw("scf.if", [test], types, attributes, place, regions=2)
        for i in range(2):
            stand_in.regions[i].blocks[0].append_to(made.regions[i])
        stand_in.erase()
        return list(made.results)

    def while_(
        self,
        state: Values,
        test: Callable[[list[ir.Value]], ir.Value],
        body: Callable[[list[ir.Value]], Values],
        *,
        trips: float | None = None,
        max_trips: int | None = None,
        id: str | None = None,
        location: Location | None = None,
    ) -> list[ir.Value]:
        """Run `body` on the state while `test` holds of it, at most `max_trips` times; return the last state.

        A body's results are cast to the types of the state that it was given.
        """
        place = to_mlir(location, self.context)
        carried = [self._index(0, place), *state]
        types = [value.type for value in carried]
        attributes = {"agent.trips": _float(trips), "agent.max_trips": max_trips, "id": id}
        loop = self._raw("scf.while", carried, types, attributes, place, regions=2)

        def before(arguments: list[ir.Value]) -> Values:
            go = self._and_below(test(arguments[1:]), arguments[0], max_trips, place)
            self._raw("scf.condition", [go, *arguments], [], {}, place)
            return []

        def after(arguments: list[ir.Value]) -> Values:
            end = self._like(body(arguments[1:]), types[1:], location)
            self._raw("scf.yield", [self._next(arguments[0], place), *end], [], {}, place)
            return []

        self._region(loop, 0, types, before)
        self._region(loop, 1, types, after)
        return _values(loop.results)[1:]

    def do_while(
        self,
        state: Values,
        body: Callable[[list[ir.Value]], Values],
        test: Callable[[list[ir.Value]], ir.Value],
        *,
        trips: float | None = None,
        max_trips: int | None = None,
        id: str | None = None,
        location: Location | None = None,
    ) -> list[ir.Value]:
        """Run `body` on the state, again while `test` holds of its results; return the last ones."""
        place = to_mlir(location, self.context)
        carried = [self._index(1, place), *state]
        types = [value.type for value in carried]
        attributes = {"agent.trips": _float(trips), "agent.max_trips": max_trips, "id": id}
        loop = self._raw("scf.while", carried, types, attributes, place, regions=2)

        def before(arguments: list[ir.Value]) -> Values:
            end = self._like(body(arguments[1:]), types[1:], location)
            go = self._and_below(test(end), arguments[0], max_trips, place)
            self._raw("scf.condition", [go, arguments[0], *end], [], {}, place)
            return []

        def after(arguments: list[ir.Value]) -> Values:
            self._raw("scf.yield", [self._next(arguments[0], place), *arguments[1:]], [], {}, place)
            return []

        self._region(loop, 0, types, before)
        self._region(loop, 1, types, after)
        return _values(loop.results)[1:]

    def repeat(
        self,
        count: int,
        state: Values,
        body: Callable[[list[ir.Value]], Values],
        *,
        id: str | None = None,
        location: Location | None = None,
    ) -> list[ir.Value]:
        """Run `body` on the state `count` times (`scf.for`); return the last state."""
        place = to_mlir(location, self.context)
        bounds = [self._index(n, place) for n in (0, count, 1)]
        types = [value.type for value in state]
        loop = self._raw("scf.for", [*bounds, *state], types, {"id": id}, place, regions=1)

        def trip(arguments: list[ir.Value]) -> Values:
            end = self._like(body(arguments[1:]), types, location)
            self._raw("scf.yield", end, [], {}, place)
            return []

        self._region(loop, 0, [bounds[0].type, *types], trip)
        return list(loop.results)

    def map_(
        self,
        items: ir.Value,
        body: Callable[[ir.Value], ir.Value],
        *,
        expected: float | None = None,
        width: int | None = None,
        id: str | None = None,
        location: Location | None = None,
    ) -> ir.Value:
        """Run `body` on each item of a JSON list, at most `width` at once; return the results as one."""
        place = to_mlir(location, self.context)
        list_of = type_named(f"tensor<?x{JSON}>", self.context)
        given = self.op("agent.scatter", [items], list_of, {}, location)
        zero = self._index(0, place)
        count = self._raw("tensor.dim", [given, zero], [zero.type], {}, place).results[0]
        empty = self._raw("tensor.empty", [count], [list_of], {}, place).results[0]
        attributes: dict[str, Any] = {"agent.items": _float(expected), "agent.width": width, "id": id}
        attributes |= up_to_operand(self.context)
        loop = self._raw("scf.forall", [count, empty], [list_of], attributes, place, regions=1)

        def each(arguments: list[ir.Value]) -> Values:
            index, into = arguments
            item = self._raw("tensor.extract", [given, index], [type_named(JSON, self.context)], {}, place)
            self._put(self.cast(body(item.results[0]), JSON, location), index, into, place)
            return []

        self._region(loop, 0, [zero.type, empty.type], each)
        return self.op("agent.gather", [loop.results[0]], "json", {}, location)

    def _put(self, value: ir.Value, index: ir.Value, into: ir.Value, place: ir.Location) -> None:
        """End a map's body: `value` becomes item `index` of the results."""
        one = type_named(f"tensor<1x{value.type}>", self.context)
        made = self._raw("tensor.from_elements", [value], [one], {}, place).results[0]
        end = self._raw("scf.forall.in_parallel", [], [], {}, place, regions=1)
        with self.at(ir.InsertionPoint(append_block(end.regions[0], [], place))):
            shape = one_of_many(self.context)
            self._raw("tensor.parallel_insert_slice", [made, into, index], [], shape, place)

    def _region(
        self,
        op: ir.Operation,
        number: int,
        types: Sequence[ir.Type],
        fill: Callable[[list[ir.Value]], Values],
    ) -> Values:
        block = append_block(op.regions[number], types, op.location)
        with self.at(ir.InsertionPoint(block)):
            return fill(list(block.arguments))

    def _like(self, values: Values, types: Sequence[ir.Type], location: Location | None) -> list[ir.Value]:
        return [self.cast(v, t, location) for v, t in zip(values, types, strict=True)]

    def _index(self, number: int, place: ir.Location) -> ir.Value:
        index = ir.IndexType.get(self.context)
        value = {"value": ir.IntegerAttr.get(index, number)}
        return self._raw("arith.constant", [], [index], value, place).results[0]

    def _next(self, counter: ir.Value, place: ir.Location) -> ir.Value:
        return self._raw("arith.addi", [counter, self._index(1, place)], [counter.type], {}, place).results[0]

    def _and_below(self, go: ir.Value, counter: ir.Value, bound: int | None, place: ir.Location) -> ir.Value:
        if bound is None:
            return go
        less = {"predicate": 2}  # slt
        limit = self._index(bound, place)
        below = self._raw("arith.cmpi", [counter, limit], [go.type], less, place).results[0]
        return self._raw("arith.andi", [go, below], [go.type], {}, place).results[0]

    def _raw(
        self,
        name: str,
        operands: Values,
        types: Sequence[ir.Type],
        attributes: Mapping[str, Any],
        place: ir.Location,
        *,
        regions: int = 0,
    ) -> ir.Operation:
        point = self._points[-1] if self._points else ir.InsertionPoint(self.module.body)
        return make_op(
            name,
            operands,
            types,
            to_attributes(attributes, self.context),
            at=point,
            location=place,
            regions=regions,
        )


def _values(values: Sequence[ir.Value]) -> list[ir.Value]:
    return list(values)


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)
