"""Joins: jerk known by hand, peaks and percentiles written out, pooling, other frame rates, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics import joins, physics
from ballo.metrics.joins import Joined

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)
NONE = np.zeros(0)


def cubic(frames: int, fps: float) -> np.ndarray:
    """A body of two joints whose third derivative is (6, 0, 0) and (0, 18, 24): 18 on average."""
    t = np.arange(frames)[:, None, None] / fps
    return t**3 * np.array([[1.0, 0, 0], [0, 3.0, 4.0]]) + t**2 * np.array([0.3, -1.0, 0.2]) + t


def dancing(fps: float, seconds: float = 20.0) -> np.ndarray:
    t = np.arange(round(seconds * fps))[:, None] / fps
    rates, phases = np.array([1.1, 2.3, 3.7, 5.2]), np.array([0.0, 1.0, 2.0, 3.0])
    waves = 0.2 * np.sin(rates * t + phases)
    return np.stack([waves, waves[:, ::-1], 0.5 * waves], axis=-1)


@pytest.mark.parametrize("fps", [20.0, 25.0, 50.0, 60.0, 80.0, 120.0])
def test_jerk_of_a_cubic_is_constant_at_any_frame_rate(fps):
    jerk, seconds = joins.jerk_by_frame(cubic(round(6 * fps), fps), fps)
    np.testing.assert_allclose(jerk, 18.0, rtol=1e-6)
    np.testing.assert_allclose(np.diff(seconds), 0.04)
    assert seconds[0] == pytest.approx(0.06)
    assert 5.8 < seconds[-1] < 6.0
    found = joins.join_jerk([Joined(cubic(round(6 * fps), fps), fps, np.array([1.0, 4.0]))])
    assert found.joins == 2
    for value in (found.median_peak, found.mean_peak, found.p90_peak, found.inside_p95, found.inside_mean):
        assert value == pytest.approx(18.0)
    assert found.ratio == pytest.approx(1)
    assert found.random_windows == pytest.approx(1)


def test_it_is_the_jerk_of_physics():
    positions = np.cumsum(np.random.default_rng(0).normal(size=(80, 5, 3)), axis=0)
    assert joins.jerk_by_frame(positions, 25.0)[0].mean() == pytest.approx(physics.jerk(positions, 25.0))
    assert joins.join_jerk([Joined(positions, 25.0, NONE)]).inside_mean == pytest.approx(physics.jerk(positions, 25.0))


@pytest.mark.parametrize("every", [2, 3, 4])
def test_frames_that_lie_on_the_new_ones_are_taken_as_they_are(every):
    positions = np.random.default_rng(0).normal(size=(20 * every + 1, 3, 3))
    resampled, plain = joins.jerk_by_frame(positions, 25.0 * every), joins.jerk_by_frame(positions[::every], 25.0)
    np.testing.assert_allclose(resampled[0], plain[0], rtol=1e-9)
    np.testing.assert_allclose(resampled[1], plain[1])


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_too_short_a_dance_has_no_jerk(frames):
    found = joins.join_jerk([Joined(np.ones((frames, 2, 3)), 25.0, np.array([0.05]))])
    assert found.joins == 0
    assert np.isnan([found.median_peak, found.ratio, found.inside_p95, found.random_windows]).all()


def test_nothing_at_all_and_nothing_but_joins():
    assert joins.join_jerk([]).joins == 0
    found = joins.join_jerk([Joined(cubic(10, 25.0), 25.0, np.array([0.1, 0.3]))])
    assert found.median_peak == pytest.approx(18)
    assert np.isnan([found.inside_p95, found.ratio, found.random_windows]).all()


def test_who_stands_still_has_no_ratio():
    found = joins.join_jerk([Joined(np.ones((100, 2, 3)), 25.0, np.array([2.0]))])
    assert (found.median_peak, found.inside_p95) == (0, 0)
    assert np.isnan(found.ratio)


def test_a_jump_shows_at_its_join_and_hides_nowhere_else():
    positions = dancing(25.0)
    positions[250:, :, 0] += 0.1
    smooth = joins.join_jerk([Joined(dancing(25.0), 25.0, np.array([10.0]))])
    found = joins.join_jerk([Joined(positions, 25.0, np.array([10.0]))])
    # The third difference of a step of 0.1 m is 0.1, -0.2, 0.1 of it.
    assert found.median_peak == pytest.approx(0.2 * 25**3, rel=0.02)
    assert found.inside_p95 == pytest.approx(smooth.inside_p95)
    assert found.ratio > 20 > 2 > smooth.ratio
    assert joins.join_jerk([Joined(positions, 25.0, np.array([3.0]))]).ratio < 2
    assert found.random_windows == pytest.approx(smooth.random_windows)


def test_a_join_beyond_the_dance_is_not_measured():
    assert joins.join_jerk([Joined(dancing(25.0), 25.0, np.array([-3.0, 10.0, 99.0]))]).joins == 1


@laws
@given(seeds, st.floats(0.1, 0.5))
def test_peaks_and_percentiles_written_out(seed, reach):
    random = np.random.default_rng(seed)
    peaks, inside, windows, dances = [], [], [], []
    for _ in range(3):
        positions = np.cumsum(random.normal(size=(120, 2, 3)), axis=0) * 0.01
        cuts = random.uniform(0.3, 4.4, 2)
        dances.append(Joined(positions, 25.0, cuts))
        jerks, near = [], []
        for frame in range(117):
            third = positions[frame + 3] - 3 * positions[frame + 2] + 3 * positions[frame + 1] - positions[frame]
            jerks.append(sum(sum(x * x for x in joint) ** 0.5 for joint in third) / 2 * 25**3)
            near.append(min(abs((frame + 1.5) / 25 - cuts)) < reach)
        for cut in cuts:
            peaks.append(max(jerks[frame] for frame in range(117) if abs((frame + 1.5) / 25 - cut) < reach))
        inside += [jerk for jerk, close in zip(jerks, near, strict=True) if not close]
        length = round(2 * reach * 25)
        for first in range(117 - length + 1):
            if not any(near[first : first + length]):
                windows.append(max(jerks[first : first + length]))
    found = joins.join_jerk(dances, reach)
    assert found.joins == 6
    assert found.median_peak == pytest.approx(np.median(peaks))
    assert found.mean_peak == pytest.approx(np.mean(peaks))
    assert found.p90_peak == pytest.approx(np.percentile(peaks, 90))
    assert found.inside_p95 == pytest.approx(np.percentile(inside, 95))
    assert found.inside_mean == pytest.approx(np.mean(inside))
    assert found.ratio == pytest.approx(np.median(peaks) / np.percentile(inside, 95))
    if windows:
        assert found.random_windows == pytest.approx(np.median(windows) / np.percentile(inside, 95))


@pytest.mark.parametrize(("fps", "within"), [(50.0, 1e-9), (100.0, 1e-9), (60.0, 0.01), (80.0, 0.01)])
def test_the_frame_rate_hardly_matters(fps, within):
    cuts = np.array([4.3, 9.0, 15.1])
    slow, fast = (joins.join_jerk([Joined(dancing(rate), rate, cuts)]) for rate in (25.0, fps))
    for name in ("median_peak", "inside_p95", "inside_mean", "ratio", "random_windows"):
        assert getattr(fast, name) == pytest.approx(getattr(slow, name), rel=max(within, 0.01))


@laws
@given(seeds, st.tuples(*[st.floats(-9, 9)] * 3), st.floats(0.1, 9))
def test_where_and_how_large_a_dancer_is_does_not_change_the_ratio(seed, shift, size):
    positions = np.cumsum(np.random.default_rng(seed).normal(size=(120, 2, 3)), axis=0)
    here = joins.join_jerk([Joined(positions, 25.0, np.array([2.0]))])
    there = joins.join_jerk([Joined(positions * size + np.array(shift), 25.0, np.array([2.0]))])
    assert here.ratio == pytest.approx(there.ratio)
    assert here.median_peak * size == pytest.approx(there.median_peak)


@pytest.mark.parametrize(
    ("positions", "fps", "cuts"),
    [
        (np.zeros((9, 3)), 25.0, NONE),
        (np.zeros((9, 2, 2)), 25.0, NONE),
        (np.zeros((9, 0, 3)), 25.0, NONE),
        (np.zeros((9, 2, 3)), 0.0, NONE),
        (np.zeros((9, 2, 3)), 25.0, np.array([np.nan])),
        (np.zeros((9, 2, 3)), 25.0, np.zeros((2, 2))),
    ],
)
def test_what_makes_no_sense_is_refused(positions, fps, cuts):
    with pytest.raises(ValueError, match=r"positions|rate|joins"):
        Joined(positions, fps, cuts)
