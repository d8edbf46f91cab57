"""Writes a BERT encoder as an ONNX program with `onnx.helper`, from its weights.

    input_ids, attention_mask : int64[batch, length]
      -> tokens   : float32[batch, length, hidden]   the last layer's vectors, one a token
      -> sentence : float32[batch, hidden]           their mean over real tokens, of length 1

Devlin et al. 2018 (arXiv 1810.04805) for the layers: attention softmax(QK'/sqrt(d) + mask)V, residual
and layer norm after each half, GELU with erf; Reimers and Gurevych 2019 (arXiv 1908.10084) for pooling.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (onnx.helper is only partly typed)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping

    from onnx import ModelProto, NodeProto
    from onnx import TensorProto as Tensor

Array = np.ndarray[Any, np.dtype[Any]]

OPSET = 20  # the first with Gelu; LayerNormalization is there since 17
IR_VERSION = 10
MASKED = -3.0e38  # added to the scores of padding; the softmax makes it exactly 0


class BertShape(msgspec.Struct, frozen=True):
    """What `config.json` says of a BERT's shape; other fields of the file do not matter here."""

    hidden_size: int
    num_attention_heads: int
    num_hidden_layers: int
    layer_norm_eps: float
    max_position_embeddings: int
    hidden_act: str = "gelu"


class GraphWriter:
    """Collects nodes and weights; each method adds one node and returns the name of its result."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        """Start empty, with the weights to take from."""
        self.weights = weights
        self.nodes: list[NodeProto] = []
        self.initializers: dict[str, Tensor] = {}

    def add(self, op: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node of one output and return its name."""
        output = name or f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output

    def weight(self, name: str, value: Array | None = None) -> str:
        """Add a weight of the model, or a constant, once."""
        if name not in self.initializers:
            data = self.weights[name] if value is None else value
            self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(data), name)
        return name

    def ints(self, *values: int) -> str:
        """Add a constant int64 vector."""
        return self.weight("ints_" + "_".join(map(str, values)).replace("-", "m"), np.array(values, np.int64))

    def scalar(self, value: float) -> str:
        """Add a constant float32 scalar."""
        return self.weight(f"scalar_{value!r}", np.array(value, np.float32))

    def linear(self, x: str, prefix: str) -> str:
        """X @ W' + b; the file holds W as (out, in)."""
        transposed = self.weight(f"{prefix}.weight.T", self.weights[f"{prefix}.weight"].T)
        return self.add("Add", self.add("MatMul", x, transposed), self.weight(f"{prefix}.bias"))

    def layer_norm(self, x: str, prefix: str, epsilon: float, name: str = "") -> str:
        """Normalize over the last axis."""
        scale, bias = self.weight(f"{prefix}.weight"), self.weight(f"{prefix}.bias")
        return self.add("LayerNormalization", x, scale, bias, name=name, axis=-1, epsilon=epsilon)


def bert_program(weights: Mapping[str, Array], shape: BertShape) -> ModelProto:
    """Write the whole encoder as a checked ONNX model."""
    g = GraphWriter(weights)
    x = _embeddings(g, shape)
    mask = _mask_bias(g)
    for layer in range(shape.num_hidden_layers):
        last = layer == shape.num_hidden_layers - 1
        x = _layer(g, x, mask, shape, prefix=f"encoder.layer.{layer}", name="tokens" if last else "")
    _pool(g, x)
    return _model(g, shape)


def _embeddings(g: GraphWriter, shape: BertShape) -> str:
    words = g.add("Gather", g.weight("embeddings.word_embeddings.weight"), "input_ids")
    length = g.add("Shape", "input_ids", start=1, end=2)
    positions = g.weight("embeddings.position_embeddings.weight")
    positions = g.add("Slice", positions, g.ints(0), length, g.ints(0))
    first_type = g.weight("token_type_0", g.weights["embeddings.token_type_embeddings.weight"][0])
    summed = g.add("Add", g.add("Add", words, positions), first_type)
    return g.layer_norm(summed, "embeddings.LayerNorm", shape.layer_norm_eps)


def _mask_bias(g: GraphWriter) -> str:
    """0 for a real token, MASKED for padding: float32[batch, 1, 1, length]."""
    real = g.add("Cast", g.add("Unsqueeze", "attention_mask", g.ints(1, 2)), to=TensorProto.FLOAT)
    return g.add("Mul", g.add("Sub", g.scalar(1.0), real), g.scalar(MASKED))


def _layer(g: GraphWriter, x: str, mask: str, shape: BertShape, *, prefix: str, name: str) -> str:
    attended = _attention(g, x, mask, shape, f"{prefix}.attention.self")
    attended = g.linear(attended, f"{prefix}.attention.output.dense")
    x = g.layer_norm(g.add("Add", attended, x), f"{prefix}.attention.output.LayerNorm", shape.layer_norm_eps)
    wide = g.add("Gelu", g.linear(x, f"{prefix}.intermediate.dense"))
    narrow = g.linear(wide, f"{prefix}.output.dense")
    return g.layer_norm(g.add("Add", narrow, x), f"{prefix}.output.LayerNorm", shape.layer_norm_eps, name)


def _attention(g: GraphWriter, x: str, mask: str, shape: BertShape, prefix: str) -> str:
    query, key, value = (
        _heads(g, g.linear(x, f"{prefix}.{part}"), shape) for part in ("query", "key", "value")
    )
    size = shape.hidden_size // shape.num_attention_heads
    scores = g.add("MatMul", query, g.add("Transpose", key, perm=[0, 1, 3, 2]))
    scores = g.add("Add", g.add("Mul", scores, g.scalar(size**-0.5)), mask)
    mixed = g.add("MatMul", g.add("Softmax", scores, axis=-1), value)
    joined = g.add("Transpose", mixed, perm=[0, 2, 1, 3])
    return g.add("Reshape", joined, g.ints(0, 0, shape.hidden_size))


def _heads(g: GraphWriter, x: str, shape: BertShape) -> str:
    """[batch, length, hidden] -> [batch, heads, length, hidden / heads]."""
    heads = shape.num_attention_heads
    split = g.add("Reshape", x, g.ints(0, 0, heads, shape.hidden_size // heads))
    return g.add("Transpose", split, perm=[0, 2, 1, 3])


def _pool(g: GraphWriter, tokens: str) -> None:
    """Mean over the real tokens, then L2 norm (never dividing by 0)."""
    real = g.add("Cast", g.add("Unsqueeze", "attention_mask", g.ints(2)), to=TensorProto.FLOAT)
    total = g.add("ReduceSum", g.add("Mul", tokens, real), g.ints(1), keepdims=0)
    count = g.add("Max", g.add("ReduceSum", real, g.ints(1), keepdims=0), g.scalar(1e-9))
    mean = g.add("Div", total, count)
    norm = g.add("Max", g.add("ReduceL2", mean, g.ints(1), keepdims=1), g.scalar(1e-12))
    g.add("Div", mean, norm, name="sentence")


def _model(g: GraphWriter, shape: BertShape) -> ModelProto:
    ids = ("batch", "length")
    graph = helper.make_graph(
        g.nodes,
        "sentence_encoder",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ids)
            for name in ("input_ids", "attention_mask")
        ],
        [
            helper.make_tensor_value_info("tokens", TensorProto.FLOAT, (*ids, shape.hidden_size)),
            helper.make_tensor_value_info("sentence", TensorProto.FLOAT, ("batch", shape.hidden_size)),
        ],
        list(g.initializers.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model)
    return model
