"""Songs exchanged among dances: by hand, all exchanges against some of them, and chance as chance has to be."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.metrics.exchange import exchanged, ways

seeds = st.integers(0, 2**32 - 1)


def test_by_hand():
    """Three songs: own 5; of the six exchanges one other reaches it."""
    table = np.array([[2.0, 3, 0], [2, 1, 0], [0, 0, 2]])
    assert exchanged(table) == pytest.approx(2 / 6)
    assert exchanged(table.T) == pytest.approx(2 / 6)


def test_within_groups():
    table = np.array([[2.0, 3, 0], [2, 1, 0], [0, 0, 2]])
    assert exchanged(table, ["a", "a", "b"]) == pytest.approx(2 / 2), "only the first two change, and both reach 5"
    assert exchanged(table, ["a", "b", "a"]) == pytest.approx(1 / 2)
    assert exchanged(table, ["a", "b", "c"]) == 1
    assert (ways("aab"), ways("abc"), ways("aabbb"), ways("")) == (2, 1, 12, 1)


@settings(max_examples=20)
@given(seeds, st.integers(1, 6))
def test_all_exchanges_are_all(seed, count):
    table = np.random.default_rng(seed).random((count, count))
    sums = [sum(table[song, other] for song, other in enumerate(order)) for order in permutations(range(count))]
    assert exchanged(table) == pytest.approx(np.mean([value >= np.trace(table) - 1e-9 for value in sums]))


@pytest.mark.parametrize("seed", [0, 3, 4])
def test_some_exchanges_are_like_all(seed):
    """Of eight songs exchanges are drawn."""
    table = np.random.default_rng(seed).random((8, 8)) + 0.1 * np.eye(8)
    sums = table[np.arange(8), np.array(list(permutations(range(8))))].sum(axis=1)
    every = np.mean(sums >= np.trace(table) - 1e-9)
    assert 0.01 < every < 0.3
    assert exchanged(table, draws=20000) == pytest.approx(every, rel=0.15)


def test_chance_is_even():
    random = np.random.default_rng(0)
    for count in (5, 9):
        found = [exchanged(random.random((count, count)), draws=200) for _ in range(300)]
        assert np.mean(found) == pytest.approx(0.5, abs=0.05)
        assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.05)


def test_a_good_song_is_a_good_song_for_all():
    assert exchanged(np.ones((6, 1)) * np.arange(6.0)) == 1
    assert exchanged(np.arange(6.0)[:, None] * np.ones((1, 6))) == 1
    assert exchanged(np.eye(9)) == pytest.approx(1 / 4001)


@pytest.mark.parametrize("table", [np.zeros((2, 3)), np.full((2, 2), np.nan), np.zeros(4)])
def test_tables_that_make_no_sense(table):
    with pytest.raises(ValueError, match="square and finite"):
        exchanged(table)


def test_groups_that_do_not_fit_and_nobody():
    with pytest.raises(ValueError, match="groups"):
        exchanged(np.eye(2), ["a"])
    assert exchanged(np.zeros((0, 0))) == 1
    assert exchanged(np.zeros((1, 1))) == 1
