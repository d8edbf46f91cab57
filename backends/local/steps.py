"""One op, one line: how each kind of op is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlir import ir

from agentc.backends.local import flow
from agentc.backends.local.names import (
    AGENT_VERBS,
    ARITHMETIC,
    FLOAT_TESTS,
    INTEGER_TESTS,
    literal,
    remark,
    tuple_of,
)
from agentc.backends.local.writer import returned
from agentc.diagnostics import error
from agentc.ir.location import where
from agentc.ir.values import attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentc.backends.local.writer import Writer

KEYWORDS = {
    "llm.call": ("model", "prompt", "inputs", "system", "max_tokens", "temperature", "stop", "prefix_tokens"),
    "llm.prefill": ("model", "prompt", "inputs", "system", "prefix_tokens"),
    "llm.decode": ("model", "max_tokens", "temperature", "stop"),
    "llm.embed": ("model",),
    "llm.rerank": ("model", "k"),
    "llm.transcribe": ("model",),
    "llm.speak": ("model",),
    "memory.search": ("store", "k", "embedder", "rerank"),
    "memory.lookup": ("store", "k"),
    "memory.load": ("store",),
    "memory.store": ("store",),
    "tool.invoke": ("tool", "inputs"),
    "tool.lookup": ("tool", "inputs"),
    "tool.compute": ("tool",),
    "agent.compute": ("fn", "inputs"),
    "agent.test": ("fn", "inputs"),
    "agent.observe": ("store",),
}
"""The attributes that a program's line carries."""

NAMES = {"inputs": "names"}
RESULT_KINDS = ("agent.compute", "tool.invoke", "tool.compute")
DEFAULT_K, DEFAULT_OUTPUT_TOKENS = 4, 256
OVER_EXPECTED = 2  # an answer is cut at this many times its expected tokens where no bound is stated
WIDTH = 100


def write_block(writer: Writer, block: ir.Block) -> None:
    """Write the ops of a block, the last of which ends the function."""
    for op in block.operations:
        write_op(writer, op.operation)


def write_op(writer: Writer, op: ir.Operation) -> None:
    """Write one op."""
    if op.name in AGENT_VERBS:
        write_operator(writer, op)
    elif op.name in ARITHMETIC:
        writer.arith(op, ARITHMETIC[op.name], writer.reads(op.operands))
    else:
        _WRITERS[op.name](writer, op)


def kind_of(type: ir.Type) -> str:
    """Return what a value of a type is to the runtime: text, json, docs, ..., i1, f64, index, tensor."""
    text = str(type)
    return "tensor" if text.startswith("tensor") else text.removeprefix("!").rpartition(".")[2]


def write_operator(writer: Writer, op: ir.Operation) -> None:
    """Write an operator: its id, its operands, the attributes that its run needs, and where it was placed."""
    attrs = attributes(op)
    id = str(attrs.get("id", op.name))
    after = writer.order.after(op)
    parts = [literal(id), *writer.reads(op.operands), *_keywords(writer, op, attrs, id)]
    if after:
        parts.append(f"after={tuple_of(after)}")
    name = writer.name(id)
    place = attrs.get("place.tier")
    comment = "; ".join([*([f"on {place}"] if place else []), str(where(op.location))])
    writer.lines.append(f"{name} = do.{AGENT_VERBS[op.name]}({', '.join(parts)})  # {remark(comment)}")
    several = len(op.results) > 1
    for number, result in enumerate(op.results):
        writer.known[result] = f"{name}[{number}]" if several else name
    writer.order.passed(op, f"{name}[0]" if several else name)


