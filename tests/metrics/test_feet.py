"""Feet on the floor: planted, sliding and hovering feet known by hand, figures written out, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import minimum_filter1d

from ballo.metrics import feet
from ballo.metrics.feet import Skate, Standing

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def sliding(speed: float, fps: float, seconds: float = 8.0, climb: float = 0.0, height: float = 0.0) -> np.ndarray:
    """(T, 2, 3): the left toe slides along a slanted line on a floor that may climb; the right one swings high and fast."""
    t = np.arange(round(seconds * fps)) / fps
    left = np.stack([0.6 * speed * t, height + climb * t, 0.8 * speed * t], axis=1)
    right = np.stack([np.sin(9 * t), height + climb * t + 0.2, 3 * t], axis=1)
    return np.stack([left, right], axis=1)


@pytest.mark.parametrize("shape", [(9,), (9, 3), (9, 2, 2), (9, 0, 3), (1, 9, 2, 3)])
@pytest.mark.parametrize(
    "measure",
    [feet.skate, feet.sliding_ratio, feet.running_floor, feet.toe_floor_drift, lambda points, _: feet.standing(points)],
)
def test_other_shapes_are_refused(measure, shape):
    with pytest.raises(ValueError, match=r"\(T, P, 3\)"):
        measure(np.zeros(shape), 25.0)


@pytest.mark.parametrize("fps", [0.0, -25.0, np.nan, np.inf])
@pytest.mark.parametrize("measure", [feet.skate, feet.sliding_ratio, feet.running_floor, feet.toe_floor_drift])
def test_a_frame_rate_is_a_positive_number(measure, fps):
    with pytest.raises(ValueError, match="rate"):
        measure(np.zeros((9, 2, 3)), fps)


# Skating.


@pytest.mark.parametrize("frames", [0, 1])
def test_too_short_a_dance_does_not_skate(frames):
    found = feet.skate(np.zeros((frames, 2, 3)), 25.0)
    assert np.isnan([found.median, found.p90]).all()
    assert found.contact_share == 0


def test_planted_feet_do_not_skate_whatever_the_other_does():
    assert feet.skate(sliding(0.0, 25.0), 25.0) == Skate(0.0, 0.0, 1.0)
    assert feet.skate(np.ones((50, 2, 3)), 25.0) == Skate(0.0, 0.0, 1.0)


@pytest.mark.parametrize("fps", [12.0, 25.0, 50.0, 59.94, 80.0])
@pytest.mark.parametrize("speed", [0.04, 1.5])
def test_who_slides_skates_as_fast(fps, speed):
    found = feet.skate(sliding(speed, fps), fps)
    assert found.median == pytest.approx(speed)
    assert found.p90 == pytest.approx(speed)
    assert found.contact_share == 1


def test_going_up_and_down_is_no_skating():
    toes = sliding(0.0, 25.0)
    toes[:, 0, 1] = 0.01 * np.sin(np.arange(200))
    assert feet.skate(toes, 25.0).p90 == 0


def test_a_foot_in_the_air_does_not_count():
    # Stands for two seconds, hops away at one metre a second and half a metre high, stands again.
    toes = np.zeros((150, 1, 3))
    toes[50:100, 0, 1] = 0.5
    toes[50:100, 0, 0] = np.arange(50) / 25
    toes[100:, 0, 0] = 2
    fixed = feet.skate(toes, 25.0, floor=0.0)
    assert fixed.median == 0
    assert fixed.contact_share == pytest.approx(100 / 150)
    # Its own floor rises after half a second in the air: who hovers slides too.
    own = feet.skate(toes, 25.0)
    assert fixed.contact_share < own.contact_share < 1


@pytest.mark.parametrize(("height", "share"), [(0.0299, 1.0), (0.03, 0.0)])
def test_three_centimetres_are_the_limit(height, share):
    assert feet.skate(sliding(0.3, 25.0, height=height), 25.0, floor=0.0).contact_share == share
    assert feet.skate(sliding(0.3, 25.0, height=height), 25.0, floor=np.full(200, height)).contact_share == 1


def test_a_drifting_floor_hides_nothing():
    # A floor that climbs 5 cm/s: by the ground at 0 the foot would soon not count.
    found = feet.skate(sliding(0.2, 25.0, climb=0.05), 25.0)
    assert found.median == pytest.approx(0.2)
    assert found.contact_share == 1
    assert feet.skate(sliding(0.2, 25.0, climb=0.05), 25.0, floor=0.0).contact_share < 0.2


def test_only_kept_frames_count():
    toes = np.concatenate([sliding(0.1, 25.0), sliding(0.1, 25.0) + np.array([5.0, 0, 0])])
    toes[200:, 0, :] = toes[200, 0]
    keep = np.ones(400, dtype=bool)
    keep[:205] = False
    assert feet.skate(toes, 25.0, keep=keep) == Skate(0.0, 0.0, 1.0)
    assert feet.skate(toes, 25.0, keep=~keep).median == pytest.approx(0.1)
    assert np.isnan(feet.skate(toes, 25.0, keep=np.zeros(400, dtype=bool)).median)
    for bad in (keep[1:], keep.astype(int)):
        with pytest.raises(ValueError, match="keep"):
            feet.skate(toes, 25.0, keep=bad)


@laws
@given(seeds, st.sampled_from([20.0, 25.0, 60.0]))
def test_skating_written_out(seed, fps):
    random = np.random.default_rng(seed)
    toes = np.cumsum(random.normal(size=(60, 2, 3)), axis=0) * 0.01
    reach, speeds = max(1, round(0.04 * fps)), []
    for frame in range(60):
        lower = 0 if toes[frame, 0, 1] <= toes[frame, 1, 1] else 1
        window = range(max(0, frame - round(fps / 2)), min(60, frame + round(fps / 2) + 1))
        floor = min(toes[other, foot, 1] for other in window for foot in range(2))
        if toes[frame, lower, 1] - floor < 0.03:
            first, last = max(frame - reach, 0), min(frame + reach, 59)
            x, _, z = (toes[last, lower] - toes[first, lower]) * fps / (last - first)
            speeds.append((x * x + z * z) ** 0.5)
    found = feet.skate(toes, fps)
    assert found.contact_share == pytest.approx(len(speeds) / 60)
    assert found.median == pytest.approx(np.median(speeds))
    assert found.p90 == pytest.approx(np.percentile(speeds, 90))


@laws
@given(seeds, st.floats(-np.pi, np.pi), st.tuples(*[st.floats(-9, 9)] * 3))
def test_where_and_how_high_a_dance_is_does_not_matter(seed, radians, shift):
    toes = np.cumsum(np.random.default_rng(seed).normal(size=(60, 2, 3)), axis=0) * 0.01
    turn = np.array([[np.cos(radians), 0, np.sin(radians)], [0, 1, 0], [-np.sin(radians), 0, np.cos(radians)]])
    here, there = feet.skate(toes, 25.0), feet.skate(toes @ turn.T + np.array(shift), 25.0)
    assert here.median == pytest.approx(there.median, abs=1e-6)
    assert feet.toe_floor_drift(toes, 25.0) == pytest.approx(
        feet.toe_floor_drift(toes @ turn.T + np.array(shift), 25.0), abs=1e-9
    )


@pytest.mark.parametrize("fps", [50.0, 80.0, 100.0])
def test_the_frame_rate_hardly_matters(fps):
    def walk(rate: float) -> np.ndarray:
        t = np.arange(round(20 * rate)) / rate
        way, swing = 0.6 * np.sin(0.5 * t), np.sin(2 * np.pi * t)
        foot = np.stack([way, 0.05 * np.clip(swing, 0, None) ** 2, 0.5 * np.cos(0.7 * t)], axis=1)
        other = np.stack([way, 0.05 * np.clip(-swing, 0, None) ** 2, 0.4 * np.cos(0.7 * t)], axis=1)
        return np.stack([foot, other], axis=1)

    slow, fast = feet.skate(walk(25.0), 25.0), feet.skate(walk(fps), fps)
    assert fast.median == pytest.approx(slow.median, rel=0.02)
    assert fast.p90 == pytest.approx(slow.p90, rel=0.02)


# Sliding.


@pytest.mark.parametrize("frames", [0, 1])
def test_whether_too_short_a_dance_slides_nobody_knows(frames):
    assert np.isnan(feet.sliding_ratio(np.zeros((frames, 2, 3)), 25.0))


def test_nor_whether_who_is_never_on_the_floor_does():
    assert np.isnan(feet.sliding_ratio(sliding(1.0, 25.0, height=0.5), 25.0, floor=0.0))


@laws
@given(st.tuples(*[st.floats(-9, 9)] * 6), st.sampled_from([12.5, 25.0, 29.97, 100.0]), seeds)
def test_planted_feet_do_not_slide_wherever_they_are(where, fps, seed):
    toes = np.tile(np.array(where).reshape(2, 3), (80, 1, 1))
    assert feet.sliding_ratio(toes, fps) == 0
    toes[:, 1, 1] += np.abs(toes[0, 0, 1] - toes[0, 1, 1]) + 0.1  # the other one swings as it likes
    toes[:, 1] += np.random.default_rng(seed).uniform(0, 0.05, (80, 3))
    assert feet.sliding_ratio(toes, fps) == 0


@pytest.mark.parametrize("fps", [12.5, 25.0, 29.97, 50.0, 120.0])
@pytest.mark.parametrize(("speed", "ratio"), [(0.099, 0.0), (0.101, 1.0), (2.0, 1.0)])
def test_ten_centimetres_a_second_are_the_limit_whatever_the_frame_rate_and_the_way(fps, speed, ratio):
    assert feet.sliding_ratio(sliding(speed, fps), fps) == ratio
    turned = sliding(speed, fps)
    turned[..., 0] *= -1  # along the other diagonal, where the two velocities cancel
    assert feet.sliding_ratio(turned, fps) == ratio


def test_the_share_of_sliding_by_hand():
    # Stands for 4 s, slides for 1 s at 0.5 m/s, stands for 3 s; velocity reaches a frame to either side.
    toes = np.zeros((200, 1, 3))
    toes[100:125, 0, 2] = 0.5 / 25 * np.arange(1, 26)
    toes[125:, 0, 2] = 0.5
    assert feet.sliding_ratio(toes, 25.0) == pytest.approx(26 / 200)
    keep = np.ones(200, dtype=bool)
    keep[:90] = False
    assert feet.sliding_ratio(toes, 25.0, keep=keep) == pytest.approx(26 / 110)
    toes[40:90, 0, 1] = 0.2  # in the air for 2 s, over a floor that is known
    assert feet.sliding_ratio(toes, 25.0, floor=0.0) == pytest.approx(26 / 150)


def test_the_foot_in_the_air_may_go_as_fast_as_it_likes():
    assert feet.sliding_ratio(sliding(0.0, 25.0), 25.0) == 0


# The running floor.


@laws
@given(seeds, st.sampled_from([10.0, 25.0, 80.0]))
def test_the_running_floor_is_scipys_running_minimum(seed, fps):
    heights = np.random.default_rng(seed).normal(size=(90, 3))
    points = np.stack([heights, heights, heights], axis=-1)
    expected = minimum_filter1d(heights.min(axis=1), 2 * round(fps / 2) + 1, mode="nearest")
    np.testing.assert_allclose(feet.running_floor(points, fps), expected)


def test_without_frames_there_is_no_floor():
    assert feet.running_floor(np.zeros((0, 2, 3)), 25.0).shape == (0,)
    assert np.isnan(feet.toe_floor_drift(np.zeros((0, 2, 3)), 25.0))


def test_a_level_floor_does_not_drift_however_high_feet_swing():
    toes = sliding(1.0, 25.0, height=0.4)
    toes[:, 0, 1] += 0.3 * (np.arange(200) % 20 < 10)
    assert feet.toe_floor_drift(toes, 25.0) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("fps", [25.0, 50.0, 80.0])
def test_a_floor_that_climbs_drifts_as_an_even_spread(fps):
    # Evenly spread over 0.4 m: 0.4 / sqrt(12). The windows lose little of it.
    assert feet.toe_floor_drift(sliding(0.1, fps, climb=0.05), fps) == pytest.approx(0.4 / np.sqrt(12), rel=0.05)


def test_a_floor_of_two_heights_drifts_by_half_their_difference():
    toes = np.zeros((200, 2, 3))
    toes[100:, :, 1] = 0.1
    assert feet.toe_floor_drift(toes, 25.0) == pytest.approx(0.05, rel=0.02)


# Standing on it.


def test_who_stands_on_the_floor_is_neither_under_nor_over_it():
    points = np.random.default_rng(0).uniform(0, 1, (40, 4, 3))
    points[:, 2, 1] = 0
    assert feet.standing(points) == Standing(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert np.isnan(feet.standing(points[:0]).depth)


def test_depths_and_heights_by_hand():
    points = np.full((5, 2, 3), 0.5)
    points[:, 1, 1] = [-0.05, -0.005, 0.0, 0.02, 0.08]
    found = feet.standing(points)
    assert found.depth == pytest.approx(0.055 / 5)
    assert (found.deepest, found.under_share) == (0.05, 0.2)
    assert found.height == pytest.approx(0.1 / 5)
    assert (found.highest, found.over_share) == (0.08, 0.2)
    raised = feet.standing(points + np.array([0, 1.0, 0]), floor_metres=1.0, tolerance_metres=0.002)
    assert raised.deepest == pytest.approx(0.05)
    assert raised.under_share == 0.4
