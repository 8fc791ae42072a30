"""Copies against plain distances, and against what must be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballo.metrics import copying
from ballo.metrics.copying import Distances, distances, learnt
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

FPS = 25.0


@pytest.fixture(scope="module")
def dance(planted):
    """(T, J, 3) in its heading frame, from any frame on, at any pace."""

    def make(first: float, frames: int, step: float = 1.0) -> np.ndarray:
        return kinematics.unplace(DANCER, planted(first + step * np.arange(frames)))[0]

    return make


def plainly(dance, stretches):
    """The distance of each frame looked for, one by one, as it is defined."""
    found = []
    for pose in dance[::5]:
        away = [math.sqrt(np.mean(np.sum((pose - other) ** 2, axis=1))) for stretch in stretches for other in stretch]
        found.append(min(away))
    return found


def windows_plainly(dance, stretches):
    moments = np.array([0, 6.25, 12.5, 18.75, 25])

    def at(movement, start):
        places = start + moments
        before = np.floor(places).astype(int)
        after = np.minimum(before + 1, len(movement) - 1)
        share = (places - before)[:, None, None]
        return (1 - share) * movement[before] + share * movement[after]

    starts = range(0, len(dance) - 25, 10)
    known = [at(stretch, start) for stretch in stretches for start in range(len(stretch) - 25)]
    return [min(math.sqrt(np.mean(np.sum((at(dance, s) - k) ** 2, axis=-1))) for k in known) for s in starts]


def test_a_copy_is_one(dance):
    found = copying.copying(distances([dance(40, 100)], FPS, learnt([dance(0, 200)], FPS)))
    assert (found.nearest_frame, found.nearest_window) == pytest.approx((0, 0), abs=1e-5)
    assert (found.share_near, found.frames, found.windows) == (1.0, 20, 8)
    assert math.isnan(found.frame_ratio)
    assert math.isnan(found.window_ratio)


def test_distances_are_those_of_a_plain_program(dance):
    stretches = [dance(0, 60), dance(500, 45)]
    asked = dance(230, 70)
    found = distances([asked], FPS, learnt(stretches, FPS))
    np.testing.assert_allclose(found.frames, plainly(asked, stretches), atol=1e-5)
    np.testing.assert_allclose(found.windows, windows_plainly(asked, stretches), atol=1e-5)


def test_a_distance_made_by_hand():
    """One of four joints is 12 cm away: 12 / sqrt(4) = 6 cm, of poses and of windows."""
    still = np.zeros((40, 4, 3))
    moved = still.copy()
    moved[:, 2, 1] = 0.12
    found = copying.copying(distances([moved], FPS, learnt([still], FPS)))
    assert (found.nearest_frame, found.nearest_window) == pytest.approx((0.06, 0.06), rel=1e-5)
    assert found.share_near == 0


def test_windows_tell_other_movement_of_the_same_poses(dance):
    forth = dance(0, 200)
    found = copying.copying(distances([forth[::-1]], FPS, learnt([forth], FPS)))
    assert found.nearest_frame == pytest.approx(0, abs=1e-5)
    assert found.nearest_window > 0.01


def test_as_new_as_unseen_movement_is_1(dance):
    among = learnt([dance(0, 200)], FPS)
    unseen = distances([dance(400, 150)], FPS, among)
    assert unseen.frames.min() > 0
    same = copying.copying(unseen, unseen)
    assert (same.frame_ratio, same.window_ratio) == (1.0, 1.0)
    half = copying.copying(Distances(unseen.frames / 2, unseen.windows / 4), unseen)
    assert (half.frame_ratio, half.window_ratio) == pytest.approx((0.5, 0.25))


def test_windows_do_not_reach_across_a_break(dance):
    """Two stretches that are each too short for a window, though together they would have some."""
    whole = dance(0, 40)
    assert learnt([whole[:20], whole[20:]], FPS).windows is None
    assert math.isnan(copying.copying(distances([whole], FPS, learnt([whole[:20], whole[20:]], FPS))).nearest_window)


def test_another_frame_rate_is_the_same_movement(dance):
    """Danced at 50 frames a second: as far from what was learnt within 2 %."""
    among = learnt([dance(0, 300)], FPS)
    slow = copying.copying(distances([dance(400, 200)], FPS, among))
    quick = copying.copying(distances([dance(400, 399, 0.5)], 2 * FPS, among))
    assert quick.nearest_frame == pytest.approx(slow.nearest_frame, rel=0.02)
    assert quick.nearest_window == pytest.approx(slow.nearest_window, rel=0.02)
    assert copying.copying(distances([dance(50, 201, 0.5)], 50.0, among)).nearest_window < 2e-4


@given(st.integers(0, 2**32 - 1))
def test_a_distance_obeys_the_triangle(seed):
    """Who is 1 cm further from a dance is at most 1 cm further from all that she learnt."""
    random = np.random.default_rng(seed)
    known, dance = random.normal(size=(2, 40, 5, 3))
    step = random.normal(size=dance.shape)
    step *= 0.01 / np.sqrt((step**2).sum(axis=-1).mean(axis=-1))[:, None, None]
    among = learnt([known], FPS)
    here, there = distances([dance], FPS, among).frames, distances([dance + step], FPS, among).frames
    assert (np.abs(here - there) <= 0.01 + 1e-6).all()


def test_poses_one_by_one(dance):
    among = learnt([dance(0, 60)], FPS)
    asked = dance(230, 70)
    np.testing.assert_array_equal(copying.pose_distances(asked[::5], among), distances([asked], FPS, among).frames)


@pytest.mark.parametrize("dances", [[], [np.zeros((0, 4, 3))]])
def test_no_dance_has_no_distance(dances):
    found = copying.copying(distances(dances, FPS, learnt([np.zeros((3, 4, 3))], FPS)))
    assert (found.frames, found.windows) == (0, 0)
    assert all(math.isnan(value) for value in (found.nearest_frame, found.nearest_window, found.share_near))


@pytest.mark.parametrize(
    ("stretches", "fps", "words"),
    [
        ([np.zeros((4, 3))], 25.0, "T, J, 3"),
        ([np.zeros((4, 2, 2))], 25.0, "T, J, 3"),
        ([np.zeros((4, 2, 3))], 0.0, "rate"),
        ([np.full((4, 2, 3), np.nan)], 25.0, "finite"),
        ([], 25.0, "no frames"),
        ([np.zeros((0, 2, 3))], 25.0, "no frames"),
    ],
)
def test_nonsense_is_refused(stretches, fps, words):
    with pytest.raises(ValueError, match=words):
        learnt(stretches, fps)


def test_other_joints_are_refused():
    with pytest.raises(ValueError, match="numbers"):
        distances([np.zeros((4, 3, 3))], FPS, learnt([np.zeros((4, 2, 3))], FPS))
