"""Places on a grid of beats, how much phases agree, and what the place in the bar explains: by hand, written out, by laws."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ballo.music import phase

laws = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)


# Places on a grid.


def test_places_by_hand():
    beats = np.array([1.0, 2.0, 4.0, 5.0])
    times = np.array([1.0, 1.25, 2.0, 3.0, 4.9, 5.0, 5.5, 0.5])
    np.testing.assert_allclose(phase.on_grid(times, beats), [0, 0.25, 1, 1.5, 2.9, 3, 3.5, -0.5])


@laws
@given(seeds)
def test_a_place_and_its_time_are_one(seed):
    random = np.random.default_rng(seed)
    beats, times = np.cumsum(random.uniform(0.1, 2, 12)), random.uniform(-5, 20, 30)
    np.testing.assert_allclose(phase.at_beat(phase.on_grid(times, beats), beats), times, atol=1e-9)
    places = random.uniform(-5, 20, 30)
    np.testing.assert_allclose(phase.on_grid(phase.at_beat(places, beats), beats), places, atol=1e-9)
    np.testing.assert_allclose(phase.on_grid(beats, beats), np.arange(12), atol=1e-9)


# Agreement.


def test_without_events_there_is_no_agreement():
    for groups in ([], [np.zeros(0)], [np.zeros(0), np.zeros(0)]):
        assert phase.agreement(groups) == phase.Agreement(0.0, 0.0, 1.0, 0)


@laws
@given(seeds)
def test_agreement_written_out(seed):
    random = np.random.default_rng(seed)
    groups = [random.random(int(random.integers(1, 9))) * 3 for _ in range(4)]
    phasors = [cmath.exp(2j * math.pi * turn) for group in groups for turn in group]
    mean = sum(phasors) / len(phasors)
    found = phase.agreement(groups, draws=10)
    assert found.events == len(phasors)
    assert found.resultant == pytest.approx(abs(mean))
    assert found.phase == pytest.approx(cmath.phase(mean) / (2 * math.pi))


def test_one_song_alone_cannot_tell_and_many_can():
    assert phase.agreement([np.full(50, 0.3)], draws=500).p_value == 1.0
    assert phase.agreement([np.full(50, 0.3)] * 6, draws=500).p_value < 0.01
    assert phase.agreement([np.full(50, song / 6) for song in range(6)], draws=500).resultant == pytest.approx(0, abs=1e-9)


def test_by_chance_every_p_value_is_as_likely():
    random = np.random.default_rng(0)
    p_values = np.array(
        [
            phase.agreement([random.random() + random.normal(scale=0.1, size=9) for _ in range(5)], draws=300).p_value
            for _ in range(300)
        ]
    )
    for level in (0.1, 0.5, 0.9):
        assert np.mean(p_values <= level) == pytest.approx(level, abs=0.08)


# What the place in the turn explains.


def test_nothing_explains_nothing():
    assert phase.explained(np.zeros(0), np.zeros(0)) == 0.0
    assert phase.explained(np.full(9, 3.0), np.arange(9) / 9) == 0.0


def test_what_the_place_says_in_full_is_explained_in_full():
    turns = np.arange(40) / 4
    assert phase.explained(np.arange(40) % 4.0, turns, bins=4) == pytest.approx(1)
    assert phase.explained(np.arange(40) % 4.0, turns, bins=1) == pytest.approx(0)


def test_shares_by_hand():
    # Two places with means 1 and 3 and a deviation of 1 in each: between 1, within 1.
    values, turns = np.array([0.0, 2.0, 2.0, 4.0]), np.array([0.1, 5.2, 0.6, -1.3])
    assert phase.explained(values, turns, bins=2) == pytest.approx(0.5)


@laws
@given(seeds, st.integers(1, 20), st.integers(-5, 5), st.floats(0.1, 9), st.floats(-9, 9))
def test_whole_turns_scale_and_level_do_not_matter(seed, bins, turned, scale, level):
    random = np.random.default_rng(seed)
    values, turns = random.normal(size=60), random.integers(0, 1000, 60) / 1000 + 0.0005
    share = phase.explained(values, turns, bins)
    assert 0 <= share <= 1 + 1e-12
    assert phase.explained(values * scale + level, turns + turned, bins) == pytest.approx(share, abs=1e-9)


def test_random_values_are_explained_by_as_much_as_there_are_bins():
    random = np.random.default_rng(0)
    shares = [phase.explained(random.normal(size=500), random.random(500), 16) for _ in range(200)]
    assert np.mean(shares) == pytest.approx(15 / 500, rel=0.1)
