"""Nearest vectors against looking at all of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from ballo.metrics import nearest
from ballo.metrics.nearest import Nearest


def walks(count: int, seed: int, dimensions: int = 12) -> np.ndarray:
    """Vectors like poses of dances: near the one before, and back to where others were."""
    return np.cumsum(np.random.default_rng(seed).normal(size=(count, dimensions)), axis=0) * 0.05


def test_few_are_all_searched():
    vectors, queries = walks(900, 0), walks(300, 1)
    away, place = Nearest.of(vectors)(queries)
    far, index = cKDTree(vectors).query(queries)
    np.testing.assert_allclose(away, far, atol=1e-5)
    assert (place == index).mean() > 0.99, "where two are as near, either will do"


def test_of_many_nearly_all_find_their_nearest_and_none_one_that_is_nearer():
    vectors = walks(30_000, 0)
    queries = vectors[::50] + np.random.default_rng(2).normal(scale=0.05, size=(600, 12))
    away, place = Nearest.of(vectors)(queries)
    far, _ = cKDTree(vectors).query(queries)
    assert (away > far - 1e-5).all()
    assert (away < far + 1e-5).mean() > 0.97
    assert away.mean() == pytest.approx(far.mean(), rel=0.01)
    np.testing.assert_allclose(np.linalg.norm(vectors[place] - queries, axis=1), away, atol=1e-5)


def test_what_is_there_is_found_where_it_is():
    vectors = walks(10_000, 3)
    away, place = Nearest.of(vectors)(vectors[::7])
    np.testing.assert_array_equal(place, np.arange(0, 10_000, 7))
    np.testing.assert_allclose(away, 0, atol=1e-5)


def test_vectors_that_repeat_themselves(monkeypatch):
    """Thousands of times the same, so that most centres are the same too, and one that is not."""
    monkeypatch.setattr(nearest, "PROBES", 2)
    vectors = np.zeros((9000, 3))
    vectors[4321] = 1.0
    away, place = Nearest.of(vectors)(np.array([[0.0, 0.0, 0.1], [1.0, 1.0, 0.9]]))
    np.testing.assert_allclose(away, 0.1, atol=1e-6)
    assert place[1] == 4321


def test_far_from_the_origin_as_near_it():
    vectors, queries = walks(500, 4), walks(50, 5)
    near, _ = Nearest.of(vectors)(queries)
    far, _ = Nearest.of(vectors + 1000.0)(queries + 1000.0)
    np.testing.assert_allclose(far, near, atol=1e-5)


def test_one_vector_and_no_query():
    found = Nearest.of(np.array([[3.0, 4.0]]))
    assert len(found) == 1
    np.testing.assert_allclose(found(np.zeros((1, 2)))[0], 5)
    assert [len(each) for each in found(np.zeros((0, 2)))] == [0, 0]


@pytest.mark.parametrize("vectors", [np.zeros((0, 3)), np.zeros(3), np.array([[np.nan, 0.0]])])
def test_nonsense_is_refused(vectors):
    with pytest.raises(ValueError, match="vector"):
        Nearest.of(vectors)


def test_queries_of_another_length_are_refused():
    with pytest.raises(ValueError, match="3 numbers"):
        Nearest.of(np.zeros((2, 2)))(np.zeros((1, 3)))
