"""MLIR contexts that know our dialects."""

from __future__ import annotations

from mlir import ir

from agentc.dialects.load import load


def make_context() -> ir.Context:
    """Return a context with our dialects and their views; upstream dialects load as they are met."""
    context = ir.Context()
    load(context)
    return context
