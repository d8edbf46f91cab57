"""What an ONNX program costs, counted from its own graph: operations, elements moved, weights read.

Shape inference gives every tensor its shape for a number of texts B of S tokens; then, with y a
node's result and K the length that a product sums over,

    MatMul, Gemm        2·|y|·K operations
    Conv                2·|y|·(channels in a group)·(kernel)
    elementwise         |y| times a small number: 1 for Add, 10 for Gelu, 8 for LayerNormalization
    moved               elements of all inputs and results that are no weights
    weights             elements of all initializers, but of tables only what is gathered

Counts of encoders are polynomials of at most the second degree in S and linear in B, so three
lengths give them exactly: `program_cost` returns the polynomial. `onnx` is needed to count and not
to plan: the counts of the catalog's encoders are kept in `catalog/programs.yaml`, which
`python -m agentc.costmodels.onnx_graph` writes anew.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
# pyright: reportUnknownArgumentType=false
# (onnx's messages are only partly typed)

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from agentc.costmodels.catalog.records import Program
from agentc.diagnostics import error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from onnx import ModelProto, NodeProto

Shape = tuple[int, ...]

LARGE_ELEMENTS = 1024
"""Initializers above this are weights, whose values shape inference does not need."""
PROBED_TOKENS = (8, 24, 64)
PRODUCTS = frozenset({"MatMul", "Gemm", "Conv", "FusedMatMul"})
TABLES = frozenset({"Gather", "Embedding"})
FREE = frozenset(
    {"Shape", "Constant", "Reshape", "Unsqueeze", "Squeeze", "Identity", "Cast", "Slice", "Flatten", "Concat"}
)
PER_ELEMENT = {
    "Gelu": 10.0,
    "Erf": 8.0,
    "LayerNormalization": 8.0,
    "Softmax": 5.0,
    "Tanh": 8.0,
    "Sigmoid": 6.0,
    "Exp": 6.0,
    "Sqrt": 2.0,
    "Pow": 6.0,
}


@dataclass(frozen=True)
class Count:
    """One program at one size: operations of products and of the rest, elements, nodes that run."""

    product_flops: float
    other_flops: float
    moved_elements: float
    weight_elements: float
    nodes: int


def load_program(path: Path) -> ModelProto:
    """Read an ONNX file.

    Raises:
        AgentcError: the file is none, or `onnx` is not installed.
    """
    onnx = _onnx()
    try:
        return onnx.load_model(str(path), load_external_data=False)
    except FileNotFoundError as e:
        raise error(f"no ONNX program at {path}") from e
    except Exception as e:  # protobuf's own errors have no common base
        raise error(f"{path} is no ONNX program: {e}") from e


def program_cost(model: ModelProto, *, name: str, source: str = "", date: str = "") -> Program:
    """Count a program whose inputs are [texts, tokens], as polynomials in the tokens of one text."""
    counts = [count_nodes(model, {"texts": 1, "tokens": n}) for n in PROBED_TOKENS]
    return Program(
        name=name,
        product_flops=_polynomial([c.product_flops for c in counts]),
        other_flops=_polynomial([c.other_flops for c in counts]),
        moved_elements=_polynomial([c.moved_elements for c in counts]),
        weight_elements=counts[0].weight_elements,
        nodes=counts[0].nodes,
        source=source,
        date=date,
    )


def count_nodes(model: ModelProto, sizes: Mapping[str, int]) -> Count:
    """Count a program for `sizes`: `texts` and `tokens`, the first and second axis of its inputs.

    Raises:
        AgentcError: a product's shape cannot be inferred.
    """
    shapes, weights = _shapes(model, sizes)
    product = other = moved = 0.0
    read: dict[str, float] = {}
    nodes = 0
    for node in model.graph.node:
        if node.op_type in FREE:
            continue
        nodes += 1
        result = prod(shapes.get(node.output[0], (0,)))
        if node.op_type in PRODUCTS:
            product += _product_flops(node, shapes)
        else:
            other += result * PER_ELEMENT.get(node.op_type, 1.0)
        moved += result + sum(prod(shapes.get(i, ())) for i in node.input if i and i not in weights)
        table = node.op_type in TABLES
        read |= {i: float(result if table else prod(shapes[i])) for i in node.input if i in weights}
    held = sum(value for name, value in read.items() if prod(shapes[name]) > LARGE_ELEMENTS)
    return Count(product, other, moved, held, nodes)


def _product_flops(node: NodeProto, shapes: Mapping[str, Shape]) -> float:
    left, right, result = (shapes.get(n) for n in (node.input[0], node.input[1], node.output[0]))
    if left is None or right is None or result is None:
        raise error(f"the shapes of {node.op_type} {node.name!r} cannot be inferred")
    if node.op_type == "Conv":  # the kernel is [channels out, channels in a group, sizes...]
        return 2.0 * prod(result) * prod(right[1:])
    swapped = node.op_type == "Gemm" and any(a.name == "transA" and a.i for a in node.attribute)
    return 2.0 * prod(result) * (left[0] if swapped else left[-1])


def _shapes(model: ModelProto, sizes: Mapping[str, int]) -> tuple[dict[str, Shape], set[str]]:
    """Shapes of all tensors, and which of them are weights or constants."""
    onnx = _onnx()
    light = onnx.ModelProto()
    light.CopyFrom(_without_weights(onnx, model, sizes))
    inferred = onnx.shape_inference.infer_shapes(light, data_prop=True).graph
    shapes = {i.name: tuple(i.dims) for i in model.graph.initializer}
    for value in (*inferred.input, *inferred.value_info, *inferred.output):
        dims = value.type.tensor_type.shape.dim
        if all(d.HasField("dim_value") for d in dims):
            shapes[value.name] = tuple(int(d.dim_value) for d in dims)
    constants = {node.output[0] for node in model.graph.node if node.op_type == "Constant"}
    return shapes, {i.name for i in model.graph.initializer} | constants


def _without_weights(onnx: Any, model: ModelProto, sizes: Mapping[str, int]) -> ModelProto:
    """The same graph, its large weights turned into inputs of the same shape: fast to infer."""
    graph = onnx.GraphProto()
    graph.name = "shapes"
    graph.node.extend(model.graph.node)
    graph.output.extend(model.graph.output)
    for value in model.graph.input:
        kind = value.type.tensor_type
        graph.input.append(
            onnx.helper.make_tensor_value_info(value.name, kind.elem_type, _bound(kind, sizes))
        )
    for weight in model.graph.initializer:
        if prod(weight.dims) > LARGE_ELEMENTS:
            made = onnx.helper.make_tensor_value_info(weight.name, weight.data_type, list(weight.dims))
            graph.input.append(made)
        else:
            graph.initializer.append(weight)
    return onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _bound(kind: Any, sizes: Mapping[str, int]) -> list[int]:
    free = [sizes["texts"], sizes["tokens"]]
    dims = kind.shape.dim
    return [int(d.dim_value) or (free[n] if n < len(free) else 1) for n, d in enumerate(dims)]


def _polynomial(values: Sequence[float]) -> tuple[float, float, float]:
    """The coefficients c0, c1, c2 of the parabola through counts at the probed lengths."""
    import numpy as np  # noqa: PLC0415 (only where programs are counted)

    table = np.array([[1.0, n, n * n] for n in PROBED_TOKENS])
    found = np.linalg.solve(table, np.array(values))
    return tuple(float(round(v, 6)) + 0.0 for v in found)  # pyright: ignore[reportReturnType] -- three


def _onnx() -> Any:
    try:
        import onnx  # noqa: PLC0415 (an extra, and 0.3 s)
    except ImportError as e:
        raise error("reading ONNX programs needs the package onnx", hint="pip install 'agentc[local]'") from e
    return onnx
