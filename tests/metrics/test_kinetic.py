"""Kinetic features by hand, against a plain version, and blind to where a dancer is, faces and how often she is seen."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.plain import features as plain
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from ballo.metrics.kinetic import FEATURES, SPAN_SECONDS, derivatives, kinetic_features, margin
from ballo.motion import kinematics

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def random_clips(seed, clips=2, frames=30, joints=3):
    return np.random.default_rng(seed).normal(size=(clips, frames, joints, 3)).cumsum(axis=1) * 0.05


def test_even_motion_and_a_fall_by_hand():
    """One joint walks at 3 m/s along x and 4 along z, one rises at 2 m/s, one falls with 9.81 m/s^2 from rest."""
    t = np.arange(50) / 25
    still = np.zeros_like(t)
    joints = [[3 * t, still, 4 * t], [still, 2 * t, still], [still, -9.81 / 2 * t**2, still]]
    clip = np.array(joints).transpose(2, 0, 1)[None]
    found = kinetic_features(clip, 25.0).reshape(3, len(FEATURES))
    np.testing.assert_allclose(found[0], [25, 0, 0], atol=1e-9)
    np.testing.assert_allclose(found[1], [0, 4, 0], atol=1e-9)
    fallen = (9.81 * t[2:-2]) ** 2
    np.testing.assert_allclose(found[2], [0, fallen.mean(), 9.81], atol=1e-9)


@pytest.mark.parametrize("fps", [12.5, 20.0, 24.0, 25.0, 29.97, 50.0, 60.0, 120.0])
def test_a_parabola_has_its_acceleration_at_any_frame_rate(fps):
    t = np.arange(round(3 * fps)) / fps
    clip = np.stack([t**2, 3 * t, -(t**2)], axis=-1)[None, :, None]
    velocity, acceleration = derivatives(clip, fps)
    inner = t[margin(fps) : len(t) - margin(fps)]
    np.testing.assert_allclose(velocity[0, :, 0], np.stack([2 * inner, 3 + 0 * inner, -2 * inner], axis=-1), atol=1e-8)
    np.testing.assert_allclose(acceleration[0, :, 0], np.broadcast_to([2, 0, -2], (len(inner), 3)), atol=1e-8)


def test_who_stands_still_spends_nothing():
    assert not kinetic_features(np.ones((3, 20, 5, 3)), 25.0).any()


@laws
@given(seeds)
def test_it_agrees_with_a_plain_version(seed):
    clips = random_clips(seed)
    expected = np.stack([plain.sound_kinetic(clip) for clip in clips])
    np.testing.assert_allclose(kinetic_features(clips, 25.0), expected, rtol=1e-9)


@laws
@given(seeds, st.floats(-np.pi, np.pi), st.tuples(*[st.floats(-20, 20)] * 3))
def test_where_a_dancer_is_and_faces_does_not_matter(seed, radians, metres):
    clips = random_clips(seed)
    elsewhere = kinematics.turned_about_y(clips, np.float64(radians)) + np.array(metres)
    np.testing.assert_allclose(kinetic_features(elsewhere, 25.0), kinetic_features(clips, 25.0), rtol=1e-6, atol=1e-9)


@laws
@given(seeds, st.floats(0.2, 5))
def test_what_a_larger_dancer_spends(seed, size):
    small, large = (kinetic_features(random_clips(seed) * scale, 25.0).reshape(2, -1, 3) for scale in (1, size))
    np.testing.assert_allclose(large, small * [size**2, size**2, size], rtol=1e-9)


@pytest.mark.parametrize("fps", [50.0, 60.0, 100.0])
def test_another_frame_rate_is_the_same_dance(planted, fps):
    frames = np.arange(150.0)
    slow = planted(frames)
    fast = planted(np.arange(round(150 * fps / 25)) * 25 / fps)
    one, other = kinetic_features(slow[None], 25.0), kinetic_features(fast[None], fps)
    np.testing.assert_allclose(other, one, rtol=0.02, atol=1e-4)
    resampled = CubicSpline(frames / 25, slow)(np.arange(299) / 50)
    np.testing.assert_allclose(kinetic_features(resampled[None], 50.0), one, rtol=0.02, atol=1e-4)


def test_clips_do_not_mix_and_single_precision_will_do():
    clips = random_clips(3, clips=4)
    together = kinetic_features(clips, 25.0)
    for clip, row in zip(clips, together, strict=True):
        np.testing.assert_array_equal(kinetic_features(clip[None], 25.0)[0], row)
    np.testing.assert_allclose(kinetic_features(clips.astype(np.float32), 25.0), together, rtol=1e-3)


def test_whole_numbers_are_positions_too():
    whole = np.random.default_rng(0).integers(-3, 4, size=(1, 20, 2, 3))
    np.testing.assert_array_equal(kinetic_features(whole, 25.0), kinetic_features(whole.astype(float), 25.0))


def test_no_clips_have_no_features():
    assert kinetic_features(np.zeros((0, 20, 5, 3)), 25.0).shape == (0, 15)


def test_the_shortest_clip_is_twice_the_half_span_and_a_frame():
    frames = round(SPAN_SECONDS * 25) + 1
    assert kinetic_features(np.zeros((1, frames, 1, 3)), 25.0).shape == (1, 3)
    with pytest.raises(ValueError, match=f"at least {frames} frames"):
        kinetic_features(np.zeros((1, frames - 1, 1, 3)), 25.0)


@pytest.mark.parametrize(
    ("clips", "fps", "told"),
    [
        (np.zeros((20, 5, 3)), 25.0, "B, T, J, 3"),
        (np.zeros((1, 20, 5, 2)), 25.0, "B, T, J, 3"),
        (np.zeros((1, 20, 0, 3)), 25.0, "B, T, J, 3"),
        (np.zeros((1, 20, 5, 3)), 0.0, "rate"),
        (np.zeros((1, 20, 5, 3)), np.nan, "rate"),
        (np.full((1, 20, 5, 3), np.nan), 25.0, "finite"),
    ],
)
def test_nonsense_is_refused(clips, fps, told):
    with pytest.raises(ValueError, match=told):
        kinetic_features(clips, fps)
