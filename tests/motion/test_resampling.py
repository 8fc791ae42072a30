"""A motion at another frame rate: by laws (constant turns stay constant), against SciPy, there and back, and over hours."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ballo.errors import BalloError
from ballo.motion import rotations
from ballo.motion.motion import Motion
from ballo.motion.resampling import exact_rate, resampled
from ballo.motion.skeleton import DANCER, Skeleton

POINT = Skeleton(("point",), (-1,), np.zeros((1, 3)))
FOOT = Skeleton(("hip", "sole"), (-1, 0), np.array([[0, 0, 0], [0, -0.9, 0]]), (("sole",),))
laws = settings(max_examples=25)


def turning(frames: int, fps: float, radians_a_second: float, axis: str = "y") -> Motion:
    """A point that turns evenly and walks along a cubic."""
    seconds = np.arange(frames) / fps
    root = np.stack([seconds, 1 + 0.2 * seconds**2, 0.5 - seconds], axis=-1)
    return Motion(POINT, rotations.about(axis, radians_a_second * seconds)[:, None], root, fps, np.zeros((frames, 0)))


def smooth(frames: int, fps: float, seed: int = 0) -> Motion:
    """The dancer, every joint swinging at up to one and a half hertz."""
    draw = np.random.default_rng(seed)
    seconds = np.arange(frames)[:, None, None] / fps
    pace, phase = draw.uniform(2, 9, (1, len(DANCER), 3)), draw.uniform(0, 6, (1, len(DANCER), 3))
    wxyz = rotations.from_vector(0.6 * np.sin(pace * seconds + phase))
    root = 0.5 * np.sin(pace[:, 0] * seconds[:, 0])
    return Motion(DANCER, wxyz, root, fps, np.zeros((frames, 2)), {"style": "waltz"})


@pytest.mark.parametrize(
    ("given_rate", "exact"),
    [
        (25, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (30 / 1.001, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (12.5, Fraction(25, 2)),
        (1 / 0.0333667, Fraction(30000, 1001)),
        (30, Fraction(30)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
    ],
)
def test_rates_that_are_written_rounded(given_rate, exact):
    assert exact_rate(given_rate) == exact


@pytest.mark.parametrize("rate", [0, -25, 0.5, 1001, float("nan"), float("inf")])
def test_what_is_no_rate_is_refused(rate):
    with pytest.raises(BalloError, match="frames a second: give 1 to 1000"):
        resampled(turning(5, 25, 1), rate)


def test_the_same_rate_changes_nothing():
    motion = smooth(20, 25)
    assert resampled(motion, 25) == motion
    said = resampled(smooth(20, 29.97), 29.97)
    assert said.fps == 30000 / 1001
    np.testing.assert_array_equal(said.rotations, smooth(20, 29.97).rotations)


@laws
@given(
    frames=st.integers(2, 80),
    fps=st.sampled_from([12.5, 24, 25, 29.97, 30, 60, 120]),
    to=st.sampled_from([1, 24, 29.97, 60, 90]),
)
def test_an_even_turn_stays_even_and_a_parabola_stays_one(frames, fps, to):
    speed = 7.0
    motion = turning(frames, exact := float(exact_rate(fps)), speed)
    again = resampled(motion, to)
    seconds = np.minimum(np.arange(len(again)) / float(exact_rate(to)), (frames - 1) / exact)
    due = rotations.about("y", speed * seconds)
    assert np.abs(np.sum(again.rotations[:, 0] * due, axis=-1)).min() > 1 - 1e-6
    np.testing.assert_allclose(again.root[:, 0], seconds, atol=1e-5)
    inside = (seconds >= 1 / exact) & (seconds <= (frames - 2) / exact)  # at the ends the curve has no second neighbour
    np.testing.assert_allclose(again.root[inside, 1], 1 + 0.2 * seconds[inside] ** 2, atol=1e-5)


@laws
@given(
    frames=st.integers(1, 300), fps=st.sampled_from([12.5, 25, 29.97, 60]), to=st.sampled_from([1, 23.976, 25, 29.97, 50, 120])
)
def test_the_length_is_kept_to_half_a_frame(frames, fps, to):
    motion = turning(frames, fps, 1.0)
    again = resampled(motion, to)
    assert len(again) >= 1
    assert (
        abs(again.seconds - frames / float(exact_rate(fps))) <= max(0.5 / to, 1 / to - frames / float(exact_rate(fps))) + 1e-9
    )


@pytest.mark.parametrize("to", [50, 75, 125, 250])
def test_frames_that_are_there_already_stay_as_they_are(to):
    motion = smooth(40, 25)
    again = resampled(motion, to)
    step = to // 25
    assert np.abs(np.sum(again.rotations[::step] * motion.rotations, axis=-1)).min() > 1 - 1e-6
    np.testing.assert_allclose(again.root[::step], motion.root, atol=1e-6)
    np.testing.assert_array_equal(resampled(again, 25).positions, resampled(again, 25).positions)


def test_half_way_between_two_turns_is_scipys_slerp_where_the_turn_is_even():
    motion = turning(6, 10, 3.0, "z")
    again = resampled(motion, 20)
    book = Rotation.from_quat(motion.rotations[:, 0], scalar_first=True)
    between = (book[:-1] * Rotation.from_rotvec((book[:-1].inv() * book[1:]).as_rotvec() / 2)).as_quat(scalar_first=True)
    assert np.abs(np.sum(again.rotations[1:-1:2, 0] * between, axis=-1)).min() > 1 - 1e-6


def test_nothing_drifts_in_two_hours():
    frames = 2 * 3600 * 25
    seconds = np.arange(frames) / 25
    still = np.zeros((frames, 1, 4), dtype=np.float32)
    still[..., 0] = 1
    place = (seconds % 1)[:, None] * [1.0, 0, 0]
    motion = Motion(POINT, still, place, 25, np.zeros((frames, 0)))
    again = resampled(motion, 29.97)
    assert len(again) == round(Fraction(frames, 25) * Fraction(30000, 1001))
    # Every 30,000th frame is 1,001 s from the first, on a frame of the old.
    for k in range(0, len(again), 30_000):
        assert again.root[k, 0] == motion.root[k // 30_000 * 1001 * 25, 0]
    late = 29_985  # 1000.4995 s: the last digits are those of the moment, not of a sum of steps
    assert again.root[late, 0] == pytest.approx(late * 1001 / 30000 % 1, abs=1e-6)


def test_there_and_back():
    """The stated error: of movement at up to 1.5 Hz, 0.3 mm; a slerp from frame to frame errs by 3 mm there."""
    motion = smooth(200, 25)
    back = resampled(resampled(motion, 60), 25)
    assert len(back) == len(motion)
    apart = np.linalg.norm(back.positions - motion.positions, axis=-1)[:-1]  # the last frame is held
    assert apart.max() < 3e-4
    assert apart.mean() < 5e-5


def test_contacts_are_those_of_the_nearest_frame():
    standing = np.array([[True], [True], [False], [False], [True]])
    motion = Motion(FOOT, np.tile([1.0, 0, 0, 0], (5, 2, 1)), np.zeros((5, 3)), 10, standing)
    again = resampled(motion, 40)
    nearest = np.minimum((np.arange(20) / 4 + 0.5).astype(int), 4)
    np.testing.assert_array_equal(again.contacts, standing[nearest])


def test_signs_of_quaternions_do_not_matter():
    motion = smooth(30, 25)
    flips = np.where(np.random.default_rng(2).random((30, len(DANCER), 1)) < 0.5, -1.0, 1.0)
    flipped = Motion(DANCER, motion.rotations * flips, motion.root, 25, motion.contacts, motion.meta)
    np.testing.assert_allclose(resampled(flipped, 60).positions, resampled(motion, 60).positions, atol=1e-5)


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_short_motions(frames):
    again = resampled(turning(frames, 25, 2.0), 60)
    assert len(again) == round(frames * 60 / 25)
    assert np.isfinite(again.positions).all()
    assert again.fps == 60


def test_half_turns_from_frame_to_frame_stay_finite():
    wxyz = np.tile([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0]], (4, 1))[:, None]
    motion = Motion(POINT, wxyz, np.zeros((12, 3)), 25, np.zeros((12, 0)))
    lengths = np.linalg.norm(resampled(motion, 60).rotations, axis=-1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_chunks_change_nothing(monkeypatch):
    motion = smooth(50, 25)
    whole = resampled(motion, 60)
    monkeypatch.setattr("ballo.motion.resampling.CHUNK_FRAMES", 7)
    assert resampled(motion, 60) == whole
