"""Writes `programs.yaml`: what the catalog's encoders cost, counted from their ONNX graphs.

    python -m agentc.costmodels.catalog.write_programs

It needs the extra `[local]` (`onnx`) and builds each encoder's program with weights of zero, since
only shapes matter, with one layer and with two: all layers cost the same. A test counts the whole
program of the embedded encoder and compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from agentc.costmodels.catalog.read import HERE, models
from agentc.costmodels.onnx_graph import program_cost

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Model, Program

KINDS = ("encoder", "cross_encoder")
POSITIONS = 512
WORDS = 2048
HEAD = """\
# Encoders counted from their ONNX graphs by shape inference (`onnx_graph.py`): for one text of S
# tokens, c0 + c1·S + c2·S². Written by `python -m agentc.costmodels.catalog.write_programs`; the
# program is the one that the runtime writes (batched BERT, opset 20, mean pooling). Cross-encoders are
# counted as the same stack of layers: their one-row head is left out.
programs:
"""


class Zeros(Mapping[str, Any]):
    """Weights of a BERT by name, all zero. The word table is short: it is looked up, not read."""

    def __init__(self, model: Model) -> None:
        """Keep the shape."""
        self.model = model

    def __getitem__(self, name: str) -> Any:
        """A matrix is (out, in), a bias and a norm one row."""
        m = self.model
        rows = {"word_embeddings": WORDS, "position_embeddings": POSITIONS, "token_type_embeddings": 2}
        for table, count in rows.items():
            if table in name:
                return np.zeros((count, m.hidden), np.float32)
        wide = "intermediate" in name
        down = ".output.dense" in name and "attention" not in name
        out = m.ffn if wide else m.hidden
        matrix = name.endswith(".weight") and "LayerNorm" not in name
        return np.zeros((out, m.ffn if down else m.hidden) if matrix else (out,), np.float32)

    def __iter__(self) -> Iterator[str]:
        """Names are asked for, never listed."""
        return iter(())

    def __len__(self) -> int:
        """As `__iter__`."""
        return 0


def counted(model: Model, day: str) -> Program:
    """Count one encoder: a program of one layer, and what each further layer adds."""
    import onnx  # noqa: PLC0415 (an extra)

    from agentc.runtime.encoder.graph import OPSET, BertShape, bert_program  # noqa: PLC0415

    source = f"onnx {onnx.__version__} shape inference of the runtime's BERT program, opset {OPSET}"
    one, two = (
        program_cost(bert_program(Zeros(model), shape), name=model.name, source=source, date=day)
        for shape in (BertShape(model.hidden, model.heads, n, 1e-12, POSITIONS) for n in (1, 2))
    )
    return with_layers(one, two, model.layers)


def with_layers(one: Program, two: Program, layers: int) -> Program:
    """The program of `layers` layers, from those of one and of two."""
    more = layers - 1

    def line(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float, float]:
        c = [x + more * (y - x) for x, y in zip(a, b, strict=True)]
        return c[0], c[1], c[2]

    return replace(
        one,
        product_flops=line(one.product_flops, two.product_flops),
        other_flops=line(one.other_flops, two.other_flops),
        moved_elements=line(one.moved_elements, two.moved_elements),
        weight_elements=one.weight_elements + more * (two.weight_elements - one.weight_elements),
        nodes=one.nodes + more * (two.nodes - one.nodes),
    )


def as_row(p: Program) -> str:
    """One row of the file."""
    lists = {k: list(getattr(p, k)) for k in ("product_flops", "other_flops", "moved_elements")}
    counts = ", ".join(f"{k}: {v}" for k, v in lists.items())
    return (
        f"  {p.name}:\n    {{{counts},\n     weight_elements: {p.weight_elements:.0f}, nodes: {p.nodes},"
        f' date: {p.date}, source: "{p.source}"}}\n'
    )


def main() -> None:
    """Count every encoder of the catalog and write the file."""
    day = date.today().isoformat()  # noqa: DTZ011 (the day where this is run)
    rows = [as_row(counted(m, day)) for m in models().values() if m.kind in KINDS]
    (HERE / "programs.yaml").write_text(HEAD + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
