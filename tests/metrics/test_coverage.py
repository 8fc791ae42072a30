"""Precision, recall, density and coverage by hand, against scikit-learn's neighbours, and by what they are for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from ballo.metrics import coverage as module
from ballo.metrics.coverage import coverage, neighbourhoods, reach

laws = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def by_scikit_learn(real, made, k):
    balls = {
        name: NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0][:, k]
        for name, points in (("real", real), ("made", made))
    }
    apart = np.linalg.norm(made[:, None] - real[None], axis=-1)
    inside = apart <= balls["real"]
    return (
        inside.any(axis=1).mean(),
        (apart <= balls["made"][:, None]).any(axis=0).mean(),
        inside.sum() / k / len(made),
        inside.any(axis=0).mean(),
    )


def test_four_points_on_a_line_by_hand():
    """Real at 0, 1, 2, 10, whose nearest are 1, 1, 1 and 8 off; made at 1.5 and 1.6 and 3.5, nearest 0.1, 0.1 and 1.9."""
    real, made = np.array([[0.0], [1], [2], [10]]), np.array([[1.5], [1.6], [3.5]])
    found = coverage(real, made, neighbours=1)
    assert found.precision == pytest.approx(3 / 3)  # 1.5 and 1.6 by 1 and 2; 3.5 by 10, which reaches to 2
    assert found.density == pytest.approx((2 + 2 + 1) / 3)
    assert found.coverage == pytest.approx(3 / 4)  # none within 1 of 0
    assert found.recall == pytest.approx(1 / 4)  # 2 by 3.5


@laws
@given(seeds, st.integers(1, 5), st.integers(7, 40), st.integers(7, 40))
def test_it_agrees_with_scikit_learn(seed, k, reals, mades):
    rng = np.random.default_rng(seed)
    real, made = rng.normal(size=(reals, 3)), rng.normal(size=(mades, 3)) + 0.5
    found = coverage(real, made, neighbours=k)
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(by_scikit_learn(real, made, k))


def test_blocks_do_not_show(monkeypatch):
    rng = np.random.default_rng(0)
    real, made = rng.normal(size=(50, 4)), rng.normal(size=(43, 4))
    whole = coverage(real, made)
    monkeypatch.setattr(module, "_BLOCK", 7)
    assert coverage(real, made) == whole


def test_sets_of_one_kind_have_about_one_of_all():
    rng = np.random.default_rng(1)
    found = coverage(rng.normal(size=(1500, 4)), rng.normal(size=(1500, 4)))
    assert found.density == pytest.approx(1, abs=0.05)
    assert min(found.precision, found.recall, found.coverage) > 0.9


def test_copies_are_perfect():
    real = np.random.default_rng(2).normal(size=(60, 8))
    found = coverage(real, real)
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)


def test_what_is_all_alike_is_precise_and_covers_little():
    rng = np.random.default_rng(3)
    real = rng.normal(size=(500, 4))
    timid = coverage(real, 0.05 * rng.normal(size=(500, 4)))
    assert timid.precision == 1
    assert timid.density > 1
    assert timid.recall < 0.05
    assert timid.coverage < 0.3


def test_what_is_wild_is_not_precise_and_recall_is_fooled_by_it():
    rng = np.random.default_rng(4)
    real = rng.normal(size=(500, 4))
    wild = coverage(real, 8 * rng.normal(size=(500, 4)))
    assert wild.precision < 0.1
    assert wild.coverage < 0.2
    assert wild.recall > 0.5


def test_reach_by_hand():
    np.testing.assert_allclose(reach(np.array([[0.0], [1], [3], [7]]), 2), [3, 2, 3, 6])


@pytest.mark.parametrize(("real", "made", "k"), [((5, 2), (9, 2), 5), ((9, 2), (5, 2), 5), ((9, 2), (9, 2), 0)])
def test_too_few_for_neighbours_are_refused(real, made, k):
    with pytest.raises(ValueError, match="neighbours need"):
        coverage(np.zeros(real), np.zeros(made), neighbours=k)


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="features must be"):
        coverage(np.zeros((9, 2)), np.zeros((9, 3)))


def test_weights_count_clips_more_than_once():
    rng = np.random.default_rng(5)
    real, made = rng.normal(size=(30, 3)), rng.normal(size=(20, 3)) + 1
    found = neighbourhoods(real, made, 2)
    assert found.coverage() == coverage(real, made, 2)
    once = found.coverage(np.r_[np.ones(10), np.zeros(20)], np.r_[np.zeros(12), np.full(8, 2)])
    assert once.recall == pytest.approx(found.recalled[:10].mean())
    assert once.coverage == pytest.approx(found.covered[:10].mean())
    assert once.precision == pytest.approx((found.around_made[12:] > 0).mean())
    assert once.density == pytest.approx(found.around_made[12:].mean() / 2)
