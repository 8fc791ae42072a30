"""Speed, jerk and standing still: refused shapes, too little to measure, motions known by hand, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from ballo.metrics import physics
from ballo.metrics.physics import Freeze

laws = settings(max_examples=20)
dances = arrays(np.float64, (9, 3, 3), elements=st.floats(-5, 5, width=32))


def seconds(count: int, fps: float) -> np.ndarray:
    """(T, 1, 1) times of frames."""
    return np.arange(count)[:, None, None] / fps


def walk(speeds: np.ndarray, fps: float) -> np.ndarray:
    """(T, 2, 3) both joints side by side along a slanted line, at a speed (T - 1,) from each frame to the next."""
    way = np.concatenate([[0.0], np.cumsum(speeds)]) / fps
    return way[:, None, None] * np.array([0.6, 0.0, 0.8]) + np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@pytest.mark.parametrize("shape", [(), (9,), (9, 3), (9, 2, 2), (9, 2, 4), (1, 9, 2, 3)])
@pytest.mark.parametrize(
    "measure", [physics.joint_speed, physics.acceleration, physics.jerk, physics.freezes, physics.freeze_ratio]
)
def test_other_shapes_are_refused(measure, shape):
    with pytest.raises(ValueError, match=r"\(T, J, 3\)"):
        measure(np.zeros(shape), 25.0)


@pytest.mark.parametrize("fps", [0.0, -25.0, np.nan, np.inf])
@pytest.mark.parametrize(
    "measure", [physics.joint_speed, physics.acceleration, physics.jerk, physics.freezes, physics.freeze_ratio]
)
def test_a_frame_rate_is_a_positive_number(measure, fps):
    with pytest.raises(ValueError, match="rate"):
        measure(np.zeros((9, 2, 3)), fps)


# Speed.


@pytest.mark.parametrize("frames", [0, 1])
def test_nothing_has_a_speed_in_fewer_than_two_frames(frames):
    assert physics.joint_speed(np.zeros((frames, 4, 3)), 25.0).shape == (0, 4)


@pytest.mark.parametrize("fps", [1.0, 25.0, 59.94])
def test_speed_of_uniform_motion(fps):
    velocity = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 2.0], [0.0, -0.5, 0.0]])
    speed = physics.joint_speed(seconds(12, fps) * velocity + 7, fps)
    np.testing.assert_allclose(speed, np.tile([0.0, 3.0, 0.5], (11, 1)), atol=1e-9)


def test_speed_on_a_circle_is_the_chord_over_the_frame():
    angle = seconds(50, 25.0)[..., 0] * 2.0
    positions = np.stack([0.7 * np.cos(angle), np.zeros_like(angle), 0.7 * np.sin(angle)], axis=-1)
    np.testing.assert_allclose(physics.joint_speed(positions, 25.0), 2 * 0.7 * np.sin(0.04) * 25, atol=1e-12)


@pytest.mark.parametrize("fps", [25.0, 50.0, 120.0])
def test_speed_is_the_same_at_any_frame_rate(planted, fps):
    frames = np.arange(0, 100, 25.0 / fps)
    speed = physics.joint_speed(planted(frames), fps).mean()
    assert speed == pytest.approx(physics.joint_speed(planted(np.arange(0, 100, 0.1)), 250.0).mean(), rel=0.01)


# Jerk.


@pytest.mark.parametrize("fps", [1.0, 25.0, 60.0])
def test_jerk_of_a_cubic_is_six_times_its_coefficient(fps):
    t = seconds(10, fps)
    positions = t**3 * np.array([1.0, 2.0, 2.0]) + t**2 * np.array([5.0, -3.0, 1.0]) + t * 2 + 1
    assert physics.jerk(positions, fps) == pytest.approx(6 * 3.0, rel=1e-6)


def test_jerk_of_steady_acceleration_is_nothing():
    t = seconds(10, 25.0)
    assert physics.jerk(t**2 * np.array([3.0, -9.81, 1.0]) + t, 25.0) == pytest.approx(0, abs=1e-9)


def test_jerk_is_a_mean_over_joints_of_norms_not_of_squares():
    positions = np.zeros((8, 4, 3))
    positions[:, 0] = seconds(8, 25.0)[:, 0] ** 3 * np.array([0.0, 3.0, 4.0])
    positions[:, 1] = seconds(8, 25.0)[:, 0] ** 3 * np.array([-1.0, 0.0, 0.0])
    assert physics.jerk(positions, 25.0) == pytest.approx((30 + 6) / 4, rel=1e-6)


@laws
@given(dances)
def test_jerk_and_acceleration_are_differences_written_out(positions):
    norms = [
        np.sqrt(sum((p[3] - 3 * p[2] + 3 * p[1] - p[0]) ** 2 for p in positions[first : first + 4, joint].T)) * 25**3
        for first in range(6)
        for joint in range(3)
    ]
    assert physics.jerk(positions, 25.0) == pytest.approx(sum(norms) / 18, rel=1e-9, abs=1e-6)
    bends = [
        np.sqrt(sum((p[2] - 2 * p[1] + p[0]) ** 2 for p in positions[first : first + 3, joint].T)) * 25**2
        for first in range(7)
        for joint in range(3)
    ]
    assert physics.acceleration(positions, 25.0) == pytest.approx(sum(bends) / 21, rel=1e-9, abs=1e-6)


@laws
@given(arrays(np.float64, (4, 3), elements=st.floats(-3, 3, width=32)), st.floats(5, 100))
def test_jerk_of_a_cubic_is_constant_whatever_the_frame_rate(coefficients, fps):
    t = np.arange(40) / fps
    positions = sum(coefficients[power] * t[:, None] ** power for power in range(4))[:, None]
    expected = 6 * np.linalg.norm(coefficients[3])
    assert physics.jerk(positions, fps) == pytest.approx(expected, rel=1e-6, abs=1e-3)
    assert physics.jerk(positions[:20], fps) == pytest.approx(expected, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("fps", [1.0, 25.0, 60.0])
def test_acceleration_of_a_throw_is_gravity(fps):
    t = seconds(10, fps)
    positions = np.concatenate(
        [t**2 * np.array([0.0, -9.81 / 2, 0.0]) + t * np.array([3.0, 1.0, 2.0]), 0 * t + np.zeros(3)], axis=1
    )
    assert physics.acceleration(positions, fps) == pytest.approx(9.81 / 2, rel=1e-6)


@pytest.mark.parametrize("fps", [23.976, 29.97, 30.0, 50.0, 59.94, 60.0, 120.0])
def test_a_dance_is_as_jerky_at_any_frame_rate(planted, fps):
    """Twice as fast as real ones, so that there is something to lose between frames."""
    seen, at = planted(np.arange(0, 400, 2 * 25.0 / fps)), planted(np.arange(0, 400, 2.0))
    assert physics.jerk(seen, fps) == pytest.approx(physics.jerk(at, 25.0), rel=0.02)
    assert physics.acceleration(seen, fps) == pytest.approx(physics.acceleration(at, 25.0), rel=0.02)


def test_noise_does_not_grow_with_the_frame_rate():
    noise = np.random.default_rng(0).normal(size=(4000, 5, 3)) * 0.01
    assert physics.jerk(noise, 100.0) == pytest.approx(physics.jerk(noise, 25.0), rel=0.05)


def test_frames_left_out_at_another_rate_are_left_out(planted):
    dance = planted(np.arange(0, 200, 0.5))
    torn = dance.copy()
    torn[200:] += 0.5
    keep = np.ones(400, dtype=bool)
    keep[188:212] = False
    whole = physics.jerk(dance, 50.0, keep)
    assert physics.jerk(torn, 50.0, keep) == pytest.approx(whole, rel=1e-6)
    assert physics.jerk(torn, 50.0) > 1.5 * whole
    assert physics.acceleration(torn, 50.0, keep) == pytest.approx(physics.acceleration(dance, 50.0, keep), rel=1e-6)
    assert physics.jerk(torn, 49.0, keep) < 1.2 * whole


@laws
@given(dances, st.floats(-np.pi, np.pi), st.tuples(*[st.floats(-10, 10)] * 3), st.sampled_from([1.0, 25.0]))
def test_where_the_dancer_is_and_looks_does_not_matter(positions, radians, shift, fps):
    turned = Rotation.from_euler("y", radians).apply(positions.reshape(-1, 3)).reshape(positions.shape) + np.array(shift)
    np.testing.assert_allclose(physics.joint_speed(turned, fps), physics.joint_speed(positions, fps), atol=1e-9)
    assert physics.jerk(turned, fps) == pytest.approx(physics.jerk(positions, fps), rel=1e-9, abs=1e-8)


@laws
@given(dances, st.floats(0.1, 10))
def test_speed_and_jerk_grow_with_the_body(positions, size):
    np.testing.assert_allclose(
        physics.joint_speed(positions * size, 25.0), physics.joint_speed(positions, 25.0) * size, atol=1e-9
    )
    assert physics.jerk(positions * size, 25.0) == pytest.approx(physics.jerk(positions, 25.0) * size, rel=1e-9)


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_acceleration_of_fewer_than_three_frames_is_not_a_number(frames):
    positions = np.ones((frames, 5, 3))
    assert np.isnan(physics.acceleration(positions, 25.0))
    assert np.isnan(physics.acceleration(positions, 50.0, np.ones(frames, dtype=bool)))


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_jerk_of_fewer_than_four_frames_is_not_a_number(frames):
    positions = np.ones((frames, 5, 3))
    assert np.isnan(physics.jerk(positions, 25.0))
    assert np.isnan(physics.jerk(positions, 25.0, np.ones(frames, dtype=bool)))


def test_jerk_of_four_frames_is_one_difference():
    positions = np.zeros((4, 1, 3))
    positions[3, 0] = [0, 0.3, 0.4]
    assert physics.jerk(positions, 10.0) == pytest.approx(500.0)


@pytest.mark.parametrize("broken", [0, 1, 5, 10, 11])
def test_frames_left_out_take_every_difference_they_are_in_with_them(broken):
    # A pure cubic with one frame thrown off: with it left out, what remains is the cubic's.
    positions = np.tile(seconds(12, 25.0) ** 3, (1, 2, 3))
    positions[broken] += 100.0
    keep = np.ones(12, dtype=bool)
    assert physics.jerk(positions, 25.0, keep) == physics.jerk(positions, 25.0) > 20
    keep[broken] = False
    assert physics.jerk(positions, 25.0, keep) == pytest.approx(6 * np.sqrt(3))


def test_a_jump_between_kept_frames_counts():
    positions = np.zeros((12, 1, 3))
    positions[6:] = 1.0
    joined = np.ones(12, dtype=bool)
    assert physics.jerk(positions, 25.0, joined) > 0
    joined[[5, 6]] = False
    assert physics.jerk(positions, 25.0, joined) == 0


def test_with_no_frame_kept_jerk_is_not_a_number():
    assert np.isnan(physics.jerk(np.random.default_rng(0).normal(size=(12, 1, 3)), 25.0, np.zeros(12, dtype=bool)))
    lone = np.array([True, True, True, False] * 3)
    assert np.isnan(physics.jerk(np.random.default_rng(0).normal(size=(12, 1, 3)), 25.0, lone))


@pytest.mark.parametrize("keep", [np.ones(11, dtype=bool), np.ones((12, 1), dtype=bool), np.ones(12), np.ones(12, dtype=int)])
def test_frames_to_keep_are_one_bool_a_frame(keep):
    with pytest.raises(ValueError, match="keep"):
        physics.jerk(np.zeros((12, 1, 3)), 25.0, keep)


# Standing still.


@pytest.mark.parametrize("frames", [0, 1])
def test_nothing_stands_still_in_fewer_than_two_frames(frames):
    assert physics.freezes(np.zeros((frames, 4, 3)), 25.0, longer_than_seconds=0.0) == []


def test_who_dances_does_not_freeze(planted):
    assert physics.freezes(planted(np.arange(300.0)), 25.0) == []


@pytest.mark.parametrize(("fps", "lost"), [(25.0, 4), (50.0, 9), (20.0, 3)])
@pytest.mark.parametrize(("start", "stop"), [(40, 110), (60, 200)])
def test_a_planted_stretch_is_found_where_it_is(fps, lost, start, stop):
    # Smoothing over 0.2 s lets the movement reach in from both sides: so many of the still steps are lost to it.
    speeds = np.ones(250)
    speeds[start:stop] = 0
    (freeze,) = physics.freezes(walk(speeds, fps), fps)
    assert freeze.seconds == pytest.approx((stop - start - lost) / fps)
    assert freeze.start_seconds == pytest.approx((start + (lost + 1) // 2) / fps)


def test_a_stretch_at_either_end_of_the_dance_is_found():
    speeds = np.ones(200)
    speeds[:50] = speeds[-60:] = 0
    at_start, at_end = physics.freezes(walk(speeds, 25.0), 25.0)
    assert (at_start.start_seconds, at_start.seconds) == (0.0, pytest.approx(48 / 25))
    assert at_end.start_seconds + at_end.seconds == pytest.approx(8.0)
    assert at_end.seconds == pytest.approx(58 / 25)


@pytest.mark.parametrize("frames", [2, 3, 30])
def test_who_never_moves_is_one_freeze_from_end_to_end(frames):
    found = physics.freezes(np.ones((frames, 22, 3)), 25.0, longer_than_seconds=0.0)
    assert found == [Freeze(0.0, pytest.approx((frames - 1) / 25))]


@pytest.mark.parametrize(("steps", "count"), [(24, 0), (25, 0), (26, 1)])
def test_a_stretch_of_just_the_length_is_not_over_it(steps, count):
    assert len(physics.freezes(np.zeros((steps + 1, 2, 3)), 25.0)) == count
    assert len(physics.freezes(np.zeros((2 * steps + 1, 2, 3)), 25.0, longer_than_seconds=2.0)) == count


def test_only_below_the_speed_is_it_still():
    limit = physics.STILL_METRES_PER_SECOND
    assert limit == 0.03
    at, under = np.zeros((2, 2, 1, 3))
    at[1, 0, 0], under[1, 0, 0] = limit, np.nextafter(limit, 0)
    assert physics.freezes(at, 1.0, longer_than_seconds=0.0) == []
    assert physics.freezes(under, 1.0, longer_than_seconds=0.0) == [Freeze(0.0, 1.0)]


@pytest.mark.parametrize(("speed", "count"), [(0.02, 1), (0.029, 1), (0.031, 0), (0.1, 0)])
def test_slow_drifting_is_still_and_faster_is_not(speed, count):
    assert len(physics.freezes(walk(np.full(100, speed), 25.0), 25.0, longer_than_seconds=0.0)) == count


def test_it_is_the_mean_joint_that_counts():
    positions = np.zeros((100, 10, 3))
    positions[:, 0, 0] = np.arange(100) / 25 * 0.29
    assert len(physics.freezes(positions, 25.0)) == 1
    positions[:, 0, 0] *= 31 / 29
    assert physics.freezes(positions, 25.0) == []


def test_one_twitch_of_a_frame_parts_two_freezes_and_a_tremble_does_not():
    positions = np.zeros((120, 3, 3))
    positions[60] = 0.001
    assert len(physics.freezes(positions, 25.0)) == 1
    positions[60] = 0.2
    assert len(physics.freezes(positions, 25.0)) == 2


def test_turning_on_the_spot_is_no_freeze():
    angle = seconds(100, 25.0)[..., 0] * 1.0
    positions = np.stack([0.3 * np.cos(angle), np.zeros_like(angle), 0.3 * np.sin(angle)], axis=-1)
    positions = np.concatenate([np.zeros_like(positions), positions, -positions], axis=1)
    assert physics.freezes(positions, 25.0) == []


@pytest.mark.parametrize("frames", [0, 1])
def test_how_frozen_too_short_a_dance_is_nobody_knows(frames):
    assert np.isnan(physics.freeze_ratio(np.zeros((frames, 4, 3)), 25.0))


def test_the_share_of_time_that_is_frozen(planted):
    assert physics.freeze_ratio(planted(np.arange(300.0)), 25.0) == 0
    assert physics.freeze_ratio(np.ones((300, 22, 3)), 25.0) == pytest.approx(1)
    speeds = np.ones(250)
    speeds[60:200] = 0
    assert physics.freeze_ratio(walk(speeds, 25.0), 25.0) == pytest.approx((140 - 4) / 250)
    assert physics.freeze_ratio(walk(speeds, 25.0), 25.0, longer_than_seconds=6.0) == 0
    assert physics.freeze_ratio(walk(np.repeat(speeds, 4), 100.0), 100.0) == pytest.approx(136 / 250, abs=0.005)
