"""The kernels as functions on NumPy arrays, compiled for this machine when first used.

kernels = compile_kernels(384)
scores, rows = kernels.lookup(index, query, k=8)
"""
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (MLIR's execution engine and its NumPy helpers have no stubs)

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from agentc.backends.native.kernels import module

if TYPE_CHECKING:
    from mlir import ir
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

OPTIMIZE = 3
TO_LLVM = (
    "builtin.module(inline,expand-strided-metadata,convert-linalg-to-loops,canonicalize,cse,"
    "loop-invariant-code-motion,convert-scf-to-cf,lower-affine,convert-vector-to-llvm,convert-math-to-llvm,"
    "finalize-memref-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-func-to-llvm,"
    "convert-cf-to-llvm,reconcile-unrealized-casts)"
)


def lowered(dim: int) -> ir.Module:
    """Return the kernels in MLIR's LLVM dialect."""
    from mlir import ir as mlir  # noqa: PLC0415 (MLIR loads only where it is used)
    from mlir.passmanager import PassManager  # noqa: PLC0415

    with mlir.Context():
        made = mlir.Module.parse(module(dim))
        PassManager.parse(TO_LLVM).run(made.operation)
    return made


@dataclass(frozen=True)
class Kernels:
    """Compiled kernels for rows of `dim` float32 numbers; arrays are taken as they are where they fit."""

    dim: int
    engine: Any

    def lookup(self, rows: Floats, query: Floats, k: int) -> tuple[Floats, NDArray[np.int64]]:
        """Return the greatest `k` dot products (fewer of fewer rows) and their rows, best first."""
        rows = self._rows(rows, "rows")
        k = min(k, len(rows))
        scores, where = np.empty(max(k, 1), np.float32), np.empty(max(k, 1), np.int64)
        if k > 0:
            self._call("lookup", rows, self._rows(query[None, :], "query"), scores, where)
        return scores[:k], where[:k]

    def maxsim(self, query: Floats, rows: Floats) -> float:
        """Return the sum over the query's rows of the best dot product with any row."""
        if not len(rows):
            raise ValueError("maxsim needs at least one row")
        out = np.empty(1, np.float32)
        self._call("maxsim", self._rows(query, "query"), self._rows(rows, "rows"), out)
        return float(out[0])

    def mean_pool(self, rows: Floats, weights: Floats) -> Floats:
        """Return the mean of the rows, each as often as its weight says."""
        if len(rows) != len(weights):
            raise ValueError(f"{len(weights)} weights for {len(rows)} rows")
        out = np.empty(self.dim, np.float32)
        self._call("mean_pool", self._rows(rows, "rows"), np.ascontiguousarray(weights, np.float32), out)
        return out

    def normalize(self, rows: Floats) -> Floats:
        """Return the rows at length 1; rows of zeros stay."""
        made = self._rows(rows, "rows").copy()
        self._call("normalize", made)
        return made

    def _rows(self, array: Floats, what: str) -> Floats:
        if array.ndim != 2 or array.shape[1] != self.dim:  # noqa: PLR2004 (a matrix)
            raise ValueError(f"{what} has the shape {array.shape}, not (n, {self.dim})")
        return np.ascontiguousarray(array, np.float32)

    def _call(self, name: str, *arrays: NDArray[Any]) -> None:
        from mlir.runtime import get_ranked_memref_descriptor  # noqa: PLC0415

        described = [get_ranked_memref_descriptor(array) for array in arrays]
        self.engine.invoke(name, *(ctypes.pointer(ctypes.pointer(one)) for one in described))


@cache
def compile_kernels(dim: int) -> Kernels:
    """Compile the kernels for rows of `dim` numbers, once in a process.

    Raises:
        ValueError: `dim` is not positive.
    """
    if dim < 1:
        raise ValueError(f"a row needs at least one number, not {dim}")
    from mlir.execution_engine import ExecutionEngine  # noqa: PLC0415

    return Kernels(dim, ExecutionEngine(lowered(dim), opt_level=OPTIMIZE))
