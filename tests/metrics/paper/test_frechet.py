"""Bailando's and LODGE's FID and Div: as their code computes them."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.plain import features as plain
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from ballo.metrics.paper.frechet import bailando, lodge, published

laws = settings(max_examples=15)
seeds = st.integers(0, 2**32 - 1)


def by_loops(real, made):
    mean, deviation = real.mean(axis=0), real.std(axis=0) + 1e-10
    real, made = (real - mean) / deviation, (made - mean) / deviation
    first, second = np.cov(made, rowvar=False), np.cov(real, rowvar=False)
    apart = made.mean(axis=0) - real.mean(axis=0)
    fid = apart @ apart + np.trace(first) + np.trace(second) - 2 * np.trace(sqrtm(first @ second).real)
    spread = []
    for features in (made, real):
        total, count = 0.0, 0
        for i in range(len(features)):
            for j in range(i + 1, len(features)):
                total, count = total + np.linalg.norm(features[i] - features[j]), count + 1
        spread.append(total / count)
    return fid, *spread


def correlated(seed, count, dimensions):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, dimensions)) @ rng.normal(size=(dimensions, dimensions)) + 5


@laws
@given(seeds, st.integers(2, 8))
def test_it_agrees_with_the_loops(seed, dimensions):
    real, made = correlated(seed, 50, dimensions), correlated(seed + 1, 40, dimensions)
    found = published(real, made)
    assert (found.fid, found.diversity, found.real_diversity) == pytest.approx(by_loops(real, made), rel=1e-6)


def test_forty_dances_of_72_dimensions_as_published():
    """The product of covariances is singular, and the reference's square root of it is not exact."""
    real, made = correlated(0, 60, 72), correlated(1, 40, 72)
    with np.errstate(all="ignore"):
        fid, diversity, _ = by_loops(real, made)
    found = published(real, made)
    assert found.fid == pytest.approx(fid, rel=1e-4)
    assert found.diversity == pytest.approx(diversity)


def test_a_set_is_at_no_distance_from_itself():
    real = correlated(0, 30, 10)
    assert published(real, real).fid == pytest.approx(0, abs=1e-8)


def test_what_no_real_dance_does_is_enormous():
    """Standard deviations have no floor."""
    real, made = np.random.default_rng(0).normal(size=(2, 30, 3))
    real[:, 2] = 0
    made[:, 2] = 0.01
    assert published(real, made).fid > 1e15


def test_bailando_takes_1200_frames_around_the_first_root():
    dance = np.random.default_rng(0).normal(size=(1300, 24, 3)).cumsum(axis=0) * 0.01
    found = bailando(dance)
    assert found.kinetic.shape == (72,)
    around = dance[:1200] - dance[0, 0]
    np.testing.assert_allclose(found.kinetic[:6], plain.published_kinetic(around[:, :2]), rtol=1e-9)
    shifted = bailando(dance + np.array([3.0, 0, -2]))
    np.testing.assert_allclose(shifted.kinetic, found.kinetic, rtol=1e-6)
    np.testing.assert_allclose(shifted.geometric, found.geometric, atol=1e-2)


def test_lodge_takes_22_joints_of_1024_frames_around_the_root():
    dance = np.random.default_rng(0).normal(size=(1100, 24, 3)).cumsum(axis=0) * 0.01
    found = lodge(dance)
    assert found.kinetic.shape == (66,)
    around = dance[:1024, :2] - dance[0, 0]
    around[:, 1] -= around[:, 0]
    np.testing.assert_allclose(found.kinetic[:6], plain.published_kinetic(around), rtol=1e-9)


@pytest.mark.parametrize("shape", [(9, 22, 3), (9, 24), (2, 24, 3)])
def test_what_is_no_dance_is_refused(shape):
    for features_of in (bailando, lodge):
        with pytest.raises(ValueError, match=r"T, 24, 3|3 frames"):
            features_of(np.zeros(shape))


def test_one_dance_is_no_set():
    with pytest.raises(ValueError, match="at least 2"):
        published(np.zeros((1, 3)), np.zeros((9, 3)))
