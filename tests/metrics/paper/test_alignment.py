"""Beat alignment as papers compute it: against loops written as their codes are, scipy's smoothing and minima, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.signal import argrelextrema

from ballo.metrics.paper import alignment

laws = settings(max_examples=30)
seeds = st.integers(0, 2**32 - 1)


def wandering(seed: int, frames: int = 400, joints: int = 6) -> np.ndarray:
    """A body whose joints swing at rates of their own."""
    random = np.random.default_rng(seed)
    t = np.arange(frames)[:, None, None] / 60
    rate, late = random.uniform(2, 12, (2, joints, 3))
    return 0.2 * np.sin(rate * t + late) + 0.002 * random.normal(size=(frames, joints, 3))


def plain_fact(joints: np.ndarray, music: np.ndarray) -> float:
    """Frame by frame: the code's arithmetic, one number at a time."""
    speed = [np.float32(0)]
    for frame in range(1, len(joints)):
        norms = [
            np.linalg.norm((now - before).astype(np.float32))
            for now, before in zip(joints[frame], joints[frame - 1], strict=True)
        ]
        speed.append(np.sum(np.array(norms, dtype=np.float32)))
    found = argrelextrema(np.array(speed), np.less, order=10)[0]
    if not len(found):
        return 0.0
    scores = []
    for beat in found:
        nearest = min(abs(int(other) - int(beat)) for other in music)
        scores.append(math.exp(-(nearest**2) / 2 / 3**2))
    return sum(scores) / len(scores)


def plain_bailando(joints: np.ndarray, music: np.ndarray) -> float:
    speed = []
    for frame in range(len(joints) - 1):
        norms = [np.sqrt(np.sum((after - now) ** 2)) for now, after in zip(joints[frame], joints[frame + 1], strict=True)]
        speed.append(np.mean(norms))
    found = argrelextrema(gaussian_filter(np.array(speed), 5), np.less)[0]
    total, heard = 0.0, [beat for beat in music if beat < len(speed)]
    for beat in heard:
        total += math.exp(-min((int(other) - int(beat)) ** 2 for other in found) / 2 / 9)
    return total / len(heard)


@laws
@given(seeds, st.sampled_from([17, 25, 30, 36]))
def test_both_are_what_plain_loops_give(seed, period):
    positions = wandering(seed)
    music = np.arange(seed % period, 400, period)
    assert alignment.fact(positions, music) == pytest.approx(plain_fact(positions, music), rel=1e-9, abs=1e-12)
    assert alignment.bailando(positions, music) == pytest.approx(plain_bailando(positions, music), rel=1e-9, abs=1e-12)


@laws
@given(seeds, st.sampled_from([np.float32, np.float64]), st.integers(2, 90), st.floats(0.5, 9))
def test_smoothing_is_scipys(seed, kind, frames, sigma):
    values = np.random.default_rng(seed).random(frames).astype(kind)
    np.testing.assert_allclose(alignment.smoothed(values, sigma), gaussian_filter(values.astype(float), sigma), atol=1e-12)


@laws
@given(seeds, st.integers(2, 60))
def test_minima_are_scipys_near_the_ends_too(seed, frames):
    """Positions drawn on a lattice, so that speeds tie often."""
    positions = np.random.default_rng(seed).integers(0, 3, (frames, 1, 3)).astype(np.float32)
    moved = np.linalg.norm(np.diff(positions, axis=0), axis=2)
    speed = np.concatenate([[0], moved.sum(axis=1)])
    np.testing.assert_array_equal(alignment.fact_beats(positions), argrelextrema(speed, np.less, order=10)[0])
    smooth = gaussian_filter(moved.mean(axis=1), 5)
    np.testing.assert_array_equal(alignment.bailando_beats(positions), argrelextrema(smooth, np.less)[0])


def standing_at(frames: list[int], count: int) -> np.ndarray:
    """A point that moves a metre a frame but for a centimetre into each of some frames."""
    step = np.ones(count - 1)
    step[np.array(frames) - 1] = 0.01
    return np.concatenate([[0], np.cumsum(step)])[:, None, None] * np.array([1.0, 0, 0])


def test_fact_by_hand():
    """Stands into frames 30, 60, 93; beats at 30, 62, 90, 400: off by 0, 2 and 3 frames."""
    positions = standing_at([30, 60, 93], 130)
    np.testing.assert_array_equal(alignment.fact_beats(positions), [30, 60, 93])
    expected = (1 + math.exp(-4 / 18) + math.exp(-9 / 18)) / 3
    assert alignment.fact(positions, np.array([30, 62, 90, 400])) == pytest.approx(expected, rel=1e-12)


def test_bailando_by_hand():
    """The same dance: movement into frame f is its frame f - 1, and music beats are what is averaged over."""
    positions = standing_at([40, 80], 130)
    np.testing.assert_array_equal(alignment.bailando_beats(positions), [39, 79])
    expected = (1 + math.exp(-16 / 18) + 2 * math.exp(-200)) / 4
    found = alignment.bailando(positions, np.array([39, 83, 59, 99, 129]))  # the last has no speed
    assert found == pytest.approx(expected, rel=1e-9)


def test_the_faults_are_there():
    music = np.arange(5, 600, 30)
    lazy, busy = standing_at([215], 600), np.random.default_rng(0).normal(size=(600, 22, 3))
    assert alignment.fact(lazy, music) == 1.0, "one stand in ten seconds, on a beat"
    assert alignment.bailando(busy, music) > 0.2, "noise"
    assert alignment.bailando(busy * 1e-6, music) == pytest.approx(alignment.bailando(busy, music)), "however small"
    assert alignment.fact(busy[::2], music // 2) > 1.5 * alignment.fact(busy, music), "fewer frames a second score more"


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_nothing_to_measure(frames):
    nothing, music = np.zeros((frames, 3, 3)), np.array([0])
    assert alignment.fact(nothing, music) == 0.0, "as there"
    assert math.isnan(alignment.bailando(nothing, music)), "there it stops"


def test_still_or_without_music():
    still, moving = np.ones((90, 3, 3)), wandering(1, 90)
    assert alignment.fact(still, np.array([10])) == 0.0
    assert math.isnan(alignment.bailando(still, np.array([10])))
    for measure in (alignment.fact, alignment.bailando):
        assert math.isnan(measure(moving, np.zeros(0, dtype=int)))
        with pytest.raises(ValueError, match=r"\(T, J, 3\)"):
            measure(np.zeros((9, 2)), np.array([1]))


def test_beats_in_frames():
    found = alignment.music_frames(np.array([-0.5, -0.01, 0.0, 0.019, 0.021, 1.0, 3.99]), 25.0, 100)
    np.testing.assert_array_equal(found, [0, 1, 25])
