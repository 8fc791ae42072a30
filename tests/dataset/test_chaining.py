"""The slip of the publishers' chaining, planted and undone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ballo.dataset import chaining
from ballo.dataset.recordings import SECOND, Recording, Script
from ballo.motion.skeleton import DANCER

CLIP_FRAMES = 60
FEET = [joint for foot in DANCER.foot_joints for joint in foot]


def slipped(step: np.ndarray, radians: float) -> np.ndarray:
    """What the publishers made of a clip's true steps (..., 2), x and z, having turned it by an angle: z in place of x."""
    cosine, sine = np.cos(radians), np.sin(radians)
    raw = step @ np.array([[cosine, -sine], [sine, cosine]])
    x, z = raw[..., 0], raw[..., 1]
    return np.stack([cosine * x - sine * z, sine * z + cosine * z], axis=-1)


def walked(positions: np.ndarray) -> np.ndarray:
    """Positions with a way over the floor that keeps the lowest foot where it is."""
    feet = positions[:, FEET]
    lowest = feet[1:, :, 1].argmin(axis=1)
    steps = -np.diff(feet, axis=0)[np.arange(len(lowest)), lowest]
    way = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)]) * [1, 0, 1]
    return positions + way[:, None]


@pytest.fixture
def true_points(planted, planted_points):
    """(240, 23, 3) mirrored centimetres of a dancer whose lowest foot stands."""
    frames = np.arange(4.0 * CLIP_FRAMES)
    positions = planted(frames)
    way = walked(positions)[:, 0] - positions[:, 0]
    return (planted_points(frames) + way[:, None]) * [-100, 100, 100]


def published_with(true_points: np.ndarray, angles: list[float], name: str = "DANCE_C_2") -> Recording:
    """The recording of a dance whose clips the publishers turned by `angles`."""
    true_center = true_points.mean(axis=1)
    steps = np.diff(true_center[:, [0, 2]], axis=0)
    for clip, radians in enumerate(angles):
        inside = slice(clip * CLIP_FRAMES, (clip + 1) * CLIP_FRAMES)
        steps[inside] = slipped(steps[inside], radians)
    center = true_center.copy()
    center[1:, [0, 2]] = center[0, [0, 2]] + np.cumsum(steps, axis=0)
    points = true_points + (center - true_center)[:, None]
    script = Script(tuple(f"C-{clip}-1" for clip in range(4)), (4,) * 4)
    return Recording(name, SECOND, points, center, 0, len(points), script)


def mended(*recordings: Recording) -> chaining.Way:
    chained = chaining.turns_by_dance(recordings)
    return chaining.mend(recordings[0], *chained[recordings[0].name])


def inside_clips(recording: Recording, difference: np.ndarray) -> float:
    """How much a (T, 3) difference changes from frame to frame on average, splices left out."""
    steps = np.linalg.norm(np.diff(difference, axis=0), axis=-1)
    return float(np.mean([steps[use.frames.start : use.frames.stop - 1].mean() for use in chaining.uses_of(recording)]))


@given(st.floats(-np.pi, np.pi), st.floats(-100, 100), st.floats(-100, 100))
def test_the_slip_is_undone_where_the_angle_is_known(radians, x, z):
    assume(abs(np.cos(radians)) > 0.05 and abs(np.cos(radians) + np.sin(radians)) > 0.05)
    way = slipped(np.array([x, z]), radians)
    for angle in (radians, radians + np.pi):
        assert chaining.true_way(way, np.array(angle)) == pytest.approx(x + 1j * z, abs=1e-6)


def test_a_first_clip_is_right_as_it_is():
    assert slipped(np.array([3.0, 4.0]), 0.0) == pytest.approx([3.0, 4.0])
    assert chaining.true_way(np.array([3.0, 4.0]), np.array(0.0)) == pytest.approx(3 + 4j)


@pytest.mark.parametrize("angles", [[0.0, 0.5, 1.0, 2.8], [0.0, -0.4, 1.2, 0.3], [0.0, 1.9, 2.6, 2.2]])
def test_a_planted_slip_is_found_and_undone(true_points, angles):
    recording = published_with(true_points, angles)
    way = mended(recording)
    true_center = true_points.mean(axis=1)
    before, after = (inside_clips(recording, center - true_center) for center in (recording.center, way.center))
    assert way.slides[0] > 10 * way.slides[1]
    assert after < 0.05 * before


def test_the_angles_themselves_are_found(true_points):
    angles = [0.0, 0.5, 1.0, 2.8]
    uses = chaining.uses_of(published_with(true_points, angles))
    found = np.array(chaining.turns_of(uses))
    np.testing.assert_allclose(np.sin(found - angles), 0, atol=0.03)


def test_uses_of_one_clip_are_judged_together(true_points):
    """Turned bodies tell the angle between two uses; one angle then does for both."""
    first = published_with(true_points, [0.0, 0.5, 1.0, 2.8])
    turned = true_points.copy()
    turned[..., [0, 2]] = true_points[..., [0, 2]] @ np.array([[np.cos(0.7), np.sin(0.7)], [-np.sin(0.7), np.cos(0.7)]])
    second = published_with(turned, [0.7, 1.2, 1.7, 3.5], "DANCE_C_4")
    uses = chaining.uses_of(first) + chaining.uses_of(second)
    turns = np.array(chaining.turns_of(uses))
    np.testing.assert_allclose(np.sin(turns[4:] - turns[:4] - 0.7), 0, atol=1e-6)


def test_a_dance_without_slip_keeps_its_way(true_points):
    recording = published_with(true_points, [0.0] * 4)
    assert inside_clips(recording, mended(recording).center - recording.center) < 0.01


def test_who_holds_still_goes_nowhere(true_points):
    true_points[50:90] = true_points[50]
    center = mended(published_with(true_points, [0.0, 0.5, 1.0, 2.8])).center
    np.testing.assert_allclose(center[50:90], center[[50] * 40], atol=1e-9)


def test_without_a_fitting_script_there_are_no_clips(true_points):
    recording = published_with(true_points, [0.0] * 4)
    assert not chaining.uses_of(dataclasses.replace(recording, script=None))
    assert not chaining.uses_of(dataclasses.replace(recording, end_frame=500))
    assert not chaining.turns_by_dance([dataclasses.replace(recording, script=None)])


def test_clips_too_short_to_judge_are_bridged(true_points):
    recording = published_with(true_points, [0.0] * 4)
    short = dataclasses.replace(recording, script=Script(("a", "b", "c"), (118, 4, 118)))
    assert [use.tag for use in chaining.uses_of(short)] == ["a", "c"]
    assert np.isfinite(mended(short).center).all()


def test_the_lowest_foot_of_the_planted_walk_stands(true_points):
    feet = true_points[:, [10, 11, 19, 20]]
    lowest = feet[1:, :, 1].argmin(axis=1)
    steps = np.diff(feet, axis=0)[np.arange(len(lowest)), lowest][:, [0, 2]]
    np.testing.assert_allclose(steps, 0, atol=1e-9)
