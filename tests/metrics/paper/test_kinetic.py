"""AIST++'s kinetic features: as loops compute them, faults and all."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.plain import features as plain
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.paper.kinetic import kinetic_features

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def wandering(seed, frames, joints=4):
    return np.random.default_rng(seed).normal(size=(frames, joints, 3)).cumsum(axis=0) * 0.05


@laws
@given(seeds, st.integers(3, 40))
def test_it_agrees_with_the_loops(seed, frames):
    dance = wandering(seed, frames)
    np.testing.assert_allclose(kinetic_features(dance), plain.published_kinetic(dance), rtol=1e-9)


def test_a_joint_that_stands_spends_by_where_it_is():
    """The bracket: of p = 2 m, 3,600 p (1 - 1 / 60)."""
    still = np.zeros((30, 2, 3))
    still[:, 1, 1] = 2.0
    np.testing.assert_allclose(kinetic_features(still), [0, 0, 0, 0, 0, 7080])
    assert not kinetic_features(still, corrected=True).any()


def test_the_bracket_closed():
    """Even motion of a metre a second at 60 frames; then a fall, in which the reference's ends count fewer frames."""
    t = np.arange(60) / 60
    even, falling = np.zeros((60, 1, 3)), np.zeros((60, 1, 3))
    even[:, 0] = t[:, None] * [3, 2, 4]
    np.testing.assert_allclose(kinetic_features(even, corrected=True), [25, 4, 0], atol=1e-9)
    falling[:, 0, 1] = -9.81 / 2 * t**2
    assert kinetic_features(falling, corrected=True)[2] == pytest.approx(9.81)


def test_frames_last_a_sixtieth_of_a_second_whatever_they_last():
    """So a dance seen half as often is twice as fast."""
    dance = np.linspace(0, 1, 121)[:, None, None] * np.ones((1, 1, 3))
    assert kinetic_features(dance[::2])[0] == pytest.approx(4 * kinetic_features(dance)[0], rel=0.02)


def test_moving_the_dancer_makes_another_dance_of_it_unless_corrected():
    dance = wandering(0, 60)
    moved = dance + np.array([1.0, 0, 0])
    assert np.abs(kinetic_features(moved) / kinetic_features(dance) - 1)[2::3].min() > 0.02
    np.testing.assert_allclose(kinetic_features(moved, corrected=True), kinetic_features(dance, corrected=True))


@pytest.mark.parametrize("shape", [(2, 4, 3), (0, 4, 3), (9, 4), (9, 4, 2)])
def test_what_is_no_dance_is_refused(shape):
    with pytest.raises(ValueError, match="3 frames"):
        kinetic_features(np.zeros(shape))
