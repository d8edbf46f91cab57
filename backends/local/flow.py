"""How control flow is written: a call of `do` with the functions of the regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.backends.local.names import tuple_of
from agentc.diagnostics import error
from agentc.ir.location import where
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentc.backends.local.writer import Writer


def _write_if(writer: Writer, op: ir.Operation) -> None:
    id, outer = _id(op), writer.outer(op)
    then = writer.region(op.regions[0], f"{id}_then", outer, f"Where {id} holds.")
    otherwise = writer.region(op.regions[1], f"{id}_else", outer, f"Where {id} does not hold.")
    parts = [writer.read(op.operands[0]), then, otherwise, *writer.reads(outer), *_results(op)]
    _write(writer, op, "branch", parts)


def _write_switch(writer: Writer, op: ir.Operation) -> None:
    id, outer = _id(op), writer.outer(op)
    cases = list(ir.DenseI64ArrayAttr(op.attributes["cases"]))
    names = [
        writer.region(region, f"{id}_case_{case}", outer, f"Where {id} is {case}.")
        for case, region in zip(cases, list(op.regions)[1:], strict=True)
    ]
    default = writer.region(op.regions[0], f"{id}_default", outer, f"Where {id} is none of these.")
    table = ", ".join(f"{case}: {name}" for case, name in zip(cases, names, strict=True))
    parts = [writer.read(op.operands[0]), f"{{{table}}}", default, *writer.reads(outer), *_results(op)]
    _write(writer, op, "switch", parts)


def _write_while(writer: Writer, op: ir.Operation) -> None:
    id, outer = _id(op), writer.outer(op)
    test = writer.region(op.regions[0], f"{id}_test", outer, f"Whether {id} goes on, and with what.")
    body = writer.region(op.regions[1], f"{id}_body", outer, f"One trip of {id}.")
    parts = [test, body, *writer.reads(op.operands), *_around(writer, outer), *_results(op)]
    bound = attributes(op).get("agent.max_trips")
    if bound is not None:
        parts.append(f"most={int(bound) - is_do_while(op)}")
    _write(writer, op, "loop", parts)


def is_do_while(op: ir.Operation) -> bool:
    """Whether an `scf.while` does its work before its test: its body region holds no operator."""
    dialects = {inner.operation.name.split(".")[0] for inner in op.regions[1].blocks[0].operations}
    ends = {inner.operation.name for inner in op.regions[1].blocks[0].operations}
    return not dialects & {"agent", "llm", "memory", "tool", "func"} and not ends & _CONSTRUCTS


_CONSTRUCTS = {"scf.if", "scf.index_switch", "scf.while", "scf.for", "scf.forall"}


def _write_for(writer: Writer, op: ir.Operation) -> None:
    id, outer = _id(op), writer.outer(op)
    body = writer.region(op.regions[0], f"{id}_body", outer, f"One trip of {id}.")
    bounds = tuple_of(writer.reads(list(op.operands)[:3]))
    parts = [bounds, body, *writer.reads(list(op.operands)[3:]), *_around(writer, outer)]
    _write(writer, op, "repeat", parts)


def _write_forall(writer: Writer, op: ir.Operation) -> None:
    id, outer = _id(op), writer.outer(op)
    body = writer.region(op.regions[0], f"{id}_each", outer, f"One item of {id}.")
    parts = [_count(writer, op), body, *writer.reads(_shared(op)), *_around(writer, outer)]
    width = attributes(op).get("agent.width")
    if width is not None:
        parts.append(f"width={int(width)}")
    _write(writer, op, "each", parts)


def rank(op: ir.Operation) -> int:
    """Return over how many numbers an `scf.forall` runs."""
    return len(list(ir.DenseI64ArrayAttr(op.attributes["staticUpperBound"])))


def _count(writer: Writer, op: ir.Operation) -> str:
    """Return the number of items, of a map from 0 by 1 over one number."""
    bounds = [
        list(ir.DenseI64ArrayAttr(op.attributes[name]))
        for name in ("staticLowerBound", "staticUpperBound", "staticStep")
    ]
    if bounds[0] != [0] or bounds[2] != [1]:
        raise error("the local backend runs a map over 0 to n by 1 alone", where(op.location))
    upper = bounds[1][0]
    return writer.read(op.operands[0]) if upper == ir.ShapedType.get_dynamic_size() else str(upper)


def _shared(op: ir.Operation) -> list[ir.Value]:
    return list(op.operands)[len(op.operands) - len(op.results) :]


def _write_call(writer: Writer, op: ir.Operation) -> None:
    symbol = ir.FlatSymbolRefAttr(op.attributes["callee"]).value
    callee = writer.program.callee(symbol, op.location)
    name = writer.name(f"{symbol}_results")
    writer.lines.append(f"{name} = await {callee}({', '.join(['do', *writer.reads(op.operands)])})")
    writer.known.update({result: f"{name}[{n}]" for n, result in enumerate(op.results)})


def _write(writer: Writer, op: ir.Operation, verb: str, parts: Sequence[str]) -> None:
    """Write a construct; what it gives is read by number, and `done` says that all of it has ended."""
    after = writer.order.after(op)
    waits = [f"after={tuple_of(after)}"] if after else []
    name = writer.name(_id(op))
    writer.lines.append(f"{name} = do.{verb}({', '.join([*parts, *waits])})")
    writer.known.update({result: f"{name}[{n}]" for n, result in enumerate(op.results)})
    writer.order.passed(op, f"{name}.done")


def _id(op: ir.Operation) -> str:
    found: dict[str, Any] = attributes(op)
    return str(found.get("id", op.name.rpartition(".")[2]))


def _results(op: ir.Operation) -> list[str]:
    return [f"results={len(op.results)}"] if len(op.results) else []


def _around(writer: Writer, outer: Sequence[ir.Value]) -> list[str]:
    return [f"args={tuple_of(writer.reads(outer))}"] if outer else []


WRITERS: dict[str, Callable[[Writer, ir.Operation], None]] = {
    "scf.if": _write_if,
    "scf.index_switch": _write_switch,
    "scf.while": _write_while,
    "scf.for": _write_for,
    "scf.forall": _write_forall,
    "func.call": _write_call,
}
