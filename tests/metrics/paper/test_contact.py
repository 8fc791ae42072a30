"""EDGE's PFC against the reference's loop written plainly, and the faults that it is published with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.paper.contact import physical_foot_contact
from ballo.motion.skeleton import DANCER

laws = settings(max_examples=20)
LEGS = np.array([[DANCER.index(f"{side}_{joint}") for joint in ("ankle", "toe")] for side in ("left", "right")])


def of(positions: np.ndarray) -> float:
    return physical_foot_contact(positions[:, 0], positions[:, LEGS])


def plainly(root: np.ndarray, feet: np.ndarray) -> float:
    """As the reference goes: Z up, derivatives over 1/30 s, the hardest frame divides; the mean, ten thousandfold."""
    root, feet = root[:, [2, 0, 1]], feet[..., [2, 0, 1]]  # the same handedness, Z up
    seconds = 1 / 30
    accelerations, losses = [], []
    for t in range(2, len(root)):
        before, after = (root[t - 1] - root[t - 2]) / seconds, (root[t] - root[t - 1]) / seconds
        acceleration = (after - before) / seconds
        acceleration[2] = max(acceleration[2], 0)
        accelerations.append(np.sqrt((acceleration**2).sum()))
        slowest = []
        for foot in range(2):
            moved = [feet[t, foot, point, :2] - feet[t - 1, foot, point, :2] for point in range(2)]
            slowest.append(min(np.sqrt((each**2).sum()) for each in moved))
        losses.append(slowest[0] * slowest[1])
    return float(np.mean(np.array(losses) * np.array(accelerations) / max(accelerations))) * 10000


@laws
@given(st.integers(0, 2**32 - 1), st.integers(3, 80))
def test_it_is_what_the_reference_computes(seed, frames):
    random = np.random.default_rng(seed)
    root = np.cumsum(random.normal(size=(frames, 3)), axis=0) * 0.01
    feet = np.cumsum(random.normal(size=(frames, 2, 2, 3)), axis=0) * 0.01
    root[0] += 0.1  # so that something accelerates in three frames too
    assert physical_foot_contact(root, feet) == pytest.approx(plainly(root, feet), rel=1e-6)


def test_the_danced_too(planted):
    dance = planted(np.arange(300.0))
    assert of(dance) > 0
    assert of(dance) == pytest.approx(plainly(dance[:, 0], dance[:, LEGS]), rel=1e-6)


@pytest.mark.parametrize("shapes", [((9, 2), (9, 2, 2, 3)), ((9, 3), (8, 2, 2, 3)), ((9, 3), (9, 2, 3))])
def test_other_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match="must be"):
        physical_foot_contact(*map(np.zeros, shapes))
    with pytest.raises(ValueError, match="finite"):
        physical_foot_contact(np.full((9, 3), np.nan), np.zeros((9, 2, 2, 3)))


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_too_short_a_dance_is_not_a_number(frames):
    assert np.isnan(of(np.zeros((frames, 22, 3))))


def test_fault_who_stands_still_is_the_best():
    still = np.ones((50, 22, 3))
    assert of(still) == 0
    assert of(still + np.random.default_rng(0).normal(size=still.shape) * 1e-6) < 1e-6


def test_fault_a_glitch_of_the_root_improves_a_dance(planted):
    dance = planted(np.arange(0.0, 1200))
    glitch = dance.copy()
    glitch[600, 0, 0] += 0.5
    assert of(glitch) < 0.1 * of(dance)


def test_fault_half_the_frame_rate_multiplies_it(planted):
    dance = planted(np.arange(0.0, 1200))
    assert of(dance[::2]) > 3 * of(dance)


def test_fault_the_frame_time_cancels(planted):
    """Every frame time gives the same: twice as slow a dance is four times as good, whatever 1/30 s says."""
    dance = planted(np.arange(0.0, 600))
    assert of(planted(np.arange(0.0, 600, 0.5))) == pytest.approx(of(dance) / 4, rel=0.1)
