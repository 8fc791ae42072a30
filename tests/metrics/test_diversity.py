"""How far dances lie apart: a distance by its laws, by hand, and blind to where on the floor a dance is danced."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics import diversity
from ballo.motion import kinematics
from ballo.motion.skeleton import DANCER

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)
HEAD = DANCER.index("head")
UP = np.array([0.0, 1.0, 0.0])
"""Height is not taken out of a pose, so raising a dance by a metre puts it a metre away."""


def random_dance(seed: int, frames: int = 5) -> np.ndarray:
    random = np.random.default_rng(seed)
    wxyz = random.normal(size=(frames, 22, 4)) * 0.3 + np.array([1.0, 0, 0, 0])
    wxyz /= np.linalg.norm(wxyz, axis=-1, keepdims=True)
    return kinematics.forward(DANCER, wxyz, random.uniform(-2, 2, (frames, 3)))


def distance(first: np.ndarray, second: np.ndarray) -> float:
    return diversity.pose_distance(DANCER, first, second)


@pytest.mark.parametrize("shape", [(5, 22), (5, 66), (5, 21, 3), (5, 22, 2), (1, 5, 22, 3), (22, 3)])
def test_other_shapes_are_refused(planted, shape):
    dance = planted(np.arange(5.0))
    for pair in ((np.zeros(shape), dance), (dance, np.zeros(shape)), (np.zeros(shape), np.zeros(shape))):
        with pytest.raises(ValueError, match="a dance must be"):
            distance(*pair)


def test_no_frames_are_no_distance_away(planted):
    dance = planted(np.arange(5.0))
    for pair in ((dance[:0], dance), (dance, dance[:0]), (dance[:0], dance[:0])):
        with pytest.raises(ValueError, match="one frame"):
            distance(*pair)


@laws
@given(seeds, seeds, seeds)
def test_it_is_a_distance(one, two, three):
    a, b, c = random_dance(one), random_dance(two), random_dance(three)
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a) >= 0
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-12


@laws
@given(seeds, seeds, st.floats(-np.pi, np.pi), st.floats(-20, 20), st.floats(-20, 20))
def test_where_a_dance_is_and_looks_does_not_matter(one, two, radians, x, z):
    a, b = random_dance(one), random_dance(two)
    elsewhere = kinematics.turned_about_y(a, np.full((len(a), 1), radians)) + np.array([x, 0, z])
    assert distance(a, elsewhere) == pytest.approx(0, abs=1e-9)
    assert distance(elsewhere, b) == pytest.approx(distance(a, b), abs=1e-9)


def test_travel_and_turns_alone_are_no_difference(planted):
    dance = planted(np.arange(40.0))
    pose, travel = kinematics.unplace(DANCER, dance)
    other, _, _ = kinematics.place(pose, travel * [2.0, -1.0, 0.3], np.zeros(2), 0.0)
    assert np.abs(other - dance).max() > 0.5
    assert distance(dance, other) == pytest.approx(0, abs=1e-9)


def test_one_joint_moved_counts_for_its_share(planted):
    dance = planted(np.arange(10.0))
    nodding = dance.copy()
    nodding[:5, HEAD] += np.array([0.0, 0.3, 0.0])
    assert distance(dance, nodding) == pytest.approx(0.3 / 22 / 2, abs=1e-12)


def test_a_whole_body_raised_counts_in_full(planted):
    dance = planted(np.arange(10.0))
    assert distance(dance, dance + 0.25 * UP) == pytest.approx(0.25, abs=1e-12)


def test_frames_are_compared_in_order_as_far_as_both_go(planted):
    dance = planted(np.arange(40.0))
    raised = dance + np.linspace(0, 1, 40)[:, None, None] * UP
    assert distance(dance, raised) == pytest.approx(0.5, abs=1e-12)
    assert distance(dance[:10], raised) == distance(dance, raised[:10]) == pytest.approx(np.linspace(0, 1, 40)[:10].mean())
    assert distance(dance[10:], dance[:-10]) > 0.01


def test_the_dances_stay_as_they_were_and_single_precision_will_do(planted):
    one, other = planted(np.arange(10.0)), planted(np.arange(50.0, 60.0))
    kept = one.copy(), other.copy()
    exact = distance(one, other)
    np.testing.assert_array_equal(one, kept[0])
    np.testing.assert_array_equal(other, kept[1])
    assert distance(one.astype(np.float32), other.astype(np.float32)) == pytest.approx(exact, abs=1e-6)


def test_identical_dances_have_no_spread(planted):
    assert diversity.spread(DANCER, [planted(np.arange(10.0))] * 4) == 0


def test_spread_is_the_mean_over_all_pairs(planted):
    dance = planted(np.arange(10.0))
    # Heights 0, 1 and 4 are 1, 3 and 4 apart; the repeated one adds pairs 0, 1 and 4.
    assert diversity.spread(DANCER, [dance, dance + UP]) == pytest.approx(1)
    assert diversity.spread(DANCER, [dance, dance + UP, dance + 4 * UP]) == pytest.approx((1 + 3 + 4) / 3)
    assert diversity.spread(DANCER, [dance, dance + UP, dance + 4 * UP, dance]) == pytest.approx((1 + 3 + 4 + 0 + 1 + 4) / 6)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_dances_have_no_spread_to_speak_of(planted, count):
    assert np.isnan(diversity.spread(DANCER, [planted(np.arange(3.0))] * count))


def test_the_distance_of_features_by_hand():
    """Corners of a right triangle: 3, 4 and 5 apart."""
    assert diversity.feature_diversity(np.array([[0.0, 0], [3, 0], [3, 4]])) == pytest.approx(4)


@laws
@given(seeds, st.integers(2, 30))
def test_the_distance_of_features_written_out(seed, count):
    features = np.random.default_rng(seed).normal(size=(count, 4))
    expected = np.mean([np.linalg.norm(a - b) for i, a in enumerate(features) for b in features[:i]])
    assert diversity.feature_diversity(features) == pytest.approx(expected)


def test_features_in_blocks_and_copies(monkeypatch):
    features = np.random.default_rng(0).normal(size=(40, 5)) + 1000
    whole = diversity.feature_diversity(features)
    monkeypatch.setattr(diversity, "_BLOCK", 7)
    assert diversity.feature_diversity(features) == pytest.approx(whole, rel=1e-9)
    assert diversity.feature_diversity(np.repeat(features[:1], 9, axis=0)) == 0


def test_one_clip_has_no_diversity_and_other_shapes_are_refused():
    assert np.isnan(diversity.feature_diversity(np.zeros((1, 4))))
    assert np.isnan(diversity.feature_diversity(np.zeros((0, 4))))
    for nonsense in ((np.zeros(4),), (np.zeros((4, 2)), np.ones(3))):
        with pytest.raises(ValueError, match="N, D"):
            diversity.feature_diversity(*nonsense)


def test_counts_are_repetitions():
    features, counts = np.random.default_rng(1).normal(size=(6, 3)), np.array([1, 3, 0, 2, 1, 1])
    repeated = diversity.feature_diversity(np.repeat(features, counts, axis=0))
    assert diversity.feature_diversity(features, counts) == pytest.approx(repeated)
    assert np.isnan(diversity.feature_diversity(features, np.array([0, 0, 1, 0, 0, 0])))
