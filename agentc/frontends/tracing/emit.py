"""Recorded agents as MLIR: one function each, built with `AgentBuilder`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.frontends.tracing.record import Kind
from agentc.ir.builder import AgentBuilder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlir import ir

    from agentc.frontends.tracing.record import Node, Program, Region, Trace, Value

    Known = dict[Value, ir.Value]
    Demands = Mapping[str, float] | None


def emit(program: Program, source: str, slo: Mapping[str, float], load: Mapping[str, float]) -> ir.Module:
    """Return the verified module of a traced program; its last agent is the public function."""
    build = AgentBuilder(source=source)
    names = program.bindings
    build.set_module(tools=names.tools, fns=names.fns, stores=names.stores)
    for trace in program.done:
        _emit_agent(build, trace, None if trace.private else slo, None if trace.private else load)
    return build.finish()


def _emit_agent(build: AgentBuilder, trace: Trace, slo: Demands, load: Demands) -> None:
    inputs = [(a.name, _type(a.kind)) for a in trace.body.arguments]
    public = not trace.private
    annotated = {a.name: a.type for a in trace.body.arguments if a.type}
    with build.function(
        trace.name,
        inputs,
        annotated=annotated,
        slo=slo,
        load=load,
        public=public,
        location=trace.location,
    ) as arguments:
        known: Known = dict(zip(trace.body.arguments, arguments, strict=True))
        build.return_(_fill(build, trace.body, known), trace.location)


def _type(kind: Kind) -> str:
    return "i1" if kind is Kind.FLAG else str(kind)


def _fill(build: AgentBuilder, region: Region, known: Known) -> list[ir.Value]:
    """Emit a region's nodes where the builder stands; return what leaves the region."""
    for node in region.nodes:
        operands = [known[v] for v in node.operands]
        results = _EMITTERS.get(node.op, _emit_op)(build, node, operands, known)
        known.update(zip(node.results, results, strict=True))
    return [known[v] for v in region.results]


def _block(
    build: AgentBuilder, region: Region, known: Known
) -> Callable[[Sequence[ir.Value]], list[ir.Value]]:
    """Return a region as a function of its arguments, for the builder to call where the region goes."""

    def fill(arguments: Sequence[ir.Value]) -> list[ir.Value]:
        return _fill(build, region, known | dict(zip(region.arguments, arguments, strict=True)))

    return fill


def _emit_op(build: AgentBuilder, node: Node, operands: list[ir.Value], _known: Known) -> list[ir.Value]:
    return build.ops(node.op, operands, [_type(v.kind) for v in node.results], node.attrs, node.location)


def _emit_call(build: AgentBuilder, node: Node, operands: list[ir.Value], _known: Known) -> list[ir.Value]:
    return build.call(node.attrs["callee"], operands, node.location, id=node.attrs["id"])


def _emit_cond(build: AgentBuilder, node: Node, operands: list[ir.Value], known: Known) -> list[ir.Value]:
    then, otherwise = (_block(build, r, known) for r in node.regions)
    return build.if_(
        operands[0],
        lambda: then([]),
        lambda: otherwise([]),
        probability=node.attrs.get("probability"),
        id=node.attrs.get("id"),
        location=node.location,
    )


def _emit_loop(build: AgentBuilder, node: Node, operands: list[ir.Value], known: Known) -> list[ir.Value]:
    body = _block(build, node.regions[-1], known)
    id, bound, place = node.attrs.get("id"), node.attrs["max_trips"], node.location
    if len(node.regions) == 1:
        return build.repeat(bound, operands, body, id=id, location=place)
    test = _block(build, node.regions[0], known)
    trips = node.attrs.get("trips")
    if node.attrs["do_while"]:
        return build.do_while(
            operands,
            body,
            lambda state: _negated(build, test(state)[0], node),
            trips=trips,
            max_trips=bound,
            id=id,
            location=place,
        )
    return build.while_(
        operands, lambda state: test(state)[0], body, trips=trips, max_trips=bound, id=id, location=place
    )


def _negated(build: AgentBuilder, flag: ir.Value, node: Node) -> ir.Value:
    true = build.op("arith.constant", [], "i1", {"value": True}, node.location)
    return build.op("arith.xori", [flag, true], "i1", {}, node.location)


def _emit_map(build: AgentBuilder, node: Node, operands: list[ir.Value], known: Known) -> list[ir.Value]:
    function = _block(build, node.regions[0], known)
    expected, width, id = (node.attrs.get(k) for k in ("items", "width", "id"))
    made = build.map_(
        operands[0],
        lambda item: function([item])[0],
        expected=expected,
        width=width,
        id=id,
        location=node.location,
    )
    return [made]


_EMITTERS: dict[str, Callable[[AgentBuilder, Node, list[ir.Value], Known], list[ir.Value]]] = {
    "call": _emit_call,
    "cond": _emit_cond,
    "loop": _emit_loop,
    "map": _emit_map,
}
