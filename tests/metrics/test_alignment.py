"""Beats of body and music: minima known by hand, scores written out, both ways, chances, and what must not matter."""

from __future__ import annotations

import math

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d
from scipy.signal import argrelmin

from ballo.metrics import alignment
from ballo.metrics.alignment import Score
from ballo.metrics.sync import InSong

laws = settings(max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def swing(fps: float, period: float = 0.5, seconds: float = 20.0, late: float = 0.0) -> np.ndarray:
    """A body whose points swing together and stand for a moment at late, late + period ..."""
    t = np.arange(round(seconds * fps)) / fps
    way = 0.3 * np.cos(np.pi * (t - late) / period)
    return way[:, None, None] * np.array([[1.0, 0.0, 0.0], [0.0, 0.6, 0.8]])


def near(times: np.ndarray, others: np.ndarray) -> list[float]:
    return [math.exp(-(min(abs(time - other) for other in others) ** 2) / 0.02) for time in times]


# The body's beats.


@pytest.mark.parametrize("fps", [20.0, 25.0, 50.0, 59.94, 120.0])
@pytest.mark.parametrize("late", [0.0, 0.13])
def test_a_body_that_swings_has_its_beats_where_it_turns(fps, late):
    found = alignment.motion_beats(swing(fps, late=late), fps)
    expected = late + 0.5 * np.arange(40)
    inside = expected[(expected > 0.3) & (expected < 19.5)]
    found = found[(found > 0.3) & (found < 19.6)]
    np.testing.assert_allclose(found[: len(inside)], inside, atol=0.005)


def test_minima_are_those_that_scipy_finds():
    random = np.random.default_rng(0)
    positions = np.cumsum(random.normal(size=(400, 5, 3)), axis=0) * 0.01
    speed = np.linalg.norm(np.gradient(positions, 1 / 25, axis=0), axis=-1).mean(axis=1)
    frames = argrelmin(gaussian_filter1d(speed, 2, mode="nearest"), order=2)[0]
    frames = frames[(frames >= 2) & (frames < 398)]
    found = alignment.motion_beats(positions, 25.0)
    assert len(found) == len(frames) > 20
    assert np.abs(found * 25 - frames).max() <= 0.5


@pytest.mark.parametrize("frames", [0, 1, 4, 5])
def test_too_short_a_dance_has_no_beats(frames):
    assert alignment.motion_beats(np.ones((frames, 3, 3)), 25.0).shape == (0,)


def test_who_stands_still_or_walks_evenly_has_no_beats():
    assert len(alignment.motion_beats(np.ones((100, 3, 3)), 25.0)) == 0
    walk = np.arange(100.0)[:, None, None] * np.ones((1, 3, 3)) / 64  # exact in binary
    assert len(alignment.motion_beats(walk, 25.0)) == 0


@pytest.mark.parametrize("shape", [(9,), (9, 3), (9, 2, 2)])
def test_other_shapes_and_rates_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(T, J, 3\)"):
        alignment.motion_beats(np.zeros(shape), 25.0)
    with pytest.raises(ValueError, match="rate"):
        alignment.motion_beats(np.zeros((9, 2, 3)), 0.0)


# How near they lie.


def test_nothing_scores_nothing():
    empty = Score(0.0, 0.0, 1.0, 0)
    for dances in ([], [InSong(np.zeros(0), np.arange(9.0))], [InSong(np.ones(1), np.arange(9.0), np.ones(1))]):
        assert alignment.alignment(dances) == alignment.Alignment(empty, empty)


def test_on_every_beat_is_perfect_both_ways():
    dances = [InSong(np.arange(5, 60) * period + 0.3, np.arange(80) * period + 0.3) for period in (0.45, 0.5, 0.6, 0.7)]
    found = alignment.alignment(dances)
    for score in (found.to_music, found.to_motion):
        assert score.value == pytest.approx(1)
        assert score.count == 4 * 55
        assert score.null < 0.6
        assert score.p_value < 0.001


def test_who_does_little_scores_one_way_and_who_never_rests_the_other():
    beats = np.arange(80) * 0.5
    lazy = alignment.alignment([InSong(beats[4:60:8], beats)])
    busy = alignment.alignment([InSong(np.arange(2, 30, 0.125), beats)])
    assert lazy.to_music.value == pytest.approx(1)
    assert lazy.to_motion.value < 0.2
    assert busy.to_motion.value == pytest.approx(1)
    assert busy.to_music.value < 0.6


@pytest.mark.parametrize("late", [0.05, 0.1, -0.1])
def test_so_late_is_so_much_worse(late):
    beats = np.arange(80) * 0.6
    found = alignment.alignment([InSong(beats[10:60] + late, beats)])
    assert found.to_music.value == pytest.approx(math.exp(-0.5 * (late / 0.1) ** 2))


def test_scores_written_out():
    random = np.random.default_rng(2)
    to_music, to_motion, dances = [], [], []
    for _ in range(3):
        beats = np.cumsum(random.uniform(0.4, 0.7, 60))
        events, joins = random.uniform(5, 20, 25), random.uniform(5, 20, 2)
        counted = [event for event in events if min(abs(event - joins)) >= 0.24]
        sung = [beat for beat in beats if min(abs(beat - joins)) >= 0.24 and events.min() <= beat <= events.max()]
        to_music += near(counted, beats)
        to_motion += near(sung, events)
        dances.append(InSong(events, beats, joins))
    found = alignment.alignment(dances)
    assert (found.to_music.count, found.to_motion.count) == (len(to_music), len(to_motion))
    assert found.to_music.value == pytest.approx(np.mean(to_music))
    assert found.to_motion.value == pytest.approx(np.mean(to_motion))


def test_chance_is_what_the_beat_period_gives():
    # The mean of exp(-d^2 / 2 s^2) over a beat of 0.5 s, by hand: s sqrt(2 pi) erf(0.25 / (s sqrt 2)) / 0.5.
    expected = 0.1 * math.sqrt(2 * math.pi) * math.erf(0.25 / (0.1 * math.sqrt(2))) / 0.5
    beats = np.arange(200) * 0.5
    events = np.random.default_rng(0).uniform(10, 80, 60)
    assert alignment.alignment([InSong(events, beats)]).to_music.null == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("joins", [0, 12])
def test_who_dances_at_random_scores_as_chance_does_both_ways(joins):
    random = np.random.default_rng(4)
    found = []
    for _ in range(40):
        dances = [
            InSong(np.sort(random.uniform(10, 50, 60)), np.arange(140) * period, random.uniform(10, 50, joins))
            for period in (0.45, 0.5, 0.6)
        ]
        found.append(alignment.alignment(dances, draws=200))
    for way in ("to_music", "to_motion"):
        scores = [getattr(each, way) for each in found]
        assert np.mean([score.value - score.null for score in scores]) == pytest.approx(0, abs=0.012)
        assert 0.35 < np.mean([score.p_value for score in scores]) < 0.65


def test_a_wrong_place_of_the_beats_in_half_the_songs_is_chance():
    dances = [InSong(np.arange(5, 60) * 0.5, np.arange(80) * 0.5 + 0.25 * (song % 2)) for song in range(6)]
    assert alignment.alignment(dances).to_music.p_value > 0.1


@laws
@given(seeds, st.floats(-50, 50))
def test_when_the_clock_starts_does_not_matter(seed, shift):
    random = np.random.default_rng(seed)
    events, beats, joins = random.uniform(5, 20, 20), np.cumsum(random.uniform(0.4, 0.7, 60)), random.uniform(5, 20, 2)
    here = alignment.alignment([InSong(events, beats, joins)], draws=20)
    there = alignment.alignment([InSong(events + shift, beats + shift, joins + shift)], draws=20)
    assert here.to_music.value == pytest.approx(there.to_music.value, abs=1e-9)
    assert here.to_motion.null == pytest.approx(there.to_motion.null, abs=0.05)


@pytest.mark.parametrize("fps", [20.0, 50.0, 120.0])
def test_the_frame_rate_hardly_matters(fps):
    beats = np.arange(50) * 0.5
    scores = [
        alignment.alignment([InSong(alignment.motion_beats(swing(rate, late=0.07), rate), beats)]).to_music.value
        for rate in (25.0, fps)
    ]
    assert scores[0] == pytest.approx(math.exp(-0.5 * 0.7**2), rel=0.05)
    assert scores[1] == pytest.approx(scores[0], rel=0.05)


# Many songs, beside shifted and beside other music.


def on_beats(period: float, late: float = 0.0, first: float = 0.3) -> InSong:
    """Forty events, so late on the beats of a song of 90."""
    beats = np.arange(90) * period + first
    return InSong(beats[20:60] + late, beats)


def at_random(random: np.random.Generator, joined: bool = False) -> InSong:
    beats = np.arange(140) * random.uniform(0.45, 0.7)
    return InSong(np.sort(random.uniform(0, 50, 60)), beats, beats[4::4][:20] if joined else np.zeros(0))


def test_perfect_dances_gain_over_both_chances():
    songs = [[on_beats(period), on_beats(period)] for period in (0.45, 0.48, 0.53, 0.57, 0.61, 0.66)]
    found = alignment.beat_alignment(songs)
    for way in (found.to_music, found.to_motion):
        assert way.value == pytest.approx(1)
        assert 0.3 < way.shifted < 0.6
        assert 0.3 < way.shuffled < 0.6
        assert way.shifted_p < 0.001
        assert way.shuffled_p == pytest.approx(1 / 720), "of all exchanges of six songs only the one"
        assert len(way.songs) == 6
        assert way.over_shifted == pytest.approx(np.mean([song.value - song.shifted for song in way.songs]))
        assert way.over_shuffled == pytest.approx(np.mean([song.value - song.shuffled for song in way.songs]))


def test_songs_of_one_tempo_that_begin_alike_are_told_apart_by_shifts_only():
    found = alignment.beat_alignment([[on_beats(0.5)]] * 4).to_music
    assert (found.value, found.shuffled, found.shuffled_p) == pytest.approx((1, 1, 1))
    assert found.shifted_p < 0.001


def test_shuffled_scores_written_out():
    random = np.random.default_rng(7)
    songs = [[at_random(random), at_random(random)] for _ in range(3)]
    songs = [[InSong(dance.events, dances[0].beats) for dance in dances] for dances in songs]
    found = alignment.beat_alignment(songs)
    for here, dances in enumerate(songs):
        to_music, to_motion = [], []
        for there in range(3):
            beats = songs[there][0].beats
            both = [
                (
                    np.mean(near(dance.events, beats)),
                    np.mean(near([b for b in beats if dance.events[0] <= b <= dance.events[-1]], dance.events)),
                )
                for dance in dances
            ]
            to_music.append(np.mean([one for one, _ in both]))
            to_motion.append(np.mean([other for _, other in both]))
        for way, scores in ((found.to_music, to_music), (found.to_motion, to_motion)):
            assert way.songs[here].value == pytest.approx(scores[here])
            assert way.songs[here].shuffled == pytest.approx(np.mean(np.delete(scores, here)))


@pytest.mark.parametrize("joined", [False, True], ids=["whole", "joined on beats"])
def test_dances_at_random_gain_nothing(joined):
    random = np.random.default_rng(11)
    found = [alignment.beat_alignment([[at_random(random, joined)] for _ in range(7)], draws=200) for _ in range(25)]
    for way in ("to_music", "to_motion"):
        ways = [getattr(each, way) for each in found]
        assert np.mean([each.over_shifted for each in ways]) == pytest.approx(0, abs=0.012)
        assert np.mean([each.over_shuffled for each in ways]) == pytest.approx(0, abs=0.015)
        assert 0.3 < np.mean([each.shifted_p for each in ways]) < 0.7
        assert 0.3 < np.mean([each.shuffled_p for each in ways]) < 0.7


@pytest.mark.parametrize("size", [0.01, 1e-6], ids=["a centimetre of white noise", "a frozen body with a micron of jitter"])
def test_noise_is_at_chance(size):
    """Which published beat alignments score like dancers."""
    random = np.random.default_rng(3)
    songs = []
    for period in np.linspace(0.45, 0.7, 12):
        beats = np.arange(90) * period
        bodies = [random.normal(scale=size, size=(1000, 22, 3)) for _ in range(3)]
        songs.append([InSong(alignment.motion_beats(body, 25.0), beats) for body in bodies])
    found = alignment.beat_alignment(songs)
    for way in (found.to_music, found.to_motion):
        assert way.value > 0.3
        assert way.over_shifted == pytest.approx(0, abs=0.015)
        assert way.over_shuffled == pytest.approx(0, abs=0.015)
        assert min(way.shifted_p, way.shuffled_p) > 0.02


def test_nothing_gains_nothing():
    none, beats = np.zeros(0), np.arange(9.0)
    for songs in ([], [[]], [[InSong(none, beats)]], [[InSong(none, beats)], [InSong(none, beats)]]):
        way = alignment.beat_alignment(songs).to_motion
        assert math.isnan(way.value)
        assert (way.shifted_p, way.shuffled_p) == (1, 1)


def test_a_still_dance_is_left_out_and_one_song_has_no_others():
    alone = alignment.beat_alignment([[on_beats(0.5), InSong(np.zeros(0), on_beats(0.5).beats)]]).to_music
    assert alone.value == pytest.approx(1)
    assert math.isnan(alone.shuffled)
    assert alone.shuffled_p == 1
    with_still = alignment.beat_alignment(
        [[on_beats(0.5)], [InSong(np.zeros(0), np.arange(90) * 0.6)], [on_beats(0.57)]]
    ).to_music
    assert with_still.value == pytest.approx(1)
    assert math.isnan(with_still.songs[1].value)
    assert with_still.shuffled_p == pytest.approx(1 / 2)


def test_seeds_share_their_songs_chance():
    """Twenty dances to one song, all as late as one another: they say once what one says."""
    one = alignment.beat_alignment([[on_beats(0.5, late=0.2)], [on_beats(0.6, late=0.2)]])
    many = alignment.beat_alignment([[on_beats(0.5, late=0.2)] * 20, [on_beats(0.6, late=0.2)] * 20])
    assert many.to_music.value == pytest.approx(one.to_music.value)
    assert many.to_music.shifted_p == one.to_music.shifted_p


@laws
@given(seeds, st.floats(-50, 50), st.integers(1, 3))
def test_gains_by_their_laws(seed, shift, many):
    """Between 0 and 1; when clocks start does not matter, of one dance and its song or of all of them."""
    random = np.random.default_rng(seed)
    songs = [[at_random(random, joined=True)] * many for _ in range(3)]
    moved = [[InSong(d.events + shift, d.beats + shift, d.joins + shift) for d in dances] for dances in songs]
    here, there = alignment.beat_alignment(songs, draws=20), alignment.beat_alignment(moved, draws=20)
    only = alignment.beat_alignment([moved[0], *songs[1:]], draws=20)
    for way in ("to_music", "to_motion"):
        a, b, c = (getattr(each, way) for each in (here, there, only))
        for value in (a.value, a.shifted, a.shuffled, a.shifted_p, a.shuffled_p):
            assert 0 <= value <= 1
        assert b.value == pytest.approx(a.value, abs=1e-9)
        assert b.shuffled == pytest.approx(a.shuffled, abs=1e-9)
        assert c.value == pytest.approx(a.value, abs=1e-9)


def test_hits_are_those_that_mir_eval_counts():
    """Within 70 ms of a beat: the score that a hit has at least, beside another author's matching of the two."""
    beats = 6.0 + np.arange(60) * 0.5  # mir_eval leaves out the first five seconds
    for late in (0.0, 0.03, 0.069, 0.071, 0.2):
        events = beats + late
        f_measure = mir_eval.beat.f_measure(beats, events, f_measure_threshold=0.07)
        score = alignment.beat_alignment([[InSong(events, beats)]]).to_music.value
        assert (score >= math.exp(-0.5 * 0.7**2)) == (f_measure == 1.0)
