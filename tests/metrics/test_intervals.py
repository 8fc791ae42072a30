"""Intervals over songs: what they hold, how often, and what stands for few songs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ballo.metrics import intervals
from ballo.metrics.intervals import LEAST_SONGS, Interval, bootstrap, bootstrap_mean

laws = settings(max_examples=20)
songs_of = st.lists(st.floats(-100, 100), min_size=LEAST_SONGS, max_size=30).map(np.array)


def spread(indices: np.ndarray, values: np.ndarray) -> float:
    """The Frechet distance of songs (n, clips) from a normal distribution."""
    return float(values[indices].mean() ** 2 + (values[indices].std() - 1) ** 2)


@pytest.mark.parametrize("values", [np.zeros((12, 2)), np.array(1.0), np.array([1.0, np.inf] * 9)])
def test_other_values_are_refused(values):
    with pytest.raises(ValueError, match="values"):
        bootstrap_mean(values)


def test_no_draw_and_fewer_songs_than_none_are_refused():
    for call in (lambda: bootstrap_mean(np.zeros(20), draws=0), lambda: bootstrap(lambda songs: 0.0, 20, draws=0)):
        with pytest.raises(ValueError, match="draws"):
            call()
    with pytest.raises(ValueError, match="songs"):
        bootstrap(lambda songs: 0.0, -1)


# A mean of songs.


@pytest.mark.parametrize("values", [[], [3.0], [np.nan, 3.0, np.nan], [np.nan] * 20])
def test_one_song_or_none_has_no_interval(values):
    found = bootstrap_mean(np.array(values))
    assert np.isnan([found.low, found.high]).all()
    assert (found.method, found.label) == ("none", "no interval")
    assert found.songs == np.isfinite(values).sum()


def test_few_songs_have_their_range_and_it_says_so():
    found = bootstrap_mean(np.array([3.0, np.nan, -1.0, 2.0]))
    assert found == Interval(-1.0, 3.0, 3, "range")
    assert found.label == "range of 3 songs"
    assert bootstrap_mean(np.arange(9.0)).method == "range"
    assert bootstrap_mean(np.arange(10.0)).label == "95 % over 10 songs"
    assert bootstrap_mean(np.array([*range(9), np.nan])).method == "range"


def test_songs_that_are_alike_leave_no_doubt():
    assert bootstrap_mean(np.full(20, 4.0)) == Interval(4.0, 4.0, 20, "bootstrap")


def test_the_same_seed_draws_the_same_songs():
    values = np.random.default_rng(0).normal(size=20)
    assert bootstrap_mean(values, seed=3) == bootstrap_mean(values, seed=3) != bootstrap_mean(values, seed=4)


@laws
@given(songs_of, st.floats(-5, 5), st.floats(0.1, 10))
def test_it_lies_around_the_mean_and_goes_with_the_unit(values, shift, size):
    found, there = bootstrap_mean(values, draws=200), bootstrap_mean(values * size + shift, draws=200)
    assert values.min() - 1e-9 <= found.low <= values.mean() + 1e-9 <= found.high + 2e-9 <= values.max() + 3e-9
    assert (there.low, there.high) == pytest.approx((found.low * size + shift, found.high * size + shift), abs=1e-6)


def test_many_songs_have_the_normal_interval():
    values = np.random.default_rng(0).normal(size=400)
    found, error = bootstrap_mean(values, draws=4000), values.std(ddof=1) / 20
    expected = values.mean() - 1.97 * error, values.mean() + 1.97 * error
    assert (found.low, found.high) == pytest.approx(expected, abs=0.1 * error)


@pytest.mark.parametrize("songs", [10, 11, 15, 20, 40, 60, 1000])
def test_the_ends_are_as_far_out_as_students_t_asks(songs):
    t = stats.t.ppf(0.975, songs - 1) * math.sqrt(songs / (songs - 1))
    assert intervals._tail(songs) == pytest.approx(stats.norm.sf(t), rel=0.02)


@pytest.mark.parametrize("songs", [10, 20])
def test_it_holds_the_true_mean_about_as_often_as_it_says(songs):
    random = np.random.default_rng(0)
    found = [bootstrap_mean(random.normal(5, 2, songs), seed=trial) for trial in range(300)]
    assert 0.88 <= np.mean([each.low <= 5 <= each.high for each in found]) <= 0.98


# Anything of several songs.


def test_a_statistic_of_few_songs_has_its_range_leaving_one_out():
    values = np.array([1.0, 2.0, 6.0])
    found = bootstrap(lambda songs: float(values[songs].mean()), 3)
    assert found == Interval(1.5, 4.0, 3, "leaving one out")
    assert found.label == "range leaving out one of 3 songs"


@pytest.mark.parametrize("songs", [0, 1])
def test_a_statistic_of_one_song_or_none_has_no_interval(songs):
    found = bootstrap(lambda songs: 1.0, songs)
    assert (found.method, found.songs) == ("none", songs)
    assert math.isnan(found.low)


def test_it_draws_as_many_songs_with_replacement():
    drawn = []
    bootstrap(lambda songs: float(drawn.append(songs) or 0), 12, draws=50)
    np.testing.assert_array_equal(drawn[0], np.arange(12))
    assert len(drawn) == 51
    assert all(len(songs) == 12 and songs.min() >= 0 and songs.max() < 12 for songs in drawn)
    assert sum(len(set(songs)) < 12 for songs in drawn) == 50


def test_of_a_mean_it_is_the_mean_s():
    values = np.random.default_rng(0).normal(size=40)
    one, other = bootstrap_mean(values, draws=4000), bootstrap(lambda songs: float(values[songs].mean()), 40, draws=4000)
    assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=0.03)


def test_a_statistic_that_repeated_songs_raise_is_put_back_where_it_is():
    """The mean distance between songs: a song drawn twice is at distance 0 of itself, so that all draws are too low."""
    places = np.random.default_rng(0).normal(size=(20, 30))
    apart = np.linalg.norm(places[:, None] - places, axis=-1)

    def diversity(songs: np.ndarray) -> float:
        return float(apart[np.ix_(songs, songs)].sum() / (len(songs) * (len(songs) - 1)))

    value = diversity(np.arange(20))
    drawn = [diversity(np.random.default_rng(draw).integers(20, size=20)) for draw in range(200)]
    assert np.percentile(drawn, 97.5) < value, "plain percentiles do not even hold the figure itself"
    found = bootstrap(diversity, 20)
    assert found.low < value < found.high
    assert found.high - found.low == pytest.approx(np.ptp(np.percentile(drawn, [2.5, 97.5])), rel=0.3)


def test_of_a_biased_statistic_it_holds_the_true_value_where_percentiles_do_not_so_often():
    random = np.random.default_rng(0)
    true = (math.sqrt(1.25) - 1) ** 2
    held = []
    for trial in range(150):
        songs = random.normal(size=(20, 1)) * 0.5 + random.normal(size=(20, 12))
        found = bootstrap(lambda drawn, songs=songs: spread(drawn, songs), 20, draws=100, seed=trial)
        held.append(found.low <= true <= found.high)
    assert np.mean(held) >= 0.9


def test_draws_without_a_value_do_not_count_up_to_half():
    values = np.random.default_rng(0).normal(size=20)

    def sometimes(songs: np.ndarray, missing: int) -> float:
        return float("nan") if len(set(songs)) < 20 and missing in songs else float(values[songs].mean())

    rare = bootstrap(lambda songs: sometimes(songs, 99), 20)
    assert rare == bootstrap(lambda songs: float(values[songs].mean()), 20)
    often = bootstrap(lambda songs: sometimes(songs, 7), 20)  # song 7 is in 64 of 100 draws
    assert (often.method, often.songs) == ("none", 20)
    assert bootstrap(lambda songs: float("nan"), 20).method == "none"
    assert bootstrap(lambda songs: float("nan") if len(songs) < 5 else 1.0, 5).method == "none"
    assert bootstrap(lambda songs: float("inf"), 12).method == "none"
