"""Counting ONNX programs: by hand on small ones, and the catalog's counts against the embedded encoder's."""

from pathlib import Path
from typing import Any

import pytest

from agentc.costmodels import encoder
from agentc.costmodels.catalog.read import find_device, find_model, programs, stacks
from agentc.diagnostics import AgentcError
from agentc.runtime.models import is_pulled

onnx: Any = pytest.importorskip("onnx")
np: Any = pytest.importorskip("numpy")

from agentc.costmodels.onnx_graph import count_nodes, load_program, program_cost  # noqa: E402
from agentc.runtime.encoder.graph import OPSET  # noqa: E402


def program(*nodes: Any, weights: dict[str, Any] | None = None, dims: tuple[Any, ...] = ("b", "s", 4)) -> Any:
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info("x", floats, dims)],
        [helper.make_tensor_value_info("y", floats, None)],
        [onnx.numpy_helper.from_array(v, n) for n, v in (weights or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def node(op: str, *inputs: str, out: str = "y", **attributes: Any) -> Any:
    return onnx.helper.make_node(op, list(inputs), [out], **attributes)


def test_a_product_by_hand() -> None:
    made = program(node("MatMul", "x", "w"), weights={"w": np.zeros((4, 512), np.float32)})
    count = count_nodes(made, {"texts": 2, "tokens": 3})
    assert count.product_flops == 2 * (2 * 3 * 512) * 4
    assert count.weight_elements == 4 * 512
    assert count.moved_elements == 2 * 3 * 4 + 2 * 3 * 512
    assert (count.other_flops, count.nodes) == (0, 1)


def test_attention_is_quadratic_and_elementwise_work_is_counted_apart() -> None:
    made = program(
        node("Transpose", "x", out="t", perm=[0, 2, 1]),
        node("MatMul", "x", "t", out="scores"),
        node("Softmax", "scores", axis=-1),
    )
    found = program_cost(made, name="attention")
    assert found.product_flops == pytest.approx((0, 0, 2 * 4))
    assert found.other_flops == pytest.approx((0, 4, 5))  # the transposition once, a softmax five times


def test_a_convolution_by_hand() -> None:
    kernel = np.zeros((8, 4, 3), np.float32)
    made = program(node("Conv", "x", "w", pads=[1, 1]), weights={"w": kernel}, dims=("b", 4, 10))
    assert count_nodes(made, {"texts": 1, "tokens": 4}).product_flops == 2 * (8 * 10) * 4 * 3


def test_a_table_is_looked_up_and_not_read() -> None:
    ids = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.INT64, ("b", "s"))
    made = program(node("Gather", "w", "x"), weights={"w": np.zeros((9000, 4), np.float32)})
    made.graph.input[0].CopyFrom(ids)
    assert count_nodes(made, {"texts": 1, "tokens": 5}).weight_elements == 5 * 4


def test_a_product_of_unknown_shape_is_refused() -> None:
    made = program(node("NonZero", "x", out="n"), node("Cast", "n", out="f", to=1), node("MatMul", "x", "f"))
    with pytest.raises(AgentcError, match="cannot be inferred"):
        count_nodes(made, {"texts": 1, "tokens": 5})


@pytest.mark.parametrize(
    ("text", "wrong"), [(None, "no ONNX program at"), (b"not one", "is no ONNX program")]
)
def test_what_is_no_program_is_refused(tmp_path: Path, text: bytes | None, wrong: str) -> None:
    path = tmp_path / "x.onnx"
    if text:
        path.write_bytes(text)
    with pytest.raises(AgentcError, match=wrong):
        load_program(path)


@pytest.mark.skipif(not is_pulled("minilm-l6-v2"), reason="agentc pull minilm-l6-v2")
def test_the_catalog_holds_what_the_embedded_encoder_s_program_counts() -> None:
    from agentc.runtime.encoder.encoder import program_path

    kept = programs()["all-minilm-l6-v2"]
    found = program_cost(load_program(program_path("minilm-l6-v2")), name=kept.name)
    assert found.product_flops == pytest.approx(kept.product_flops)
    assert found.other_flops == pytest.approx(kept.other_flops)
    assert found.moved_elements == pytest.approx(kept.moved_elements)
    assert (found.nodes, found.weight_elements) == (kept.nodes, kept.weight_elements)


@pytest.mark.parametrize("name", sorted(programs()))
def test_graph_and_shape_agree_on_the_products(name: str) -> None:
    model, kept = find_model(name), programs()[name]
    from agentc.costmodels import shape

    for tokens in (16, 300):
        counted = sum(c * tokens**n for n, c in enumerate(kept.product_flops))
        layers = 2 * shape.active_parameters(model) * tokens
        assert counted == pytest.approx(layers + 2 * shape.attention_flops(model, tokens))


def test_without_a_program_the_shape_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    model, device = find_model("minilm-l6-v2"), find_device("L4")
    counted = encoder.encode_ms(model, device, stacks()[device.stack], 100)
    monkeypatch.setattr(encoder, "programs", dict)
    assert encoder.encode_ms(model, device, stacks()[device.stack], 100) == pytest.approx(counted, rel=0.05)
