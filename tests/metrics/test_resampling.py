"""Motion at another frame rate: what must stay, cubics, scipy's spline, and frames that do not count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import make_interp_spline

from ballo.metrics.resampling import resample, resample_keep

laws = settings(max_examples=20)
rates = st.floats(2, 240)


@pytest.mark.parametrize("fps", [0.0, -25.0, np.nan, np.inf])
def test_a_rate_is_a_positive_number(fps):
    for call in (lambda: resample(np.zeros((9, 3)), fps), lambda: resample(np.zeros((9, 3)), 25.0, fps)):
        with pytest.raises(ValueError, match="rate"):
            call()
    with pytest.raises(ValueError, match="frames"):
        resample(np.array(1.0), 25.0)


def test_nothing_stays_nothing_and_one_frame_one():
    assert resample(np.zeros((0, 4, 3)), 50.0).shape == (0, 4, 3)
    np.testing.assert_array_equal(resample(np.full((1, 2), 7.0), 50.0), np.full((1, 2), 7.0))


def test_the_same_rate_gives_the_same():
    values = np.random.default_rng(0).normal(size=(9, 4, 3)).astype(np.float32)
    assert resample(values, 25.0) is values


@laws
@given(st.integers(2, 60), rates, rates)
def test_as_many_frames_as_lie_between_the_first_and_the_last(frames, fps, to_fps):
    seconds = (frames - 1) / fps
    found = (len(resample(np.zeros((frames, 1)), fps, to_fps)) - 1) / to_fps
    assert found <= seconds + 1e-6 < found + 1 / to_fps + 2e-6


@laws
@given(st.integers(2, 60), rates, st.lists(st.floats(-5, 5), min_size=4, max_size=4))
def test_a_cubic_stays_that_cubic(frames, fps, coefficients):
    kept = coefficients[: min(4, frames)]  # so few frames say no more
    values = np.polynomial.polynomial.polyval(np.arange(frames) / fps, kept)
    found = resample(values, fps)
    expected = np.polynomial.polynomial.polyval(np.arange(len(found)) / 25, kept)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("fps", [50.0, 75.0, 100.0])
def test_frames_of_both_rates_stay(fps):
    values = np.random.default_rng(0).normal(size=(151, 4, 3))
    np.testing.assert_allclose(resample(values, fps), values[:: round(fps / 25)], atol=1e-9)
    there = resample(values, 25.0, fps)
    np.testing.assert_allclose(there[:: round(fps / 25)], values, atol=1e-9)
    np.testing.assert_allclose(resample(there, fps), values, atol=1e-9)


@pytest.mark.parametrize("fps", [12.5, 23.976, 29.97, 60.0])
def test_inside_it_is_scipys_spline(fps):
    values = np.cumsum(np.random.default_rng(0).normal(size=(300, 4, 3)), axis=0)
    found = resample(values, fps)
    expected = make_interp_spline(np.arange(300), values, k=3)(np.arange(len(found)) * fps / 25)
    inside = slice(round(30 * 25 / fps), len(found) - round(30 * 25 / fps))
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-9)
    assert np.abs(found - expected).max() < 0.3, "at the ends the two go on in ways of their own"


def test_frames_between_two_that_count_count():
    keep = np.ones(100, dtype=bool)
    keep[40:44] = False
    np.testing.assert_array_equal(resample_keep(keep, 50.0), keep[::2])
    assert resample_keep(keep, 25.0) is keep
    found = resample_keep(keep, 29.97)
    places = np.arange(len(found)) * 29.97 / 25
    np.testing.assert_array_equal(~found, (places > 39) & (places < 44))
    assert len(found) == len(resample(np.zeros(100), 29.97))
    assert resample_keep(keep[:0], 50.0).shape == (0,)


@laws
@given(st.integers(2, 60), rates)
def test_as_many_flags_as_frames(frames, fps):
    keep = np.ones(frames, dtype=bool)
    found = resample_keep(keep, fps)
    assert found.all()
    assert len(found) == len(resample(np.zeros(frames), fps))