def _keywords(writer: Writer, op: ir.Operation, attrs: dict[str, Any], id: str) -> list[str]:
    given = {name: attrs[name] for name in KEYWORDS[op.name] if name in attrs}
    found: dict[str, str] = {}
    for name, value in given.items():
        long = name in {"prompt", "system"} and (len(value) > WIDTH // 2 or "\n" in value)
        found[NAMES.get(name, name)] = _long_text(writer, f"{id}_{name}", value) if long else literal(value)
    for name, value in _derived(op, attrs).items():
        found[name] = literal(value)
    return [f"{name}={source}" for name, source in found.items()]


def _derived(op: ir.Operation, attrs: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords that no attribute states as such."""
    match op.name:
        case "llm.call" | "llm.decode":
            return {} if "max_tokens" in attrs else {"max_tokens": _most_tokens(attrs)}
        case "llm.prefill":
            return {"room_tokens": _room(op)}
        case "memory.search" | "memory.lookup":
            return {} if "k" in attrs else {"k": DEFAULT_K}
        case "memory.load":
            return {"kind": kind_of(op.results[0].type)}
        case _ if op.name in RESULT_KINDS:
            return {"kinds": tuple(kind_of(result.type) for result in op.results)}
        case _:
            return {}


def _most_tokens(attrs: dict[str, Any]) -> int:
    if "max_tokens" in attrs:
        return int(attrs["max_tokens"])
    return int(OVER_EXPECTED * attrs["output_tokens"]) if "output_tokens" in attrs else DEFAULT_OUTPUT_TOKENS


def _room(op: ir.Operation) -> int:
    """Return the tokens that the longest answer to a prompt may take of the context."""
    found = [
        _most_tokens(attributes(reader)) for reader in _readers(op.results[0]) if reader.name == "llm.decode"
    ]
    return max(found, default=DEFAULT_OUTPUT_TOKENS)


def _readers(value: ir.Value) -> list[ir.Operation]:
    readers: list[ir.Operation] = []
    for use in value.uses:
        op = use.owner.operation
        readers += _readers(op.results[0]) if op.name == "place.transfer" else [op]
    return readers


def _long_text(writer: Writer, name: str, text: str) -> str:
    lines = "\n".join(f"    {literal(line)}" for line in text.splitlines(keepends=True))
    return writer.program.constant(name, f"(\n{lines}\n)")


def _write_cast(writer: Writer, op: ir.Operation) -> None:
    before, after = (kind_of(value.type) for value in (op.operands[0], op.results[0]))
    if before == after:
        writer.same(op.results[0], op.operands[0])
        return
    source = writer.read(op.operands[0])
    name = writer.name(f"{source}_{after}")
    writer.known[op.results[0]] = name
    writer.lines.append(f"{name} = do.cast({source}, {literal(after)})")


def _write_transfer(writer: Writer, op: ir.Operation) -> None:
    writer.same(op.results[0], op.operands[0])


def _write_constant(writer: Writer, op: ir.Operation) -> None:
    value = attributes(op)["value"]
    flag = str(op.results[0].type) == "i1"
    if not isinstance(value, int | float):
        raise error(f"the local backend cannot express the constant {value}", where(op.location))
    writer.fixed[op.results[0]] = literal(bool(value) if flag else value)


def _write_test(writer: Writer, op: ir.Operation) -> None:
    predicate = int(attributes(op)["predicate"])
    if op.name == "arith.cmpi":
        function = INTEGER_TESTS[predicate]
    elif predicate in FLOAT_TESTS:
        function = FLOAT_TESTS[predicate]
    else:
        raise error(f"the local backend cannot express arith.cmpf {predicate}", where(op.location))
    writer.arith(op, function, writer.reads(op.operands))


def _write_end(writer: Writer, op: ir.Operation) -> None:
    writer.lines.append(returned(writer.reads(op.operands)))


def _write_puts(writer: Writer, op: ir.Operation) -> None:
    """`scf.forall.in_parallel`: which items go where into which list."""
    puts = [put.operation for put in op.regions[0].blocks[0].operations]
    loop = op.parent
    assert loop is not None  # it ends the loop's body
    into = list(loop.regions[0].blocks[0].arguments)[flow.rank(loop) :]
    writer.lines.append(returned([_put(writer, put, into) for put in puts]))


def _put(writer: Writer, put: ir.Operation, into: Sequence[ir.Value]) -> str:
    offsets = list(attributes_of_slice(put))
    if put.name != "tensor.parallel_insert_slice" or len(offsets) != 1:
        raise error("a map's results must be lists: one item at one place", where(put.location))
    at = writer.read(put.operands[2]) if offsets[0] is None else str(offsets[0])
    return f"({into.index(put.operands[1])}, {at}, {writer.read(put.operands[0])})"


def attributes_of_slice(put: ir.Operation) -> list[int | None]:
    """Return the offsets of an insertion, None for one that is an operand."""
    dynamic = ir.ShapedType.get_dynamic_stride_or_offset()
    dynamic_size = ir.ShapedType.get_dynamic_size()
    offsets = ir.DenseI64ArrayAttr(put.attributes["static_offsets"])
    return [None if offset in {dynamic, dynamic_size} else offset for offset in offsets]


def _nothing(_writer: Writer, _op: ir.Operation) -> None:
    """Write nothing: what was placed where stands in settings.json."""


_WRITERS: dict[str, Callable[[Writer, ir.Operation], None]] = {
    "agent.cast": _write_cast,
    "agent.scatter": _write_cast,
    "agent.gather": _write_cast,
    "tensor.cast": _write_transfer,
    "place.transfer": _write_transfer,
    "place.tier": _nothing,
    "place.pool": _nothing,
    "arith.constant": _write_constant,
    "arith.cmpi": _write_test,
    "arith.cmpf": _write_test,
    "scf.yield": _write_end,
    "scf.condition": _write_end,
    "func.return": _write_end,
    "scf.forall.in_parallel": _write_puts,
    **flow.WRITERS,
}
