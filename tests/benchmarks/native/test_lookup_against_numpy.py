"""The compiled lookup against NumPy's product and partition, in one run: `pytest -m slow -s`."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from agentc.backends.native.jit import compile_kernels

DIM, K, ROUNDS = 384, 10, 15


def numpy_lookup(index, query, k):
    scores = index @ query
    best = np.argpartition(-scores, k)[:k]
    return best[np.argsort(-scores[best], kind="stable")]


@pytest.mark.slow
@pytest.mark.parametrize("n", [20_000, 200_000])
def test_the_compiled_lookup_is_no_slower(n) -> None:
    generator = np.random.default_rng(0)
    index = generator.normal(size=(n, DIM)).astype(np.float32)
    query = generator.normal(size=DIM).astype(np.float32)
    kernels = compile_kernels(DIM)
    assert kernels.lookup(index, query, K)[1].tolist() == numpy_lookup(index, query, K).tolist()
    times: dict[str, list[float]] = {"native": [], "numpy": []}
    for _ in range(ROUNDS):  # in turn, so that a busy machine slows both
        for name, find in (("native", kernels.lookup), ("numpy", numpy_lookup)):
            start = perf_counter()
            find(index, query, K)
            times[name].append(perf_counter() - start)
    native, plain = (min(times[name]) * 1e3 for name in ("native", "numpy"))
    print(f"\n{n} x {DIM}: native {native:.2f} ms, numpy {plain:.2f} ms, {plain / native:.2f} times as fast")
    assert native <= plain
