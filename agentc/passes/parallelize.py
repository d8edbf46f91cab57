"""parallelize: source order becomes data order, so that independent operators stand and run together.

before
    %a = "tool.invoke"(%q) {id = "a", tool = "web"} : (!agent.text) -> !agent.json
    %b = "llm.call"(%a) {id = "b", model = "m"} ...
    %c = "tool.invoke"(%q) {id = "c", tool = "news"} : (!agent.text) -> !agent.json
    scf.for %i = %zero to %eight step %one {
      %d = "tool.invoke"(%i, %q) {id = "d", tool = "read"} ...
    }
after
    %a = "tool.invoke"(%q) {id = "a", tool = "web"} : (!agent.text) -> !agent.json
    %c = "tool.invoke"(%q) {id = "c", tool = "news"} : (!agent.text) -> !agent.json
    scf.forall (%i) in (8) {
      %d = "tool.invoke"(%i, %q) {id = "d", tool = "read"} ...
    } {agent.items = 8.0}
    %b = "llm.call"(%a) {id = "b", model = "m"} ...

Each operator stands as early as what it reads allows; those that can start together stand in source
order. What has an order keeps it: stated writes, entries of one log, stores and loads of one memory. A
counted loop becomes a map when it carries nothing from trip to trip and holds nothing that has an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlir import ir

from agentc.ir.bindings import add_pass, append_block, make_op
from agentc.ir.construct import constant
from agentc.ir.effects import touches
from agentc.ir.graph import ROLES
from agentc.ir.inline import callee_name, functions
from agentc.ir.location import each
from agentc.ir.outline import ENDS, UNPLACED
from agentc.ir.slices import up_to_constant
from agentc.ir.values import attributes, set_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlir.passmanager import PassManager

    from agentc.passes.pipeline import PassEnv

    Group = Callable[[ir.Operation], str]

OPTIONS: tuple[str, ...] = ()


def add(manager: PassManager, _env: PassEnv, _options: Mapping[str, str]) -> None:
    """Append the pass."""
    add_pass(manager, parallelize, "parallelize")


def parallelize(module: ir.OpView, _pass: object) -> None:
    """Turn loops into maps where they are maps, then put every block in data order."""
    root = module.operation
    loops: list[ir.Operation] = []
    each(root, lambda op: loops.append(op) if op.name == "scf.for" else None)
    for loop in reversed(loops):  # inner ones first
        if _is_map(root, loop):
            _make_map(loop)
    in_data_order(root)


def in_data_order(root: ir.Operation, group: Group | None = None) -> None:
    """Sort the blocks of every function by when their operators can start, then by group."""
    for function in functions(root).values():
        _sort_inside(root, function, group)


def _sort_inside(root: ir.Operation, op: ir.Operation, group: Group | None) -> None:
    for region in op.regions:
        for block in region.blocks:
            ops = [view.operation for view in block.operations]
            for inner in ops:
                _sort_inside(root, inner, group)
            _sort(root, ops, group)


def _sort(root: ir.Operation, ops: list[ir.Operation], group: Group | None) -> None:
    levels = _levels(root, ops)
    body = [op for op in ops if op.name not in ENDS]
    wanted = sorted(body, key=lambda op: (levels[op], group(op) if group and op.name in ROLES else ""))
    if wanted != body:
        for op in wanted:
            op.move_before(ops[-1])


def _levels(root: ir.Operation, ops: list[ir.Operation]) -> dict[ir.Operation, int]:
    """How many operators each op must wait for, one after the other."""
    here = set(ops)
    levels: dict[ir.Operation, int] = {}
    done: dict[ir.Operation, int] = {}
    last: dict[str, tuple[int, int]] = {}  # by thing: when its writers, and when its readers too, are done
    for op in ops:
        before = [done[made] for made in _read_by(op) & here if made in done]
        touched = _touched(root, op)
        for thing, writes in touched.items():
            written, read = last.get(thing, (0, 0))
            before.append(max(written, read) if writes else written)
        levels[op] = -1 if op.name in UNPLACED else max(before, default=0)
        free = op.name not in ROLES and not op.regions and op.name != "func.call"
        done[op] = levels[op] + (0 if free else 1)
        for thing, writes in touched.items():
            written, read = last.get(thing, (0, 0))
            last[thing] = (done[op], 0) if writes else (written, max(read, done[op]))
    return levels


def _read_by(op: ir.Operation) -> set[ir.Operation]:
    """The ops that made what an op, or anything in it, reads."""
    found: set[ir.Operation] = set()

    def look(inner: ir.Operation) -> None:
        found.update(v.owner.operation for v in inner.operands if not isinstance(v.owner, ir.Block))

    each(op, look)
    return found


def _touched(root: ir.Operation, op: ir.Operation) -> dict[str, bool]:
    """What an op, or anything in it, must access in source order, and whether it writes it."""
    found: dict[str, bool] = {}

    def look(inner: ir.Operation) -> None:
        if inner.name == "func.call":
            callee = functions(root)[callee_name(inner)]
            touched = _touched(root, callee)
        else:
            touched = touches(inner)
        for thing, writes in touched.items():
            found[thing] = found.get(thing, False) or writes

    each(op, look)
    return found


def _is_map(root: ir.Operation, loop: ir.Operation) -> bool:
    low, high, step = (constant(value) for value in list(loop.operands)[:3])
    if len(loop.results) > 0 or (low, step) != (0, 1) or not high or "agent.trips" in loop.attributes:
        return False
    return not any(_touched(root, loop).values())


def _make_map(loop: ir.Operation) -> None:
    """Put a map in the place of a loop that carries nothing."""
    count = constant(loop.operands[1]) or 0
    bounds = up_to_constant(count, loop.context)
    at = ir.InsertionPoint(loop)
    made = make_op("scf.forall", [], [], bounds, at=at, location=loop.location, regions=1)
    kept = {name: value for name, value in attributes(loop).items() if name == "id"}
    set_attributes(made, {**kept, "agent.items": float(count)})
    body = loop.regions[0].blocks[0]
    block = append_block(made.regions[0], [body.arguments[0].type], loop.location)
    body.arguments[0].replace_all_uses_with(block.arguments[0])
    point = ir.InsertionPoint(block)
    end = make_op("scf.forall.in_parallel", [], [], {}, at=point, location=loop.location, regions=1)
    append_block(end.regions[0], [], loop.location)
    for view in list(body.operations)[:-1]:
        view.operation.move_before(end)
    loop.erase()
