"""map-shard: a map becomes several, each over a part of the items, that can be placed apart.

before
    %r = scf.forall (%i) in (%n) shared_outs(%o = %empty) -> (tensor<?x!agent.json>) {
      %item = tensor.extract %items[%i] ...
      %page = "tool.invoke"(%item) {id = "read", tool = "read"} ...
      ...
    } {agent.items = 8.0, agent.width = 8, id = "pages"}
after (`map-shard{shards=2}`)
    %half = ...                                      // %n * 1 / 2
    %a = scf.forall (%j) in (%half) shared_outs(%o = %empty) ... {
      %page = "tool.invoke"(%item) {id = "read.shard0", tool = "read"} ...
    } {agent.items = 4.0, agent.width = 4, agent.shard = 0, id = "pages.shard0"}
    %b = scf.forall (%j) in (%rest) shared_outs(%o = %empty) ... {     // %i = %j + %half
      %page = "tool.invoke"(%item) {id = "read.shard1", tool = "read"} ...
    } {agent.items = 4.0, agent.width = 4, agent.shard = 1, id = "pages.shard1"}
    %r = scf.forall (%i) in (%n) shared_outs(%o = %empty) ...          // item i of %a or %b, no operators

The number of shards is the map's own `agent.shards`, else the option (default 1: nothing happens). Shards
run at the same time, their widths add up to the map's. A map over several numbers, or not from 0 by 1, or
that holds something with an order, stays whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from mlir import ir

from agentc.diagnostics import error
from agentc.ir.bindings import add_pass, append_block, make_op
from agentc.ir.construct import items
from agentc.ir.effects import text_attribute, touches
from agentc.ir.location import each
from agentc.ir.outline import has_operators
from agentc.ir.slices import one_of_many, up_to_operand
from agentc.ir.values import attributes, set_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

OPTIONS = ("shards",)


def add(manager: PassManager, _env: PassEnv, options: Mapping[str, str]) -> None:
    """Append the pass."""
    text = options.get("shards", "1")
    if not text.isdigit() or int(text) < 1:
        raise error(f"map-shard: shards must be a whole number from 1 up, not {text!r}")

    def map_shard(module: ir.OpView, _pass: object) -> None:
        maps: list[ir.Operation] = []
        each(module.operation, lambda op: maps.append(op) if op.name == "scf.forall" else None)
        for op in reversed(maps):  # inner ones first
            count = int(attributes(op).get("agent.shards", text))
            if count > 1 and _can_be_split(op):
                _split(op, count)

    add_pass(manager, map_shard, "map-shard")


def _can_be_split(op: ir.Operation) -> bool:
    ordered: list[ir.Operation] = []

    def look(inner: ir.Operation) -> None:
        if any(touches(inner).values()) or inner.name == "func.call":
            ordered.append(inner)

    each(op, look)
    known = up_to_operand(op.context)
    plain = all(op.attributes[name] == known[name] for name in known)
    new = "agent.shard" not in op.attributes and has_operators(op.regions[0])
    return plain and len(op.results) == 1 and new and not ordered


@dataclass(frozen=True)
class _Maker:
    """Makes index arithmetic and list ops at a point."""

    at: ir.InsertionPoint
    location: ir.Location

    def op(self, name: str, operands: list[ir.Value], type: ir.Type, **attrs: ir.Attribute) -> ir.Value:
        return make_op(name, operands, [type], attrs, at=self.at, location=self.location).results[0]

    def number(self, value: int) -> ir.Value:
        index = ir.IndexType.get(self.location.context)
        return self.op("arith.constant", [], index, value=ir.IntegerAttr.get(index, value))


def _split(op: ir.Operation, count: int) -> None:
    make = _Maker(ir.InsertionPoint(op), op.location)
    total, empty = list(op.operands)
    shares = [make.op("arith.muli", [total, make.number(k)], total.type) for k in range(count + 1)]
    starts = [make.op("arith.divui", [part, make.number(count)], total.type) for part in shares]
    parts: list[ir.Value] = []
    for k in range(count):
        length = make.op("arith.subi", [starts[k + 1], starts[k]], total.type)
        parts.append(_shard(op, k, count, starts[k], length))
    whole = _joined(op, make, parts, starts, empty)
    op.results[0].replace_all_uses_with(whole)
    op.erase()


def _shard(op: ir.Operation, k: int, count: int, start: ir.Value, length: ir.Value) -> ir.Value:
    """Copy the map for its k-th part."""
    copy = op.clone(ir.InsertionPoint(op))
    copy.operands[0] = length
    expected, width = items(op)
    each(copy, lambda inner: _rename(inner, k))
    shape = {"agent.items": expected / count, "agent.width": max(1, ceil(width / count)), "agent.shard": k}
    set_attributes(copy, shape)
    if "agent.shards" in copy.attributes:
        del copy.attributes["agent.shards"]
    block = copy.regions[0].blocks[0]
    make = _Maker(ir.InsertionPoint(block.operations[0]), op.location)
    index = block.arguments[0]
    at = make.op("arith.addi", [start, start], start.type)
    index.replace_all_uses_with(at)
    at.owner.operation.operands[1] = index
    return copy.results[0]


def _rename(op: ir.Operation, k: int) -> None:
    id = text_attribute(op, "id")
    if id is not None:
        op.attributes["id"] = ir.StringAttr.get(f"{id}.shard{k}", op.context)


def _joined(
    op: ir.Operation, make: _Maker, parts: list[ir.Value], starts: list[ir.Value], empty: ir.Value
) -> ir.Value:
    """Put the shards' lists together: a map without operators."""
    type = empty.type
    item = ir.ShapedType(type).element_type
    join = make_op(
        "scf.forall",
        list(op.operands),
        [type],
        up_to_operand(op.context),
        at=make.at,
        location=op.location,
        regions=1,
    )
    expected, _ = items(op)
    set_attributes(join, {"id": f"{text_attribute(op, 'id') or 'forall'}.joined", "agent.items": expected})
    block = append_block(join.regions[0], [starts[0].type, type], op.location)
    index, into = block.arguments
    end = make_op(
        "scf.forall.in_parallel", [], [], {}, at=ir.InsertionPoint(block), location=op.location, regions=1
    )
    inner = _Maker(ir.InsertionPoint(end), op.location)
    chosen = inner.op("tensor.extract", [parts[-1], index], item)
    i1 = ir.IntegerType.get_signless(1, op.context)
    less = ir.IntegerAttr.get(ir.IntegerType.get_signless(64, op.context), 6)  # ult
    for part, bound in reversed(list(zip(parts[:-1], starts[1:-1], strict=True))):
        before = inner.op("arith.cmpi", [index, bound], i1, predicate=less)
        here = inner.op("tensor.extract", [part, index], item)
        chosen = inner.op("arith.select", [before, here, chosen], item)
    one = inner.op("tensor.from_elements", [chosen], ir.Type.parse(f"tensor<1x{item}>", op.context))
    put = ir.InsertionPoint(append_block(end.regions[0], [], op.location))
    make_op(
        "tensor.parallel_insert_slice",
        [one, into, index],
        [],
        one_of_many(op.context),
        at=put,
        location=op.location,
    )
    return join.results[0]
