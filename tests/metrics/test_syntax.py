"""The surprise of figures against what is counted by hand, and against shuffling them."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballo.metrics import syntax
from ballo.metrics.syntax import Transitions, bits, learn, shuffled_bits

TURNS = Transitions(np.array([0.5, 0.25, 0.25]), np.array([[0.25, 0.5, 0.25], [0.5, 0.25, 0.25], [0.125, 0.125, 0.75]]))


def test_bits_by_hand():
    """0 to 1 is half as likely as certain, 1 bit; 1 to 2 two bits; 2 to 2 log2 of 4/3."""
    assert bits(np.array([0, 1, 2, 2]), TURNS) == pytest.approx((1 + 2 + math.log2(4 / 3)) / 3)


def test_a_gap_is_crossed_by_nothing():
    assert bits(np.array([0, 1, -1, 2, 2]), TURNS) == pytest.approx((1 + math.log2(4 / 3)) / 2)
    assert math.isnan(bits(np.array([0, -1, 1]), TURNS))


def test_learnt_by_hand():
    """0 0 1: figures are danced 3 and 2 times with one more each, 0.6 and 0.4; 0 led to 0 once and to 1 once, 1 to none."""
    found = learn([np.array([0, 0, 1])], 2)
    np.testing.assert_allclose(found.alone, [0.6, 0.4])
    np.testing.assert_allclose(found.following, [[1.6 / 3, 1.4 / 3], [0.6, 0.4]])


def test_a_gap_teaches_nothing():
    with_gap, without = learn([np.array([0, 1, -1, 1, 0])], 2), learn([np.array([0, 1]), np.array([1, 0])], 2)
    np.testing.assert_allclose(with_gap.following, without.following)


@given(st.lists(st.integers(0, 2), min_size=2, max_size=6))
def test_shuffled_is_the_mean_over_all_orders(figures):
    orders = [bits(np.array(order), TURNS) for order in permutations(figures)]
    assert shuffled_bits(np.array(figures), TURNS) == pytest.approx(np.mean(orders))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=40))
def test_what_was_learnt_from_surprises_least_in_its_order_and_a_still_one_in_none(figures):
    known = np.tile(np.arange(4), 25)
    transitions = learn([known], 4)
    assert bits(known, transitions) < 0.2 < 2 < shuffled_bits(known, transitions)
    still = np.full(len(figures), figures[0])
    assert shuffled_bits(still, transitions) == pytest.approx(bits(still, transitions))


@given(st.lists(st.lists(st.integers(-1, 4), max_size=30), max_size=4))
def test_learnt_likelihoods_are_likelihoods(sequences):
    found = learn([np.array(sequence, dtype=int) for sequence in sequences], 5)
    np.testing.assert_allclose(found.following.sum(axis=1), 1)
    assert found.following.min() > 0


def test_songs_count_by_their_steps():
    one, other = np.array([0, 1, 0, 1, 0]), np.array([2, 2])
    found = syntax.syntax([one, other, np.array([1])], TURNS)
    assert found.bits == pytest.approx((4 * bits(one, TURNS) + bits(other, TURNS)) / 5)
    assert (found.steps, found.figures) == (5, 3)
    assert found.alone == pytest.approx((2 + 1 + 2 + 1 + 2) / 5)


def test_no_step_has_no_surprise():
    for sequences in ([], [np.array([], dtype=int)], [np.array([1])], [np.array([-1, -1])]):
        found = syntax.syntax(sequences, TURNS)
        assert found.steps == 0
        assert math.isnan(found.bits)
        assert math.isnan(found.shuffled)


@pytest.mark.parametrize("sequence", [np.array([0.0, 1.0]), np.array([[0, 1]]), np.array([0, 3]), np.array([-2, 0])])
def test_nonsense_is_refused(sequence):
    with pytest.raises(ValueError, match="figures"):
        bits(sequence, TURNS)


@pytest.mark.parametrize(
    ("alone", "following"),
    [(np.array([1.0]), np.ones((2, 2)) / 2), (np.array([0.5, 0.5]), np.eye(2)), (np.zeros(0), np.zeros((0, 0)))],
)
def test_what_is_no_chain_is_refused(alone, following):
    with pytest.raises(ValueError, match=r"figures|likelihoods"):
        Transitions(alone, following)
