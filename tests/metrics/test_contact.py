"""PFC: still, planted and sliding bodies known by hand, the faults of the published one that it must not have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.contact import foot_contact
from ballo.motion.skeleton import DANCER

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)
LEGS = np.array([[DANCER.index(f"{side}_{joint}") for joint in ("ankle", "toe")] for side in ("left", "right")])


def of(positions: np.ndarray, fps: float, keep: np.ndarray | None = None) -> float:
    return foot_contact(positions[:, 0], positions[:, LEGS], fps, keep)


def skating(speed: float, fps: float = 25.0, frames: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Both feet glide at a speed along a slanted line while the root swings at 2 Hz over them."""
    t = np.arange(frames)[:, None] / fps
    way = speed * t * np.array([0.6, 0.0, 0.8])
    root = way + np.array([0.0, 1.0, 0.0]) + 0.05 * np.sin(4 * np.pi * t) * np.array([1.0, 0.0, 0.0])
    return root, np.tile(way[:, None, None], (1, 2, 2, 1))


@pytest.mark.parametrize(
    ("root", "feet"),
    [
        ((9, 2), (9, 2, 2, 3)),
        ((9, 3), (8, 2, 2, 3)),
        ((9, 3), (9, 3, 2, 3)),
        ((9, 3), (9, 2, 0, 3)),
        ((9, 3), (9, 2, 3)),
        ((3,), (3,)),
    ],
)
def test_other_shapes_are_refused(root, feet):
    with pytest.raises(ValueError, match="must be"):
        foot_contact(np.zeros(root), np.zeros(feet), 25.0)


def test_what_is_no_number_is_refused():
    root, feet = skating(1.0)
    for broken in (root, feet):
        before, broken[7] = broken[7].copy(), np.nan
        with pytest.raises(ValueError, match="finite"):
            foot_contact(root, feet, 25.0)
        broken[7] = before
    with pytest.raises(ValueError, match="rate"):
        foot_contact(root, feet, 0.0)
    for keep in (np.ones(499, dtype=bool), np.ones(500)):
        with pytest.raises(ValueError, match="keep"):
            foot_contact(root, feet, 25.0, keep)


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_nothing_to_average_is_not_a_number(frames):
    root, feet = skating(1.0, frames=frames)
    assert np.isnan(foot_contact(root, feet, 25.0))
    assert np.isnan(foot_contact(*skating(1.0), 25.0, np.zeros(500, dtype=bool)))


def test_who_stands_still_is_the_best_there_is():
    still = np.ones((50, 22, 3))
    assert of(still, 25.0) == 0
    tremble = still + np.random.default_rng(0).normal(size=still.shape) * 1e-6
    assert of(tremble, 25.0) < 1e-6


@laws
@given(seeds, st.sampled_from([12.5, 25.0, 29.97, 60.0]))
def test_one_planted_foot_is_enough(seed, fps):
    random = np.random.default_rng(seed)
    root, feet = random.normal(size=(60, 3)), random.normal(size=(60, 2, 2, 3))
    feet[:, 0, 1] = feet[0, 0, 1]
    assert foot_contact(root, feet, fps) == pytest.approx(0, abs=1e-9)


def test_a_glide_by_hand():
    """Acceleration is a sine: the mean of its size over its 95th percentile, and not over 1, times the speed squared."""
    root, feet = skating(0.5, frames=5000)
    size = np.abs(np.sin(np.arange(200_000) / 100_000 * 2 * np.pi))
    expected = np.minimum(size / np.percentile(size, 95), 1).mean() * 0.5**2
    assert foot_contact(root, feet, 25.0) == pytest.approx(expected, rel=0.02)


def test_falling_needs_no_foot_and_rising_does():
    t = np.arange(200) / 25.0
    _, feet = skating(1.0, frames=200)
    root = np.zeros((200, 3))
    root[:, 1] = -0.5 * t**2
    assert foot_contact(root, feet, 25.0) == 0
    assert foot_contact(-root, feet, 25.0) == pytest.approx(1, rel=1e-3)


@laws
@given(seeds)
def test_written_out(seed):
    random = np.random.default_rng(seed)
    root = np.cumsum(random.normal(size=(40, 3)), axis=0) * 0.01
    feet = np.cumsum(random.normal(size=(40, 2, 3, 3)), axis=0) * 0.01
    pulls, slides = [], []
    for t in range(1, 39):
        x, y, z = (root[t + 1] - 2 * root[t] + root[t - 1]) * 625
        pulls.append((x * x + max(y, 0) ** 2 + z * z) ** 0.5)
        product = 1.0
        for foot in range(2):
            speeds = []
            for point in range(3):
                x, _, z = (feet[t + 1, foot, point] - feet[t - 1, foot, point]) * 12.5
                speeds.append((x * x + z * z) ** 0.5)
            product *= min(speeds)
        slides.append(product)
    hardest = np.percentile(pulls, 95)
    expected = np.mean([slide * min(pull / hardest, 1) for slide, pull in zip(slides, pulls, strict=True)])
    assert foot_contact(root, feet, 25.0) == pytest.approx(expected, rel=1e-9)


@laws
@given(seeds, st.floats(-np.pi, np.pi), st.tuples(*[st.floats(-9, 9)] * 3))
def test_where_the_dancer_is_and_looks_does_not_matter(seed, radians, shift):
    positions = np.cumsum(np.random.default_rng(seed).normal(size=(40, 22, 3)), axis=0) * 0.01
    turn = np.array([[np.cos(radians), 0, np.sin(radians)], [0, 1, 0], [-np.sin(radians), 0, np.cos(radians)]])
    assert of(positions @ turn.T + np.array(shift), 25.0) == pytest.approx(of(positions, 25.0), rel=1e-6)


@pytest.mark.parametrize("fps", [12.5, 29.97, 50.0, 60.0])
def test_the_frame_rate_does_not_matter(planted, fps):
    def slid(rate: float) -> np.ndarray:
        frames = np.arange(0, 400, 25 / rate)
        return planted(frames) + np.stack([frames / 25, 0 * frames, 0 * frames], axis=1)[:, None]

    assert of(slid(fps), fps) == pytest.approx(of(slid(25.0), 25.0), rel=0.02)


@pytest.mark.parametrize("joints", [slice(None), slice(0, 1)], ids=["of the body", "of the root"])
def test_a_glitch_of_a_frame_does_not_improve_a_dance(planted, joints):
    dance = planted(np.arange(0.0, 1200))
    glitch = dance.copy()
    glitch[600, joints] += [0.5, 0, 0]
    assert of(glitch, 25.0) > 0.98 * of(dance, 25.0)


def test_frames_that_do_not_count_do_not(planted):
    dance = planted(np.arange(0.0, 400))
    torn = dance.copy()
    torn[200:] += [0.5, 0, 0]
    keep = np.ones(400, dtype=bool)
    keep[190:210] = False
    assert of(torn, 25.0, keep) == pytest.approx(of(dance, 25.0, keep), rel=1e-9)
    assert of(torn, 50.0, keep) == pytest.approx(of(dance, 50.0, keep), rel=1e-3)
    assert of(torn, 25.0) > 1.1 * of(dance, 25.0)
