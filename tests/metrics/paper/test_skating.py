"""LODGE's foot skating ratio against the reference's masks written plainly, by hand, and the faults it is published with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics import feet
from ballo.metrics.paper.skating import FootSkating, foot_skating

laws = settings(max_examples=30)


def plainly(ankles: np.ndarray, toes: np.ndarray) -> tuple[float, float]:
    """The reference: level the dance by its first frame, mask, zero what is not static, count."""
    left, right = toes[0, 0, 1], toes[0, 1, 1]
    height = (left + right) / 2 if abs(left - right) < 0.02 else min(left, right)
    ratios = []
    for foot in range(2):
        static = slid = 0
        for t in range(len(toes)):
            if ankles[t, foot, 1] - height > 0.08 or toes[t, foot, 1] - height > 0.05:
                continue
            static += 1
            for points in (ankles, toes):
                velocity = points[t + 1, foot] - points[t, foot] if t + 1 < len(toes) else np.zeros(3)
                if abs((velocity[0] + velocity[2]) / 2) > 0.01:
                    slid += 1
                    break
        ratios.append(slid / static if static else float("nan"))
    return ratios[0], ratios[1]


def gliding(metres_a_frame: tuple[float, float], frames: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """Ankles and toes of two feet that glide over the floor, so far to X and Z from frame to frame."""
    way = np.arange(frames)[:, None] * np.array([metres_a_frame[0], 0, metres_a_frame[1]])
    toes = np.tile(way[:, None], (1, 2, 1))
    return toes + np.array([0, 0.06, 0]), toes


@laws
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_it_is_what_the_reference_computes(seed, frames):
    random = np.random.default_rng(seed)
    ankles = np.cumsum(random.normal(size=(frames, 2, 3)), axis=0) * 0.012
    toes = np.cumsum(random.normal(size=(frames, 2, 3)), axis=0) * 0.012
    found = foot_skating(ankles, toes)
    left, right = plainly(ankles, toes)
    assert (found.left, found.right) == pytest.approx((left, right), rel=1e-6, nan_ok=True)
    assert found.ratio == pytest.approx((left + right) / 2, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("shapes", [((9, 2, 3), (8, 2, 3)), ((9, 1, 3), (9, 1, 3)), ((9, 2, 2), (9, 2, 2)), ((9, 3), (9, 3))])
def test_other_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match=r"\(T, 2, 3\)"):
        foot_skating(*map(np.zeros, shapes))
    with pytest.raises(ValueError, match="finite"):
        foot_skating(np.zeros((9, 2, 3)), np.full((9, 2, 3), np.inf))


def test_without_frames_or_contact_it_is_not_a_number():
    assert np.isnan(foot_skating(np.zeros((0, 2, 3)), np.zeros((0, 2, 3))).ratio)
    ankles, toes = gliding((0.0, 0.0))
    ankles[:, 1, 1] += 0.5
    found = foot_skating(ankles, toes)
    assert found.left == 0
    assert np.isnan([found.right, found.ratio]).all()


@laws
@given(st.tuples(*[st.floats(-9, 9)] * 3))
def test_planted_feet_do_not_skate(where):
    ankles, toes = gliding((0.0, 0.0))
    assert foot_skating(ankles + np.array(where), toes + np.array(where)) == FootSkating(0.0, 0.0, 0.0)


def test_the_ratio_by_hand():
    """The left foot glides 3 cm a frame in 10 of 50 frames, the right in 5, and is in the air in 10."""
    ankles, toes = gliding((0.0, 0.0))
    for foot, slid in ((0, 10), (1, 5)):
        way = 0.03 * np.minimum(np.arange(50), slid)
        ankles[:, foot, 0] += way
        toes[:, foot, 0] += way
    toes[40:, 1, 1] = 0.051
    assert foot_skating(ankles, toes) == FootSkating(0.2, 0.125, pytest.approx(0.1625))


@pytest.mark.parametrize(("apart", "down"), [(0.019, True), (0.021, False)])
def test_the_floor_is_that_of_the_first_frame(apart, down):
    # The right ankle, 8.5 cm over the left toe, is down only where the floor lies between the toes.
    ankles, toes = gliding((0.03, 0.03))
    toes[:, 1, 1] += apart
    ankles[:, 1, 1] = 0.085
    assert foot_skating(ankles, toes).right == pytest.approx(49 / 50 if down else np.nan, nan_ok=True)


def test_fault_who_goes_along_a_diagonal_does_not_slide():
    ankles, toes = gliding((0.05, -0.05))
    assert foot_skating(ankles, toes).ratio == 0
    assert foot_skating(*gliding((0.05, 0.05))).ratio == pytest.approx(49 / 50)
    assert feet.sliding_ratio(toes, 30.0) == 1, "the norm does not cancel"


def test_fault_a_slide_is_counted_by_the_frame():
    """At 0.5 m/s along one axis, 0.25 m/s by its mean: a slide at 15 frames a second, none at 30."""
    assert foot_skating(*gliding((0.5 / 15, 0.0))).ratio > 0.9
    assert foot_skating(*gliding((0.5 / 30, 0.0))).ratio == 0


def test_fault_who_begins_on_tiptoe_is_always_down():
    ankles, toes = gliding((0.03, 0.03))
    ankles[0, :, 1] += 0.1
    toes[0, :, 1] += 0.1
    hopping = toes[:, :, 1] + 0.1 * (np.arange(50) % 2)[:, None]
    toes[1:, :, 1] = hopping[1:]
    ankles[1:, :, 1] = hopping[1:] + 0.06
    assert foot_skating(ankles, toes).ratio > 0.9
