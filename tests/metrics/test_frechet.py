"""Frechet distances by hand, against scipy's and scikit-learn's formulas, and by their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from sklearn.covariance import ledoit_wolf

from ballo.metrics.frechet import SHRINK_BELOW, Gaussian, frechet, frechet_gaussians, gaussian, root, scale_of

laws = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def correlated(seed, count, dimensions):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, dimensions)) @ rng.normal(size=(dimensions, dimensions)) + rng.normal(size=dimensions)


def test_gaussians_on_a_line_by_hand():
    """Means 1 and 4, deviations 2 and 5: 3^2 + (5 - 2)^2."""
    one, other = (Gaussian(np.array([m]), np.array([[d**2]])) for m, d in ((1.0, 2.0), (4.0, 5.0)))
    assert frechet_gaussians(one, other) == pytest.approx(18)


def test_features_by_hand():
    """Real ones at -1 and 1 in equal number, made ones at 1 and 3: two standard deviations apart, of the same spread."""
    real = np.tile([[-1.0], [1.0]], (10, 1))
    found = frechet(real, real + 2)
    assert found.value == pytest.approx(4)
    assert (found.real_clips, found.made_clips, found.dimensions, found.shrinkage) == (20, 20, 1, 0.0)


@laws
@given(seeds, st.integers(2, 8))
def test_it_agrees_with_scipy(seed, dimensions):
    one, other = gaussian(correlated(seed, 80, dimensions)), gaussian(correlated(seed + 1, 90, dimensions))
    crossed = sqrtm(one.covariance @ other.covariance).real
    expected = ((one.mean - other.mean) ** 2).sum() + np.trace(one.covariance + other.covariance - 2 * crossed)
    assert frechet_gaussians(one, other) == pytest.approx(expected, rel=1e-6)


@laws
@given(seeds, st.integers(2, 6), st.integers(2, 29))
def test_few_clips_are_shrunk_as_scikit_learn_does(seed, dimensions, count):
    features = correlated(seed, count, dimensions)
    found = gaussian(features)
    if count < SHRINK_BELOW * dimensions:
        expected, shrinkage = ledoit_wolf(features)
        assert found.shrinkage == pytest.approx(shrinkage, abs=1e-9)
        np.testing.assert_allclose(found.covariance, expected, rtol=1e-7, atol=1e-9)
    else:
        assert found.shrinkage == 0
        np.testing.assert_allclose(found.covariance, np.cov(features, rowvar=False), rtol=1e-9, atol=1e-12)


@laws
@given(seeds, st.integers(2, 60), st.integers(1, 20))
def test_a_set_is_at_no_distance_from_itself(seed, count, dimensions):
    features = correlated(seed, count, dimensions)
    assert frechet(features, features).value == pytest.approx(0, abs=1e-8)
    shuffled = np.random.default_rng(seed).permutation(features)
    assert frechet(features, shuffled).value == pytest.approx(0, abs=1e-8)


@laws
@given(seeds, st.integers(2, 40), st.integers(1, 12))
def test_gaussians_are_as_far_one_way_as_the_other(seed, count, dimensions):
    one, other = gaussian(correlated(seed, count, dimensions)), gaussian(correlated(seed + 1, count + 3, dimensions))
    there, back = frechet_gaussians(one, other), frechet_gaussians(other, one)
    assert there == pytest.approx(back, rel=1e-9)
    assert there >= 0


@laws
@given(seeds, st.floats(0.01, 100), st.floats(-100, 100))
def test_the_unit_of_a_feature_does_not_matter(seed, size, zero):
    real, made = correlated(seed, 60, 4), correlated(seed + 1, 50, 4)
    units = np.array([size, 1, 1, 1])
    assert frechet(real * units + zero, made * units + zero).value == pytest.approx(frechet(real, made).value, rel=1e-6)


def test_who_is_further_off_is_further():
    real = correlated(0, 400, 5)
    apart = [frechet(real, real + shift).value for shift in (0.5, 1, 2)]
    assert apart[0] == pytest.approx(apart[1] / 4) == pytest.approx(apart[2] / 16)
    widened = [frechet(real, real.mean(axis=0) + (real - real.mean(axis=0)) * spread).value for spread in (1.5, 2, 3)]
    np.testing.assert_allclose(widened, [5 * 0.25 * 400 / 399, 5 * 400 / 399, 5 * 4 * 400 / 399])


def test_halves_of_more_clips_are_nearer():
    def apart(count):
        return np.mean([frechet(correlated(s, 2 * count, 20)[:count], correlated(s, 2 * count, 20)[count:]).value
                        for s in range(5)])  # fmt: skip

    assert apart(30) > apart(200) > apart(2000) > 0


def test_what_never_varies_in_real_clips_has_a_floor():
    real = np.column_stack([np.linspace(-1, 1, 50), np.zeros(50)])
    made = real + np.array([0, 0.1])
    assert frechet(real, made).value == pytest.approx(0.01)  # as it is
    assert frechet(real, made, floor=0.05).value == pytest.approx(4)  # two floors
    np.testing.assert_allclose(scale_of(real, 0.05).one, [real[:, 0].std(), 0.05])


def test_a_root_is_one():
    covariance = np.cov(correlated(3, 50, 6), rowvar=False)
    np.testing.assert_allclose(root(covariance) @ root(covariance), covariance, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("real", "made"),
    [
        (np.zeros((1, 3)), np.zeros((9, 3))),
        (np.zeros((9, 3)), np.zeros((0, 3))),
        (np.zeros((9, 3)), np.zeros((9, 4))),
        (np.zeros(9), np.zeros(9)),
        (np.zeros((9, 0)), np.zeros((9, 0))),
        (np.zeros((9, 3)), np.full((9, 3), np.nan)),
    ],
)
def test_nonsense_is_refused(real, made):
    with pytest.raises(ValueError, match="features must be"):
        frechet(real, made)
