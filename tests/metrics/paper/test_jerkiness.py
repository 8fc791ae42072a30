"""The research system's roughness: by hand, written out, and what it depends on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.paper.jerkiness import jerkiness, total_variation

laws = settings(max_examples=20)


@pytest.mark.parametrize("measure", [jerkiness, total_variation])
def test_other_shapes_are_refused_and_too_few_frames_are_not_a_number(measure):
    for shape in ((9, 3), (9, 0, 3), (9, 2, 2)):
        with pytest.raises(ValueError, match=r"\(T, J, 3\)"):
            measure(np.zeros(shape))
    for frames in range(4 if measure is jerkiness else 2):
        assert np.isnan(measure(np.zeros((frames, 2, 3))))


def test_a_joint_on_a_cubic():
    """x = t^3 mm of one joint at frame t: its third difference is 6 mm everywhere."""
    t = np.arange(30)
    positions = np.zeros((30, 22, 3))
    positions[:, 5, 0] = t**3 / 1000
    assert jerkiness(positions) == pytest.approx(0.36)
    assert total_variation(positions) == pytest.approx(100 * (29**3 / 1000) / 29 / 66)


@laws
@given(st.integers(0, 2**32 - 1))
def test_written_out(seed):
    positions = np.random.default_rng(seed).normal(size=(12, 3, 3))
    around = [[100 * (frame[joint] - frame[0]) for joint in range(3)] for frame in positions]
    squares, steps = [], []
    for t in range(9):
        total = 0.0
        for joint in range(3):
            a, b, c, d = (around[t + step][joint] for step in range(4))
            total += float(((d - 3 * c + 3 * b - a) ** 2).sum())
        squares.append(total)
    for t in range(11):
        steps += [
            abs(after - before)
            for joint in range(3)
            for before, after in zip(around[t][joint], around[t + 1][joint], strict=True)
        ]
    assert jerkiness(positions) == pytest.approx(np.mean(squares))
    assert total_variation(positions) == pytest.approx(np.mean(steps))


def test_it_is_blind_to_how_the_body_goes(planted):
    dance = planted(np.arange(100.0))
    thrown = dance + np.random.default_rng(0).normal(size=(100, 1, 3))
    assert jerkiness(thrown) == pytest.approx(jerkiness(dance))
    assert total_variation(thrown) == pytest.approx(total_variation(dance))


def test_half_the_frame_rate_multiplies_it_by_nearly_its_sixth_power(planted):
    dance = planted(np.arange(0, 400, 0.25))
    assert jerkiness(dance[::2]) == pytest.approx(64 * jerkiness(dance), rel=0.1)
    assert total_variation(dance[::2]) == pytest.approx(2 * total_variation(dance), rel=0.01)
