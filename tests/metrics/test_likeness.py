"""How like a dance is to another: a distance by its laws, by hand, against another author's alignment, blind to heading."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.spatial.transform import Rotation

from ballo.metrics import likeness

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)
ROOT, HIPS = (0, 1), (0, 1)


def dance(seed: int, frames: int = 6, points: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(frames, points, 3))


def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return likeness.pose_distance_aligned(first, second, ROOT, HIPS)


@laws
@given(seeds, seeds)
def test_a_dance_is_like_itself_wherever_each_frame_is_and_faces(seed, other):
    random = np.random.default_rng(other)
    one = dance(seed)
    moved = np.array([Rotation.from_euler("y", random.uniform(-9, 9)).apply(frame) + random.uniform(-9, 9, 3) for frame in one])
    np.testing.assert_allclose(distance(one, moved), 0, atol=1e-9)
    # Height is taken out with the pelvis, heading for each frame by itself.
    np.testing.assert_allclose(distance(dance(other), moved), distance(dance(other), one), atol=1e-9)


@laws
@given(seeds, seeds)
def test_it_is_symmetric_and_not_negative(one, two):
    a, b = dance(one), dance(two)
    assert (distance(a, b) >= 0).all()
    np.testing.assert_allclose(distance(a, b), distance(b, a), atol=1e-9)


@laws
@given(seeds, seeds)
def test_the_turn_is_the_one_that_an_optimiser_finds(one, two):
    a, b = dance(one), dance(two)
    for frame, found in enumerate(distance(a, b)):
        first, second = (body[frame] - (body[frame][0] + body[frame][1]) / 2 for body in (a, b))

        def turned(radians: float, second: np.ndarray = second) -> np.ndarray:
            return Rotation.from_euler("y", radians).apply(second)

        def apart(radians: float, first: np.ndarray = first, turned=turned) -> float:
            return float(((first - turned(radians)) ** 2).sum())

        start = min(np.linspace(0, 2 * np.pi, 72), key=apart)
        best = minimize_scalar(apart, bounds=(start - 0.1, start + 0.1), method="bounded", options={"xatol": 1e-10}).x
        expected = np.mean([np.linalg.norm(x - y) for x, y in zip(first, turned(best), strict=True)])
        assert found == pytest.approx(expected, abs=1e-6)


def test_one_point_raised_counts_for_its_share():
    one = dance(0)
    other = one.copy()
    other[:, 4, 1] += 0.5
    np.testing.assert_allclose(distance(one, other), 0.1)


def test_a_lean_a_larger_body_and_a_mirror_image_remain():
    one = dance(1)
    leaning = Rotation.from_euler("x", 0.5).apply(one.reshape(-1, 3)).reshape(one.shape)
    for other in (leaning, one * 1.2, one * [-1, 1, 1]):
        assert (distance(one, other) > 0.05).all()
    centred = one - one[:, :2].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(distance(one, one * 1.2), 0.2 * np.linalg.norm(centred, axis=-1).mean(axis=1))


def test_bodies_that_cannot_be_turned_by_their_points_are_turned_by_their_hips():
    # All else on the vertical through the pelvis, and hips as wide as they are deep: only the hips say where it faces.
    one = np.zeros((1, 4, 3))
    one[0, :, 1] = [0, 0, 1, 2]
    one[0, 0, 0], one[0, 1, 0] = 0.1, -0.1
    other = one.copy()
    other[0, :2, [0, 2]] = np.array([[0.0, 0.0], [0.1, -0.1]])
    np.testing.assert_allclose(distance(one, other), 0, atol=1e-12)
    # Points that balance one another out are as far whichever way they are turned: hips on hips leaves the other two astray.
    one, other = (np.zeros((1, 6, 3)) for _ in range(2))
    one[0, :, 0], one[0, :, 2] = [1, -1, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0]
    other[0, :, 0], other[0, :, 2] = [1, -1, 0, 0, 0, 0], [0, 0, -1, 1, 0, 0]
    for degrees in (0, 90, 200):
        turned = Rotation.from_euler("y", degrees, degrees=True).apply(other[0])[None]
        found = likeness.pose_distance_aligned(one, turned, (4, 5), (0, 1))
        np.testing.assert_allclose(found, [4 / 6])


def test_a_point_is_a_body_at_its_own_place():
    np.testing.assert_array_equal(likeness.pose_distance_aligned(dance(0, 3, 1), dance(1, 3, 1), (0,), (0, 0)), np.zeros(3))


def test_no_frames_have_no_distances():
    assert distance(dance(0)[:0], dance(1)[:0]).shape == (0,)


@pytest.mark.parametrize("shapes", [((6, 5), (6, 5)), ((6, 5, 2), (6, 5, 2)), ((6, 5, 3), (5, 5, 3)), ((6, 5, 3), (6, 4, 3))])
def test_other_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match=r"\(T, P, 3\)"):
        distance(np.zeros(shapes[0]), np.zeros(shapes[1]))


@pytest.mark.parametrize(("root", "hips"), [((), (0, 1)), ((5,), (0, 1)), ((0,), (0,)), ((0,), (0, 5)), ((-1,), (0, 1))])
def test_points_that_are_not_there_are_refused(root, hips):
    with pytest.raises(ValueError, match="pelvis"):
        likeness.pose_distance_aligned(dance(0), dance(1), root, hips)


# Summed up.


def test_a_summary_by_hand():
    distances = np.arange(11.0)
    found = likeness.likeness(distances)
    assert (found.median, found.p90, found.frames) == (5.0, 9.0, 11)
    kept = likeness.likeness(distances, distances < 3)
    assert (kept.median, kept.p90, kept.frames) == (1.0, pytest.approx(1.8), 3)


def test_nothing_is_like_nothing():
    for found in (likeness.likeness(np.zeros(0)), likeness.likeness(np.ones(3), np.zeros(3, dtype=bool))):
        assert found.frames == 0
        assert np.isnan([found.median, found.p90]).all()


@pytest.mark.parametrize("keep", [np.ones(2, dtype=bool), np.ones(3), np.ones((3, 1), dtype=bool)])
def test_frames_to_keep_are_one_bool_each(keep):
    with pytest.raises(ValueError, match="bool"):
        likeness.likeness(np.ones(3), keep)
