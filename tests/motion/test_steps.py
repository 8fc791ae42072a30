"""Steps: moments at which a swinging foot comes down, by hand and on feet whose landings are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from ballo.motion import steps as stepping
from ballo.motion.skeleton import DANCER
from ballo.motion.steps import LANDING_SPEED, SWING_SPEED, foot_speed, smooth, steps

LEFT, RIGHT = (list(joints) for joints in DANCER.foot_joints)
laws = settings(max_examples=20)


def going(left, right, fps=100.0):
    """(T, 22, 3) of feet that go along z at speeds (T,) in metres a second; all else is still."""
    positions = np.zeros((len(left), len(DANCER), 3))
    for joints, speed in ((LEFT, left), (RIGHT, right)):
        positions[:, joints, 2] = (np.cumsum(speed) / fps)[:, None]
    return positions


def humps(landings, seconds, fps, peak=1.5, swing=0.4):
    """Speed (T,) of a foot that swings like half a sine and has landed at each of `landings`."""
    t = np.arange(round(seconds * fps)) / fps
    speed = np.zeros_like(t)
    for landing in landings:
        share = (t - landing) / swing + 1
        speed += np.where((share >= 0) & (share <= 1), peak * np.sin(np.pi * share), 0)
    return speed


def crossing(peak=1.5, swing=0.4):
    """How long before it has landed a hump falls through the threshold, smoothed: from ten thousand frames a second."""
    fps = 10_000.0
    speed = gaussian_filter1d(humps([1.0], 2.0, fps, peak, swing), stepping.SMOOTHING_SECONDS * fps)
    last = np.flatnonzero(speed >= LANDING_SPEED)[-1]
    return 1.0 - last / fps


@pytest.mark.parametrize("fps", [24.0, 25.0, 50.0, 80.0, 119.88])
def test_steps_are_where_feet_land(fps):
    left, right = np.array([1.0, 2.1, 3.3]), np.array([1.53, 2.71])
    found = steps(DANCER, going(humps(left, 4.5, fps), humps(right, 4.5, fps), fps), fps)
    # A cumulated speed lies half a frame late.
    np.testing.assert_allclose(found, np.sort([*left, *right]) - crossing() - 0.5 / fps, atol=0.25 / fps)


def test_a_foot_that_shuffles_does_not_step():
    below = SWING_SPEED * 0.95
    speed = humps([1.0, 2.0, 3.0], 4.0, 100.0, peak=below)
    assert not len(steps(DANCER, going(speed, 0 * speed), 100.0))
    assert len(steps(DANCER, going(2 * speed, 0 * speed), 100.0)) == 3


def test_a_foot_must_swing_again_to_step_again():
    """It wavers about the lower threshold after landing."""
    t = np.arange(400) / 100
    speed = humps([1.0], 4.0, 100.0) + np.where(t > 1.2, LANDING_SPEED + 0.1 * np.sin(8 * t), 0)
    assert len(steps(DANCER, going(speed, 0 * speed), 100.0)) == 1


def test_a_foot_already_swinging_steps_and_one_that_never_lands_does_not():
    t = np.arange(200) / 100
    landing, lifting = np.where(t < 1, 1.2, 0.0), np.where(t < 1, 0.0, 1.2)
    assert steps(DANCER, going(landing, 0 * t), 100.0) == pytest.approx([1.0], abs=0.06)
    assert not len(steps(DANCER, going(lifting, 0 * t), 100.0))


def test_both_feet_are_told_in_the_order_of_time():
    found = steps(DANCER, going(humps([3.0], 4.0, 100.0), humps([1.0, 2.0], 4.0, 100.0)), 100.0)
    assert len(found) == 3
    assert (np.diff(found) > 0.9).all()


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_next_to_no_frames_hold_no_step(frames):
    positions = np.zeros((frames, len(DANCER), 3))
    assert steps(DANCER, positions, 25.0).shape == (0,)
    assert foot_speed(DANCER, positions, 25.0).shape == (frames, 2)


def test_speed_is_the_mean_of_heel_and_toe():
    """A heel that stands and a toe that turns about it at 1 m/s."""
    positions = np.zeros((50, len(DANCER), 3))
    positions[:, LEFT[1], 0] = np.arange(50) / 100
    speeds = foot_speed(DANCER, positions, 100.0)
    np.testing.assert_allclose(speeds[:, 0], 0.5)
    np.testing.assert_allclose(speeds[:, 1], 0)


@laws
@given(st.floats(0.5, 6), st.integers(2, 60), st.integers(0, 2**32 - 1))
def test_smoothing_is_scipys(sigma, frames, seed):
    values = np.random.default_rng(seed).normal(size=(frames, 2))
    reach = max(1, round(4 * sigma))
    known = gaussian_filter1d(values, sigma, axis=0, mode="nearest", radius=reach)
    np.testing.assert_allclose(smooth(values, sigma), known, atol=1e-9)


def test_smoothing_keeps_what_is_constant_and_the_shape():
    np.testing.assert_allclose(smooth(np.full((7, 3, 2), 4.2), 2.0), 4.2)
    assert smooth(np.zeros(5), 0.1).shape == (5,)
