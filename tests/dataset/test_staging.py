"""The way over the stage: standing feet lead it, and it stays on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.dataset import staging
from ballo.dataset.staging import STAGE_METRES, Way, on_stage

laws = settings(max_examples=20)
ROOM = STAGE_METRES / 2 - 0.6


def way(seconds=20.0, fps=25.0, *, ahead=0.0, left=0.0, turning=0.0):
    """A dancer of one foot point, which stands under her while the floor slides: she goes at a speed in her own frame."""
    frames = round(seconds * fps)
    slip = np.tile([left / fps, ahead / fps], (frames - 1, 1, 1))
    return Way(np.zeros((frames, 1, 2)), turning * np.arange(frames) / fps, slip, np.ones((frames - 1, 1)))


def walked(path):
    """Metres gone in all."""
    return float(np.linalg.norm(np.diff(path, axis=0), axis=-1).sum())


def test_who_stands_stays():
    heading, path = on_stage(way(), 25.0)
    np.testing.assert_allclose(path, 0, atol=1e-12)
    np.testing.assert_allclose(heading, 0, atol=1e-12)


def test_ahead_is_plus_z_and_left_is_plus_x():
    for kwargs, axis in (({"ahead": 0.2}, 1), ({"left": 0.2}, 0)):
        _, path = on_stage(way(**kwargs), 25.0)
        gone = path[-1] - path[0]
        assert gone[axis] == pytest.approx(0.2 * 19.96, rel=1e-6)
        assert gone[1 - axis] == pytest.approx(0, abs=1e-9)


def test_turned_to_her_left_she_goes_left():
    """A quarter turn about +Y brings +Z to +X."""
    quarter = way(ahead=0.2)
    turned = Way(quarter.feet, quarter.heading + np.pi / 2, quarter.slip, quarter.weights)
    path = turned.path()
    assert path[-1].real == pytest.approx(0.2 * 19.96, rel=1e-6)
    assert path[-1].imag == pytest.approx(0, abs=1e-9)


def test_a_standing_foot_carries_her_over_itself():
    """Her foot goes back under her by .3 m: standing, it takes her .3 m ahead; a foot that does not stand says nothing."""
    feet = np.zeros((11, 2, 2))
    feet[:, 0, 1] = np.linspace(0.15, -0.15, 11)
    feet[:, 1, 1] = np.linspace(0, 5, 11)
    weights = np.tile([1.0, 0.0], (10, 1))
    _, path = on_stage(Way(feet, np.zeros(11), np.zeros((10, 2, 2)), weights), 25.0)
    np.testing.assert_allclose(path[-1] - path[0], [0, 0.3], atol=1e-12)


def test_who_turns_about_a_standing_foot_circles_it():
    """The foot is a metre to her left; half a turn about it takes her to its other side."""
    frames = 2001
    feet = np.tile([[1.0, 0.0]], (frames, 1, 1))
    heading = np.linspace(0, np.pi, frames)
    path = Way(feet, heading, np.zeros((frames - 1, 1, 2)), np.ones((frames - 1, 1))).path()
    assert abs(path[-1] - 2.0) < 1e-3
    assert np.abs(np.abs(path - 1.0) - 1.0).max() < 1e-3


@laws
@given(st.floats(0, 0.4), st.floats(-0.3, 0.3), st.floats(-1, 1), st.integers(0, 2**32 - 1))
def test_every_dance_stays_on_the_stage(ahead, left, turning, seed):
    wanders = way(60.0, ahead=ahead, left=left, turning=turning)
    drift = np.cumsum(np.random.default_rng(seed).normal(scale=0.02, size=len(wanders.heading)))
    wanders = Way(wanders.feet, wanders.heading + drift, wanders.slip, wanders.weights)
    heading, path = on_stage(wanders, 25.0)
    assert np.abs(path).max() <= STAGE_METRES / 2
    assert path.max(axis=0) + path.min(axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert heading[0] == pytest.approx(0)
    # However she is turned, her own steps are as long as they were.
    free = wanders.path()
    assert walked(path) == pytest.approx(float(np.abs(np.diff(free)).sum()), rel=1e-3)


@pytest.mark.parametrize("seconds", [60.0, 180.0])
@pytest.mark.parametrize("fps", [25.0, 60.0])
def test_who_walks_straight_is_turned_slowly(seconds, fps):
    heading, path = on_stage(way(seconds, fps, ahead=0.5), fps)
    assert np.abs(path).max() <= ROOM + 0.05
    assert np.abs(np.diff(heading)).max() * fps < 0.65  # radians a second
    assert walked(path) == pytest.approx(0.5 * (seconds - 1 / fps), rel=1e-3)


def test_who_stays_on_anyway_is_left_alone():
    small = way(12.0, ahead=0.4)
    heading, path = on_stage(small, 25.0)
    np.testing.assert_allclose(heading, 0, atol=1e-12)
    assert path[-1, 1] - path[0, 1] == pytest.approx(0.4 * 11.96)


def test_two_frames_are_a_way():
    heading, path = on_stage(way(0.08), 25.0)
    assert heading.shape == (2,)
    assert path.shape == (2, 2)


def test_turning_more_turns_the_whole_way():
    some = way(ahead=0.3, turning=0.2)
    np.testing.assert_allclose(some.path(0.7), some.path() * np.exp(0.7j), atol=1e-9)
    assert staging._reach(some.path(0.0)) > 0


def test_who_walks_in_a_circle_comes_back():
    """Half a metre a second and a turn in 2 pi seconds; a polygon of 0.2 s is as long as she went, and closes."""
    circling = way(2 * np.pi, 5.0, ahead=0.5, turning=2 * np.pi / (31 / 5))
    path = circling.path()
    t = np.arange(31) / 5
    rate = 2 * np.pi / (31 / 5)
    known = 0.5 / rate * ((1 - np.cos(rate * t)) - 1j * np.sin(rate * t))
    assert np.abs(path - known).max() < 0.01
