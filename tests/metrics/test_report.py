"""The model card's figures, on dances planted so that each figure is known by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ballo.metrics import report
from ballo.metrics.report import Danced
from ballo.motion.skeleton import DANCER

FPS = 25.0
FRAMES = 101
T = np.arange(FRAMES)[:, None, None] / FPS
ALL = np.ones(FRAMES, dtype=bool)
AHEAD, UP = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])


@pytest.fixture
def body(planted) -> np.ndarray:
    """(T, 22, 3) one pose, held."""
    return np.tile(planted(np.zeros(1)), (FRAMES, 1, 1))


@pytest.fixture
def song(body) -> Danced:
    """A body that slides ahead on a cubic, and two more of half a metre's difference that do just the same."""
    real = body + T**3 * AHEAD + T * AHEAD
    return Danced(real, ALL, [real, real + 0.5 * UP], [real, real + 0.5 * UP])


def compare(*songs: Danced) -> report.Figures:
    return report.compare(DANCER, FPS, {f"song {number}": song for number, song in enumerate(songs)})


def test_no_song_is_nothing_to_compare():
    with pytest.raises(ValueError, match="no song"):
        report.compare(DANCER, FPS, {})


def test_every_seed_is_danced_to_both_songs(song):
    with pytest.raises(ValueError, match="zip"):
        compare(dataclasses.replace(song, other_song=song.other_song[:1]))


def test_a_generator_that_dances_the_real_dance_is_perfect(song):
    real = song.real
    figures = compare(Danced(real, ALL, [real, real, real], [real, real, real]))
    assert (figures.songs, figures.seeds, figures.freezes) == (1, 3, 0)
    assert (figures.speed_ratio, figures.jerk_ratio) == (pytest.approx(1), pytest.approx(1))
    assert (figures.seed_change, figures.song_change) == (0, 0)
    assert np.isnan(figures.real_spread)


def test_speed_and_jerk_are_ratios_to_the_real_dance_averaged_over_seeds(song, body):
    # Over the 4 s, t^3 + t goes 68 m; 2 t^3 + 36 t goes 272 and jerks twice as much; 4 t^3 goes 256 and jerks 4 times.
    by_seed = [body + (2 * T**3 + 36 * T) * AHEAD, body + 4 * T**3 * AHEAD]
    figures = compare(dataclasses.replace(song, by_seed=by_seed))
    assert figures.speed_ratio == pytest.approx((272 + 256) / 2 / 68)
    assert figures.jerk_ratio == pytest.approx(3, rel=1e-6)


def test_ratios_are_averaged_over_songs(song, body):
    twice, slow = body + 2 * (T**3 + T) * AHEAD, body + 0.1 * (T**3 + T) * AHEAD
    quick = dataclasses.replace(song, by_seed=[twice, twice])
    # The second song's real dance is a tenth as fast, so that a ratio of sums would not be the mean of ratios.
    slowly = Danced(slow, ALL, [slow, slow], song.other_song)
    figures = compare(quick, slowly)
    assert figures.songs == 2
    assert figures.speed_ratio == pytest.approx(1.5)
    assert figures.jerk_ratio == pytest.approx(1.5, rel=1e-6)


def test_joins_of_the_real_recording_do_not_count_as_jerk(song):
    real = song.real.copy()
    real[50:] += 1.0
    keep = ALL.copy()
    keep[[49, 50]] = False
    assert compare(dataclasses.replace(song, real=real, keep=keep)).jerk_ratio == pytest.approx(1, rel=1e-6)
    assert compare(dataclasses.replace(song, real=real)).jerk_ratio < 0.1


def test_freezes_are_counted_over_seeds_and_songs(song):
    once, twice = song.real.copy(), song.real.copy()
    once[30:65] = once[30]
    twice[:30], twice[60:] = twice[30], twice[60]
    frozen = dataclasses.replace(song, by_seed=[once, twice])
    assert compare(frozen).freezes == 3
    assert compare(frozen, song, frozen).freezes == 6


def test_where_the_real_dance_stands_still_the_others_may(song):
    still = song.real.copy()
    still[30:65] = still[30]
    allowed = dataclasses.replace(song, real=still, by_seed=[still, still])
    assert compare(allowed).freezes == 0
    assert compare(allowed, dataclasses.replace(song, by_seed=[still, still])).freezes == 2


def test_only_freezes_over_a_second_count(song):
    short = song.real.copy()
    short[30:50] = short[30]
    assert compare(dataclasses.replace(song, by_seed=[short, short])).freezes == 0


def test_seed_change_is_the_spread_over_seeds_averaged_over_songs(song):
    real = song.real
    wider = dataclasses.replace(song, by_seed=[real, real + 1.5 * UP])
    assert compare(song).seed_change == pytest.approx(0.5)
    assert compare(song, wider).seed_change == pytest.approx(1.0)


def test_song_change_is_between_the_same_seeds_to_two_songs(song):
    real = song.real
    assert compare(song).song_change == pytest.approx(0)
    moved = dataclasses.replace(song, other_song=[real + 0.2 * UP, real + 0.5 * UP])
    assert compare(moved).song_change == pytest.approx(0.1)
    assert compare(moved, song).song_change == pytest.approx(0.05)


def test_real_spread_is_between_the_real_dances_alone(song):
    higher = dataclasses.replace(song, real=song.real + 0.8 * UP)
    assert compare(song, higher).real_spread == pytest.approx(0.8)
    assert compare(song, higher, song).real_spread == pytest.approx(1.6 / 3)


def test_one_seed_has_no_change_to_speak_of(song):
    figures = compare(dataclasses.replace(song, by_seed=song.by_seed[:1], other_song=song.other_song[:1]))
    assert figures.seeds == 1
    assert np.isnan(figures.seed_change)
    assert figures.song_change == pytest.approx(0)


def test_the_distance_to_the_real_dance_is_over_seeds_and_songs(song):
    assert compare(song).real_distance == pytest.approx(0.25)  # one seed dances the real dance, the other half a metre above
