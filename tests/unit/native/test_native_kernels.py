"""Compiled kernels against NumPy: any length of row, any number of rows, ties, zeros, wrong shapes."""

from __future__ import annotations

import numpy as np
import pytest

from agentc.backends.native.jit import compile_kernels

DIMS = [1, 15, 16, 17, 384]


def rows(n: int, dim: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize(("n", "k"), [(1, 1), (7, 3), (200, 10), (5, 9), (0, 4)])
def test_lookup_finds_what_a_sort_finds(dim, n, k) -> None:
    index, query = rows(n, dim), rows(1, dim, seed=1)[0]
    scores, where = compile_kernels(dim).lookup(index, query, k)
    exact = index.astype(np.float64) @ query.astype(np.float64)
    np.testing.assert_array_equal(where, np.argsort(-exact, kind="stable")[:k])
    np.testing.assert_allclose(scores, np.sort(exact)[::-1][:k], rtol=1e-5, atol=1e-5)


def test_of_equal_rows_the_earlier_one_comes_first() -> None:
    index = np.ones((50, 16), np.float32)
    index[20] = 2
    _, where = compile_kernels(16).lookup(index, np.ones(16, np.float32), 5)
    assert where.tolist() == [20, 0, 1, 2, 3]


def test_other_layouts_are_taken() -> None:
    index, query = rows(30, 17), rows(1, 17, seed=1)[0]
    plain = compile_kernels(17).lookup(index, query, 4)
    turned = compile_kernels(17).lookup(np.asfortranarray(index), query[::-1].copy()[::-1], 4)
    np.testing.assert_array_equal(plain[1], turned[1])


@pytest.mark.parametrize("dim", DIMS)
def test_maxsim(dim) -> None:
    query, passage = rows(6, dim), rows(40, dim, seed=1)
    expected = (query @ passage.T).max(axis=1).sum()
    assert compile_kernels(dim).maxsim(query, passage) == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert compile_kernels(dim).maxsim(query[:0], passage) == 0.0


@pytest.mark.parametrize("dim", DIMS)
def test_mean_pool(dim) -> None:
    tokens = rows(12, dim)
    mask = np.array([1] * 9 + [0] * 3, np.float32)
    np.testing.assert_allclose(
        compile_kernels(dim).mean_pool(tokens, mask), tokens[:9].mean(axis=0), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("dim", DIMS)
def test_normalize(dim) -> None:
    given = rows(9, dim)
    given[4] = 0
    before = given.copy()
    made = compile_kernels(dim).normalize(given)
    np.testing.assert_allclose(np.linalg.norm(np.delete(made, 4, 0), axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(made[4], 0)
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda k: k.lookup(rows(3, 15), rows(1, 16)[0], 1), r"rows has the shape \(3, 15\), not \(n, 16\)"),
        (lambda k: k.lookup(rows(3, 16), rows(1, 15)[0], 1), r"query has the shape \(1, 15\)"),
        (lambda k: k.mean_pool(rows(3, 16), np.ones(2, np.float32)), "2 weights for 3 rows"),
        (lambda k: k.maxsim(rows(3, 16), rows(0, 16)), "at least one row"),
        (lambda _: compile_kernels(0), "at least one number, not 0"),
    ],
)
def test_wrong_shapes_are_refused(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call(compile_kernels(16))
